//! Lines, however their messages come.

use serde_json::Value;

use super::*;
use crate::domain::{
    id::ConversationId,
    message::{PagedMessage, Role, Status, StoredMessage},
    time::Timestamp,
};

fn id(nth: u8) -> ConversationId {
    ConversationId::from_bytes([nth; 16])
}

fn conversation(nth: u8, message_count: u32) -> Conversation {
    let now = Timestamp::from_millis(0);
    Conversation {
        id: id(nth),
        // A name may end as a line does.
        name: Some("}}".to_owned()),
        first_message: None,
        created_at: now,
        updated_at: now,
        target_id: None,
        origin: None,
        user_id: None,
        message_count,
    }
}

/// A message that isn't followed.
fn said(nth: u8, position: u32) -> ExportedMessage {
    let message = StoredMessage {
        id: format!("m{position}"),
        position,
        role: Role::User,
        content: "\"a\\nb\"".to_owned(),
        display_content: None,
        status: Status::Complete,
        reply_to: None,
        created_at: Timestamp::from_millis(0),
    };
    let paged = PagedMessage { message, feedback: Vec::new(), is_followed: false };
    ExportedMessage { conversation: id(nth), paged }
}

/// The ids of each line's messages, with so many messages in a page.
fn written(conversations: &[Conversation], stored: &[(u8, u32)], page: usize) -> Vec<Vec<String>> {
    let mut lines = Lines::of(conversations.to_vec());
    let mut text = String::new();
    while let Some(stretch) = lines.next() {
        let is_asked = |(nth, position): &&(u8, u32)| {
            let place = stretch.conversations.iter().position(|one| *one == id(*nth));
            place.is_some_and(|place| place > 0 || *position > stretch.after)
        };
        let mut asked: Vec<_> =
            stored.iter().filter(is_asked).map(|(nth, at)| said(*nth, *at)).collect();
        let count = asked.len();
        for message in asked.iter_mut().take(count.saturating_sub(1)) {
            message.paged.is_followed = true;
        }
        asked.truncate(page);
        text += &lines.write(&stretch, &asked);
    }
    assert!(text.is_empty() || text.ends_with('\n'));
    let ids = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let messages = line["messages"].as_array().unwrap();
        messages.iter().map(|message| message["id"].as_str().unwrap().to_owned()).collect()
    };
    text.lines().map(ids).collect()
}

#[test]
fn every_conversation_is_a_line_however_small_the_pages_are() {
    let stored = [(1, 1), (1, 2), (1, 3), (2, 1), (4, 1), (4, 2)];
    let conversations =
        [conversation(1, 3), conversation(2, 1), conversation(3, 0), conversation(4, 2)];
    let whole = vec![vec!["m1", "m2", "m3"], vec!["m1"], vec![], vec!["m1", "m2"]];
    for page in 1..=7 {
        assert_eq!(written(&conversations, &stored, page), whole, "{page}");
    }
}

#[test]
fn messages_that_came_meanwhile_are_there_and_conversations_that_went_are_not() {
    let conversations = [conversation(1, 1), conversation(2, 2), conversation(3, 1)];
    for page in 1..=4 {
        let lines = written(&conversations, &[(1, 1), (1, 2), (3, 1)], page);
        assert_eq!(lines, [vec!["m1", "m2"], vec!["m1"]], "{page}");
    }
    assert!(written(&conversations, &[], 1).is_empty());
    assert!(written(&[], &[], 1).is_empty());
}

#[test]
fn so_many_conversations_are_asked_for_as_one_may_have_messages() {
    let asked = |counts: &[u32]| {
        let each = |(nth, count): (usize, &u32)| conversation(u8::try_from(nth).unwrap(), *count);
        let lines = Lines::of(counts.iter().enumerate().map(each).collect());
        lines.next().map_or(0, |stretch| stretch.conversations.len())
    };
    assert_eq!(asked(&[]), 0);
    assert_eq!(asked(&[1_000, 1_000, 1]), 2);
    assert_eq!(asked(&[1_000, 999, 1, 0]), 4);
    assert_eq!(asked(&[5_000, 1]), 1);
    assert_eq!(asked(&[u32::MAX, u32::MAX]), 1);
}
