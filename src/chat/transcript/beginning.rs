//! Where a visitor's conversation begins in the list of a page that another user was on before
//! (contract section 6.2): the widget keeps the bubbles when the user changes.
//!
//! What stands before the beginning is the other's: it is neither stored nor heard, nor told as
//! the page's. The beginning is behind the last answer before the conversation's first message:
//! the first that is stored, and as long as nothing of the list is, the question. So a list
//! begins at the same place in every turn, and what was let go in the first one stays so.

use crate::{
    chat::{
        message::Entry,
        stream::notice::Notices,
        transcript::{
            list::{Line, List, known},
            widget,
        },
    },
    domain::message::ListedMessage,
};

impl List<'_> {
    /// The list without what isn't its visitor's. Lines keep their places, so that what was found
    /// under them stays there.
    pub(crate) fn of_its_visitor(mut self, found: &[ListedMessage], notices: &Notices) -> Self {
        if self.follows_another_user {
            let beginning = self.beginning(found, notices);
            self.lines.iter_mut().take(beginning).for_each(|line| line.entry = None);
        }
        self
    }

    /// How many lines stand before it.
    fn beginning(&self, found: &[ListedMessage], notices: &Notices) -> usize {
        // The id of the answer stands in front, and is no message that the page shows.
        let is_own = |line: &Line<'_>| {
            line.entry.is_some() && (line.id == self.question || known(found, &line.id).is_some())
        };
        let first = self.lines.iter().position(is_own).unwrap_or(self.lines.len());
        let before = self.lines.get(..first).unwrap_or_default();
        let is_answer = |line: &Line<'_>| match line.entry {
            Some(Entry::Other(bubble)) => widget::is_answer(bubble, notices),
            _ => false,
        };
        before.iter().rposition(is_answer).map_or(0, |at| at + 1)
    }
}

#[cfg(test)]
mod tests;
