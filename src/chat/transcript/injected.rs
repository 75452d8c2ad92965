//! What a page added to its messages in the assistant's or the system's name: told to the
//! upstream as context, never as a role.

use serde_json::Value;

use crate::chat::message::Bubble;

/// The most bytes of what a page put among its messages, as JSON.
const PAGE_MESSAGES: usize = 8 * 1024;

/// What the page added, `[{role, text}]`, the latest first, cut to what there is room for.
pub(super) fn page_messages(injected: &[&Bubble]) -> Option<Value> {
    // The brackets, and a comma behind each.
    let mut room = PAGE_MESSAGES - 2;
    let mut messages = Vec::new();
    for bubble in injected.iter().rev() {
        let Some(message) = page_message(bubble, room) else { break };
        room = room.saturating_sub(message.to_string().len() + 1);
        messages.push(message);
    }
    (!messages.is_empty()).then_some(Value::Array(messages))
}

fn page_message(bubble: &Bubble, room: usize) -> Option<Value> {
    let message = |text: &str| {
        let member = |name: &str, value: &str| (name.to_owned(), Value::String(value.to_owned()));
        Value::from_iter([member("role", bubble.speaker.as_str()), member("text", text)])
    };
    let mut end = bubble.text.floor_char_boundary(room.min(bubble.text.len()));
    loop {
        let head = bubble.text.get(..end).filter(|head| !head.is_empty())?;
        let json =
            if end == bubble.text.len() { message(head) } else { message(&format!("{head}…")) };
        let excess = json.to_string().len().saturating_sub(room);
        if excess == 0 {
            return Some(json);
        }
        end = bubble.text.floor_char_boundary(end.checked_sub(excess)?);
    }
}
