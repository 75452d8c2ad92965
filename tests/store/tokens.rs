//! Client tokens.

use ::client_tokens::{
    domain::{
        client_token::{Changes, ClientToken, Known, NewClientToken, Settings},
        environment::Environment::{Live, Test},
        limits::Limits,
        paged::Paged,
        permission::{Permission, Permissions, Scope},
        text::{Label, Name, TargetId},
        time::Timestamp,
    },
    store::{
        api_keys,
        caller::{Caller, Writer},
        client_tokens as store,
        db_error::DbError,
        paging,
        statement::Statement,
    },
};

use crate::database::{Database, START, TOKENS, new_token, target_ids, writer};

fn at(caller: &Caller, millis: i64) -> Caller {
    Caller { now: Timestamp::from_millis(START + millis), ..caller.clone() }
}

fn found(database: &Database, caller: &Caller, token: &NewClientToken) -> Option<ClientToken> {
    let rows = database.fetch(&store::find(caller, token.id));
    rows.into_iter().next()
}

#[test]
fn what_is_inserted_is_found_again() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let mut token = new_token(1, Test);
    token.product_surface_id = Some(Label::parse("surface's \"é\"").unwrap());
    token.settings.limits =
        Limits { per_minute: None, per_hour: Some(10_000), ..Limits::default() };
    token.settings.targets.default_flow_id = Some(TargetId::parse("flow_b").unwrap());
    let inserted = database.insert(&caller, &token);
    assert_eq!(found(&database, &caller, &token).as_ref(), Some(&inserted));
    assert_eq!(inserted.settings, token.settings);
    assert_eq!(inserted.product_surface_id, token.product_surface_id);
    assert_eq!((inserted.generation, inserted.conversation_count), (0, 0));
    assert_eq!((inserted.created_at, inserted.updated_at), (token.created_at, token.created_at));
}

#[test]
fn nothing_crosses_tenants() {
    let database = Database::migrated();
    let (acme, other) = (database.caller("acme", Live, 1), database.caller("other", Live, 2));
    let token = new_token(1, Live);
    database.insert(&acme, &token);
    let changes = Changes { is_active: Some(false), ..Changes::default() };
    assert!(found(&database, &other, &token).is_none());
    assert!(database.fetch(&store::exists(&other, token.id)).is_empty());
    assert!(database.fetch(&store::page(&other, 10, 0)).is_empty());
    assert!(database.fetch(&store::update(writer(&other), token.id, &changes)).is_empty());
    assert!(database.fetch(&store::regenerate(writer(&other), token.id, token.key)).is_empty());
    assert!(database.fetch(&store::delete(writer(&other), token.id)).is_empty());
    assert!(found(&database, &acme, &token).is_some_and(|t| t.settings.is_active));
}

#[test]
fn a_test_key_reaches_test_tokens_only() {
    let database = Database::migrated();
    let (live, test) = (database.caller("acme", Live, 1), database.caller("acme", Test, 2));
    database.insert(&live, &new_token(1, Live));
    database.insert(&live, &new_token(2, Test));
    assert!(found(&database, &test, &new_token(1, Live)).is_none());
    assert!(found(&database, &test, &new_token(2, Test)).is_some());
    assert_eq!(database.fetch(&store::page(&test, 10, 0)).len(), 1);
    assert_eq!(database.fetch(&store::page(&live, 10, 0)).len(), 2);
    assert!(database.fetch(&store::delete(writer(&test), new_token(1, Live).id)).is_empty());
}

#[test]
fn a_revoked_or_expired_key_reads_and_writes_nothing() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    database.insert(&caller, &token);
    database.0.execute("update api_keys set expires_at = ?1", [START + 5]).unwrap();
    assert!(found(&database, &at(&caller, 4), &token).is_some());
    assert!(found(&database, &at(&caller, 5), &token).is_none());
    assert!(
        database
            .fetch(&store::insert(writer(&at(&caller, 5)), &new_token(2, Live), TOKENS))
            .is_empty()
    );
    database.0.execute("update api_keys set expires_at = null, revoked_at = 1", []).unwrap();
    assert!(database.fetch(&store::delete(writer(&caller), token.id)).is_empty());
    assert!(database.fetch(&api_keys::page(&caller, 100, 0)).is_empty());
}

/// Every set of permissions that a key can have, alone and in pairs: the statements write exactly
/// for those that the domain lets write.
#[test]
fn a_key_without_the_right_writes_nothing() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = database.insert(&caller, &new_token(1, Live));
    let changes = Changes { is_active: Some(true), ..Changes::default() };
    let mut sets: Vec<Vec<&str>> = Permission::ALL.iter().map(|one| vec![*one]).collect();
    sets.extend(Permission::ALL.windows(2).map(<[&str]>::to_vec));
    for held in sets {
        let texts = held.join(" ");
        database.0.execute("update api_keys set permissions = ?1", [texts]).unwrap();
        let held = held.iter().map(|text| Permission::parse(text).unwrap()).collect();
        let held = Permissions::from_list(held);
        for scope in [Scope::ClientTokensWrite, Scope::ClientTokensDelete, Scope::TargetsWrite] {
            let writer = Writer { caller: &caller, scope };
            let written = [
                database.fetch(&store::insert(writer, &new_token(2, Live), TOKENS)).len(),
                database.fetch(&store::update(writer, token.id, &changes)).len(),
                database.fetch(&store::regenerate(writer, token.id, token.key)).len(),
                database.fetch(&store::delete(writer, token.id)).len(),
            ];
            assert_eq!(written, [usize::from(held.allow(scope)); 4], "{held} {scope:?}");
            let undo = "update client_tokens set deleted_at = null";
            database.0.execute(undo, []).unwrap();
            database.0.execute("delete from client_tokens where name = 'Token 2'", []).unwrap();
        }
    }
}

#[test]
fn pages_are_newest_first_and_ties_are_ordered() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    for nth in 1..=5 {
        let mut token = new_token(nth, Live);
        token.created_at = Timestamp::from_millis(START + i64::from(nth / 2));
        database.insert(&caller, &token);
    }
    let names = |limit, offset| -> Vec<String> {
        paging::page(database.fetch(&store::page(&caller, limit, offset)))
            .into_iter()
            .map(|paged| paged.row.settings.name.as_str().to_owned())
            .collect()
    };
    assert_eq!(names(2, 0), ["Token 5", "Token 4"]);
    assert_eq!(names(10, 2), ["Token 3", "Token 2", "Token 1"]);
}

#[test]
fn an_update_touches_only_what_it_names_and_strictly_raises_its_time() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    database.insert(&caller, &token);
    let rename = |name: &str| Changes {
        name: Some(Name::parse(name).unwrap()),
        pin_to_version: Some(None),
        ..Changes::default()
    };
    let updated = |caller: &Caller, name| -> ClientToken {
        let rows = database.fetch(&store::update(writer(caller), token.id, &rename(name)));
        rows.into_iter().next().unwrap()
    };
    let first = updated(&at(&caller, 50), "B");
    let wanted = Settings {
        name: Name::parse("B").unwrap(),
        pin_to_version: None,
        ..token.settings.clone()
    };
    assert_eq!(first.settings, wanted);
    assert_eq!(first.updated_at.millis(), START + 50);
    // A clock that stands still or goes back doesn't stop it.
    assert_eq!(updated(&at(&caller, 50), "C").updated_at.millis(), START + 51);
    assert_eq!(updated(&at(&caller, 10), "D").updated_at.millis(), START + 52);
}

#[test]
fn every_column_can_be_updated() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let (token, mut other) = (new_token(1, Live), new_token(2, Live));
    database.insert(&caller, &token);
    let changes = Changes {
        name: Some(Name::parse("New").unwrap()),
        flow_ids: Some(target_ids(&["flow_c"])),
        default_flow_id: Some(Some(TargetId::parse("flow_c").unwrap())),
        agent_ids: Some(target_ids(&["agent_a"])),
        pin_to_version: Some(Some(Label::parse("v2").unwrap())),
        target_version_id: Some(Some(Label::parse("agentver_1").unwrap())),
        target_alias: Some(None),
        per_minute: Some(Some(1)),
        per_hour: Some(None),
        per_session: Some(Some(1000)),
        idle_minutes: Some(Some(1440)),
        is_active: Some(false),
        allowed_origins: Some(token.settings.allowed_origins.clone()),
        config: Some(token.settings.config.clone()),
    };
    database.fetch(&store::update(writer(&caller), token.id, &changes));
    other.settings = changes.applied_to(&token.settings);
    assert_eq!(found(&database, &caller, &token).unwrap().settings, other.settings);
}

#[test]
fn rules_between_fields_stand_in_the_table_itself() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    database.insert(&caller, &token);
    let label = || Some(Some(Label::parse("x").unwrap()));
    let broken = [
        Changes {
            default_flow_id: Some(Some(TargetId::parse("flow_").unwrap())),
            ..Changes::default()
        },
        Changes { target_version_id: label(), ..Changes::default() },
        Changes {
            agent_ids: Some(target_ids(&["a"])),
            target_version_id: label(),
            target_alias: label(),
            ..Changes::default()
        },
    ];
    for changes in broken {
        let update = store::update(writer(&caller), token.id, &changes);
        let error = database.refusal(&update.statement).unwrap();
        assert!(matches!(error, DbError::Check(_)) && error.is_final(), "{error:?}");
    }
    assert_eq!(found(&database, &caller, &token).unwrap().settings, token.settings);
}

#[test]
fn regenerating_counts_up_and_signs_with_the_given_key() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    let key = ::client_tokens::domain::keyring::KeyId::from_byte(7);
    database.insert(&caller, &token);
    for generation in 1..=3 {
        let rows = database.fetch(&store::regenerate(writer(&caller), token.id, key));
        let token: ClientToken = rows.into_iter().next().unwrap();
        assert_eq!((token.generation, token.key), (generation, key));
    }
}

#[test]
fn a_deleted_token_is_gone_from_every_statement() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    database.insert(&caller, &token);
    assert_eq!(database.fetch(&store::delete(writer(&caller), token.id)).len(), 1);
    assert!(database.fetch(&store::delete(writer(&caller), token.id)).is_empty());
    assert!(found(&database, &caller, &token).is_none());
    assert!(database.fetch(&store::page(&caller, 10, 0)).is_empty());
    assert!(database.fetch(&store::regenerate(writer(&caller), token.id, token.key)).is_empty());
    assert_eq!(database.count("select count(*) from client_tokens"), 1);
}

#[test]
fn no_value_is_in_the_database() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = database.insert(&caller, &new_token(1, Live));
    let value = token.value(&crate::database::keyring()).unwrap();
    let everything: Vec<String> = ["tenants", "api_keys", "client_tokens"]
        .into_iter()
        .flat_map(|table| {
            database.run(&Statement::read(format!("select * from {table}"), Vec::new()))
        })
        .map(|row| format!("{row:?}"))
        .collect();
    let everything = everything.concat();
    assert!(everything.contains(&token.id.to_string()));
    assert!(!everything.contains(&value.expose()[8..]) && !everything.contains("rt_live_"));
}

#[test]
fn a_change_is_made_at_the_versions_that_it_is_meant_for() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = database.insert(&caller, &new_token(1, Live));
    let at = |millis: &[i64]| Known {
        id: token.id,
        versions: Some(millis.iter().map(|n| Timestamp::from_millis(START + n)).collect()),
    };
    let changes = Changes { is_active: Some(false), ..Changes::default() };
    for stale in [at(&[]), at(&[0]), at(&[0, 2])] {
        let stale = || stale.clone();
        assert!(!stale().is_at(token.updated_at));
        assert!(database.fetch(&store::update(writer(&caller), stale(), &changes)).is_empty());
        assert!(database.fetch(&store::regenerate(writer(&caller), stale(), token.key)).is_empty());
        assert!(database.fetch(&store::delete(writer(&caller), stale())).is_empty());
    }
    assert_eq!(found(&database, &caller, &new_token(1, Live)).as_ref(), Some(&token));
    assert!(at(&[0, 1]).is_at(token.updated_at) && Known::from(token.id).is_at(token.updated_at));
    let updated = database.fetch(&store::update(writer(&caller), at(&[0, 1]), &changes)).remove(0);
    assert!(database.fetch(&store::regenerate(writer(&caller), at(&[1]), token.key)).is_empty());
    database.run(&store::touch(token.id, Timestamp::from_millis(START + 99)));
    let known = Known { id: token.id, versions: Some(vec![updated.updated_at]) };
    let again = database.fetch(&store::regenerate(writer(&caller), known, token.key)).remove(0);
    let known = Known { id: token.id, versions: Some(vec![again.updated_at]) };
    assert_eq!(database.fetch(&store::delete(writer(&caller), known)).len(), 1);
}

#[test]
fn a_page_ends_where_its_rows_or_its_bytes_do_and_says_whether_more_follows() {
    let database = Database::migrated();
    let caller = database.caller("heavy", Live, 1);
    for nth in 1..=200 {
        database.insert(&caller, &new_token(nth, Live));
    }
    let page = |limit, offset| -> Vec<(i64, bool)> {
        let rows = paging::page(database.fetch(&store::page(&caller, limit, offset)));
        let told =
            |paged: Paged<ClientToken>| (paged.row.created_at.millis() - START, paged.is_followed);
        rows.into_iter().map(told).collect()
    };
    assert_eq!(page(200, 0).len(), 200, "light ones");
    assert_eq!(page(2, 0), [(200, true), (199, true)]);
    assert_eq!(page(2, 198), [(2, true), (1, false)]);
    assert_eq!(page(2, 199), [(1, false)]);
    assert!(page(2, 200).is_empty());
    let largest = format!(r#"{{"a":"{}"}}"#, "x".repeat(16_000));
    database.0.execute("update client_tokens set config = ?1", [largest]).unwrap();
    let first = page(200, 0);
    assert!((118..=128).contains(&first.len()), "{}", first.len());
    assert!(first.iter().all(|(_, is_followed)| *is_followed));
    let rest = page(200, u32::try_from(first.len()).unwrap());
    let seen: Vec<_> = first.into_iter().chain(rest).collect();
    let expected: Vec<_> = (1..=200).rev().map(|nth| (nth, nth > 1)).collect();
    assert_eq!(seen, expected);
}
