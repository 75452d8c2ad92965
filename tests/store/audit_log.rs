//! The audit log: no change without its row, no row without its change.

use ::client_tokens::{
    domain::{
        api_key::ApiKeyValue,
        audit::{Entry, Filter, KEPT_DAYS, digest},
        base_url::BaseUrl,
        client_token::Changes,
        config::Config,
        environment::Environment::{Live, Test},
        json,
        keyring::{KeyId, Keyring},
        origin::{AllowedOrigins, OriginPattern},
        target::{NewTarget, parse_id},
        text::{Description, ModelName, Name, SystemPrompt},
        time::Timestamp,
        upstream::{
            Connection, Service, Upstream,
            settings::{ConnectionSettings, ModelSettings},
        },
    },
    store::{
        api_keys,
        audit_log::{self as store, Context},
        caller::Caller,
        client_tokens,
        statement::Statement,
        targets,
    },
};

use crate::database::{
    Database, KEYS, START, TARGETS, TOKENS, authenticate, holder, impersonated, keyring, new_key,
    new_token, renewed, target_ids, user, writer,
};

/// Runs statements in one transaction and within the caller's context, as the Worker does; whether
/// it went through.
fn act(database: &Database, caller: &Caller, statements: &[&Statement]) -> bool {
    let context = Context::of(writer(caller), "request-1", Some("203.0.113.7"));
    let all = context.around(statements).unwrap_or_else(|| statements.to_vec());
    let transaction = database.0.unchecked_transaction().unwrap();
    let done = all.into_iter().all(|statement| database.try_run(statement).is_ok());
    if done {
        transaction.commit().unwrap();
    }
    done
}

fn entries(database: &Database, caller: &Caller, filter: &Filter) -> Vec<Entry> {
    let page = database.fetch(&store::page(caller, filter, None, 100));
    page.into_iter().map(|paged| paged.entry).collect()
}

/// What was logged since the rows that were there when the tenant was made, oldest first: action,
/// fields before and fields after.
fn told(database: &Database, caller: &Caller) -> Vec<(String, String, String)> {
    let json = |fields: Option<_>| {
        fields.map_or_else(|| "-".to_owned(), |f: serde_json::Value| f.to_string())
    };
    let mut told: Vec<_> = entries(database, caller, &Filter::default())
        .into_iter()
        .filter(|entry| entry.actor.is_some())
        .map(|entry| (entry.action, json(entry.before), json(entry.after)))
        .collect();
    told.reverse();
    told
}

fn owned(rows: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    rows.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect()
}

fn named(name: &str) -> Changes {
    Changes { name: Some(Name::parse(name).unwrap()), ..Changes::default() }
}

#[test]
fn a_signed_in_user_is_named_as_the_one_who_acted() {
    let database = Database::migrated();
    database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    let reader = user("acme", &["CLIENT_TOKENS:READ"]);
    let insert = client_tokens::insert(writer(&reader), &token, TOKENS).statement;
    assert!(act(&database, &reader, &[&insert]));
    let admin = user("acme", &["*"]);
    // The first entry is of the tenant's key, made from the command line.
    let count = || entries(&database, &admin, &Filter::default()).len();
    assert_eq!(count(), 1, "no right, no change, no row");
    let insert = client_tokens::insert(writer(&admin), &token, TOKENS).statement;
    assert!(act(&database, &admin, &[&insert]));
    let newest = entries(&database, &admin, &Filter::default()).remove(0);
    assert_eq!((count(), newest.action.as_str()), (2, "client_token.create"));
    assert_eq!(newest.actor.as_deref(), Some("user_1"));
}

#[test]
fn somebody_who_acts_as_a_user_is_named_beside_that_one_and_each_finds_what_they_did() {
    let database = Database::migrated();
    let key = database.caller("acme", Live, 1);
    let (own, admin) = (user("acme", &["*"]), impersonated("acme", "user_2"));
    let other = impersonated("acme", "user_3");
    for (nth, caller) in (1..).zip([&own, &admin, &other, &key, &admin]) {
        let insert = client_tokens::insert(writer(caller), &new_token(nth, Live), TOKENS).statement;
        assert!(act(&database, caller, &[&insert]));
    }
    let by = |actor: &str, more: Filter| {
        let filter = Filter { actor: Some(actor.to_owned()), ..more };
        let found = entries(&database, &own, &filter);
        found.into_iter().map(|entry| entry.position).collect::<Vec<_>>()
    };
    let newest = entries(&database, &own, &Filter::default()).remove(0);
    assert_eq!(newest.actor.as_deref(), Some("user_1 by user_2"));
    for (actor, found) in [
        ("user_1", vec![6, 4, 3, 2]),
        ("user_2", vec![6, 3]),
        ("user_1 by user_2", vec![6, 3]),
        ("user_1 by user_3", vec![4]),
        ("user_2 by user_1", vec![]),
        ("user_1 by ", vec![]),
        (" by user_2", vec![]),
        ("user", vec![]),
    ] {
        assert_eq!(by(actor, Filter::default()), found, "{actor}");
        let create = Filter { action: Some("client_token.create"), ..Filter::default() };
        assert_eq!(by(actor, create), found, "{actor}");
        let none = Filter { action: Some("target.put"), ..Filter::default() };
        assert_eq!(by(actor, none), Vec::<u32>::new(), "{actor}");
    }
    let of_third =
        Filter { object_id: Some(new_token(3, Live).id.to_string()), ..Filter::default() };
    assert_eq!(by("user_3", of_third.clone()), [4]);
    assert_eq!(by("user_1", of_third.clone()), [4]);
    assert_eq!(by("user_1 by user_3", of_third.clone()), [4]);
    assert_eq!(by("user_2", of_third), Vec::<u32>::new());
    // Page by page, as on a log of one actor.
    let filter = Filter { actor: Some("user_1".to_owned()), ..Filter::default() };
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = database.fetch(&store::page(&own, &filter, before, 1));
        let [only] = page.as_slice() else { panic!("{page:?}") };
        seen.push(only.entry.position);
        before = Some(only.entry.position);
        if !only.is_followed {
            break;
        }
    }
    assert_eq!(seen, [6, 4, 3, 2]);
}

/// A change of the configuration.
fn configured(json: &str) -> Changes {
    let config = Config::from_json(json::parse(json.as_bytes()).unwrap()).unwrap();
    Changes { config: Some(config), ..Changes::default() }
}

/// An object of so many bytes.
fn object(bytes: usize, letter: &str) -> String {
    format!(r#"{{"a":"{}"}}"#, letter.repeat(bytes - r#"{"a":""}"#.len()))
}

/// A service with this prompt.
fn service(prompt: SystemPrompt) -> Service {
    let connection = Connection {
        base_url: BaseUrl::parse("https://api.example.com/v1").unwrap(),
        api_key_secret: None,
        settings: ConnectionSettings::default(),
    };
    let model = ModelName::parse("model-1").unwrap();
    let settings = ModelSettings::default();
    Service { connection, model, system_prompt: Some(prompt), settings }
}

fn shortened(value: &str) -> String {
    format!(r#"{{"sha256":"{}","bytes":{}}}"#, digest(value).unwrap(), value.len())
}

#[test]
fn a_value_over_1024_bytes_stands_in_a_row_as_its_digest_and_length_before_and_after() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let writer = writer(&caller);
    let token = new_token(1, Live);
    let (whole, long, other) = (object(1024, "a"), object(1025, "b"), object(16_384, "c"));
    // Nobody writes what could be taken for a digest.
    let forged = r#"{"sha256":"0000","bytes":9}"#.to_owned();
    let turns = [&whole, &long, &other, &forged, &whole];
    let mut statements = vec![client_tokens::insert(writer, &token, TOKENS).statement];
    statements.extend(
        turns.map(|json| client_tokens::update(writer, token.id, &configured(json)).statement),
    );
    // Another field alone, which leaves the digest of this one.
    statements.push(client_tokens::update(writer, token.id, &configured(&long)).statement);
    statements.push(client_tokens::update(writer, token.id, &named("Renamed")).statement);
    statements.push(client_tokens::delete(writer, token.id).statement);
    for statement in &statements {
        assert!(act(&database, &caller, &[statement]));
    }
    let told = told(&database, &caller);
    let of = |json: &str| format!(r#"{{"config":{json}}}"#);
    let (long, other, forged) = (shortened(&long), shortened(&other), shortened(&forged));
    let steps = [
        ("{}", &whole),
        (&whole, &long),
        (&long, &other),
        (&other, &forged),
        (&forged, &whole),
        (&whole, &long),
    ];
    for ((_, before, after), (was, became)) in told.iter().skip(1).zip(steps) {
        assert_eq!((before, after), (&of(was), &of(became)));
    }
    let (action, before, _) = told.last().unwrap();
    assert_eq!(action, "client_token.delete");
    assert!(before.contains(&format!(r#""config":{long},"#)), "{before}");
    assert_eq!(told.len(), 9);
}

#[test]
fn no_row_is_larger_than_its_fields_at_1024_bytes_each() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let writer = writer(&caller);
    let ids = |letter: &str| {
        let ids: Vec<_> = (0..50).map(|n| format!("{letter}{n:0>127}")).collect();
        target_ids(&ids.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let origins = |letter: &str| {
        let label = letter.repeat(60);
        let entry =
            |n| OriginPattern::parse(&format!("https://{label}.{label}.{label}.{n}.example"));
        AllowedOrigins::from_patterns((0..100).map(|n| entry(n).unwrap()).collect())
    };
    let largest = |letter: &str| Changes {
        flow_ids: Some(ids(letter)),
        agent_ids: Some(ids(letter)),
        allowed_origins: Some(origins(letter)),
        ..configured(&object(16_384, letter))
    };
    let token = new_token(1, Live);
    let prompt = |letter: &str| SystemPrompt::parse(letter.repeat(16_384)).unwrap();
    let target = |letter: &str| {
        let service = service(prompt(letter));
        let description = Description::parse("\u{1f980}".repeat(1000)).ok();
        let id = parse_id("flow_a").unwrap();
        NewTarget { id, name: None, description, upstream: Upstream::OpenAi(Box::new(service)) }
    };
    for statement in [
        client_tokens::insert(writer, &token, TOKENS).statement,
        client_tokens::update(writer, token.id, &largest("a")).statement,
        client_tokens::update(writer, token.id, &largest("b")).statement,
        client_tokens::delete(writer, token.id).statement,
        targets::put(&caller, &target("a"), TARGETS).statement,
        targets::put(&caller, &target("b"), TARGETS).statement,
        targets::delete(&caller, &target("a").id).statement,
    ] {
        assert!(act(&database, &caller, &[&statement]));
    }
    let told = told(&database, &caller);
    assert_eq!(told.len(), 7);
    for (action, before, after) in &told {
        assert!(before.len() + after.len() < 2_500, "{action}: {before} {after}");
        assert!(!format!("{before}{after}").contains(r#""sha256":null"#), "{action}");
    }
    let (_, before, after) = &told[5];
    let told = |letter: &str| shortened(&letter.repeat(16_384));
    assert!(before.contains(&format!(r#""upstream.systemPrompt":{}"#, told("a"))), "{before}");
    assert!(after.contains(&format!(r#""upstream.systemPrompt":{}"#, told("b"))), "{after}");
}

#[test]
fn every_change_of_a_token_has_one_row_with_what_changed() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let writer = writer(&caller);
    let token = new_token(1, Live);
    let changes = Changes { is_active: Some(false), per_hour: Some(None), ..named("Renamed") };
    for statement in [
        client_tokens::insert(writer, &token, TOKENS).statement,
        client_tokens::update(writer, token.id, &changes).statement,
        // As it is already: no change, no row.
        client_tokens::update(writer, token.id, &changes).statement,
        client_tokens::regenerate(writer, token.id, KeyId::from_byte(1)).statement,
        client_tokens::regenerate(writer, token.id, KeyId::from_byte(2)).statement,
        client_tokens::delete(writer, token.id).statement,
        client_tokens::delete(writer, token.id).statement,
        client_tokens::update(writer, token.id, &named("Too late")).statement,
    ] {
        assert!(act(&database, &caller, &[&statement]));
    }
    let fields = |name, hour, active| {
        format!(
            r#"{{"name":"{name}","flowIds":["flow_a","flow_b"],"defaultFlowId":null,"agentIds":[],"allowedOrigins":["https://app.example.com","native"],"environment":"live","pinToVersion":"latest","productSurfaceId":null,"targetAlias":null,"targetVersionId":null,"rateLimitPerMinute":10,"rateLimitPerHour":{hour},"maxMessagesPerSession":100,"sessionIdleTimeoutMinutes":30,"config":{{}},"isActive":{active}}}"#
        )
    };
    assert_eq!(
        told(&database, &caller),
        owned(&[
            ("client_token.create", "-", &fields("Token 1", "100", true)),
            (
                "client_token.update",
                r#"{"name":"Token 1","rateLimitPerHour":100,"isActive":true}"#,
                r#"{"name":"Renamed","rateLimitPerHour":null,"isActive":false}"#
            ),
            ("client_token.regenerate", r#"{"generation":0}"#, r#"{"generation":1}"#),
            (
                "client_token.regenerate",
                r#"{"generation":1,"signingKeyId":1}"#,
                r#"{"generation":2,"signingKeyId":2}"#
            ),
            ("client_token.delete", &fields("Renamed", "null", false), "-"),
        ])
    );
    let newest = entries(&database, &caller, &Filter::default()).remove(0);
    assert_eq!(
        (newest.object_kind.as_str(), newest.object_id),
        ("client_token", token.id.to_string())
    );
    assert_eq!(newest.request_id.as_deref(), Some("request-1"));
    assert_eq!(newest.address.as_deref(), Some("203.0.113.7"));
    assert_eq!(newest.at.millis(), START);
    assert_eq!(database.count("select count(*) from audit_context"), 0);
}

#[test]
fn every_change_of_a_key_has_one_row_and_so_has_each_that_a_revocation_draws_along() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let maker = database.fetch(&authenticate(&caller)).remove(0).key;
    let mut line = vec![caller.clone()];
    for nth in 2..=4 {
        let value = ApiKeyValue::mint(&keyring(), Test, &[nth; 32]).unwrap();
        let mut key = new_key(&value, Test, nth);
        key.expires_at = (nth == 2).then(|| Timestamp::from_millis(START + 1_001));
        let by = &line[usize::from(nth == 4)];
        act(&database, by, &[&api_keys::insert(by, &key, KEYS).statement]);
        line.push(holder(key.digest, Test));
    }
    let digest = ApiKeyValue::mint(&keyring(), Live, &[9; 32]).unwrap().digest(&keyring()).unwrap();
    let renew = api_keys::regenerate(&caller, maker.id, &renewed(&digest, "9999", 1_000));
    act(&database, &caller, &[&renew.statement]);
    // The old value still acts, and it is the same key that did.
    act(&database, &caller, &[&api_keys::revoke(&caller, maker.id, true).statement]);
    act(&database, &caller, &[&api_keys::revoke(&caller, maker.id, true).statement]);

    let other = database.caller("acme", Live, 7);
    let told = told(&database, &other);
    let actions: Vec<_> = told.iter().map(|(action, ..)| action.as_str()).collect();
    // The key that would outlive its maker wasn't made, and has no row.
    assert_eq!(
        actions,
        [["api_key.create"; 2].as_slice(), &["api_key.regenerate"], &["api_key.revoke"; 3]]
            .concat()
    );
    let made = told[0].2.as_str();
    assert!(made.contains(r#""permissions":["*"],"keyHint":""#), "{made}");
    assert!(made.contains(r#""expiresAt":"2027-01-15T08:00:01.001Z","createdBy":"key_"#), "{made}");
    assert!(
        told[2].2.contains(r#""keyHint":"9999","previousKeyExpiresAt":"2027-01-15T08:00:01.000Z""#)
    );
    let all = entries(&database, &other, &Filter::default());
    let by_maker = Filter { actor: Some(maker.id.to_string()), ..Filter::default() };
    assert_eq!(entries(&database, &other, &by_maker).len(), 6);
    let minted = all.iter().filter(|entry| entry.actor.is_none() && entry.request_id.is_none());
    assert_eq!(minted.count(), 2, "two came from the command line");
    // No digest is in any row.
    let digests = "select count(*) from audit_log, api_keys where instr(coalesce(fields_before, '') || coalesce(fields_after, ''), api_keys.digest) > 0";
    assert_eq!(database.count(digests), 0);
}

#[test]
fn every_change_of_a_target_has_one_row() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let target = |name: Option<&str>| NewTarget {
        id: parse_id("flow_a").unwrap(),
        name: name.map(|text| Name::parse(text).unwrap()),
        description: None,
        upstream: Upstream::Echo,
    };
    for statement in [
        targets::put(&caller, &target(None), TARGETS).statement,
        targets::put(&caller, &target(None), TARGETS).statement,
        targets::put(&caller, &target(Some("A")), TARGETS).statement,
        targets::delete(&caller, &target(None).id).statement,
        targets::delete(&caller, &target(None).id).statement,
    ] {
        assert!(act(&database, &caller, &[&statement]));
    }
    let fields = |name| {
        format!(
            r#"{{"name":{name},"description":null,"upstream.kind":"echo","upstream.baseUrl":null,"upstream.model":null,"upstream.systemPrompt":null,"upstream.apiKeySecret":null,"upstream.settings":{{}}}}"#
        )
    };
    assert_eq!(
        told(&database, &caller),
        owned(&[
            ("target.put", "-", &fields("null")),
            ("target.put", r#"{"name":null}"#, r#"{"name":"A"}"#),
            ("target.delete", &fields(r#""A""#), "-"),
        ])
    );
}

#[test]
fn a_value_that_is_revealed_has_a_row_and_one_that_is_out_of_reach_or_dead_has_none() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let (test, other) = (database.caller("acme", Test, 2), database.caller("other", Live, 3));
    let token = database.insert(&caller, &new_token(1, Live));
    let dropped = Keyring::parse(&format!("2:{}", "c3d4".repeat(16))).unwrap();
    for (who, ring) in
        [(&caller, &keyring()), (&test, &keyring()), (&other, &keyring()), (&caller, &dropped)]
    {
        let reveal = store::reveal(writer(who), token.id, ring);
        assert!(act(&database, who, &[&reveal.statement]));
    }
    assert_eq!(told(&database, &caller), owned(&[("client_token.reveal", "-", "-")]));
}

#[test]
fn a_change_that_fails_leaves_no_row_and_a_row_that_fails_leaves_no_change() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let writer = writer(&caller);
    let token = database.insert(&caller, &new_token(1, Live));
    let rows = database.count("select count(*) from audit_log");
    let unlisted = Changes {
        default_flow_id: Some(Some(
            ::client_tokens::domain::text::TargetId::parse("flow_x").unwrap(),
        )),
        ..named("Renamed")
    };
    let update = client_tokens::update(writer, token.id, &unlisted).statement;
    assert!(!act(&database, &caller, &[&update]));
    // A change that went through, in a transaction that didn't.
    let rename = client_tokens::update(writer, token.id, &named("Renamed")).statement;
    assert!(!act(&database, &caller, &[&rename, &update]));
    assert_eq!(database.count("select count(*) from audit_log"), rows);

    database.0.execute_batch("alter table audit_log rename to away").unwrap();
    database.0.execute_batch("alter table away rename column at to moment").unwrap();
    database
        .0
        .execute_batch(
            "create trigger refused before insert on away begin select raise(abort, 'no'); end",
        )
        .unwrap();
    let value = ApiKeyValue::mint(&keyring(), Live, &[9; 32]).unwrap();
    let key = new_key(&value, Live, 9);
    let target = NewTarget {
        id: parse_id("flow_a").unwrap(),
        name: None,
        description: None,
        upstream: Upstream::Echo,
    };
    let own = database.fetch(&authenticate(&caller)).remove(0).key.id;
    for statement in [
        rename,
        client_tokens::insert(writer, &new_token(2, Live), TOKENS).statement,
        client_tokens::regenerate(writer, token.id, token.key).statement,
        client_tokens::delete(writer, token.id).statement,
        api_keys::insert(&caller, &key, KEYS).statement,
        api_keys::regenerate(&caller, own, &renewed(&key.digest, "hint", 0)).statement,
        api_keys::revoke(&caller, own, true).statement,
        targets::put(&caller, &target, TARGETS).statement,
    ] {
        assert!(!act(&database, &caller, &[&statement]), "{}", statement.sql);
    }
    assert_eq!(database.fetch(&client_tokens::find(&caller, token.id)), [token]);
    assert_eq!(database.fetch(&api_keys::page(&caller, 100, 0)).len(), 1);
    assert!(database.fetch(&targets::page(&caller, 1000, 0)).is_empty());
    assert_eq!(database.count("select count(*) from audit_context"), 0);
}

#[test]
fn a_key_without_the_right_has_no_context_and_writes_nothing() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let insert = client_tokens::insert(writer(&caller), &new_token(1, Live), TOKENS).statement;
    database.0.execute("update api_keys set permissions = 'API_KEYS:*'", []).unwrap();
    let context = Context::of(writer(&caller), "request-1", None);
    let around = context.around(&[&insert]).unwrap();
    let changed = || database.count("select total_changes()");
    let before = changed();
    for statement in around {
        database.run(statement);
    }
    assert_eq!(changed(), before);
    assert_eq!(
        context.around(&[&client_tokens::find(&caller, new_token(1, Live).id).statement]),
        None
    );
}

#[test]
fn no_row_is_changed_afterwards() {
    let database = Database::migrated();
    database.caller("acme", Live, 1);
    let error = database.0.execute("update audit_log set actor = 'key_other'", []).unwrap_err();
    assert!(error.to_string().contains("audit_log_is_final"));
}

#[test]
fn a_tenant_reads_its_own_log_and_a_test_key_what_was_done_to_test_objects() {
    let database = Database::migrated();
    let (live, test) = (database.caller("acme", Live, 1), database.caller("acme", Test, 2));
    let other = database.caller("other", Live, 3);
    for (nth, environment) in [(1, Live), (2, Test), (3, Test)] {
        database.insert(&live, &new_token(nth, environment));
    }
    let positions = |caller: &Caller, filter: &Filter| -> Vec<u32> {
        entries(&database, caller, filter).into_iter().map(|entry| entry.position).collect()
    };
    let all = Filter::default();
    assert_eq!(positions(&live, &all), [5, 4, 3, 2, 1]);
    assert_eq!(positions(&test, &all), [5, 4, 2], "its own making, and two tokens");
    assert_eq!(positions(&other, &all), [1]);
    let object_id = Some(new_token(1, Live).id.to_string());
    let of_one = Filter { object_id, ..Filter::default() };
    assert_eq!(positions(&live, &of_one), [3]);
    assert!(positions(&test, &of_one).is_empty() && positions(&other, &of_one).is_empty());
    let made = Filter { action: Some("client_token.create"), ..Filter::default() };
    assert_eq!(positions(&live, &made), [5, 4, 3]);
    let both = Filter { action: Some("api_key.create"), ..of_one };
    assert!(positions(&live, &both).is_empty());
}

#[test]
fn a_page_ends_where_its_rows_or_its_bytes_do_and_says_whether_more_follows() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    for nth in 1..=5 {
        database.insert(&caller, &new_token(nth, Live));
    }
    let page = |before, limit| -> Vec<(u32, bool)> {
        let rows = database.fetch(&store::page(&caller, &Filter::default(), before, limit));
        rows.into_iter().map(|paged| (paged.entry.position, paged.is_followed)).collect()
    };
    assert_eq!(page(None, 2), [(6, true), (5, true)]);
    assert_eq!(page(Some(5), 2), [(4, true), (3, true)]);
    assert_eq!(page(Some(3), 2), [(2, true), (1, false)]);
    assert!(page(Some(1), 2).is_empty() && page(Some(0), 2).is_empty());
    assert_eq!(page(Some(u32::MAX), 1), [(6, true)]);
    // Each with more than a megabyte, as no change writes it: one fits, and a second one doesn't.
    for position in 7..=8 {
        database
            .0
            .execute(
                "insert into audit_log (
                   tenant_id, position, at, action, environment, object_kind, object_id, fields_after
                 )
                 select 'acme', ?1, 1, 'target.put', 'live', 'target', 'flow_a',
                   json_object('name', replace(printf('%.*c', 300000, 'x'), 'x', '\u{1f980}'))",
                [position],
            )
            .unwrap();
    }
    assert_eq!(page(None, 100), [(8, true)]);
    let rest: Vec<_> = page(Some(8), 100).into_iter().map(|(position, _)| position).collect();
    assert_eq!(rest, [7, 6, 5, 4, 3, 2, 1]);
}

#[test]
fn entries_go_after_400_days() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let statement = client_tokens::insert(writer(&caller), &new_token(1, Live), TOKENS).statement;
    database.0.execute("delete from audit_log", []).unwrap();
    act(&database, &caller, &[&statement]);
    let day = 86_400_000;
    let due = START + i64::from(KEPT_DAYS) * day;
    assert!(database.run(&store::purge(Timestamp::from_millis(due - 1))).is_empty());
    assert_eq!(database.run(&store::purge(Timestamp::from_millis(due))).len(), 1);
    assert_eq!(database.count("select count(*) from audit_log"), 0);
}
