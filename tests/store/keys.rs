//! API keys.

use ::client_tokens::{
    domain::{
        api_key::{ApiKey, ApiKeyValue},
        audit::Filter,
        environment::Environment::{self, Live, Test},
        id::ApiKeyId,
        permission::{Permission, Permissions},
        tenant::TenantId,
        time::Timestamp,
    },
    store::{
        api_keys::{self as store, OwnedKey},
        audit_log,
        caller::Caller,
    },
};

use serde_json::Value;

use crate::database::{
    Database, KEYS, START, authenticate, holder, keyring, new_key, renewed, user,
};

fn authenticated(database: &Database, caller: &Caller) -> Option<ApiKey> {
    let rows = database.fetch(&authenticate(caller));
    rows.into_iter().next().map(|owned| owned.key)
}

fn permissions(texts: &[&str]) -> Permissions {
    Permissions::from_list(texts.iter().map(|text| Permission::parse(text).unwrap()).collect())
}

/// A key as it would be made: what it may do, when it ends after the start, if ever.
struct Wish<'a>(&'a [&'static str], Environment, Option<i64>);

/// The `nth` key, made by `maker`, and whoever holds it; `None` when the statement refuses it.
fn made(database: &Database, maker: &Caller, nth: u8, wish: &Wish) -> Option<(ApiKeyId, Caller)> {
    let Wish(texts, environment, end) = *wish;
    let value = ApiKeyValue::mint(&keyring(), environment, &[nth; 32]).unwrap();
    let mut key = new_key(&value, environment, nth);
    key.permissions = permissions(texts);
    key.expires_at = end.map(|after| Timestamp::from_millis(START + after));
    let stored = database.fetch(&store::insert(maker, &key, KEYS)).into_iter().next()?;
    Some((stored.id, Caller { now: maker.now, ..holder(key.digest, environment) }))
}

const ALL: Wish = Wish(&["*"], Live, None);

/// The ids of living keys, and how many there are.
fn living(database: &Database) -> i64 {
    database.count("select count(*) from api_keys where revoked_at is null")
}

#[test]
fn a_key_is_known_by_its_digest_alone() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let OwnedKey { tenant, key, .. } = database.fetch(&authenticate(&caller)).remove(0);
    assert_eq!(tenant, TenantId::parse("acme").unwrap());
    assert_eq!((key.environment, key.last_used_at, key.expires_at), (Live, None, None));
    let columns = database.run(&authenticate(&caller).statement).remove(0);
    assert!(columns.iter().all(|(name, _)| name != "digest"));
}

#[test]
fn a_tenant_is_made_once() {
    let database = Database::migrated();
    database.caller("acme", Live, 1);
    database.caller("acme", Live, 2);
    assert_eq!(database.count("select count(*) from tenants"), 1);
    assert_eq!(database.count("select count(*) from api_keys"), 2);
}

#[test]
fn an_inserted_key_belongs_to_its_makers_tenant() {
    let database = Database::migrated();
    let maker = database.caller("acme", Live, 1);
    let value = ApiKeyValue::mint(&keyring(), Test, &[9; 32]).unwrap();
    let mut key = new_key(&value, Test, 9);
    key.expires_at = Some(Timestamp::from_millis(START + 1000));
    database.fetch(&store::insert(&maker, &key, KEYS));
    let caller = holder(key.digest, Test);
    let owned = database.fetch(&authenticate(&caller)).remove(0);
    assert_eq!(owned.tenant.as_str(), "acme");
    assert_eq!(authenticated(&database, &caller).unwrap().expires_at, key.expires_at);
}

#[test]
fn nothing_crosses_tenants_or_environments() {
    let database = Database::migrated();
    let live = database.caller("acme", Live, 1);
    let test = database.caller("acme", Test, 2);
    let other = database.caller("other", Live, 3);
    let id = authenticated(&database, &live).unwrap().id;
    for stranger in [&test, &other] {
        assert!(database.fetch(&store::find(stranger, id)).is_empty());
        assert!(database.fetch(&store::revoke(stranger, id, true)).is_empty());
        let renewed = renewed(stranger.digest().unwrap(), "hint", 0);
        assert!(database.fetch(&store::regenerate(stranger, id, &renewed)).is_empty());
    }
    let counts =
        [&live, &test, &other].map(|caller| database.fetch(&store::page(caller, 100, 0)).len());
    assert_eq!(counts, [2, 1, 1]);
}

#[test]
fn a_revoked_key_is_gone_at_once_its_own_request_included() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let id = authenticated(&database, &caller).unwrap().id;
    assert_eq!(database.fetch(&store::revoke(&caller, id, false)).len(), 1);
    assert!(authenticated(&database, &caller).is_none());
    assert!(database.fetch(&store::revoke(&caller, id, false)).is_empty());
}

#[test]
fn a_regenerated_key_has_another_value_and_the_same_id() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let before = authenticated(&database, &caller).unwrap();
    let value = ApiKeyValue::mint(&keyring(), Live, &[8; 32]).unwrap();
    let digest = value.digest(&keyring()).unwrap();
    database.fetch(&store::regenerate(&caller, before.id, &renewed(&digest, value.hint(), 0)));
    assert!(authenticated(&database, &caller).is_none());
    let after = authenticated(&database, &holder(digest, Live)).unwrap();
    assert_eq!((after.id, after.hint.as_str()), (before.id, value.hint()));
}

#[test]
fn an_old_value_works_until_its_grace_ends_and_says_so() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let id = authenticated(&database, &caller).unwrap().id;
    let value = |nth| ApiKeyValue::mint(&keyring(), Live, &[nth; 32]).unwrap();
    let digest = |nth| value(nth).digest(&keyring()).unwrap();
    let at = |digest, after| {
        let caller = Caller { now: Timestamp::from_millis(START + after), ..holder(digest, Live) };
        let found = database.fetch(&authenticate(&caller)).into_iter().next();
        // Whoever is found may act, and nobody else.
        assert_eq!(database.fetch(&store::find(&caller, id)).len(), usize::from(found.is_some()));
        found.map(|owned| owned.retirement.map(|r| (r.since.millis(), r.until.millis())))
    };
    database.fetch(&store::regenerate(&caller, id, &renewed(&digest(8), "8888", 1000)));
    let retired = Some(Some((START, START + 1000)));
    assert_eq!((at(caller.digest().unwrap().clone(), 0), at(digest(8), 0)), (retired, Some(None)));
    assert_eq!(
        (at(caller.digest().unwrap().clone(), 999), at(digest(8), 999)),
        (retired, Some(None))
    );
    assert_eq!(
        (at(caller.digest().unwrap().clone(), 1000), at(digest(8), 1000)),
        (None, Some(None))
    );

    // The old value regenerates too; the one before it, here its own, is dead at once.
    database.fetch(&store::regenerate(&caller, id, &renewed(&digest(9), "9999", 1000)));
    assert_eq!(at(caller.digest().unwrap().clone(), 1), None);
    assert_eq!((at(digest(8), 1), at(digest(9), 1)), (retired, Some(None)));
    let newest = holder(digest(9), Live);
    database.0.execute("update api_keys set expires_at = ?1", [START + 500]).unwrap();
    assert_eq!(at(digest(8), 1), Some(Some((START, START + 500))), "no longer than the key");
    database.fetch(&store::revoke(&newest, id, false));
    assert_eq!((at(digest(8), 1), at(digest(9), 1)), (None, None), "both at once");
}

#[test]
fn the_last_use_moves_at_most_once_a_minute() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    for (after, recorded) in [(0, 0), (59_999, 0), (60_000, 60_000), (60_001, 60_000)] {
        let now = Timestamp::from_millis(START + after);
        database.run(&store::touch(caller.digest().unwrap(), now));
        let last = authenticated(&database, &caller).unwrap().last_used_at;
        assert_eq!(last, Some(Timestamp::from_millis(START + recorded)), "after {after} ms");
    }
}

#[test]
fn the_old_value_s_use_is_told_apart_since_there_is_a_newer_one() {
    let database = Database::migrated();
    let old = database.caller("acme", Live, 1);
    let id = authenticated(&database, &old).unwrap().id;
    let value = ApiKeyValue::mint(&keyring(), Live, &[8; 32]).unwrap();
    let new = holder(value.digest(&keyring()).unwrap(), Live);
    let touch = |caller: &Caller, after: i64| {
        let now = Timestamp::from_millis(START + after);
        database.run(&store::touch(caller.digest().unwrap(), now));
        let key = authenticated(&database, &new)
            .unwrap_or_else(|| authenticated(&database, &old).unwrap());
        let since = |moment: Option<Timestamp>| moment.map(|moment| moment.millis() - START);
        (since(key.last_used_at), key.previous.map(|value| since(value.last_used_at)))
    };
    // Before there is a newer value nothing is the old one's.
    assert_eq!(touch(&old, -90_000), (Some(-90_000), None));
    let renew = renewed(new.digest().unwrap(), "8888", 3_600_000);
    database.fetch(&store::regenerate(&old, id, &renew));
    // The request that made the newer one.
    assert_eq!(touch(&old, 0), (Some(0), Some(None)));
    assert_eq!(touch(&new, 60_000), (Some(60_000), Some(None)));
    assert_eq!(touch(&old, 60_001), (Some(60_001), Some(Some(60_001))));
    assert_eq!(touch(&old, 120_000), (Some(60_001), Some(Some(60_001))));
    assert_eq!(touch(&new, 120_001), (Some(120_001), Some(Some(60_001))));
    assert_eq!(touch(&old, 120_001), (Some(120_001), Some(Some(120_001))));
    // A record that comes late moves nothing back.
    assert_eq!(touch(&new, 181_001), (Some(181_001), Some(Some(120_001))));
    assert_eq!(touch(&old, 181_000), (Some(181_001), Some(Some(181_000))));
    // A value that is regenerated again leaves its use behind.
    let value = ApiKeyValue::mint(&keyring(), Live, &[7; 32]).unwrap();
    let renew = renewed(&value.digest(&keyring()).unwrap(), "7777", 3_600_000);
    let key = database.fetch(&store::regenerate(&new, id, &renew)).remove(0);
    assert_eq!(key.previous.unwrap().last_used_at, None);
}

#[test]
fn a_period_of_grace_is_ended_once_by_whoever_may() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let (_, weak) = made(&database, &caller, 2, &Wish(&["API_KEYS:WRITE"], Live, None)).unwrap();
    let (id, old) = made(&database, &caller, 3, &ALL).unwrap();
    let value = |nth| ApiKeyValue::mint(&keyring(), Live, &[nth; 32]).unwrap();
    let digest = |nth| value(nth).digest(&keyring()).unwrap();
    let end = |caller: &Caller| database.fetch(&store::end_grace(caller, id)).len();
    let later = |caller: &Caller, after| Caller {
        now: Timestamp::from_millis(START + after),
        ..caller.clone()
    };
    // There is none yet.
    assert_eq!(end(&caller), 0);
    database.fetch(&store::regenerate(&caller, id, &renewed(&digest(8), "8888", 1000)));
    let strangers = [
        weak,
        database.caller("other", Live, 4),
        database.caller("acme", Test, 5),
        user("other", &["*"]),
        user("acme", &["API_KEYS:WRITE"]),
        // It is over by itself.
        later(&caller, 1000),
    ];
    for stranger in &strangers {
        assert_eq!(end(stranger), 0);
    }
    assert!(authenticated(&database, &old).is_some());
    assert_eq!([end(&caller), end(&caller)], [1, 0]);
    assert!(authenticated(&database, &old).is_none());
    let key = authenticated(&database, &holder(digest(8), Live)).unwrap();
    assert_eq!((key.id, key.previous), (id, None));
    let is_forgotten = "select count(*) from api_keys
        where coalesce(previous_digest, previous_since, previous_until, previous_last_used_at)
          is not null";
    assert_eq!(database.count(is_forgotten), 0);

    // By the old value itself, and by a user who may all that the key may.
    database.fetch(&store::regenerate(&caller, id, &renewed(&digest(9), "9999", 1000)));
    assert_eq!(end(&holder(digest(8), Live)), 1);
    assert!(authenticated(&database, &holder(digest(8), Live)).is_none());
    database.fetch(&store::regenerate(&caller, id, &renewed(&digest(10), "aaaa", 1000)));
    assert_eq!(end(&user("acme", &["*"])), 1);
}

#[test]
fn the_end_of_a_period_of_grace_is_logged_as_a_change_of_its_key() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let id = authenticated(&database, &caller).unwrap().id;
    let value = |nth| ApiKeyValue::mint(&keyring(), Live, &[nth; 32]).unwrap();
    let digest = |nth| value(nth).digest(&keyring()).unwrap();
    let ended = || {
        let filter = Filter { action: Some("api_key.end_grace"), ..Filter::default() };
        let entries = database.fetch(&audit_log::page(&user("acme", &["*"]), &filter, None, 9));
        entries.into_iter().map(|paged| paged.entry).collect::<Vec<_>>()
    };
    database.fetch(&store::regenerate(&caller, id, &renewed(&digest(8), "8888", 1000)));
    // A regeneration without a grace, which also ends the old value, is one.
    let caller = holder(digest(8), Live);
    database.fetch(&store::regenerate(&caller, id, &renewed(&digest(9), "9999", 0)));
    assert!(ended().is_empty());
    let caller = holder(digest(9), Live);
    database.fetch(&store::regenerate(&caller, id, &renewed(&digest(10), "aaaa", 1000)));
    for _ in 0..2 {
        database.fetch(&store::end_grace(&holder(digest(10), Live), id));
    }
    let [entry] = ended().try_into().unwrap();
    assert_eq!((entry.object_kind.as_str(), entry.object_id), ("api_key", id.to_string()));
    let text = |fields: Option<Value>| fields.unwrap().to_string();
    let until = r#"{"previousKeyExpiresAt":"2027-01-15T08:00:01.000Z"}"#;
    assert_eq!(text(entry.before), until);
    assert_eq!(text(entry.after), r#"{"previousKeyExpiresAt":null}"#);
}

#[test]
fn a_key_names_its_maker_and_a_minted_one_nobody() {
    let database = Database::migrated();
    let minted = database.caller("acme", Live, 1);
    let maker = authenticated(&database, &minted).unwrap();
    let (_, holder) = made(&database, &minted, 2, &ALL).unwrap();
    assert_eq!(maker.created_by, None);
    assert_eq!(authenticated(&database, &holder).unwrap().created_by, Some(maker.id));
}

#[test]
fn the_statement_itself_grants_no_more_than_the_maker_has() {
    let database = Database::migrated();
    let star = database.caller("acme", Live, 1);
    let small = Wish(&["API_KEYS:*", "CLIENT_TOKENS:READ"], Live, None);
    let (_, maker) = made(&database, &star, 2, &small).unwrap();
    for (nth, texts) in [(3, &["API_KEYS:*"][..]), (4, &["CLIENT_TOKENS:READ", "API_KEYS:WRITE"])] {
        assert!(made(&database, &maker, nth, &Wish(texts, Live, None)).is_some(), "{texts:?}");
    }
    for texts in [&["*"][..], &["CLIENT_TOKENS:*"], &["API_KEYS:READ", "CLIENT_TOKENS:WRITE"]] {
        assert!(made(&database, &maker, 5, &Wish(texts, Live, None)).is_none(), "{texts:?}");
    }
}

/// The condition in SQL and the rule in the domain are one: over every permission of a maker,
/// alone and in pairs, and every one that could be granted.
#[test]
fn sql_and_the_domain_agree_on_what_covers_what() {
    let database = Database::migrated();
    let star = database.caller("acme", Live, 1);
    let mut sets: Vec<Vec<&str>> = Permission::ALL.iter().map(|one| vec![*one]).collect();
    sets.extend(Permission::ALL.windows(2).map(<[&str]>::to_vec));
    for held in &sets {
        let (_, maker) = made(&database, &star, 2, &Wish(held, Live, None)).unwrap();
        for wanted in &sets {
            let is_made = made(&database, &maker, 3, &Wish(wanted, Live, None)).is_some();
            let may = permissions(held).missing(&permissions(wanted)).is_none();
            assert_eq!(is_made, may, "{held:?} grants {wanted:?}");
            database.0.execute("delete from api_keys where id = ?1", [new_id(3)]).unwrap();
        }
        database.0.execute("delete from api_keys where created_by is not null", []).unwrap();
    }
}

fn new_id(nth: u8) -> String {
    ApiKeyId::new(Timestamp::from_millis(START), &[nth; 10]).to_string()
}

#[test]
fn the_statement_itself_makes_no_key_that_outlives_its_maker() {
    let database = Database::migrated();
    let minted = database.caller("acme", Live, 1);
    let (_, maker) = made(&database, &minted, 2, &Wish(&["*"], Live, Some(1000))).unwrap();
    for (nth, end, is_made) in
        [(3, Some(999), true), (4, Some(1000), true), (5, Some(1001), false), (6, None, false)]
    {
        let child = made(&database, &maker, nth, &Wish(&["*"], Live, end));
        assert_eq!(child.is_some(), is_made, "{end:?}");
    }
    assert!(made(&database, &minted, 7, &ALL).is_some());
}

#[test]
fn the_statement_itself_makes_no_live_key_for_a_test_key_and_none_for_a_dead_one() {
    let database = Database::migrated();
    let test = database.caller("acme", Test, 1);
    assert!(made(&database, &test, 2, &ALL).is_none());
    let (_, child) = made(&database, &test, 3, &Wish(&["*"], Test, Some(1))).unwrap();
    let later = Caller { now: Timestamp::from_millis(START + 1), ..child };
    assert!(made(&database, &later, 4, &Wish(&["*"], Test, Some(1))).is_none());
    database.0.execute("update api_keys set revoked_at = 1", []).unwrap();
    assert!(made(&database, &test, 5, &Wish(&["*"], Test, None)).is_none());
}

#[test]
fn a_key_neither_revokes_nor_regenerates_one_that_may_more_itself_aside() {
    let database = Database::migrated();
    let star = database.caller("acme", Live, 1);
    let star_id = authenticated(&database, &star).unwrap().id;
    let small = Wish(&["API_KEYS:*"], Live, None);
    let (small_id, caller) = made(&database, &star, 2, &small).unwrap();
    let (peer_id, _) = made(&database, &star, 3, &Wish(&["API_KEYS:WRITE"], Live, None)).unwrap();
    let other = Wish(&["API_KEYS:WRITE", "TARGETS:READ"], Live, None);
    let (other_id, _) = made(&database, &star, 4, &other).unwrap();
    let digest = caller.digest().unwrap().clone();
    for id in [star_id, other_id] {
        assert!(database.fetch(&store::revoke(&caller, id, true)).is_empty());
        assert!(
            database
                .fetch(&store::regenerate(&caller, id, &renewed(&digest, "hint", 0)))
                .is_empty()
        );
    }
    assert_eq!(living(&database), 4);
    assert_eq!(database.fetch(&store::revoke(&caller, peer_id, false)).len(), 1);
    assert_eq!(database.fetch(&store::revoke(&caller, small_id, false)).len(), 1);
}

#[test]
fn an_expiring_key_regenerates_none_that_works_on_after_it_and_nobody_a_dead_one() {
    let database = Database::migrated();
    let star = database.caller("acme", Live, 1);
    let (own, caller) = made(&database, &star, 2, &Wish(&["*"], Live, Some(1000))).unwrap();
    let regenerated = |caller: &Caller, nth: u8, id: ApiKeyId| {
        let value = ApiKeyValue::mint(&keyring(), Live, &[nth; 32]).unwrap();
        let digest = value.digest(&keyring()).unwrap();
        let rows =
            database.fetch(&store::regenerate(caller, id, &renewed(&digest, value.hint(), 0)));
        (!rows.is_empty()).then(|| holder(digest, Live))
    };
    for (nth, end, may) in
        [(3, Some(1000), true), (4, Some(999), true), (5, Some(1001), false), (6, None, false)]
    {
        let (id, _) = made(&database, &star, nth, &Wish(&["*"], Live, end)).unwrap();
        assert_eq!(regenerated(&caller, nth + 10, id).is_some(), may, "{end:?}");
    }
    let renewed = regenerated(&caller, 20, own).unwrap();
    assert!(regenerated(&caller, 21, own).is_none());
    let late =
        |caller: &Caller| Caller { now: Timestamp::from_millis(START + 1000), ..caller.clone() };
    assert!(regenerated(&late(&renewed), 22, own).is_none());
    assert!(regenerated(&late(&star), 23, own).is_none());
}

#[test]
fn a_cascade_ends_the_whole_line_and_nothing_beside_it() {
    let database = Database::migrated();
    let star = database.caller("acme", Live, 1);
    let (first, maker) = made(&database, &star, 2, &ALL).unwrap();
    let (second, child) = made(&database, &maker, 3, &ALL).unwrap();
    made(&database, &maker, 4, &Wish(&["*"], Test, None)).unwrap();
    let (_, grandchild) = made(&database, &child, 5, &ALL).unwrap();
    made(&database, &grandchild, 6, &ALL).unwrap();
    made(&database, &star, 7, &ALL).unwrap();
    database.caller("other", Live, 8);
    // Without it one key goes, and the line goes on through that one.
    assert_eq!(database.fetch(&store::revoke(&star, second, false)).len(), 1);
    assert_eq!(living(&database), 7);
    assert_eq!(database.fetch(&store::revoke(&star, first, true)).len(), 4);
    assert_eq!(living(&database), 3);
    assert!(authenticated(&database, &grandchild).is_none());
    assert!(made(&database, &grandchild, 9, &ALL).is_none());
    assert!(database.fetch(&store::revoke(&star, first, true)).is_empty());
}

#[test]
fn a_key_ends_itself_and_its_line_whatever_it_may_do() {
    let database = Database::migrated();
    let star = database.caller("acme", Live, 1);
    let wish = Wish(&["API_KEYS:WRITE"], Live, None);
    let (own, caller) = made(&database, &star, 2, &wish).unwrap();
    made(&database, &caller, 3, &wish).unwrap();
    assert_eq!(database.fetch(&store::revoke(&caller, own, true)).len(), 2);
    assert_eq!(living(&database), 1);
}

#[test]
fn a_cascade_stays_with_its_tenant_even_if_a_row_says_otherwise() {
    let database = Database::migrated();
    let star = database.caller("acme", Live, 1);
    let id = authenticated(&database, &star).unwrap().id;
    database.caller("other", Live, 2);
    database
        .0
        .execute("update api_keys set created_by = ?1 where tenant_id = 'other'", [id.to_string()])
        .unwrap();
    assert_eq!(database.fetch(&store::revoke(&star, id, true)).len(), 1);
    assert_eq!(living(&database), 1);
}
