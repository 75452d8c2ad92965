//! What the browser plane reads and writes.

use ::client_tokens::{
    domain::{
        environment::Environment::Live,
        grant::{EndUser, Grant},
        id::ConversationId,
        message::{NewMessage, Status},
        session::Session,
        text::{EndUserId, TargetId},
        time::Timestamp,
    },
    store::{
        client_tokens,
        executions::{self, Paused},
        feedback::{NewFeedback, give},
        messages::{self, NewAnswer},
        row::Exists,
        sessions::{self, NewConversation},
        statement::First,
    },
};

use crate::database::{Database, START, new_token, writer};

mod transcript;

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
        follows_another_user: false,
        target: TargetId::parse("flow_a").unwrap(),
        grant: None,
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
        user: None,
        first_text: &"é".repeat(300),
    };
    let messages: Vec<_> = ids
        .iter()
        .map(|id| NewMessage {
            id: (*id).to_owned(),
            content: format!("\"said {id}\""),
            ..NewMessage::default()
        })
        .collect();
    database.run(&sessions::open_conversation(&new, now(at)));
    for message in &messages {
        database.run(&messages::insert(session.conversation, message.clone(), now(at)));
    }
    count(database, session, None, None, at).unwrap();
}

/// Counts a chat of its own.
fn count(
    database: &Database,
    session: &Session,
    cap: Option<u32>,
    tools: Option<sessions::Tools<'_>>,
    at: i64,
) -> rusqlite::Result<()> {
    let execution =
        format!("exec_{}", database.count("select coalesce(sum(chat_count), 0) from sessions"));
    let chat = sessions::Chat { question: "u1", execution: &execution };
    database.try_run(&sessions::count_chat(session, chat, cap, tools, now(at))).map(drop)
}

/// The messages of the conversation, in order, as `id role content`.
fn kept(database: &Database) -> Vec<String> {
    let mut rows = database
        .0
        .prepare("select id || ' ' || role || ' ' || content from messages order by position")
        .unwrap();
    rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn answer(id: &str, status: Status, reply_to: &str) -> NewAnswer {
    NewAnswer { id: id.into(), text: format!("said {id}"), status, reply_to: reply_to.into() }
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
    assert_eq!(kept(&database), ["u1 user \"said u1\"", "u2 user \"said u2\""]);
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
    assert_eq!(kept(&database)[2..], ["u3 user \"said u3\""]);
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
    let count = |cap| count(&database, &session(0), Some(cap), None, 2);
    assert!(count(2).is_ok());
    assert!(count(2).unwrap_err().to_string().contains("within_cap"));
    assert!(count(3).is_ok());
    assert_eq!(database.count("select chat_count from sessions"), 3);
}

#[test]
fn a_chat_that_is_written_again_counts_once() {
    let database = chatted();
    let write = |question: &str, execution: &str| {
        let chat = sessions::Chat { question, execution };
        let counted =
            database.try_run(&sessions::count_chat(&session(0), chat, Some(3), None, now(2)));
        if counted.is_ok() {
            let new = NewMessage {
                id: question.into(),
                content: "1".into(),
                execution_id: Some(execution.into()),
                ..NewMessage::default()
            };
            database.run(&messages::insert(session(0).conversation, new.clone(), now(2)));
            let noted = messages::expect_answer(session(0).conversation, question, execution, "a1");
            database.run(&noted);
        }
        counted.is_ok()
    };
    let count = || database.count("select chat_count from sessions");
    assert!(write("u3", "a") && write("u3", "a"));
    assert_eq!(count(), 2);
    assert!(write("u4", "b") && write("u3", "a") && write("u4", "b"), "a full session, too");
    assert_eq!(count(), 3);
    assert!(!write("u5", "c") && !write("u3", "d"), "an old question asked again is a chat");
}

#[test]
fn tools_stay_until_they_are_replaced() {
    let database = chatted();
    let tools = || {
        let thread = database.fetch(&sessions::thread(&session(0))).remove(0);
        let stored = database.fetch(&sessions::own_tools(&session(0))).pop();
        assert_eq!(thread.has_tools, stored.is_some());
        let stored = stored.map_or((None, None), |tools| (Some(tools.list), tools.fingerprint));
        assert_eq!(thread.tools_fingerprint, stored.1);
        stored
    };
    assert_eq!(tools(), (None, None));
    let sent = Some(("[1]", Some("1:a")));
    count(&database, &session(0), None, sent, 2).unwrap();
    count(&database, &session(0), None, None, 3).unwrap();
    assert_eq!(tools(), (Some("[1]".into()), Some("1:a".into())));
    database.run(&sessions::replace_tools(&session(0), ("[]", None)));
    assert_eq!(tools(), (Some("[]".into()), None));
    assert_eq!(database.count("select chat_count from sessions"), 3);
}

#[test]
fn a_conversation_knows_the_tools_of_its_latest_session_with_any() {
    let database = chatted();
    let tools = || database.fetch(&sessions::tools(session(0).conversation)).pop().map(|t| t.list);
    assert_eq!(tools(), None);
    count(&database, &session(0), None, Some(("[1]", None)), 2).unwrap();
    count(&database, &session(5), None, Some(("[2]", Some("f"))), 6).unwrap();
    count(&database, &session(9), None, None, 10).unwrap();
    assert_eq!(tools(), Some("[2]".into()));
}

#[test]
fn only_a_complete_answer_answers() {
    let database = chatted();
    let conversation = session(0).conversation;
    let answered = || {
        let answer = database.fetch(&messages::answer_to(conversation, "u2")).pop();
        answer.map(|answer| (answer.id, answer.content))
    };
    let partial = answer("a1", Status::Partial, "u2");
    database.run(&messages::insert_answer(conversation, &partial, now(3)));
    assert_eq!(answered(), None);
    for id in ["a2", "a3"] {
        database.run(&messages::insert_answer(
            conversation,
            &answer(id, Status::Complete, "u2"),
            now(4),
        ));
        assert_eq!(answered(), Some((id.into(), format!("\"said {id}\""))), "the latest one");
    }
}

#[test]
fn an_answer_stored_again_is_one_answer_and_never_somebody_elses() {
    let database = chatted();
    let conversation = session(0).conversation;
    for status in [Status::Partial, Status::Complete, Status::Complete] {
        let again = answer("a1", status, "u2");
        database.run(&messages::insert_answer(conversation, &again, now(3)));
    }
    assert_eq!(kept(&database)[2..], ["a1 assistant said a1"]);
    assert_eq!(database.count("select status = 'complete' from messages where id = 'a1'"), 1);
    assert_eq!(database.count("select message_count from conversations"), 3);
    let stolen = NewAnswer { text: "stolen".into(), ..answer("u1", Status::Complete, "u2") };
    database.run(&messages::insert_answer(conversation, &stolen, now(4)));
    assert_eq!(database.count("select count(*) from messages where content = 'stolen'"), 0);
}

fn paused(state: &str) -> Paused {
    Paused {
        id: "exec_1".into(),
        reply_to: "u2".into(),
        assistant_message_id: "a1".into(),
        legs: 1,
        calls: r#"[["c1","add"],["c2","add"]]"#.into(),
        state: state.into(),
    }
}

/// What it remembers, and the results that came since.
fn remembered(database: &Database) -> (String, String) {
    let query = executions::remembered(session(0).conversation, "exec_1");
    let found = database.fetch(&query).remove(0);
    (found.state, found.outputs)
}

/// The state of the execution, if it waits at that moment.
fn waiting(database: &Database, at: i64) -> Option<executions::Waiting> {
    database.fetch(&executions::find(session(0).conversation, "exec_1", now(at))).pop()
}

fn rows(database: &Database, query: &First<Exists>) -> usize {
    database.fetch(query).len()
}

#[test]
fn a_pause_is_its_conversations_and_ends_once() {
    let database = chatted();
    let conversation = session(0).conversation;
    database.run(&executions::pause(conversation, &paused("{}"), now(2)));
    database.run(&executions::pause(conversation, &paused("{\"a\":1}"), now(3)));
    let found = waiting(&database, 3).unwrap();
    let expected = paused("{\"a\":1}");
    assert_eq!((found.legs, &found.calls, found.answered.as_str()), (1, &expected.calls, "[]"));
    assert_eq!(found.bytes as usize, expected.state.len() + 2);
    assert_eq!(remembered(&database), (expected.state, "{}".into()));
    let none = database.fetch(&executions::find(conversation, "exec_2", now(3)));
    assert!(none.is_empty());
    let other = ConversationId::from_bytes([8; 16]);
    assert!(database.fetch(&executions::find(other, "exec_1", now(3))).is_empty());
    database.run(&executions::end(conversation, "exec_1"));
    assert_eq!(waiting(&database, 3), None);
}

#[test]
fn a_pause_is_claimed_by_one() {
    let database = chatted();
    let conversation = session(0).conversation;
    database.run(&executions::pause(conversation, &paused("{}"), now(2)));
    let found = waiting(&database, 3).unwrap();
    let claim =
        |found| rows(&database, &executions::claim(conversation, found, r#"{"1":"7"}"#, now(3)));
    assert_eq!((claim(&found), claim(&found)), (1, 0));
    assert_eq!(waiting(&database, 4), None);
    database.run(&executions::release(conversation, "exec_1"));
    let found = waiting(&database, 4).unwrap();
    assert_eq!((found.legs, found.answered.as_str()), (2, r#"["1"]"#), "what was answered is kept");
    assert_eq!(remembered(&database), ("{}".into(), r#"{"1":"7"}"#.into()));
    assert_eq!(claim(&found), 1);
    let next = Paused { legs: 3, ..paused("[]") };
    database.run(&executions::pause(conversation, &next, now(5)));
    assert_eq!(waiting(&database, 5).unwrap().legs, 3);
    assert_eq!(remembered(&database), ("[]".into(), "{}".into()));
}

#[test]
fn a_claim_of_unknown_outcome_is_given_back_by_its_maker_only() {
    let database = chatted();
    let conversation = session(0).conversation;
    database.run(&executions::pause(conversation, &paused("{}"), now(2)));
    let found = waiting(&database, 3).unwrap();
    database.run(&executions::unclaim(conversation, &found, now(3)));
    assert_eq!(rows(&database, &executions::claim(conversation, &found, "{}", now(3))), 1);
    database.run(&executions::unclaim(conversation, &found, now(4)));
    assert_eq!(waiting(&database, 5), None);
    database.run(&executions::unclaim(conversation, &found, now(3)));
    assert!(waiting(&database, 5).is_some());
}

#[test]
fn a_claim_is_void_after_a_quarter_of_an_hour() {
    let database = chatted();
    let conversation = session(0).conversation;
    database.run(&executions::pause(conversation, &paused("{}"), now(0)));
    let found = waiting(&database, 0).unwrap();
    assert_eq!(rows(&database, &executions::claim(conversation, &found, "{}", now(0))), 1);
    assert_eq!(waiting(&database, 15 * 60_000 - 1), None);
    assert!(waiting(&database, 15 * 60_000).is_some());
}

#[test]
fn four_wait_at_the_most_and_weigh_in_their_conversation() {
    let database = chatted();
    let conversation = session(0).conversation;
    let bytes = || database.count("select byte_count from conversations");
    let before = bytes();
    let pause = |id: &str, at| {
        let paused = Paused { id: id.into(), calls: "[]".into(), ..paused(r#"{"a":"é"}"#) };
        database.run(&executions::pause(conversation, &paused, now(at)));
    };
    let ids = || {
        let sql = "select group_concat(id, ' ') from (select id from executions order by id)";
        database.0.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap()
    };
    for (at, id) in ["e1", "e2", "e3", "e4"].into_iter().enumerate() {
        pause(id, i64::try_from(at).unwrap());
    }
    let one = i64::try_from(r#"{"a":"é"}[]{}"#.len()).unwrap();
    assert_eq!((ids().as_str(), bytes() - before), ("e1 e2 e3 e4", 4 * one));
    // One that paused again is a new one, and one that goes on doesn't wait.
    pause("e1", 5);
    let found = database.fetch(&executions::find(conversation, "e3", now(5))).remove(0);
    assert_eq!(rows(&database, &executions::claim(conversation, &found, "{}", now(5))), 1);
    pause("e5", 6);
    assert_eq!(ids(), "e1 e2 e3 e4 e5");
    pause("e6", 7);
    assert_eq!(ids(), "e1 e3 e4 e5 e6");
    let found = database.fetch(&executions::find(conversation, "e4", now(8))).remove(0);
    assert_eq!(
        rows(&database, &executions::answer(conversation, &found, r#"{"0":"1"}"#, now(8))),
        1
    );
    assert_eq!(bytes() - before, 5 * one + 7);
    database.run(&executions::end(conversation, "e4"));
    assert_eq!(bytes() - before, 4 * one);
}

#[test]
fn results_are_added_to_what_was_read_and_to_nothing_else() {
    let database = chatted();
    let conversation = session(0).conversation;
    database.run(&executions::pause(conversation, &paused("{}"), now(2)));
    let found = waiting(&database, 3).unwrap();
    let answer =
        |found, new| rows(&database, &executions::answer(conversation, found, new, now(3)));
    let (first, second) = (r#"{"0":"1"}"#, r#"{"1":"null"}"#);
    assert_eq!((answer(&found, first), answer(&found, second)), (1, 0));
    let found = waiting(&database, 3).unwrap();
    assert_eq!((found.answered.as_str(), found.legs), (r#"["0"]"#, 1));
    assert_eq!(answer(&found, second), 1);
    assert_eq!(remembered(&database).1, r#"{"0":"1","1":"null"}"#);
    assert_eq!(rows(&database, &executions::claim(conversation, &found, "{}", now(3))), 0);
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
fn feedback_is_its_session_s_user_s() {
    let database = chatted();
    let stored = |nth: u8, user: Option<&str>| {
        let user = user.map(|id| EndUser { id: EndUserId::parse(id).unwrap(), name: None });
        let grant = Some(Box::new(Grant { user, ..Grant::until(now(9)) }));
        // There is no conversation yet.
        let conversation = ConversationId::from_bytes([nth; 16]);
        let feedback = NewFeedback {
            id: format!("fb_{nth}"),
            kind: "csat",
            message_id: "",
            rating: Some(1),
            comment: None,
            metadata: None,
        };
        let session = Session { conversation, grant, ..session(0) };
        database.run(&give(&session, &feedback, now(2)).statement);
        let sql = format!("select user_id from feedback where id = 'fb_{nth}'");
        database.0.query_row(&sql, [], |row| row.get::<_, Option<String>>(0)).unwrap()
    };
    assert_eq!(stored(1, None), None);
    assert_eq!(stored(2, Some("ada")).as_deref(), Some("ada"));
    // What was given before this was recorded, and is given again.
    database.0.execute("update feedback set user_id = null", []).unwrap();
    assert_eq!(stored(2, Some("ada")).as_deref(), Some("ada"));
    let long = "é".repeat(128);
    assert_eq!(stored(3, Some(&long)), Some(long.clone()));
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
    database.fetch(&client_tokens::delete(writer(&caller), id));
    assert!(database.fetch(&client_tokens::of_credential(id)).is_empty());
}
