//! What opening a session reads in one row, held to the statements that read its parts.

use ::client_tokens::{
    domain::{
        client_token::{Changes, Targets},
        environment::Environment::Live,
        grant::Grant,
        id::ConversationId,
        session::Session,
        target::{NewTarget, parse_id},
        text::TargetId,
        time::Timestamp,
        upstream::Upstream,
    },
    store::{
        caller::Caller,
        client_tokens::{self, OwnedToken, of_credential},
        opening::opening,
        sessions::{self, Chat, NewConversation, thread},
        targets,
        verification::verified,
    },
};

use crate::database::{Database, START, TARGETS, new_token, target_ids, writer};

fn id(text: &str) -> TargetId {
    TargetId::parse(text).unwrap()
}

fn put(database: &Database, caller: &Caller, text: &str) {
    let target = NewTarget {
        id: parse_id(text).unwrap(),
        name: None,
        description: None,
        upstream: Upstream::Echo,
    };
    database.fetch(&targets::put(caller, &target, TARGETS));
}

fn session(conversation: u8, started_at: i64) -> Session {
    Session {
        conversation: ConversationId::from_bytes([conversation; 16]),
        token: new_token(1, Live).id,
        generation: 0,
        started_at: Timestamp::from_millis(started_at),
        issued_at: Timestamp::from_millis(started_at),
        follows_another_user: false,
        target: id("flow_a"),
        grant: None,
    }
}

fn chat(database: &Database, session: &Session) {
    let now = session.started_at;
    let new = NewConversation {
        id: session.conversation,
        token: session.token,
        target: &session.target,
        origin: None,
        user: None,
        first_text: "Hello",
    };
    database.run(&sessions::open_conversation(&new, now));
    let chat = Chat { question: "u1", execution: "e1" };
    let tools = Some(("[{\"name\":\"é\"}]", Some("print")));
    database.run(&sessions::count_chat(session, chat, None, tools, now));
}

/// Every target that can be wanted and every session that can come before, against the statements
/// for the parts; gives which of the parts were there at least once.
fn agrees(database: &Database) -> [bool; 3] {
    let token = new_token(1, Live).id;
    let wanted = [None, Some(id("flow_a")), Some(id("flow_b")), Some(id("agent_c"))];
    let previous =
        [None, Some(session(1, START)), Some(session(1, START + 1)), Some(session(2, 0))];
    let mut seen = [false; 3];
    for wanted in &wanted {
        for previous in &previous {
            let together =
                database.fetch(&opening(token, None, wanted.as_ref(), previous.as_ref()));
            let owned = database.fetch(&of_credential(token)).into_iter().next();
            let chosen = owned.as_ref().and_then(|owned: &OwnedToken| {
                let first = owned.token.settings.targets.first().cloned();
                wanted.clone().or(first)
            });
            let target = chosen.map(|id| database.fetch(&targets::of_token(token, &id)));
            let target = target.and_then(|rows| rows.into_iter().next());
            let thread = previous.as_ref().map(|session| database.fetch(&thread(session)));
            let thread = thread.and_then(|rows| rows.into_iter().next());
            assert!(together.len() <= 1);
            let together = together.into_iter().next();
            assert_eq!(together.as_ref().map(|row| &row.owned), owned.as_ref());
            if let Some(row) = together {
                assert_eq!((&row.target, &row.thread), (&target, &thread), "{wanted:?}");
                let found = [true, row.target.is_some(), row.thread.is_some()];
                seen = [0, 1, 2].map(|part| seen[part] || found[part]);
            }
        }
    }
    seen
}

#[test]
fn one_row_says_what_the_statements_for_its_parts_say() {
    let database = Database::migrated();
    let (acme, other) = (database.caller("acme", Live, 1), database.caller("other", Live, 2));
    assert_eq!(agrees(&database), [false, false, false], "no token");
    let mut token = new_token(1, Live);
    token.settings.targets = Targets::default();
    database.insert(&acme, &token);
    put(&database, &other, "flow_a");
    assert_eq!(agrees(&database), [true, false, false], "no target, and another tenant's");
    put(&database, &acme, "flow_b");
    put(&database, &acme, "agent_c");
    assert_eq!(agrees(&database), [true, true, false]);
    chat(&database, &session(1, START));
    assert_eq!(agrees(&database), [true, true, true]);
    let change = |changes: &Changes| {
        database.fetch(&client_tokens::update(writer(&acme), token.id, changes));
        assert_eq!(agrees(&database), [true, true, true], "{changes:?}");
    };
    let agent_ids = Some(target_ids(&["agent_c"]));
    change(&Changes { agent_ids, ..Changes::default() });
    let flow_ids = Some(target_ids(&["flow_a", "flow_b"]));
    change(&Changes { flow_ids, ..Changes::default() });
    change(&Changes { default_flow_id: Some(Some(id("flow_b"))), ..Changes::default() });
    database.0.execute("update conversations set deleted_at = 1", []).unwrap();
    assert_eq!(agrees(&database), [true, true, true], "a deleted conversation is told");
    database.0.execute("delete from conversations", []).unwrap();
    assert_eq!(agrees(&database), [true, true, false]);
    database.fetch(&client_tokens::delete(writer(&acme), token.id));
    assert_eq!(agrees(&database), [false, false, false], "a deleted token");
}

/// A token of two flows and two agents, `flow_b` its default, and every narrower list of a value.
#[test]
fn the_target_is_the_first_that_the_value_allows() {
    let database = Database::migrated();
    let acme = database.caller("acme", Live, 1);
    let all = ["flow_a", "flow_b", "agent_c", "agent_d"];
    for text in &all {
        put(&database, &acme, text);
    }
    let mut token = new_token(1, Live);
    token.settings.targets = Targets {
        flow_ids: target_ids(&all[..2]),
        default_flow_id: Some(id("flow_b")),
        agent_ids: target_ids(&all[2..]),
        ..Targets::default()
    };
    let token = database.insert(&acme, &token);
    let lists = |listed: &[&str]| {
        let some = |ids: &[&str]| Some(target_ids(ids));
        let [first, last] = [listed[0], listed[1]];
        [None, some(&[]), some(&[last]), some(&[first]), some(&[last, first]), some(&["flow_x"])]
    };
    let mut chosen_by_value = 0;
    for flow_ids in lists(&all[..2]) {
        for agent_ids in lists(&all[2..]) {
            let grant = Grant {
                flow_ids: flow_ids.clone(),
                agent_ids: agent_ids.clone(),
                ..Grant::until(Timestamp::from_millis(START + 1))
            };
            let expected = grant.narrow(token.clone()).settings.targets.first().cloned();
            let found = database.fetch(&opening(token.id, Some(&grant), None, None)).remove(0);
            let found = found.target.map(|target| target.id);
            assert_eq!(found, expected, "{flow_ids:?} {agent_ids:?}");
            let judged = database.fetch(&verified(&acme, token.id, Some(&grant), None)).remove(0);
            assert_eq!(judged.target.map(|target| target.id), expected);
            chosen_by_value += usize::from(found.as_ref() != token.settings.targets.first());
        }
    }
    assert!(chosen_by_value > 10);
    // What a page wants comes first, whatever the value says: that is asked elsewhere.
    let grant = Grant {
        flow_ids: Some(target_ids(&[])),
        ..Grant::until(Timestamp::from_millis(START + 1))
    };
    let wanted = id("flow_a");
    let found = database.fetch(&opening(token.id, Some(&grant), Some(&wanted), None)).remove(0);
    assert_eq!(found.target.map(|target| target.id), Some(wanted));
}
