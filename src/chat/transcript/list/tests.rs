use super::*;
use crate::{
    chat::testing::{self, entries},
    domain::time::Timestamp,
};

/// The list that a chat of some session brings.
pub(in crate::chat::transcript) fn list<'a>(
    entries: &'a [Entry],
    answer_id: Option<&str>,
) -> List<'a> {
    let session = testing::session("flow_a");
    let ring = crate::domain::keyring::ring('a');
    List::new(entries, answer_id, &session, &ring)
}

fn ids(list: &List<'_>) -> Vec<String> {
    list.lines.iter().map(|line| line.id.clone()).collect()
}

/// As many messages of the visitor, u0, u1, …
fn users(count: usize) -> Vec<Entry> {
    let message = |n: usize| format!(r#"{{"id":"u{n}","role":"user","content":"a"}}"#);
    entries(&format!("[{}]", (0..count).map(message).collect::<Vec<_>>().join(",")))
}

fn found(id: &str, answers: Option<&str>, status: Status) -> ListedMessage {
    let role = if answers.is_some() { Role::Assistant } else { Role::User };
    let known = KnownMessage {
        role,
        status,
        reply_to: answers.map(str::to_owned),
        answer_id: None,
        shows: Vec::new(),
        content: None,
    };
    let id = id.to_owned();
    ListedMessage { place: 0, id, known: Some(known), is_heard: true, has_media: true }
}

#[test]
fn each_id_comes_once_and_the_last_message_of_the_user_is_the_question() {
    let entries = entries(
        r#"[{"role":"assistant","content":"x"},{"id":"u1","role":"user","content":"First"},
            {"id":"u1","role":"user","content":"Second"},{"id":"u2","role":"user","content":"b"},
            {"role":"system","content":"y"}]"#,
    );
    let list = list(&entries, Some("a1"));
    assert_eq!(ids(&list), ["a1", "", "u1", "u2", ""]);
    assert_eq!(list.lines[2].message().unwrap().content.text(), "First");
    assert_eq!((list.question.as_str(), list.asked), ("u2", 4));
    assert_eq!(list.headline(), "First");
}

#[test]
fn messages_without_an_id_get_the_same_one_again() {
    let text = |more: &str| {
        format!(r#"[{{"role":"user","content":"a"}},{more}{{"role":"user","content":"a"}}]"#)
    };
    let (short, long) =
        (entries(&text("")), entries(&text(r#"{"role":"assistant","content":"b"},"#)));
    let (short, long) = (ids(&list(&short, None)), ids(&list(&long, None)));
    assert_eq!((short[0].len(), &short[0], &short[1]), (26, &long[0], &long[2]));
    assert_ne!(short[0], short[1], "the same words twice are two messages");
}

#[test]
fn the_latest_thousand_entries_are_looked_at_and_the_question_always() {
    let users = users(1_001);
    assert_eq!(ids(&list(&users, None))[..2], ["u1", "u2"]);
    let bubbles = vec![r#"{"role":"system","content":"x"}"#; 1_100].join(",");
    let entries = entries(&format!(r#"[{{"id":"u1","role":"user","content":"a"}},{bubbles}]"#));
    let list = list(&entries, None);
    assert_eq!((list.lines.len(), list.question.as_str(), list.asked), (1_001, "u1", 1));
}

#[test]
fn fifty_new_messages_are_taken_and_not_one_more() {
    let count = |new: usize| {
        let users = users(new + 1);
        let found = [found("u0", None, Status::Complete)];
        list(&users, None).new_messages(&found, "e1", "a1").map(|new| new.len())
    };
    assert_eq!(count(50), Ok(50));
    assert_eq!(count(51), Err(Refused::TooManyNew(50)));
}

#[test]
fn the_question_is_stored_with_the_id_of_its_answer() {
    let users = users(2);
    let new = list(&users, None).new_messages(&[], "e1", "a1").unwrap();
    let asked = |new: &NewMessage| (new.execution_id.clone(), new.answer_id.clone());
    let both = (Some("e1".to_owned()), Some("a1".to_owned()));
    assert_eq!(new.iter().map(asked).collect::<Vec<_>>(), [(None, None), both]);
}

#[test]
fn a_message_that_is_too_large_is_refused_as_the_question_and_else_skipped() {
    let sized = |bytes: usize| {
        // JSON's quotes are kept, too.
        let text = "x".repeat(bytes - 2);
        format!(r#"{{"id":"big","role":"user","content":"{text}"}}"#)
    };
    let small = r#"{"id":"u1","role":"user","content":"a"}"#;
    let stored = |text: String| {
        let entries = entries(&text);
        let new = list(&entries, None).new_messages(&[], "e1", "a1");
        new.map(|new| new.into_iter().map(|new| new.id).collect::<Vec<_>>())
    };
    let refused = Err(Refused::MessageTooLarge);
    assert_eq!(stored(format!("[{}]", sized(MESSAGE_BYTES))), Ok(vec!["big".to_owned()]));
    assert_eq!(stored(format!("[{}]", sized(MESSAGE_BYTES + 1))), refused);
    assert_eq!(
        stored(format!("[{},{small}]", sized(MESSAGE_BYTES + 1))),
        Ok(vec!["u1".to_owned()])
    );
    // Quotes are escaped, and a body of the limit that holds them is no larger when stored.
    let quotes = r#"\""#.repeat(500_000);
    assert!(stored(format!(r#"[{{"role":"user","content":"{quotes}"}}]"#)).is_ok());
    let entries = entries(&format!("[{},{small}]", sized(MESSAGE_BYTES + 1)));
    let list = list(&entries, None);
    let heard: Vec<_> = list.wanted().map(|(_, size)| size).collect();
    assert_eq!(heard, [None, Some((1, 0))]);
}

#[test]
fn the_pages_id_for_the_answer_is_used_unless_it_is_taken() {
    let entries = entries(
        r#"[{"id":"u1","role":"user","content":"a"},{"id":"b1","role":"assistant","content":"b"},
            {"id":"u2","role":"user","content":"c"}]"#,
    );
    let list = list(&entries, None);
    let mut stored = [
        found("whole", Some("u2"), Status::Complete),
        found("attempt", Some("u2"), Status::Partial),
        found("other", Some("u1"), Status::Partial),
        found("u0", None, Status::Complete),
    ];
    stored.sort_by(|one, other| one.id.cmp(&other.id));
    for free in ["new", "attempt", "b1"] {
        assert_eq!(list.free_answer_id(&stored, Some(free)), Some(free));
    }
    for taken in ["whole", "other", "u0", "u1", "u2"] {
        assert_eq!(list.free_answer_id(&stored, Some(taken)), None, "{taken}");
    }
}

#[test]
fn an_answer_is_no_question() {
    let users = users(2);
    let list = list(&users, None);
    let held = |one| list.hold_to_a_question(&[one]);
    assert_eq!(held(found("u1", None, Status::Complete)), Ok(()));
    assert_eq!(held(found("u0", Some("x"), Status::Complete)), Ok(()));
    let refused = held(found("u1", Some("x"), Status::Complete));
    assert_eq!(refused, Err(Refused::QuestionIsAnAnswer(1)));
}

#[test]
fn a_question_that_was_answered_says_what_is_stored_or_was_shown() {
    fn held(sent: &str, stored: &str, shown: Option<&str>) -> Result<(), Refused> {
        let entries = entries(&format!(
            r#"[{{"id":"u1","role":"user","content":"Stored"}},
                {{"id":"b1","role":"assistant","content":"An answer"}},
                {{"id":"u1","role":"user","content":{sent}}}]"#
        ));
        let asked = StoredMessage {
            id: "u1".into(),
            position: 1,
            role: Role::User,
            content: stored.into(),
            display_content: shown.map(str::to_owned),
            status: Status::Complete,
            reply_to: None,
            created_at: Timestamp::from_millis(0),
        };
        list(&entries, None).hold_to_what_was_asked(&asked)
    }
    const PICTURE: &str = r#"{"type":"image","image":"data:image/png;base64,iVBORw0KGgo="}"#;
    let parts = |texts: &str| format!("[{PICTURE},{texts}]");
    let text = r#"{"type":"text","text":"Stored"}"#;
    for (sent, stored, shown) in [
        (r#""Stored""#, r#""Stored""#, None),
        (r#"" Stored\n""#, r#""Stored""#, None),
        (r#""Stored""#, r#""\tStored ""#, None),
        (r#""What was shown""#, r#""Stored""#, Some("What was shown\n")),
        (parts(text).as_str(), r#""Stored""#, None),
        (r#""Stored""#, &format!("[{text}]"), None),
        (&format!("[{PICTURE}]"), "[]", None),
    ] {
        assert_eq!(held(sent, stored, shown), Ok(()), "{sent} {stored} {shown:?}");
    }
    for (sent, stored, shown) in [
        (r#""Another""#, r#""Stored""#, None),
        (r#""stored""#, r#""Stored""#, None),
        (r#""Another""#, r#""Stored""#, Some("What was shown")),
        (parts(text).as_str(), "[]", None),
        (&format!("[{PICTURE}]"), r#""Stored""#, None),
    ] {
        let refused = Err(Refused::MessageIdReused(2));
        assert_eq!(held(sent, stored, shown), refused, "{sent} {stored} {shown:?}");
    }
}
