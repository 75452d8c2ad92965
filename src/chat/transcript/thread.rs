//! The thread of a chat: what an upstream hears of a page's list (contract section 6.2).
//!
//! The list says which messages the thread has and in which order, the store what they hold.
//!
//! An answer that paused is one message in the store and several bubbles on the page: the widget
//! gives the first one the answer's id and those after a pause ids of its own, and the visitor's
//! answers to questions stand between them. Such bubbles are known by what they say: as long as
//! they follow each other as the stored text does, each is a piece of it in its own place.
//!
//! What else the page shows as the assistant's or the system's was put there by the page. It is
//! told as such, never as a role: except for what the widget shows of its own, which says
//! nothing.

#[cfg(test)]
pub(super) mod tests;

use crate::{
    chat::{
        message::{Bubble, Content, Entry, Message, Speaker},
        stream::notice::Notices,
        transcript::{
            draft::{AnswerPieces, Draft, next_piece, surplus},
            injected::page_messages,
            list::{Line, List, find, known},
            place::Place,
            widget,
        },
    },
    domain::{
        json::Json,
        message::{KnownMessage, ListedMessage, Role, Status},
    },
};

/// What an upstream hears, and what the page added among its messages.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Thread {
    /// The messages, in the page's order, cut to their latest.
    pub(crate) messages: Vec<Message>,
    /// Where each of them is kept.
    pub(crate) places: Vec<Place>,
    /// What the page added in the assistant's or the system's name, for its context.
    pub(crate) page_messages: Option<Json>,
    /// Whether the question has been answered, and nothing was added since: then the answer
    /// is given again.
    pub(crate) is_replay: bool,
}

impl Thread {
    /// Joins the list and what the store knows of it; `found` is in the order of ids, and `notices` is
    /// what the page shows of answers that failed.
    #[must_use]
    pub(crate) fn build(list: &List<'_>, found: &[ListedMessage], notices: &Notices) -> Self {
        let mut builder = ThreadBuilder::new(list, found, notices);
        for (at, line) in list.lines.iter().enumerate() {
            builder.line(at, line);
        }
        builder.finish()
    }
}

/// A thread that is being built.
struct ThreadBuilder<'a> {
    list: &'a List<'a>,
    found: &'a [ListedMessage],
    notices: &'a Notices,
    /// Answers that are stored: the message that each is to, and where in `found` it is.
    replies: Vec<(&'a str, usize)>,
    /// Ids that answers were to have.
    expected: Vec<&'a str>,
    /// The ids of the list.
    listed: Vec<&'a str>,
    /// The first line of those that are heard.
    start: usize,
    drafts: Vec<Draft>,
    answers: Vec<AnswerPieces>,
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
        let expects = |one: &'a ListedMessage| one.known.as_ref()?.answer_id.as_deref();
        let mut expected: Vec<_> = found.iter().filter_map(expects).collect();
        expected.sort_unstable();
        let mut listed: Vec<_> = list.lines.iter().map(|line| line.id.as_str()).collect();
        listed.sort_unstable();
        let unheard = found.iter().filter(|one| !one.is_heard);
        let start = unheard.map(|one| one.place as usize + 1).max().unwrap_or_default();
        let (drafts, answers, injected) = (Vec::new(), Vec::new(), Vec::new());
        Self { list, found, notices, replies, expected, listed, start, drafts, answers, injected }
    }

    fn line(&mut self, at: usize, line: &'a Line<'a>) {
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

    fn stored(&mut self, found: &ListedMessage, known: &KnownMessage, entry: &Entry) {
        let content = known.content.as_deref().and_then(Content::from_stored);
        let Some(content) = content.filter(|_| !self.is_attempt(known)) else { return };
        if known.role == Role::User {
            self.push(&found.id, known.role, content, !found.has_media);
            self.answers.extend(self.unlisted_answer(&found.id));
            return;
        }
        self.answers.push(AnswerPieces::new(&found.id, content.text()));
        let is_piece = match entry {
            Entry::Other(bubble) => self.piece(&bubble.text, Some(&found.id)),
            Entry::User(_) => false,
        };
        if !is_piece {
            let at = self.push(&found.id, known.role, content, false);
            if let Some(answer) = self.answers.last_mut() {
                answer.shown = answer.text.len();
                answer.drafts.push(at);
            }
        }
    }

    fn push(&mut self, id: &str, role: Role, content: Content, is_brief: bool) -> usize {
        let (id, stored) = (id.to_owned(), id.to_owned());
        self.drafts.push(Draft { id, stored, role, content, is_brief, piece: None });
        self.drafts.len() - 1
    }

    /// Takes `shown` as a piece of the answer before it, if it goes on where that was left.
    fn piece(&mut self, shown: &str, id: Option<&str>) -> bool {
        let Some(answer) = self.answers.last_mut() else { return false };
        let Some((from, to)) = next_piece(&answer.text, answer.shown, shown) else { return false };
        answer.shown = to;
        answer.drafts.push(self.drafts.len());
        self.drafts.push(Draft {
            id: id.unwrap_or(&answer.id).to_owned(),
            stored: answer.id.clone(),
            role: Role::Assistant,
            content: Content::Text(answer.text.get(from..to).unwrap_or_default().to_owned()),
            is_brief: false,
            piece: Some((from, to)),
        });
        true
    }

    fn bubble(&mut self, at: usize, bubble: &'a Bubble) {
        let says_nothing = bubble.text.trim().is_empty();
        let is_system = bubble.speaker == Speaker::System;
        if says_nothing || !is_system && self.piece(&bubble.text, bubble.id.as_deref()) {
            return;
        }
        if at >= self.start && (is_system || !self.is_of_the_widget(bubble)) {
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
    fn unlisted_answer(&self, asked: &str) -> Option<AnswerPieces> {
        let is_listed = |id: &str| self.listed.binary_search(&id).is_ok();
        let mut replies: Vec<_> = self.replies_to(asked).collect();
        replies.sort_by_key(|one| is_complete(one));
        let reply = replies.into_iter().rfind(|one| !is_listed(&one.id))?;
        let content = reply.known.as_ref()?.content.as_deref()?;
        Some(AnswerPieces::new(&reply.id, Content::from_stored(content)?.text()))
    }

    /// Whether the widget shows this of its own: a greeting, a turn that failed, or what was
    /// streamed beside an answer.
    fn is_of_the_widget(&self, bubble: &Bubble) -> bool {
        if widget::tells_of_failure(bubble, self.notices) {
            return true;
        }
        let Some(id) = &bubble.id else { return false };
        // A later block of an answer has the answer's id, `_` and its own.
        let heads = id.match_indices('_').filter_map(|(at, _)| id.get(..at));
        widget::made_id(id) || heads.chain([id.as_str()]).any(|id| self.is_an_answers(id))
    }

    /// Whether an answer has this id, or was to have it.
    fn is_an_answers(&self, id: &str) -> bool {
        known(self.found, id).is_some_and(|known| known.role == Role::Assistant)
            || self.expected.binary_search(&id).is_ok()
    }

    fn finish(mut self) -> Thread {
        let question = &self.list.question;
        let is_answered = self.replies_to(question).any(is_complete);
        let is_new_since = self.injected.iter().any(|(at, _)| *at >= self.list.asked);
        let mut is_kept = vec![true; self.drafts.len()];
        for answer in &self.answers {
            answer.join(&mut self.drafts, &mut is_kept);
        }
        let drafts = self.drafts.into_iter().zip(is_kept).filter(|(_, is_kept)| *is_kept);
        let mut drafts: Vec<Draft> = drafts.map(|(draft, _)| draft).collect();
        let surplus = surplus(&drafts);
        let (messages, places) = drafts.split_off(surplus).into_iter().map(Draft::part).unzip();
        let injected: Vec<&Bubble> = self.injected.into_iter().map(|(_, bubble)| bubble).collect();
        Thread {
            messages,
            places,
            page_messages: page_messages(&injected),
            is_replay: is_answered && !is_new_since,
        }
    }
}

fn is_complete(one: &ListedMessage) -> bool {
    one.known.as_ref().is_some_and(|known| known.status == Status::Complete)
}
