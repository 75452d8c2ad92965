//! The thread of a chat: what an upstream hears of a page's list (contract section 6.2).
//!
//! The list says which messages the thread has and in which order, the store what they hold.
//!
//! An answer that paused is one message in the store and several bubbles on the page: the widget
//! gives the first one the answer's id and those after a pause ids of its own, and the visitor's
//! answers to questions stand between them. Such bubbles are known by what they say: as long as
//! they follow each other as the stored text does, each is a piece of it in its own place. So is a
//! message that a backend put in before the streamed text (`transcript_insert`): it stands in front
//! of the answer's own bubble.
//!
//! What else the page shows as the assistant's or the system's was put there by the page. It is
//! told as such, never as a role: except for what the widget shows of its own, which says
//! nothing.

#[cfg(test)]
pub(super) mod tests;

use serde_json::Value;

use crate::{
    chat::{
        message::{Bubble, Content, Entry, Message, Speaker},
        stream::notice::Notices,
        transcript::{
            draft::{AnswerPieces, Draft, surplus},
            injected::page_messages,
            list::{Line, List, find},
            place::Place,
            widget::Bubbles,
        },
    },
    domain::message::{KnownMessage, ListedMessage, Role, Status},
};

/// What an upstream hears, and what the page added among its messages.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Thread {
    /// The messages, in the page's order, cut to their latest.
    pub(crate) messages: Vec<Message>,
    pub(crate) places: Vec<Place>,
    /// What the page added in the assistant's or the system's name, for its context.
    pub(crate) page_messages: Option<Value>,
}

impl Thread {
    /// Joins the list and what the store knows of it; `found` is in the order of ids, `notices` is what
    /// the page shows of answers that failed, and so many bytes are told `beside` the messages.
    pub(crate) fn build(
        list: &List<'_>,
        found: &[ListedMessage],
        notices: &Notices,
        beside: usize,
    ) -> Self {
        let mut builder = ThreadBuilder::new(list, found, notices);
        for (at, line) in list.lines.iter().enumerate() {
            builder.line(at, line);
        }
        builder.finish(beside)
    }
}

struct ThreadBuilder<'a> {
    list: &'a List<'a>,
    found: &'a [ListedMessage],
    bubbles: Bubbles<'a>,
    /// Answers that are stored: the message that each is to, and where in `found` it is.
    replies: Vec<(&'a str, usize)>,
    /// The ids of the list.
    listed: Vec<&'a str>,
    /// The first line of those that are heard.
    start: usize,
    drafts: Vec<Draft>,
    answers: Vec<AnswerPieces<'a>>,
    /// The attempt that was listed last: what the page shows of it says nothing.
    attempt: Option<AnswerPieces<'a>>,
    /// For each line the stored answer that the list shows after it, before the visitor's next message.
    coming: Vec<Option<&'a ListedMessage>>,
    /// Such an answer before its own line, until a piece of it is found.
    next: Option<AnswerPieces<'a>>,
    /// What the page added, and at which line.
    injected: Vec<(usize, &'a Bubble)>,
}

impl<'a> ThreadBuilder<'a> {
    fn new(list: &'a List<'a>, found: &'a [ListedMessage], notices: &'a Notices) -> Self {
        let reply = |(at, one): (usize, &'a ListedMessage)| {
            Some((one.known.as_ref()?.reply_to.as_deref()?, at))
        };
        let mut replies: Vec<_> = found.iter().enumerate().filter_map(reply).collect();
        replies.sort_unstable();
        let mut listed: Vec<_> = list.lines.iter().map(|line| line.id.as_str()).collect();
        listed.sort_unstable();
        let unheard = found.iter().filter(|one| !one.is_heard);
        let start = unheard.map(|one| one.place as usize + 1).max().unwrap_or_default();
        Self {
            list,
            found,
            bubbles: Bubbles::new(found, notices),
            replies,
            listed,
            start,
            drafts: Vec::new(),
            answers: Vec::new(),
            attempt: None,
            coming: coming(list, found),
            next: None,
            injected: Vec::new(),
        }
    }

    fn line(&mut self, at: usize, line: &Line<'a>) {
        let Some(entry) = line.entry else { return };
        let found = find(self.found, &line.id);
        match (found, found.and_then(|found| found.known.as_ref()), entry) {
            (Some(found), Some(known), _) => self.stored(found, known, entry),
            (Some(found), None, Entry::User(message)) if found.is_heard => {
                let brief = if found.has_media { None } else { message.content.brief() };
                self.drafts.push(Draft {
                    id: line.id.clone(),
                    stored: line.id.clone(),
                    role: Role::User,
                    is_brief: brief.is_some(),
                    content: brief.unwrap_or_else(|| message.content.clone()),
                    piece: None,
                });
            }
            (_, None, Entry::Other(bubble)) => self.bubble(at, bubble),
            _ => {}
        }
    }

    fn stored(&mut self, found: &'a ListedMessage, known: &KnownMessage, entry: &Entry) {
        let content = known.content.as_deref().and_then(Content::from_stored);
        let Some(content) = content else { return };
        if known.role == Role::User {
            self.push(&found.id, known.role, content, !found.has_media);
            self.answers.extend(self.unlisted_answer(&found.id));
            return;
        }
        let is_attempt = self.is_attempt(known);
        self.begin(&found.id, content.text(), is_attempt);
        let shown = match entry {
            Entry::Other(bubble) => Some(bubble.text.as_str()),
            Entry::User(_) => None,
        };
        if shown.is_some_and(|shown| self.go_on(is_attempt, shown, Some(&found.id))) {
            return;
        }
        let own = (!is_attempt).then(|| self.push(&found.id, known.role, content, false));
        let Some(answer) = self.begun(is_attempt) else { return };
        let no_pieces = answer.stand_at(own, shown);
        for (at, bubble) in no_pieces {
            self.inject(at, bubble);
        }
    }

    /// Begins an answer whose own line this is, unless a piece before that has begun it.
    fn begin(&mut self, id: &str, text: String, is_attempt: bool) {
        if self.begun(is_attempt).is_some_and(|answer| answer.id == id) {
            return;
        }
        let answer = self.next.take().filter(|next| next.id == id);
        let answer = answer.unwrap_or_else(|| AnswerPieces::new(id, text));
        self.add(answer, is_attempt);
    }

    fn add(&mut self, answer: AnswerPieces<'a>, is_attempt: bool) {
        if is_attempt {
            self.attempt = Some(answer);
        } else {
            self.answers.push(answer);
        }
    }

    /// The answer, or the attempt at one, that was begun last.
    fn begun(&mut self, is_attempt: bool) -> Option<&mut AnswerPieces<'a>> {
        if is_attempt { self.attempt.as_mut() } else { self.answers.last_mut() }
    }

    fn push(&mut self, id: &str, role: Role, content: Content, is_brief: bool) -> usize {
        let (id, stored) = (id.to_owned(), id.to_owned());
        self.drafts.push(Draft { id, stored, role, content, is_brief, piece: None });
        self.drafts.len() - 1
    }

    /// Takes `shown` as a piece of the answer that was begun last, if it goes on where that was left.
    /// An attempt isn't heard, and nor are its pieces.
    fn go_on(&mut self, is_attempt: bool, shown: &str, id: Option<&str>) -> bool {
        let at = self.drafts.len();
        let Some(answer) = self.begun(is_attempt) else { return false };
        let Some((from, to)) = answer.next(shown) else { return false };
        answer.show(to, (!is_attempt).then_some(at));
        let draft = Draft {
            id: id.unwrap_or(&answer.id).to_owned(),
            stored: answer.id.clone(),
            role: Role::Assistant,
            content: Content::Text(answer.text.get(from..to).unwrap_or_default().to_owned()),
            is_brief: false,
            piece: Some((from, to)),
        };
        self.drafts.extend((!is_attempt).then_some(draft));
        true
    }

    fn bubble(&mut self, at: usize, bubble: &'a Bubble) {
        let says_nothing = bubble.text.trim().is_empty();
        let is_piece = bubble.speaker != Speaker::System && self.is_piece(at, bubble);
        if !says_nothing && !is_piece {
            self.inject(at, bubble);
        }
    }

    /// Whether a bubble is a piece of the answer before it, or of the one whose own line comes.
    fn is_piece(&mut self, at: usize, bubble: &'a Bubble) -> bool {
        let (shown, id) = (&bubble.text, bubble.id.as_deref());
        let coming = self.coming.get(at).copied().flatten();
        let goes_on =
            [false, true].into_iter().find(|is_attempt| self.go_on(*is_attempt, shown, id));
        let goes_on = goes_on.or_else(|| {
            let is_attempt = self.begin_with(coming?, shown)?;
            self.go_on(is_attempt, shown, id).then_some(is_attempt)
        });
        let Some(answer) = goes_on.and_then(|is_attempt| self.begun(is_attempt)) else {
            return false;
        };
        if coming.is_some_and(|coming| coming.id == answer.id) {
            answer.show_before(at, bubble);
        }
        true
    }

    /// Begins the answer whose own line comes, if it begins with `shown`, and tells whether it is an
    /// attempt.
    fn begin_with(&mut self, coming: &'a ListedMessage, shown: &str) -> Option<bool> {
        let is_attempt = self.is_attempt(coming.known.as_ref()?);
        if self.begun(is_attempt).is_some_and(|answer| answer.id == coming.id) {
            return None;
        }
        if self.next.as_ref().is_none_or(|next| next.id != coming.id) {
            self.next = pieces_of(coming);
        }
        let next = self.next.take_if(|next| next.next(shown).is_some())?;
        self.add(next, is_attempt);
        Some(is_attempt)
    }

    /// Tells it as the page's, unless it is the widget's own.
    fn inject(&mut self, at: usize, bubble: &'a Bubble) {
        let is_system = bubble.speaker == Speaker::System;
        if at >= self.start && (is_system || !self.bubbles.is_of_the_widget(bubble)) {
            self.injected.push((at, bubble));
        }
    }

    /// Attempts at the question are left out, and those at questions that were answered in full.
    fn is_attempt(&self, known: &KnownMessage) -> bool {
        known.status == Status::Partial
            && known.reply_to.as_deref().is_some_and(|asked| {
                asked == self.list.question || self.replies_to(asked).any(is_complete)
            })
    }

    fn replies_to<'s>(&'s self, asked: &'s str) -> impl Iterator<Item = &'a ListedMessage> + 's {
        let from = self.replies.partition_point(|(to, _)| *to < asked);
        let replies = self.replies.iter().skip(from).take_while(move |(to, _)| *to == asked);
        replies.filter_map(|(_, at)| self.found.get(*at))
    }

    /// An answer that the page shows under other ids, if at all.
    fn unlisted_answer(&self, asked: &str) -> Option<AnswerPieces<'a>> {
        let is_listed = |id: &str| self.listed.binary_search(&id).is_ok();
        let mut replies: Vec<_> = self.replies_to(asked).collect();
        replies.sort_by_key(|one| is_complete(one));
        pieces_of(replies.into_iter().rfind(|one| !is_listed(&one.id))?)
    }

    fn finish(mut self, beside: usize) -> Thread {
        let mut is_kept = vec![true; self.drafts.len()];
        for answer in &self.answers {
            answer.join(&mut self.drafts, &mut is_kept);
        }
        let drafts = self.drafts.into_iter().zip(is_kept).filter(|(_, is_kept)| *is_kept);
        let mut drafts: Vec<Draft> = drafts.map(|(draft, _)| draft).collect();
        let surplus = surplus(&drafts, beside);
        let (messages, places) = drafts.split_off(surplus).into_iter().map(Draft::part).unzip();
        // What was no piece after all came late.
        self.injected.sort_by_key(|(at, _)| *at);
        let injected: Vec<&Bubble> = self.injected.into_iter().map(|(_, bubble)| bubble).collect();
        Thread { messages, places, page_messages: page_messages(&injected) }
    }
}

fn is_complete(one: &ListedMessage) -> bool {
    one.known.as_ref().is_some_and(|known| known.status == Status::Complete)
}

/// The answer whose text that is, none of it shown yet.
fn pieces_of<'a>(found: &ListedMessage) -> Option<AnswerPieces<'a>> {
    let content = found.known.as_ref()?.content.as_deref()?;
    Some(AnswerPieces::new(&found.id, Content::from_stored(content)?.text()))
}

/// For each line the stored answer that the list shows next, before the visitor's next message.
fn coming<'a>(list: &List<'_>, found: &'a [ListedMessage]) -> Vec<Option<&'a ListedMessage>> {
    let mut next = None;
    let before = |line: &Line<'_>| {
        let coming = next;
        let one = find(found, &line.id).filter(|_| line.entry.is_some());
        let is_answer = |known: &KnownMessage| known.role == Role::Assistant;
        if one.and_then(|one| one.known.as_ref()).is_some_and(is_answer) {
            next = one;
        } else if line.message().is_some() {
            next = None;
        }
        coming
    };
    let mut coming: Vec<_> = list.lines.iter().rev().map(before).collect();
    coming.reverse();
    coming
}
