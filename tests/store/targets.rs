//! Targets.

use ::client_tokens::{
    domain::{
        base_url::BaseUrl,
        client_token::{Changes, Targets},
        environment::Environment::{Live, Test},
        secret_name::SecretName,
        target::{NewTarget, Target, TargetKind, parse_id},
        text::{Description, ModelName, Name, SystemPrompt, TargetId},
        time::Timestamp,
        upstream::{Connection, Service, Upstream, settings::ConnectionSettings},
    },
    store::{
        caller::Caller,
        client_tokens,
        paging::{Fitted, page},
        statement::Query,
        targets as store,
    },
};

use crate::database::{Database, START, TARGETS, new_token, target_ids, writer};

fn id(text: &str) -> TargetId {
    TargetId::parse(text).unwrap()
}

fn echo(text: &str) -> NewTarget {
    NewTarget {
        id: parse_id(text).unwrap(),
        name: None,
        description: None,
        upstream: Upstream::Echo,
    }
}

fn openai(text: &str) -> NewTarget {
    NewTarget {
        id: parse_id(text).unwrap(),
        name: Name::parse("Support").ok(),
        description: Description::parse("Answers\nquestions.").ok(),
        upstream: Upstream::OpenAi(Box::new(Service {
            connection: Connection {
                base_url: BaseUrl::parse("https://api.example.com/v1").unwrap(),
                api_key_secret: SecretName::parse("UPSTREAM_OPENAI").ok(),
                settings: headers(),
            },
            model: ModelName::parse("gpt-x").unwrap(),
            system_prompt: SystemPrompt::parse("Be kind.\nBe brief.").ok(),
            settings: serde_json::from_str(
                r#"{"temperature":0.2,"extra":{"seed":1,"stop":[null]},"query":{"v":"1"},"pictures":false}"#,
            )
            .unwrap(),
        })),
    }
}

fn headers() -> ConnectionSettings {
    let text = r#"{"headers":[{"name":"x-title","value":"Shop"},{"name":"x-key","secret":"UPSTREAM_B"}],"silenceTimeoutMs":5000}"#;
    serde_json::from_str(text).unwrap()
}

fn at(caller: &Caller, millis: i64) -> Caller {
    Caller { now: Timestamp::from_millis(START + millis), ..caller.clone() }
}

fn put(database: &Database, caller: &Caller, target: &NewTarget) -> Option<Target> {
    database.fetch(&store::put(caller, target, TARGETS)).into_iter().next()
}

fn ids(database: &Database, query: &Query<Fitted<Target>>) -> Vec<String> {
    page(database.fetch(query))
        .into_iter()
        .map(|target| target.row.id.as_str().to_owned())
        .collect()
}

#[test]
fn what_is_put_is_found_again() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let wanted = openai("agent_a");
    let made = put(&database, &caller, &wanted).unwrap();
    assert_eq!(database.fetch(&store::find(&caller, &id("agent_a"))).first(), Some(&made));
    assert_eq!(made.kind, TargetKind::Agent);
    assert_eq!((&made.id, &made.name), (&wanted.id, &wanted.name));
    assert_eq!((&made.description, &made.upstream), (&wanted.description, &wanted.upstream));
    assert_eq!(made.created_at, caller.now);
    assert!(made.is_new());
}

#[test]
fn a_second_put_replaces_the_whole_and_keeps_the_time_of_the_first() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    put(&database, &caller, &openai("flow_a"));
    // A clock that stands still doesn't make it look new.
    let replaced = put(&database, &caller, &echo("flow_a")).unwrap();
    assert_eq!((replaced.name.clone(), replaced.description.clone()), (None, None));
    assert_eq!(replaced.upstream, Upstream::Echo);
    assert_eq!(replaced.created_at.millis(), START);
    assert_eq!(replaced.updated_at.millis(), START + 1);
    assert!(!replaced.is_new());
    let events = NewTarget {
        upstream: Upstream::Events(Connection {
            base_url: BaseUrl::parse("http://localhost:9").unwrap(),
            api_key_secret: None,
            settings: headers(),
        }),
        ..echo("flow_a")
    };
    let again = put(&database, &at(&caller, 50), &events).unwrap();
    assert_eq!((&again.upstream, again.updated_at.millis()), (&events.upstream, START + 50));
}

#[test]
fn a_change_of_a_setting_is_one_field_of_the_log() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let mut target = openai("flow_a");
    put(&database, &caller, &target);
    let Upstream::OpenAi(service) = &mut target.upstream else { panic!() };
    service.settings.pictures = None;
    put(&database, &caller, &target);
    put(&database, &caller, &target);
    let text = "select fields_before || ' ' || fields_after from audit_log
        where action = 'target.put' and fields_before is not null";
    let changes: Vec<String> = database
        .0
        .prepare(text)
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let [change] = &changes[..] else { panic!("{changes:?}") };
    assert!(change.starts_with(r#"{"upstream.settings":{"#), "{change}");
    assert_eq!(change.matches(r#""pictures":false"#).count(), 1, "{change}");
    assert!(!change.contains("baseUrl"), "{change}");
}

#[test]
fn a_list_is_ordered_by_id() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    for text in ["flow_b", "agent_c", "flow_a"] {
        put(&database, &caller, &echo(text));
    }
    assert_eq!(ids(&database, &store::page(&caller, 1000, 0)), ["agent_c", "flow_a", "flow_b"]);
}

#[test]
fn a_deleted_target_is_gone_and_can_be_made_anew() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    put(&database, &caller, &echo("flow_a"));
    assert_eq!(database.fetch(&store::delete(&caller, &id("flow_a"))).len(), 1);
    assert!(database.fetch(&store::delete(&caller, &id("flow_a"))).is_empty());
    assert!(database.fetch(&store::find(&caller, &id("flow_a"))).is_empty());
    assert!(put(&database, &at(&caller, 9), &echo("flow_a")).unwrap().is_new());
}

#[test]
fn nothing_crosses_tenants_and_the_same_id_is_each_ones_own() {
    let database = Database::migrated();
    let (acme, other) = (database.caller("acme", Live, 1), database.caller("other", Live, 2));
    put(&database, &acme, &openai("flow_a"));
    assert!(database.fetch(&store::find(&other, &id("flow_a"))).is_empty());
    assert!(database.fetch(&store::page(&other, 1000, 0)).is_empty());
    assert!(database.fetch(&store::delete(&other, &id("flow_a"))).is_empty());
    assert!(put(&database, &other, &echo("flow_a")).unwrap().is_new());
    let kept = database.fetch(&store::find(&acme, &id("flow_a"))).remove(0);
    assert_eq!(kept.upstream, openai("flow_a").upstream);
}

#[test]
fn both_environments_share_targets_and_a_dead_key_reaches_none() {
    let database = Database::migrated();
    let (live, test) = (database.caller("acme", Live, 1), database.caller("acme", Test, 2));
    put(&database, &live, &echo("flow_a"));
    assert_eq!(ids(&database, &store::page(&test, 1000, 0)), ["flow_a"]);
    database.0.execute("update api_keys set revoked_at = 1", []).unwrap();
    assert!(database.fetch(&store::page(&live, 1000, 0)).is_empty());
    assert!(put(&database, &live, &echo("flow_b")).is_none());
    assert!(database.fetch(&store::delete(&live, &id("flow_a"))).is_empty());
}

#[test]
fn a_tenant_has_a_thousand_targets_at_the_most_and_can_still_replace_them() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    for nth in 1..TARGETS.most {
        put(&database, &caller, &echo(&format!("flow_{nth}")));
    }
    assert!(put(&database, &caller, &echo("flow_last")).is_some());
    assert!(put(&database, &caller, &echo("flow_over")).is_none());
    assert!(put(&database, &caller, &openai("flow_last")).is_some());
    assert_eq!(database.fetch(&store::page(&caller, 1000, 0)).len(), 1000);
    let other = database.caller("other", Live, 2);
    assert!(put(&database, &other, &echo("flow_over")).is_some());
}

#[test]
fn a_tokens_listed_targets_are_known_as_its_latest_change_left_them() {
    let database = Database::migrated();
    let (acme, other) = (database.caller("acme", Live, 1), database.caller("other", Live, 2));
    let mut token = new_token(1, Live);
    token.settings.targets =
        Targets { agent_ids: target_ids(&["agent_c", "flow_a"]), ..token.settings.targets };
    database.insert(&acme, &token);
    let known = |caller: &Caller| -> Vec<String> {
        let rows = database.fetch(&store::listed_by(caller, token.id));
        let mut ids: Vec<_> = rows.into_iter().map(|row| row.id.as_str().to_owned()).collect();
        ids.sort();
        ids
    };
    assert!(known(&acme).is_empty());
    for text in ["flow_a", "agent_c", "flow_unlisted"] {
        put(&database, &acme, &echo(text));
    }
    put(&database, &other, &echo("flow_b"));
    assert_eq!(known(&acme), ["agent_c", "flow_a"]);
    assert_eq!(known(&other), ["flow_b"]);
    let changes = Changes {
        agent_ids: Some(target_ids(&[])),
        flow_ids: Some(target_ids(&["flow_unlisted"])),
        ..Changes::default()
    };
    database.fetch(&client_tokens::update(writer(&acme), token.id, &changes));
    assert_eq!(known(&acme), ["flow_unlisted"]);
}

#[test]
fn a_page_gets_the_target_of_its_tokens_tenant_as_long_as_the_token_is_there() {
    let database = Database::migrated();
    let (acme, other) = (database.caller("acme", Live, 1), database.caller("other", Live, 2));
    put(&database, &acme, &echo("flow_a"));
    put(&database, &other, &openai("flow_c"));
    let token = database.insert(&acme, &new_token(1, Live));
    let found = |text| -> Vec<String> {
        let found = database.fetch(&store::of_token(token.id, &id(text)));
        found.into_iter().map(|target| target.id.as_str().to_owned()).collect()
    };
    assert_eq!(found("flow_a"), ["flow_a"]);
    assert!(found("flow_c").is_empty() && found("flow_x").is_empty());
    database.fetch(&client_tokens::delete(writer(&acme), token.id));
    assert!(found("flow_a").is_empty());
}

#[test]
fn a_target_whose_secret_may_no_longer_be_named_is_still_read() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    put(&database, &caller, &openai("flow_a"));
    database.0.execute("update targets set api_key_secret = 'OPENAI_API_KEY'", []).unwrap();
    let [target] = &page(database.fetch(&store::page(&caller, 1000, 0)))[..] else { panic!() };
    let secret = target.row.upstream.connection().unwrap().api_key_secret.clone().unwrap();
    assert_eq!((secret.as_str(), secret.is_for_upstreams()), ("OPENAI_API_KEY", false));
}
