//! What the widget shows of its own, among what it sends: greetings, turns that failed, and what it
//! streams beside and behind an answer's first bubble.

use crate::chat::message::{Bubble, Speaker};

/// How the id of its greeting begins.
const GREETING: &str = "welcome-";

/// How ids of the other bubbles begin that it made by itself.
const BESIDE_ANSWERS: [&str; 3] = ["assistant-", "reason-", "nested-"];

/// How it tells of a turn that failed, unless the page words that otherwise.
const FAILURE: &str = "Sorry: I couldn't reach the assistant.";

/// Whether it tells of a turn that failed.
#[must_use]
pub(super) fn is_failure(bubble: &Bubble) -> bool {
    bubble.text.starts_with(FAILURE)
}

/// Whether it gave a bubble this id.
#[must_use]
pub(super) fn made_id(id: &str) -> bool {
    id.starts_with(GREETING) || BESIDE_ANSWERS.iter().any(|start| id.starts_with(start))
}

/// Whether it is an answer, as far as the page shows.
#[must_use]
pub(super) fn is_answer(bubble: &Bubble) -> bool {
    let is_greeting = bubble.id.as_ref().is_some_and(|id| id.starts_with(GREETING));
    let says_nothing = bubble.text.trim().is_empty();
    bubble.speaker == Speaker::Assistant && !is_greeting && !says_nothing && !is_failure(bubble)
}
