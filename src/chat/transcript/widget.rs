//! What the widget shows of its own, among what it sends: greetings, turns that failed, and what it
//! streams beside and behind an answer's first bubble. What the service said itself of an answer that
//! failed is told apart with it.

use crate::chat::{
    message::{Bubble, Speaker},
    stream::notice::Notices,
};

/// How the id of its greeting begins.
const GREETING: &str = "welcome-";

/// How ids of the other bubbles begin that it made by itself.
const BESIDE_ANSWERS: [&str; 3] = ["assistant-", "reason-", "nested-"];

/// How it tells of a turn that failed, unless the page words that otherwise.
const FAILURE: &str = "Sorry: I couldn't reach the assistant.";

/// What it shows of a chat that was refused where the page asks for the reason alone, as the README
/// advises (`errorMessage`): how that begins …
const REASONS: [&str; 8] = [
    "You have sent too many messages.",
    "This conversation has reached its limit of ",
    "This message is too large",
    "Many pictures are being sent",
    "Origin not allowed",
    "Invalid client token",
    // Browsers, when the network is away.
    "Failed to fetch",
    "NetworkError when attempting to fetch resource",
];

/// … or all of it.
const WHOLE_REASONS: [&str; 15] = [
    "Session expired. Please refresh to continue.",
    "Message limit reached for this session.",
    "Load failed",
    "Failed to send message",
    "Chat request failed",
    "Client token is inactive",
    "flow not allowed",
    "No upstream for this flow",
    "conversation_deleted",
    "This conversation is full. Please begin a new one.",
    "This message could not be sent. Please write it again.",
    "Invalid request body",
    "Request body too large",
    "The assistant could not be reached",
    "Internal server error",
];

/// Whether this text tells of a turn that failed, in the widget's words or a refusal's.
#[must_use]
pub(crate) fn is_failure(text: &str) -> bool {
    let text = text.trim();
    let is_of_a_crowd = text.starts_with("More than ") && text.contains(" requests a minute come ");
    text.starts_with(FAILURE)
        || is_of_a_crowd
        || REASONS.iter().any(|reason| text.starts_with(reason))
        || WHOLE_REASONS.contains(&text)
}

/// Whether a bubble tells of a turn that failed, in whosoever words.
#[must_use]
pub(super) fn tells_of_failure(bubble: &Bubble, notices: &Notices) -> bool {
    is_failure(&bubble.text) || notices.have(&bubble.text, bubble.id.as_deref())
}

/// Whether it gave a bubble this id.
#[must_use]
pub(super) fn made_id(id: &str) -> bool {
    id.starts_with(GREETING) || BESIDE_ANSWERS.iter().any(|start| id.starts_with(start))
}

/// Whether it is an answer, as far as the page shows.
#[must_use]
pub(super) fn is_answer(bubble: &Bubble, notices: &Notices) -> bool {
    let is_greeting = bubble.id.as_ref().is_some_and(|id| id.starts_with(GREETING));
    let says_nothing = bubble.text.trim().is_empty();
    bubble.speaker == Speaker::Assistant
        && !is_greeting
        && !says_nothing
        && !tells_of_failure(bubble, notices)
}
