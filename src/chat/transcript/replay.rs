//! Whether a chat gets the answer that is stored: its question has been answered in full, and the page
//! added nothing behind it (contract section 6.2).
//!
//! That is decided before anything that was said is read, so of the page's own texts behind the
//! question the store only tells which of them are in the answer.

use crate::{
    chat::{
        message::{Entry, Speaker},
        stream::notice::Notices,
        transcript::{
            list::{Line, List, known},
            widget::Bubbles,
        },
    },
    domain::message::{KnownMessage, ListedMessage, Status},
};

/// The most bytes of texts that the store is asked about: more than any answer has.
const MAX_ASKED: usize = 1024 * 1024;

impl<'a> List<'a> {
    /// What the page shows as the assistant's behind the question, for the store to look for in the
    /// answer.
    pub(crate) fn shown(&self) -> Vec<&'a str> {
        let mut room = MAX_ASKED;
        let fits = |text: &&str| {
            let left = room.checked_sub(text.len());
            room = left.unwrap_or_default();
            left.is_some()
        };
        self.behind().filter_map(|line| said(line)).take_while(fits).collect()
    }

    /// Whether the stored answer is to be given again.
    pub(crate) fn is_replay(&self, found: &[ListedMessage], notices: &Notices) -> bool {
        let answers: Vec<&KnownMessage> = found
            .iter()
            .filter_map(|one| one.known.as_ref())
            .filter(|known| known.status == Status::Complete)
            .filter(|known| known.reply_to.as_deref() == Some(&self.question))
            .collect();
        if answers.is_empty() {
            return false;
        }
        let bubbles = Bubbles::new(found, notices);
        let mut nth = 0;
        for line in self.behind() {
            let Some(Entry::Other(bubble)) = line.entry else { continue };
            let shown_at = nth;
            nth += usize::from(said(line).is_some());
            let says_nothing = bubble.text.trim().is_empty() || known(found, &line.id).is_some();
            let is_shown =
                || answers.iter().any(|answer| answer.shows.get(shown_at) == Some(&true));
            let is_old = says_nothing
                || bubble.speaker == Speaker::Assistant
                    && (bubbles.is_of_the_widget(bubble) || is_shown());
            if !is_old {
                return false;
            }
        }
        true
    }

    /// The lines behind the question.
    fn behind(&self) -> impl Iterator<Item = &Line<'a>> {
        self.lines.get(self.asked..).unwrap_or_default().iter()
    }
}

/// What a bubble of the assistant's says.
fn said<'a>(line: &Line<'a>) -> Option<&'a str> {
    match line.entry {
        Some(Entry::Other(bubble)) if bubble.speaker == Speaker::Assistant => {
            Some(bubble.text.trim()).filter(|text| !text.is_empty())
        }
        _ => None,
    }
}
