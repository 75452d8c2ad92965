//! What the browser plane reads and writes.

use ::client_tokens::{
    domain::{
        environment::Environment::Live,
        id::ConversationId,
        message::{Role, Status},
        session::Session,
        text::TargetId,
        time::Timestamp,
    },
    store::{
        client_tokens,
        executions::{self, Paused},
        feedback::{NewFeedback, give},
        messages::{self, NewAnswer, NewMessage, Until},
        row::Found,
        sessions::{self, NewConversation},
        statement::Query,
    },
};

use crate::database::{Database, START, new_token};

fn now(millis: i64) -> Timestamp {
    Timestamp::from_millis(START + millis)
}

fn session(started: i64) -> Session {
    Session {
        conversation: ConversationId::from_bytes([7; 16]),
        token: new_token(1, Live).id,
        generation: 0,
        started_at: now(started),
        issued_at: now(started),
        target: TargetId::parse("flow_a").unwrap(),
    }
}

/// A database with a token and a conversation of two messages of the visitor.
fn chatted() -> Database {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    database.insert(&caller, &new_token(1, Live));
    say(&database, &session(0), &["u1", "u2"], 1);
    database
}

fn say(database: &Database, session: &Session, ids: &[&str], at: i64) {
    let new = NewConversation {
        id: session.conversation,
        token: session.token,
        target: &session.target,
        origin: Some("https://app.example.com"),
        first_text: &"é".repeat(300),
    };
    let messages: Vec<_> = ids
        .iter()
        .map(|id| NewMessage {
            id: (*id).to_owned(),
            content: format!("\"said {id}\""),
            display_content: None,
        })
        .collect();
    database.run(&sessions::open_conversation(&new, now(at)));
    database.run(&messages::insert_new(session.conversation, &messages, now(at)));
    database.run(&sessions::count_chat(session, None, None, now(at)));
}

fn answer(id: &str, status: Status, reply_to: &str) -> NewAnswer {
    NewAnswer { id: id.into(), content: format!("\"{id}\""), status, reply_to: reply_to.into() }
}

#[test]
fn the_revision_rises_with_every_message_and_every_change_of_one() {
    let database = chatted();
    let revision = || database.fetch(&sessions::thread(&session(0))).remove(0).revision;
    assert_eq!(revision(), 2);
    let insert =
        |answer| database.run(&messages::insert_answer(session(0).conversation, &answer, now(2)));
    insert(answer("a1", Status::Partial, "u1"));
    assert_eq!(revision(), 3);
    insert(answer("a1", Status::Complete, "u1"));
    assert_eq!(revision(), 4);
    say(&database, &session(0), &["u1", "u3"], 3);
    assert_eq!(revision(), 5, "one of the two was there");
}

#[test]
fn a_chat_makes_conversation_session_and_messages() {
    let database = chatted();
    let thread = database.fetch(&sessions::thread(&session(0))).remove(0);
    assert_eq!((thread.message_count, thread.chat_count), (2, 1));
    assert_eq!(thread.last_chat_at, Some(now(1)));
    let stored =
        database.fetch(&messages::latest(session(0).conversation, Until::Message("none"), 10));
    let order: Vec<_> = stored.iter().map(|m| (m.id.as_str(), m.position, m.role)).collect();
    assert_eq!(order, [("u2", 2, Role::User), ("u1", 1, Role::User)]);
    let count = |sql| database.count(sql);
    assert_eq!(count("select length(first_message) from conversations"), 200);
    assert_eq!(count("select length(name) from conversations"), 60);
    assert_eq!(count("select conversation_count from client_tokens"), 1);
    assert_eq!(count("select updated_at from conversations"), START + 1);
}

#[test]
fn a_message_sent_again_is_neither_stored_nor_counted_twice() {
    let database = chatted();
    say(&database, &session(0), &["u1", "u2", "u3"], 2);
    let stored =
        database.fetch(&messages::latest(session(0).conversation, Until::Message("none"), 10));
    let contents: Vec<_> = stored.iter().map(|m| m.content.as_str()).collect();
    assert_eq!(contents, ["\"said u3\"", "\"said u2\"", "\"said u1\""]);
    assert_eq!(database.count("select message_count from conversations"), 3);
}

#[test]
fn each_session_of_a_conversation_counts_for_itself() {
    let database = chatted();
    say(&database, &session(0), &["u3"], 5);
    say(&database, &session(9), &["u4"], 10);
    let count = |started| database.fetch(&sessions::thread(&session(started)))[0].chat_count;
    assert_eq!((count(0), count(9), count(11)), (2, 1, 0));
    let other = Session { token: new_token(2, Live).id, ..session(0) };
    assert!(database.fetch(&sessions::thread(&other)).is_empty());
}

#[test]
fn a_full_session_counts_no_chat() {
    let database = chatted();
    let count = |cap| database.try_run(&sessions::count_chat(&session(0), Some(cap), None, now(2)));
    assert!(count(2).is_ok());
    assert!(count(2).unwrap_err().to_string().contains("within_cap"));
    assert!(count(3).is_ok());
    assert_eq!(database.count("select chat_count from sessions"), 3);
}

#[test]
fn a_transcript_ends_with_its_question_and_positions_have_no_gaps() {
    let database = chatted();
    let conversation = session(0).conversation;
    say(&database, &session(0), &["u1", "u3", "u2", "u4"], 2);
    let ids = |until| -> Vec<String> {
        let stored = database.fetch(&messages::latest(conversation, until, 2));
        stored.into_iter().map(|m| format!("{} {}", m.position, m.id)).collect()
    };
    assert_eq!(ids(Until::Message("u3")), ["3 u3", "2 u2"]);
    assert_eq!(ids(Until::Message("new")), ["4 u4", "3 u3"]);
    let paused = Paused {
        id: "exec_1".into(),
        reply_to: "u2".into(),
        assistant_message_id: "a1".into(),
        state: "{}".into(),
    };
    database.run(&executions::pause(&session(0), &paused, now(3)));
    assert_eq!(ids(Until::Execution("exec_1")), ["2 u2", "1 u1"]);
}

#[test]
fn tools_stay_until_they_are_replaced() {
    let database = chatted();
    let tools = || {
        let thread = database.fetch(&sessions::thread(&session(0))).remove(0);
        (thread.tools, thread.tools_fingerprint)
    };
    assert_eq!(tools(), (None, None));
    let sent = Some(("[1]", Some("1:a")));
    database.run(&sessions::count_chat(&session(0), None, sent, now(2)));
    database.run(&sessions::count_chat(&session(0), None, None, now(3)));
    assert_eq!(tools(), (Some("[1]".into()), Some("1:a".into())));
    database.run(&sessions::replace_tools(&session(0), ("[]", None)));
    assert_eq!(tools(), (Some("[]".into()), None));
    assert_eq!(database.count("select chat_count from sessions"), 3);
}

#[test]
fn only_a_complete_answer_answers() {
    let database = chatted();
    let conversation = session(0).conversation;
    let known = || {
        let mut known = database.fetch(&messages::known(conversation, &["u1", "u2", "x", "a1"]));
        known.sort_by(|a, b| a.id.cmp(&b.id));
        known.into_iter().map(|k| (k.id, k.is_answered)).collect::<Vec<_>>()
    };
    let pair = |id: &str, answered| (id.to_owned(), answered);
    let partial = answer("a1", Status::Partial, "u2");
    database.run(&messages::insert_answer(conversation, &partial, now(3)));
    assert_eq!(known(), [pair("a1", false), pair("u1", false), pair("u2", false)]);
    assert!(database.fetch(&messages::answer_to(conversation, "u2")).is_empty());
    let complete = answer("a2", Status::Complete, "u2");
    database.run(&messages::insert_answer(conversation, &complete, now(4)));
    assert_eq!(known()[2], pair("u2", true));
    assert_eq!(database.fetch(&messages::answer_to(conversation, "u2"))[0].id, "a2");
}

#[test]
fn an_answer_stored_again_is_one_answer_and_never_somebody_elses() {
    let database = chatted();
    let conversation = session(0).conversation;
    for status in [Status::Partial, Status::Complete, Status::Complete] {
        let again = answer("a1", status, "u2");
        database.run(&messages::insert_answer(conversation, &again, now(3)));
    }
    let stored =
        database.fetch(&messages::latest(conversation, Until::Message("none"), 1)).remove(0);
    assert_eq!((stored.id.as_str(), stored.status), ("a1", Status::Complete));
    assert_eq!(database.count("select message_count from conversations"), 3);
    let stolen = NewAnswer { content: "\"stolen\"".into(), ..answer("u1", Status::Complete, "u2") };
    database.run(&messages::insert_answer(conversation, &stolen, now(4)));
    assert_eq!(database.count("select count(*) from messages where content = '\"stolen\"'"), 0);
}

#[test]
fn a_pause_is_found_in_its_session_only_and_ends_once() {
    let database = chatted();
    let paused = |state: &str| Paused {
        id: "exec_1".into(),
        reply_to: "u2".into(),
        assistant_message_id: "a1".into(),
        state: state.into(),
    };
    database.run(&executions::pause(&session(0), &paused("{}"), now(2)));
    database.run(&executions::pause(&session(0), &paused("{\"a\":1}"), now(3)));
    let found = database.fetch(&executions::find(&session(0), "exec_1"));
    assert_eq!(found, [paused("{\"a\":1}")]);
    assert!(database.fetch(&executions::find(&session(9), "exec_1")).is_empty());
    assert!(database.fetch(&executions::find(&session(0), "exec_2")).is_empty());
    let answered = |session: &Session| {
        let answer = executions::answer(session, "exec_1", "{\"b\":2}");
        database.fetch(&Query::<Found>::new(answer.sql, answer.params)).len()
    };
    assert_eq!(answered(&session(9)), 0);
    assert_eq!(answered(&session(0)), 1);
    assert_eq!(database.fetch(&executions::find(&session(0), "exec_1")), [paused("{\"b\":2}")]);
    database.run(&executions::end(session(0).conversation, "exec_1"));
    assert_eq!(answered(&session(0)), 0);
    assert!(database.fetch(&executions::find(&session(0), "exec_1")).is_empty());
}

#[test]
fn feedback_is_one_for_each_session_kind_and_message() {
    let database = chatted();
    let vote = |id: &str, kind, message, rating| {
        let feedback = NewFeedback {
            id: id.into(),
            kind,
            message_id: message,
            rating,
            comment: None,
            metadata: None,
        };
        database.fetch(&give(&session(0), &feedback, now(2)))[0].id.clone()
    };
    assert_eq!(vote("fb_1", "upvote", "a1", None), "fb_1");
    assert_eq!(vote("fb_2", "upvote", "a1", None), "fb_1");
    assert_eq!(vote("fb_3", "upvote", "a2", None), "fb_3");
    assert_eq!(vote("fb_4", "csat", "", Some(5)), "fb_4");
    assert_eq!(vote("fb_5", "csat", "", Some(1)), "fb_4");
    assert_eq!(database.count("select rating from feedback where type = 'csat'"), 1);
}

#[test]
fn a_credential_leads_to_its_token_and_owner_while_it_lives() {
    let database = chatted();
    let caller = database.caller("acme", Live, 1 + 1);
    let id = new_token(1, Live).id;
    let owned = database.fetch(&client_tokens::of_credential(id)).remove(0);
    assert_eq!((owned.tenant.as_str(), owned.token.id), ("acme", id));
    for (at, recorded) in [(0, 0), (59_999, 0), (60_000, 60_000)] {
        database.run(&client_tokens::touch(id, now(at)));
        let token = database.fetch(&client_tokens::of_credential(id)).remove(0).token;
        assert_eq!(token.last_used_at, Some(now(recorded)));
    }
    database.fetch(&client_tokens::delete(&caller, id));
    assert!(database.fetch(&client_tokens::of_credential(id)).is_empty());
}
