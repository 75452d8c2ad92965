//! What the widget shows of its own, among what it sends: greetings, turns that failed, and what it
//! streams beside and behind an answer's first bubble. What the service said itself of an answer that
//! failed is told apart with it.

use crate::{
    chat::{
        message::{Bubble, Speaker},
        stream::notice::Notices,
        transcript::list::known,
    },
    domain::message::{ListedMessage, Role},
};

/// How the id of its greeting begins.
const GREETING: &str = "welcome-";

/// How ids of the other bubbles begin that it made by itself.
const BESIDE_ANSWERS: [&str; 3] = ["assistant-", "reason-", "nested-"];

/// How it tells of a turn that failed, unless the page words that otherwise.
const FAILURE: &str = "Sorry: I couldn't reach the assistant.";

/// What it shows of a chat that was refused where the page asks for the reason alone, as the README
/// advises (`errorMessage`): how that begins …
const REASONS: [&str; 10] = [
    "You have sent too many messages.",
    "You have sent too much: ",
    "This chat takes no new messages at present.",
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
const WHOLE_REASONS: [&str; 17] = [
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
    "This page adds too much to what you say",
    "The tools of this page are too large",
    "The assistant could not be reached",
    "Internal server error",
];

/// Whether this text tells of a turn that failed, in the widget's words or a refusal's.
pub(crate) fn is_failure(text: &str) -> bool {
    let text = text.trim();
    let is_of_a_crowd = text.starts_with("More than ") && text.contains(" requests a minute come ");
    text.starts_with(FAILURE)
        || is_of_a_crowd
        || REASONS.iter().any(|reason| text.starts_with(reason))
        || WHOLE_REASONS.contains(&text)
}

/// Whether a bubble tells of a turn that failed, in whosoever words.
fn tells_of_failure(bubble: &Bubble, notices: &Notices) -> bool {
    is_failure(&bubble.text) || notices.have(&bubble.text, bubble.id.as_deref())
}

/// Whether it gave a bubble this id.
fn made_id(id: &str) -> bool {
    id.starts_with(GREETING) || BESIDE_ANSWERS.iter().any(|start| id.starts_with(start))
}

/// What tells the widget's own bubbles from the page's.
pub(super) struct Bubbles<'a> {
    found: &'a [ListedMessage],
    notices: &'a Notices,
    /// Ids that answers were to have.
    expected: Vec<&'a str>,
}

impl<'a> Bubbles<'a> {
    /// Beside what the store knows of the list, in the order of ids.
    pub(super) fn new(found: &'a [ListedMessage], notices: &'a Notices) -> Self {
        let expects = |one: &'a ListedMessage| one.known.as_ref()?.answer_id.as_deref();
        let mut expected: Vec<_> = found.iter().filter_map(expects).collect();
        expected.sort_unstable();
        Self { found, notices, expected }
    }

    /// Whether the widget shows this of its own: a greeting, a turn that failed, or what was
    /// streamed beside an answer.
    pub(super) fn is_of_the_widget(&self, bubble: &Bubble) -> bool {
        if tells_of_failure(bubble, self.notices) {
            return true;
        }
        let Some(id) = &bubble.id else { return false };
        // A later block of an answer has the answer's id, `_` and its own.
        let heads = id.match_indices('_').filter_map(|(at, _)| id.get(..at));
        made_id(id) || heads.chain([id.as_str()]).any(|id| self.is_an_answers(id))
    }

    /// Whether an answer has this id, or was to have it.
    fn is_an_answers(&self, id: &str) -> bool {
        known(self.found, id).is_some_and(|known| known.role == Role::Assistant)
            || self.expected.binary_search(&id).is_ok()
    }
}

/// Whether it is an answer, as far as the page shows.
pub(super) fn is_answer(bubble: &Bubble, notices: &Notices) -> bool {
    let is_greeting = bubble.id.as_ref().is_some_and(|id| id.starts_with(GREETING));
    let says_nothing = bubble.text.trim().is_empty();
    bubble.speaker == Speaker::Assistant
        && !is_greeting
        && !says_nothing
        && !tells_of_failure(bubble, notices)
}
