//! How SQLite means to run each statement. Rows read must not grow with the tenant: no statement
//! scans a table, and no page is sorted.

use ::client_tokens::{
    domain::{
        audit::{ACTIONS, Filter},
        bootstrap::BootstrapKey,
        client_token::{Changes, ClientToken},
        environment::Environment::{Live, Test},
        export::{Selection, Stretch},
        grant::Grant,
        idempotency::{Claim, IdempotencyKey},
        message::{NewMessage, Status},
        session::Session,
        target::{NewTarget, parse_id},
        text::TargetId,
        time::Timestamp,
        upstream::Upstream,
    },
    store::{
        api_keys, audit_log, bootstrap, client_tokens, conversations, erasure,
        executions::{self, Waiting},
        export, feedback, idempotency,
        messages::{self, NewAnswer, Wanted},
        opening, purge, sessions,
        statement::Statement,
        targets, verification,
    },
};

use serde_json::Value;

use crate::{
    database::{
        Database, KEYS, START, TARGETS, TOKENS, conversation_id, keyring, new_key, new_token,
        renewed, target_ids, user, writer,
    },
    sqlite::Columns,
};

/// A grant that narrows what its value reaches.
fn grant() -> Grant {
    let (flow_ids, agent_ids) = (Some(target_ids(&["flow_a"])), Some(target_ids(&[])));
    Grant { flow_ids, agent_ids, ..Grant::until(Timestamp::from_millis(START)) }
}

fn plan(database: &Database, statement: &Statement) -> Vec<String> {
    let explained =
        Statement { sql: format!("explain query plan {}", statement.sql), ..statement.clone() };
    let rows = database.run(&explained);
    let detail = |row: Columns| match row.into_iter().find(|(name, _)| name == "detail") {
        Some((_, Value::String(text))) => text,
        other => panic!("{other:?}"),
    };
    rows.into_iter().map(detail).collect()
}

/// What is stepped over whole and never long: one caller or owner, a round's share of what is doomed, the
/// targets that a token lists and the first of them, what an execution heard, a page of messages, how much fits one, the permissions of a
/// key or those that grant a right; the keys that one made, each of which is to be revoked.
const BOUNDED: [&str; 18] = [
    "SCAN caller",
    "SCAN wanted VIRTUAL TABLE",
    "SCAN owner",
    "SCAN CONSTANT ROW",
    "SCAN doomed",
    "SCAN listed",
    "SCAN first",
    "SCAN json_each VIRTUAL TABLE",
    "SCAN new VIRTUAL TABLE",
    "SCAN held VIRTUAL TABLE",
    "SCAN granting",
    "SCAN ring VIRTUAL TABLE",
    "SCAN line",
    "SCAN heard VIRTUAL TABLE",
    "SCAN stretch",
    "SCAN weighed",
    "SCAN room",
    "SCAN (subquery",
];

/// Each way into the audit log.
fn filters() -> Vec<Filter> {
    vec![
        Filter { object_id: Some("ct_1".into()), ..Filter::default() },
        Filter { actor: Some("key_1".into()), ..Filter::default() },
        Filter { actor: Some("user_1 by user_2".into()), ..Filter::default() },
        Filter { actor: Some("user_1".into()), action: Some(ACTIONS[0]), object_id: None },
        Filter { action: Some(ACTIONS[0]), ..Filter::default() },
    ]
}

/// Every statement of the management plane and of the purge.
#[test]
fn every_statement_searches_an_index() {
    let database = Database::migrated();
    let id = new_token(1, Live).id;
    let target = TargetId::parse("flow_a").unwrap();
    let changes = Changes { is_active: Some(false), ..Changes::default() };
    let value =
        ::client_tokens::domain::api_key::ApiKeyValue::mint(&keyring(), Live, &[9; 32]).unwrap();
    let key = new_key(&value, Live, 9);
    let new_target = NewTarget {
        id: parse_id("flow_a").unwrap(),
        name: None,
        description: None,
        upstream: Upstream::Echo,
    };
    let conversation = conversation_id(1);
    let began = Some((Timestamp::from_millis(START), conversation));
    let of_target = conversations::Filter { target: Some("flow_a"), user: None };
    let of_user = conversations::Filter { target: None, user: Some("ada") };
    let everything = Filter {
        object_id: Some("ct_1".into()),
        actor: Some("key_1".into()),
        action: Some(ACTIONS[0]),
    };
    let claim = Claim::of(&IdempotencyKey::parse("k").unwrap(), &["POST"], b"");
    let mut statements = purge::round(Timestamp::from_millis(START));
    let value = BootstrapKey::parse(Some("0123456789abcdef0123456789abcdef")).unwrap();
    statements.push(bootstrap::find(&value).statement);
    statements.push(purge::left(Timestamp::from_millis(START)).statement);
    let holders = [(1, Live), (2, Test)].map(|(nth, env)| database.caller("acme", env, nth));
    for caller in holders.into_iter().chain([user("acme", &["*"])]) {
        statements.extend([
            api_keys::authenticate(&key.digest, caller.now).statement,
            api_keys::touch(&key.digest, caller.now),
            api_keys::page(&caller, 100, 0).statement,
            api_keys::find(&caller, key.id).statement,
            api_keys::insert(&caller, &key, KEYS).statement,
            api_keys::regenerate(&caller, key.id, &renewed(&key.digest, "hint", 1)).statement,
            api_keys::end_grace(&caller, key.id).statement,
            api_keys::revoke(&caller, key.id, true).statement,
            client_tokens::find(&caller, id).statement,
            client_tokens::exists(&caller, id).statement,
            client_tokens::page(&caller, 50, 0).statement,
            client_tokens::insert(writer(&caller), &new_token(1, Live), TOKENS).statement,
            client_tokens::update(writer(&caller), id, &changes).statement,
            client_tokens::regenerate(writer(&caller), id, new_token(1, Live).key).statement,
            client_tokens::delete(writer(&caller), id).statement,
            client_tokens::claim_with(writer(&caller), id, &claim).statement,
            client_tokens::keep(&claim, id).statement,
            targets::among(&caller, &new_token(1, Live).settings.targets).statement,
            idempotency::forget(&claim, caller.now).statement,
            idempotency::claim(writer(&caller), &claim, TOKENS).statement,
            idempotency::claim_made(&claim, key.id, &key.digest, caller.now).statement,
            idempotency::find::<ClientToken>(&claim).statement,
            idempotency::release(&claim).statement,
            idempotency::purge(caller.now),
            conversations::page(&caller, id, conversations::Filter::default(), 20, 0).statement,
            conversations::page(&caller, id, of_target, 20, 0).statement,
            conversations::page(&caller, id, of_user, 20, 0).statement,
            conversations::find(&caller, id, conversation).statement,
            conversations::messages(&caller, id, conversation, 0, 100).statement,
            erasure::delete(writer(&caller), id, conversation).statement,
            erasure::erase(writer(&caller), id, "user_1").statement,
            erasure::erase_feedback(writer(&caller), id, "user_1").statement,
            erasure::left(&caller, id, "user_1").statement,
            export::heads(&caller, id, &selection(None, None), None).statement,
            export::heads(&caller, id, &selection(Some("flow_a"), None), began).statement,
            export::heads(&caller, id, &selection(None, Some("user_1")), began).statement,
            export::heads(&caller, id, &selection(Some("flow_a"), Some("user_1")), began).statement,
            feedback::page(&caller, id, None, 20, 0).statement,
            feedback::page(&caller, id, Some("user_1"), 20, 0).statement,
            targets::page(&caller, 1000, 0).statement,
            targets::find(&caller, &target).statement,
            targets::put(&caller, &new_target, TARGETS).statement,
            targets::delete(&caller, &target).statement,
            targets::listed_by(&caller, id).statement,
            audit_log::page(&caller, &Filter::default(), None, 100).statement,
            audit_log::page(&caller, &everything, Some(7), 100).statement,
            audit_log::reveal(writer(&caller), id, &keyring()).statement,
            verification::verified(&caller, id, None, None).statement,
            verification::verified(&caller, id, Some(&grant()), Some(&target)).statement,
        ]);
        for one in filters() {
            let page = audit_log::page(&caller, &one, Some(7), 100).statement;
            let plan = plan(&database, &page).join("\n");
            assert!(plan.contains("audit_log USING INDEX audit_log_by_"), "{plan}");
            statements.push(page);
        }
    }
    // What a user makes looks for nothing: the tenant is a parameter.
    statements.retain(|one| {
        !(one.sql.starts_with("insert") && one.sql.contains("?1 ->> 'tenant' as tenant_id"))
    });
    statements.push(audit_log::purge(Timestamp::from_millis(START)));
    for statement in &statements {
        hold_to_an_index(&database, statement);
    }
}

/// Every statement of the browser plane that looks for something.
#[test]
fn every_statement_of_a_page_searches_an_index() {
    let database = Database::migrated();
    let (id, now) = (new_token(1, Live).id, Timestamp::from_millis(START));
    let target = TargetId::parse("flow_a").unwrap();
    let conversation = conversation_id(1);
    let session = Session {
        conversation,
        token: id,
        generation: 0,
        started_at: now,
        issued_at: now,
        follows_another_user: false,
        target: target.clone(),
        grant: None,
    };
    let answer = NewAnswer {
        id: "a1".into(),
        text: "Hello".into(),
        status: Status::Complete,
        reply_to: "u1".into(),
    };
    let waiting = Waiting {
        id: "exec_1".into(),
        reply_to: "u1".into(),
        assistant_message_id: "a1".into(),
        revision: 1,
        legs: 1,
        calls: "[]".into(),
        answered: "[]".into(),
        bytes: 2,
    };
    for statement in [
        client_tokens::of_credential(id).statement,
        client_tokens::touch(id, now),
        opening::opening(id, None, None, None).statement,
        opening::opening(id, None, Some(&target), Some(&session)).statement,
        opening::opening(id, Some(&grant()), None, Some(&session)).statement,
        targets::of_token(id, &target).statement,
        sessions::thread(&session).statement,
        sessions::replace_tools(&session, ("[]", None)),
        sessions::tools(conversation).statement,
        messages::answer_to(conversation, "u1").statement,
        messages::asked(conversation, "u1").statement,
        messages::insert(conversation, NewMessage::default(), now),
        messages::expect_answer(conversation, "u1", "e1", "a1"),
        messages::insert_answer(conversation, &answer, now),
        executions::find(conversation, "exec_1", now).statement,
        executions::heard(conversation, "exec_1").statement,
        executions::remembered(conversation, "exec_1").statement,
        sessions::known_tools(conversation).statement,
        sessions::own_tools(&session).statement,
        executions::answer(conversation, &waiting, "{}", now).statement,
        executions::claim(conversation, &waiting, "{}", now).statement,
        executions::release(conversation, "exec_1"),
        executions::unclaim(conversation, &waiting, now),
        executions::end(conversation, "exec_1"),
    ] {
        hold_to_an_index(&database, &statement);
    }
}

fn selection(target: Option<&str>, user: Option<&str>) -> Selection {
    let [from, to] = [START, START + 1].map(Timestamp::from_millis);
    Selection { from, to, target: target.map(str::to_owned), user: user.map(str::to_owned) }
}

/// Messages of several conversations are sorted: no more than one conversation may have, of their
/// sizes only.
#[test]
fn an_export_looks_messages_up_by_their_conversations_and_sorts_their_sizes() {
    let database = Database::migrated();
    let stretch = Stretch { conversations: vec![conversation_id(1)], after: 0 };
    for caller in [database.caller("acme", Live, 1), user("acme", &["*"])] {
        let query = export::messages(&caller, new_token(1, Live).id, &stretch);
        let plan = plan(&database, &query.statement);
        for search in ["messages USING INDEX", "conversations USING PRIMARY KEY (id=?)"] {
            assert!(plan.iter().any(|step| step.contains(search)), "{plan:#?}");
        }
        for step in plan.iter().filter(|step| step.starts_with("SCAN")) {
            let is_bounded = BOUNDED.iter().any(|bounded| step.starts_with(bounded));
            assert!(is_bounded || step.starts_with("SCAN json_each"), "{plan:#?}");
        }
    }
}

/// A page's list has an order of its own, so what was found is sorted: as many rows as the list
/// has entries, of their sizes only.
#[test]
fn a_list_is_looked_up_by_ids_and_sorts_what_it_found() {
    let database = Database::migrated();
    let list = [Wanted { id: "u1", size: Some((5, 0)) }];
    let query = messages::listed(conversation_id(1), &list, "u1", &["a"]);
    let plan = plan(&database, &query.statement);
    for index in ["(conversation_id=? AND id=?)", "messages_by_question"] {
        assert!(plan.iter().any(|step| step.contains(index)), "{plan:#?}");
    }
    for step in plan.iter().filter(|step| step.starts_with("SCAN")) {
        let bounded =
            ["thread", "listed", "known", "shown", "json_each", "weighed", "chosen", "(subquery"];
        assert!(bounded.iter().any(|name| step.contains(name)), "{plan:#?}");
    }
}

fn hold_to_an_index(database: &Database, statement: &Statement) {
    let plan = plan(database, statement);
    assert!(plan.iter().any(|step| step.contains("USING")), "{}\n{plan:#?}", statement.sql);
    for step in plan {
        let scans = step.starts_with("SCAN") && !BOUNDED.iter().any(|s| step.starts_with(s));
        let sorts = step.contains("TEMP B-TREE");
        assert!(!scans && !sorts, "{}\n{step}", statement.sql);
    }
}
