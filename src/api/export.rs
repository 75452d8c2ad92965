//! An export on the wire: a conversation with all its messages a line (contract section 3.11). Lines
//! are written in pieces, since one may be larger than what is read at once.

use std::collections::VecDeque;

use crate::{
    api::{
        accept::ErrorForm,
        conversations::{message, row},
        error_reply::error_reply,
    },
    domain::{
        conversation::Conversation,
        export::{ExportedMessage, Stretch, share},
    },
};

/// The headers of an export beside those of every answer.
pub(crate) const HEADERS: [(&str, &str); 2] = [
    ("Content-Type", "application/x-ndjson"),
    ("Content-Disposition", "attachment; filename=\"conversations.ndjson\""),
];

/// The line that ends an export which broke off, in the place of a conversation: the connection
/// can't be trusted to tell. Without it an export is whole.
pub(crate) fn broken_off() -> String {
    let hint = "The export broke off here. Send the request again, or in parts, by from and to.";
    error_reply(500, "Internal server error").hint(hint).told(ErrorForm::Json).body
}

#[derive(Debug)]
pub(crate) struct Lines {
    /// Conversations whose lines aren't complete, in order.
    waiting: VecDeque<Conversation>,
    /// Of the first one's messages, the position of the last that is written; `None` when its line
    /// hasn't begun.
    written: Option<u32>,
}

impl Lines {
    pub(crate) fn of(conversations: Vec<Conversation>) -> Self {
        Self { waiting: conversations.into(), written: None }
    }

    /// The messages to be read next; `None` when every line is written.
    pub(crate) fn next(&self) -> Option<Stretch> {
        let count = share(&self.waiting).min(self.waiting.len());
        let conversations: Vec<_> = self.waiting.iter().take(count).map(|one| one.id).collect();
        let after = self.written.unwrap_or_default();
        (!conversations.is_empty()).then_some(Stretch { conversations, after })
    }

    /// Writes what was read of the stretch. Who has no messages though some were counted was deleted
    /// meanwhile, and has no line.
    #[must_use]
    pub(crate) fn write(&mut self, stretch: &Stretch, messages: &[ExportedMessage]) -> String {
        let goes_on = messages.last().filter(|last| last.paged.is_followed);
        let open = goes_on.map(|last| last.conversation);
        let mut messages = messages.iter().peekable();
        let mut text = String::new();
        for id in &stretch.conversations {
            let Some(conversation) = self.waiting.front() else { break };
            let is_gone = messages.peek().is_none_or(|next| next.conversation != *id)
                && conversation.message_count > 0
                && self.written.is_none();
            if !is_gone && self.written.is_none() {
                text += row(conversation).strip_suffix('}').unwrap_or_default();
                text += ",\"messages\":[";
                self.written = Some(0);
            }
            while let Some(next) = messages.next_if(|next| next.conversation == *id) {
                text += if self.written == Some(0) { "" } else { "," };
                text += &message(&next.paged);
                self.written = Some(next.paged.message.position);
            }
            if open == Some(*id) {
                break;
            }
            text += if is_gone { "" } else { "]}\n" };
            self.waiting.pop_front();
            self.written = None;
        }
        text
    }
}

#[cfg(test)]
mod tests;
