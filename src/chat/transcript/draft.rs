//! The messages of a thread while it is being built, and the answers that several of them may
//! show in pieces.

use crate::{
    chat::{
        message::{Content, Message},
        transcript::place::Place,
    },
    domain::message::{HEARD_MESSAGES, HEARD_TEXT, Role},
};

/// A message of the thread.
pub(super) struct Draft {
    pub(super) id: String,
    pub(super) stored: String,
    pub(super) role: Role,
    pub(super) content: Content,
    pub(super) is_brief: bool,
    /// From byte to byte, if it is a piece of an answer.
    pub(super) piece: Option<(usize, usize)>,
}

/// An answer and the drafts that show it.
pub(super) struct AnswerPieces {
    pub(super) id: String,
    pub(super) text: String,
    /// Up to where the page has shown it.
    pub(super) shown: usize,
    pub(super) drafts: Vec<usize>,
}

/// How many of the oldest there are too many of, or have too much text together. The question is
/// the visitor's last message and always heard.
pub(super) fn surplus(drafts: &[Draft]) -> usize {
    let mut room = HEARD_TEXT as usize;
    let fits = |draft: &&Draft| {
        let left = room.checked_sub(draft.content.text_bytes());
        room = left.unwrap_or_default();
        left.is_some()
    };
    let latest = drafts.iter().rev().take(HEARD_MESSAGES as usize).take_while(fits).count();
    let question = drafts.iter().rposition(|draft| draft.role == Role::User);
    (drafts.len() - latest).min(question.unwrap_or_default())
}

impl Draft {
    pub(super) fn part(self) -> (Message, Place) {
        let Self { id, stored, role, content, is_brief, piece } = self;
        let piece = piece.map(|(from, to)| (id.clone(), from, to));
        (Message { id, role, content }, Place { stored, is_brief, piece })
    }
}

impl AnswerPieces {
    pub(super) fn new(id: &str, text: String) -> Self {
        Self { id: id.to_owned(), text, shown: 0, drafts: Vec::new() }
    }

    /// Leaves pieces as they are if they are several and make up the whole answer; else its
    /// first place has all of it.
    pub(super) fn join(&self, drafts: &mut [Draft], is_kept: &mut [bool]) {
        let is_whole = self.text.get(self.shown..).is_none_or(|rest| rest.trim().is_empty());
        let Some((first, others)) = self.drafts.split_first() else { return };
        if is_whole && !others.is_empty() {
            return;
        }
        if let Some(draft) = drafts.get_mut(*first) {
            (draft.id, draft.piece) = (self.id.clone(), None);
            draft.content = Content::Text(self.text.clone());
        }
        for at in others {
            if let Some(is_kept) = is_kept.get_mut(*at) {
                *is_kept = false;
            }
        }
    }
}

/// Where `shown` is in `text`, from byte to byte, if it goes on behind `from` and stands for
/// itself; what is blank doesn't count.
pub(super) fn next_piece(text: &str, from: usize, shown: &str) -> Option<(usize, usize)> {
    let shown = shown.trim();
    let rest = text.get(from..)?;
    let begin = from + (rest.len() - rest.trim_start().len());
    let behind = text.get(begin..)?.strip_prefix(shown).filter(|_| !shown.is_empty())?;
    let ends = behind.is_empty() || behind.starts_with(char::is_whitespace);
    ends.then(|| (begin, begin + shown.len()))
}
