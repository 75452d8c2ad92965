//! What is read of a page's list, by the sizes of what is stored, and how much is kept.

use ::client_tokens::{
    domain::{
        environment::Environment::Live,
        message::{ListedMessage, NewMessage, Role, Status},
    },
    store::{
        conversations,
        db_error::DbError,
        executions::{self, Paused},
        messages::{self, NewAnswer, Wanted},
        sessions,
    },
};

use super::{chatted, count, kept, now, session};
use crate::database::{Database, new_token};

const KIB: usize = 1024;

fn add(database: &Database, message: &NewMessage) -> Result<(), DbError> {
    let insert = messages::insert(session(0).conversation, message.clone(), now(5));
    database.refusal(&insert).map_or(Ok(()), Err)
}

/// A message of the visitor, of as many bytes of text.
fn text(id: &str, bytes: usize) -> NewMessage {
    let content = format!("\"{}\"", "é".repeat(bytes / 2));
    NewMessage { id: id.into(), content, ..NewMessage::default() }
}

/// A picture of as many bytes.
fn picture(id: &str, bytes: usize) -> NewMessage {
    let part = |image: &str| format!(r#"[{{"type":"image","image":"{image}"}}]"#);
    NewMessage {
        id: id.into(),
        content: part(&"A".repeat(bytes)),
        brief: Some(r#"[{"type":"text","text":"[image]"}]"#.into()),
        media_bytes: bytes,
        ..NewMessage::default()
    }
}

fn answered(database: &Database, id: &str, status: Status, reply_to: &str, text: &str) {
    let answer = NewAnswer { id: id.into(), text: text.into(), status, reply_to: reply_to.into() };
    database.run(&messages::insert_answer(session(0).conversation, &answer, now(6)));
}

/// What is found of the ids, the last of which is the question; those after `+` are new and have
/// so many bytes of text and of media.
fn listed(database: &Database, ids: &[&str], question: &str) -> Vec<ListedMessage> {
    let wanted: Vec<Wanted<'_>> = ids
        .iter()
        .map(|id| match id.split_once('+') {
            None => Wanted { id, size: None },
            Some((id, sizes)) => {
                let (text, media) = sizes.split_once('/').unwrap();
                Wanted { id, size: Some((text.parse().unwrap(), media.parse().unwrap())) }
            }
        })
        .collect();
    let conversation = session(0).conversation;
    let mut found = database.fetch(&messages::listed(conversation, &wanted, question, &[]));
    found.sort_by_key(|one| one.place);
    // What a chat reads once it is admitted.
    let heard = found.iter().filter(|one| one.is_heard && one.known.is_some());
    let heard = heard.map(|one| (one.id.as_str(), !one.has_media));
    for read in database.fetch(&messages::contents(conversation, heard)) {
        let one = found.iter_mut().find(|one| one.id == read.id).unwrap();
        one.known.as_mut().unwrap().content = Some(read.content);
    }
    found
}

#[test]
fn nothing_that_was_said_is_read_before_a_chat_is_admitted() {
    let database = chatted();
    add(&database, &text("m1", 256 * KIB)).unwrap();
    add(&database, &picture("p1", 1536 * KIB)).unwrap();
    answered(&database, "a1", Status::Complete, "u1", &"x".repeat(256 * KIB));
    count(&database, &session(0), None, Some((r#"["tool"]"#, Some("f"))), 2).unwrap();
    let conversation = session(0).conversation;
    let wanted = ["u1", "m1", "p1"].map(|id| Wanted { id, size: None });
    let listed = messages::listed(conversation, &wanted, "u1", &["x"]);
    let thread = sessions::thread(&session(0));
    let state = format!(r#"{{"thread":[],"text":"{}"}}"#, "tool".repeat(64 * KIB));
    let paused = Paused {
        id: "exec_1".into(),
        reply_to: "u1".into(),
        assistant_message_id: "a9".into(),
        legs: 1,
        calls: "[]".into(),
        state,
    };
    database.run(&executions::pause(conversation, &paused, now(7)));
    let pause = executions::find(conversation, "exec_1", now(8));
    assert_eq!(database.fetch(&pause).len(), 1);
    let known = sessions::known_tools(conversation);
    for statement in [&listed.statement, &thread.statement, &pause.statement, &known.statement] {
        let rows = format!("{:?}", database.run(statement));
        assert!(rows.len() < 10 * KIB && !rows.contains("tool\\\""), "{rows:.1000}");
    }
}

#[test]
fn of_a_whole_answer_it_is_told_which_texts_are_in_it() {
    let database = chatted();
    answered(&database, "a1", Status::Complete, "u1", "One, zwei, 3: \u{e9}.");
    answered(&database, "a2", Status::Partial, "u1", "One");
    answered(&database, "a3", Status::Complete, "u2", "One");
    let wanted = ["u1", "u2"].map(|id| Wanted { id, size: None });
    let query = messages::listed(session(0).conversation, &wanted, "u1", &["zwei", "Zwei", "3: é"]);
    let shows = |id: &str| {
        let found = database.fetch(&query);
        found.into_iter().find(|one| one.id == id).unwrap().known.unwrap().shows
    };
    assert_eq!(shows("a1"), [true, false, true]);
    assert!(["a2", "a3", "u1"].iter().all(|id| shows(id).is_empty()));
}

fn heard(found: &[ListedMessage]) -> Vec<&str> {
    found.iter().filter(|one| one.is_heard).map(|one| one.id.as_str()).collect()
}

#[test]
fn a_list_is_found_in_its_own_order_and_new_messages_in_their_places() {
    let database = chatted();
    answered(&database, "a1", Status::Partial, "u1", "half");
    let found = listed(&database, &["u2", "x", "", "a1", "new+3/0", "u1"], "u1");
    let seen: Vec<_> = found.iter().map(|one| (one.place, one.id.as_str())).collect();
    assert_eq!(seen, [(0, "u2"), (3, "a1"), (4, "new"), (5, "u1")]);
    let known = |at: usize| found[at].known.clone().unwrap();
    assert_eq!((known(0).role, known(0).content.as_deref()), (Role::User, Some("\"said u2\"")));
    assert_eq!((known(1).status, known(1).reply_to.as_deref()), (Status::Partial, Some("u1")));
    assert_eq!(known(1).content.as_deref(), Some("\"half\""));
    assert_eq!(found[2].known, None);
    assert!(found.iter().all(|one| one.is_heard && one.has_media));
}

#[test]
fn answers_that_the_page_does_not_list_are_found_at_their_question() {
    let database = chatted();
    answered(&database, "a1", Status::Complete, "u1", "one");
    answered(&database, "a2", Status::Complete, "u2", "two");
    let found = listed(&database, &["u1", "a1", "u2"], "u2");
    let mut seen: Vec<_> = found.iter().map(|one| (one.place, one.id.as_str())).collect();
    seen.sort_unstable();
    assert_eq!(seen, [(0, "u1"), (1, "a1"), (2, "a2"), (2, "u2")]);
}

#[test]
fn answers_that_are_not_listed_take_no_room_from_what_is() {
    let database = chatted();
    answered(&database, "a1", Status::Complete, "u1", &"x".repeat(600 * KIB));
    answered(&database, "a2", Status::Complete, "u2", "two");
    let mut found = heard(&listed(&database, &["u1", "u2"], "u2")).join(" ");
    assert_eq!(found.split(' ').filter(|id| *id != "a2").collect::<Vec<_>>(), ["u1", "u2"]);
    found = heard(&listed(&database, &["u1", "a1", "u2"], "u2")).join(" ");
    assert!(!found.contains("u1") && !found.contains("a1"), "{found}");
}

#[test]
fn the_id_that_an_answer_was_to_have_is_kept_with_its_question() {
    let database = chatted();
    add(&database, &NewMessage { answer_id: Some("a9".into()), ..text("u3", 4) }).unwrap();
    let expected =
        |id: &str| listed(&database, &[id], id)[0].known.clone().and_then(|known| known.answer_id);
    assert_eq!((expected("u3"), expected("u1")), (Some("a9".into()), None));
    for id in ["u1", "u3"] {
        database.run(&messages::expect_answer(session(0).conversation, id, "e7", "a7"));
        assert_eq!(expected(id), Some("a7".into()));
    }
}

#[test]
fn the_latest_of_512_kib_of_text_are_heard_and_the_question_always() {
    let database = chatted();
    add(&database, &text("m1", 256 * KIB)).unwrap();
    add(&database, &text("m2", 256 * KIB - 8)).unwrap();
    // `said u1` are 7 bytes: with 8 there is room for it, too, and not with 6.
    assert_eq!(heard(&listed(&database, &["u1", "m1", "m2", "n+8/0"], "n")), ["m1", "m2", "n"]);
    assert_eq!(
        heard(&listed(&database, &["u1", "m1", "m2", "n+1/0"], "n")),
        ["u1", "m1", "m2", "n"]
    );
    assert_eq!(heard(&listed(&database, &["m1", "m2", "n+9/0"], "n")), ["m2", "n"]);
    let far = listed(&database, &["n+600000/0", "m1", "m2"], "n");
    assert_eq!(heard(&far), ["n"]);
    assert!(far.iter().all(|one| one.known.as_ref().is_none_or(|known| known.content.is_none())));
    assert_eq!(heard(&listed(&database, &["u1", "m1", "m2"], "u1")), ["u1", "m1", "m2"]);
}

#[test]
fn the_latest_200_are_heard() {
    let database = chatted();
    let new: Vec<String> = (0..199).map(|n| format!("n{n}+1/0")).collect();
    let ids: Vec<&str> = ["u1", "u2"].into_iter().chain(new.iter().map(String::as_str)).collect();
    let found = listed(&database, &ids, "n198");
    assert_eq!(heard(&found).len(), 200);
    assert_eq!(heard(&found)[0], "u2");
    let unheard = found.iter().find(|one| one.id == "u1").unwrap();
    assert_eq!(unheard.known.as_ref().unwrap().content, None, "its row isn't read");
}

#[test]
fn the_latest_of_6_mib_of_media_are_whole_and_the_others_named() {
    let database = chatted();
    for n in 1..=4 {
        add(&database, &picture(&format!("p{n}"), 1536 * KIB)).unwrap();
    }
    let whole = |ids: &[&str]| -> Vec<bool> {
        let found = listed(&database, ids, ids.last().unwrap().split('+').next().unwrap());
        for one in found.iter().filter(|one| one.known.is_some()) {
            let content = one.known.as_ref().unwrap().content.as_ref().unwrap();
            assert_eq!(one.has_media, !content.contains("[image]"));
        }
        found.iter().map(|one| one.has_media).collect()
    };
    assert_eq!(whole(&["p1", "p2", "p3", "p4"]), [true; 4]);
    assert_eq!(whole(&["p1", "p2", "p3", "p4", "n+1/1"]), [false, true, true, true, true]);
    assert_eq!(whole(&["u1", "p1", "p2", "p3", "n+1/3145729"]), [true, false, false, true, true]);
    assert_eq!(whole(&["n+1/9", "p1", "p2", "p3", "p4"]), [false, true, true, true, true]);
}

#[test]
fn what_an_execution_heard_is_read_again_in_its_order() {
    let database = chatted();
    add(&database, &picture("p1", 8)).unwrap();
    answered(&database, "a1", Status::Complete, "u1", "one \"1\"");
    let conversation = session(0).conversation;
    let paused = Paused {
        id: "exec_1".into(),
        reply_to: "u2".into(),
        assistant_message_id: "a2".into(),
        legs: 1,
        calls: "[]".into(),
        state: r#"{"thread":[["p1",1],["a1",0,"x",0,3],["gone",0],["p1",0],["u2",0]]}"#.into(),
    };
    database.run(&executions::pause(conversation, &paused, now(7)));
    let mut heard = database.fetch(&executions::heard(conversation, "exec_1"));
    heard.sort_by_key(|one| one.place);
    let heard: Vec<_> = heard.iter().map(|one| (one.place, one.content.as_str())).collect();
    assert_eq!(
        heard,
        [
            (0, r#"[{"type":"text","text":"[image]"}]"#),
            (1, r#""one \"1\"""#),
            (3, r#"[{"type":"image","image":"AAAAAAAA"}]"#),
            (4, "\"said u2\""),
        ]
    );
}

#[test]
fn sizes_are_counted_as_messages_come_grow_and_go() {
    let database = chatted();
    let bytes = || database.count("select byte_count from conversations");
    assert_eq!(bytes(), 2 * 9);
    let shown = NewMessage { display_content: Some("12".into()), ..picture("p1", 8) };
    let size = i64::try_from(shown.bytes()).unwrap();
    add(&database, &shown).unwrap();
    assert_eq!(bytes(), 18 + size);
    answered(&database, "a1", Status::Partial, "u1", "éé");
    assert_eq!(bytes(), 18 + size + 4);
    answered(&database, "a1", Status::Complete, "u1", "éé and on");
    assert_eq!(bytes(), 18 + size + 11);
    database.0.execute("delete from messages where id = 'p1'", []).unwrap();
    assert_eq!(bytes(), 18 + 11);
    assert_eq!(database.count("select text_bytes from messages where id = 'u1'"), 7);
    assert_eq!(database.count("select text_bytes from messages where id = 'a1'"), 11);
}

#[test]
fn a_message_of_1_9_mb_and_an_answer_of_1_mib_are_kept_whatever_they_hold() {
    let database = chatted();
    add(&database, &text("m1", 1_900_000 - 2)).unwrap();
    answered(&database, "a1", Status::Complete, "m1", &"\"\n".repeat(512 * KIB));
    let largest = "select max(length(cast(content as blob))) from messages";
    assert_eq!(database.count(largest), 1_900_000);
    let answer = database.fetch(&messages::answer_to(session(0).conversation, "m1")).remove(0);
    assert_eq!(answer.content.len(), 2 * 1024 * KIB + 2);
}

#[test]
fn what_was_asked_is_read_without_its_pictures_and_files() {
    let database = chatted();
    let picture = format!(r#"{{"type":"image","image":"{}"}}"#, "A".repeat(1024 * KIB));
    let said = r#"{"type":"text","text":"Is it \"red\"?"}"#;
    let content = format!(r#"[{said},{picture},{{"type":"text","text":"Or blue"}}]"#);
    let brief = format!(r#"[{said},{{"type":"text","text":"[image]"}}]"#);
    let message = NewMessage { content, brief: Some(brief), ..text("m1", 0) };
    add(&database, &message).unwrap();
    add(&database, &text("m2", 3)).unwrap();
    let asked = |id| database.fetch(&messages::asked(session(0).conversation, id));
    let expected = format!(r#"[{said},{{"type":"text","text":"Or blue"}}]"#);
    assert_eq!(asked("m1").remove(0).content, expected);
    assert_eq!(asked("m2").remove(0).content, text("m2", 3).content);
    answered(&database, "a1", Status::Complete, "m1", "Red");
    assert_eq!(asked("a1"), []);
}

/// What the next question is refused with.
fn refusal(database: &Database, message: &NewMessage) -> Option<DbError> {
    let question = NewMessage { execution_id: Some("e1".into()), ..message.clone() };
    add(database, &question).err()
}

#[test]
fn a_conversation_of_1999_messages_takes_an_answer_and_no_question() {
    let database = chatted();
    for n in 3..=1_998 {
        add(&database, &text(&format!("m{n}"), 2)).unwrap();
    }
    assert_eq!(refusal(&database, &text("last", 2)), None);
    let error = refusal(&database, &text("more", 2)).unwrap();
    assert!(matches!(error, DbError::Full(_)) && error.is_final(), "{error:?}");
    assert_eq!(refusal(&database, &text("last", 2)), None, "one that is stored is no more");
    answered(&database, "a1", Status::Complete, "last", "yes");
    assert_eq!(database.count("select message_count from conversations"), 2_000);
    assert!(matches!(refusal(&database, &text("more", 2)), Some(DbError::Full(_))));
    assert_eq!(kept(&database).len(), 2_000);
}

#[test]
fn a_conversation_holds_32_mib() {
    let database = chatted();
    for n in 0..17 {
        add(&database, &text(&format!("m{n}"), 1_900_000 - 2)).unwrap();
    }
    let left = 32 * KIB * KIB - 17 * 1_900_000 - 18;
    assert!(matches!(refusal(&database, &text("m", left)), Some(DbError::Full(_))));
    assert_eq!(refusal(&database, &text("m", left - 2)), None);
}

#[test]
fn many_messages_at_once_move_the_moment_of_their_conversation_once() {
    let database = chatted();
    let changes = || database.0.total_changes();
    let mut before = changes();
    let mut costs = Vec::new();
    for id in ["m1", "m2", "m3"] {
        add(&database, &text(id, 2)).unwrap();
        costs.push(changes() - before);
        before = changes();
    }
    assert_eq!(costs, [3, 2, 2], "the message and the counters, and once the moment");
    assert_eq!(database.count("select updated_at from conversations"), now(5).millis());
}

#[test]
fn an_owners_page_has_as_many_messages_as_fit_2_mib_and_one_at_least() {
    let database = chatted();
    let caller = database.caller("acme", Live, 2);
    add(&database, &text("m3", 1_800_000)).unwrap();
    add(&database, &text("m4", 297_000)).unwrap();
    add(&database, &text("m5", 1_900_000 - 2)).unwrap();
    let page = |after, limit| {
        let (token, id) = (new_token(1, Live).id, session(0).conversation);
        let found = database.fetch(&conversations::messages(&caller, token, id, after, limit));
        let followed = found.last().is_some_and(|last| last.is_followed);
        (found.into_iter().map(|one| one.message.id).collect::<Vec<_>>(), followed)
    };
    let ids = |ids: &[&str], followed| {
        (ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>(), followed)
    };
    assert_eq!(page(0, 100), ids(&["u1", "u2", "m3", "m4"], true));
    assert_eq!(page(4, 100), ids(&["m5"], false));
    assert_eq!(page(3, 100), ids(&["m4"], true));
    assert_eq!(page(0, 2), ids(&["u1", "u2"], true));
    assert_eq!(page(5, 100), ids(&[], false));
}
