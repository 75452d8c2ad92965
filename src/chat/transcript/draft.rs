//! The messages of a thread while it is being built, and the answers that several of them may
//! show in pieces.

use crate::{
    chat::{
        message::{Bubble, Content, Message},
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
pub(super) struct AnswerPieces<'a> {
    pub(super) id: String,
    pub(super) text: String,
    /// Up to where the page has shown it.
    shown: usize,
    /// Those of its pieces.
    drafts: Vec<usize>,
    /// The one at the answer's own line, if that shows no piece of it.
    own: Option<usize>,
    /// The bubbles before that line which were taken for pieces, and their lines.
    before: Vec<(usize, &'a Bubble)>,
    fit: Fit,
}

/// How the page shows an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// In pieces, as far as its lines went.
    Pieces,
    /// Its own line has less than a piece.
    Less,
    /// Its own line has something else.
    Other,
}

/// How many of the oldest there are too many of, or have too much text together with so many bytes
/// of what else is told. The question is the visitor's last message and always heard.
pub(super) fn surplus(drafts: &[Draft], beside: usize) -> usize {
    let mut room = (HEARD_TEXT as usize).saturating_sub(beside);
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

impl<'a> AnswerPieces<'a> {
    pub(super) fn new(id: &str, text: String) -> Self {
        Self {
            id: id.to_owned(),
            text,
            shown: 0,
            drafts: Vec::new(),
            own: None,
            before: Vec::new(),
            fit: Fit::Pieces,
        }
    }

    /// Where `shown` goes on with it, from byte to byte.
    pub(super) fn next(&self, shown: &str) -> Option<(usize, usize)> {
        next_piece(&self.text, self.shown, shown).filter(|_| self.fit == Fit::Pieces)
    }

    /// Takes what goes on with it up to here, as a draft if it is heard.
    pub(super) fn show(&mut self, to: usize, draft: Option<usize>) {
        self.shown = to;
        self.drafts.extend(draft);
    }

    /// Notes that a piece was shown in front of the answer's own line.
    pub(super) fn show_before(&mut self, at: usize, bubble: &'a Bubble) {
        self.before.push((at, bubble));
    }

    /// Notes that its own line shows this, which is no piece of it, and gives the bubbles before that
    /// which aren't pieces either then.
    pub(super) fn stand_at(
        &mut self,
        own: Option<usize>,
        shown: Option<&str>,
    ) -> Vec<(usize, &'a Bubble)> {
        let rest = self.text.get(self.shown..).unwrap_or_default().trim_start();
        self.own = own;
        self.fit = match shown.map(str::trim) {
            Some("") => Fit::Pieces,
            Some(shown) if rest.starts_with(shown) => Fit::Less,
            _ => Fit::Other,
        };
        if self.fit == Fit::Other { std::mem::take(&mut self.before) } else { Vec::new() }
    }

    /// Leaves pieces as they are if they are several and make up the whole answer; else one place
    /// has all of it: the first, but where its own line shows something else, that.
    pub(super) fn join(&self, drafts: &mut [Draft], is_kept: &mut [bool]) {
        let is_rest_blank = self.text.get(self.shown..).is_none_or(|rest| rest.trim().is_empty());
        let is_whole = is_rest_blank && self.fit == Fit::Pieces;
        let is_in_pieces = is_whole && self.drafts.len() > 1;
        let first = self.drafts.first().copied();
        let place = match (first, self.own) {
            (Some(first), Some(own)) if self.fit == Fit::Other || !is_whole && own < first => {
                Some(own)
            }
            (first, own) => first.or(own),
        };
        for at in self.drafts.iter().copied().chain(self.own) {
            if let Some(is_kept) = is_kept.get_mut(at) {
                *is_kept = Some(at) == place || is_in_pieces && Some(at) != self.own;
            }
        }
        if !is_in_pieces && let Some(draft) = place.and_then(|at| drafts.get_mut(at)) {
            (draft.id, draft.piece) = (self.id.clone(), None);
            draft.content = Content::Text(self.text.clone());
        }
    }
}

/// Where `shown` is in `text`, from byte to byte, if it goes on behind `from` and stands for
/// itself; what is blank doesn't count.
fn next_piece(text: &str, from: usize, shown: &str) -> Option<(usize, usize)> {
    let shown = shown.trim();
    let rest = text.get(from..)?;
    let begin = from + (rest.len() - rest.trim_start().len());
    let behind = text.get(begin..)?.strip_prefix(shown).filter(|_| !shown.is_empty())?;
    let ends = behind.is_empty() || behind.starts_with(char::is_whitespace);
    ends.then(|| (begin, begin + shown.len()))
}
