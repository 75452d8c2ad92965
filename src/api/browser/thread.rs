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
mod tests;

use crate::{
    api::{
        browser::list::{Line, List, find, known},
        upstream::message::{Bubble, Content, Entry, Message, Speaker},
    },
    domain::{
        json::{Json, Number},
        message::{
            HEARD_MESSAGES, HEARD_TEXT, HeardMessage, KnownMessage, ListedMessage, Role, Status,
        },
    },
};

/// The most bytes of what a page put among its messages, as JSON.
const PAGE_MESSAGES: usize = 8 * 1024;

/// How ids of bubbles begin that the widget made by itself: its greeting, and what it streams
/// beside and behind an answer's first bubble.
const WIDGET_IDS: [&str; 4] = ["welcome-", "assistant-", "reason-", "nested-"];

/// How the widget tells of a turn that failed, unless the page words that otherwise.
const FAILURE: &str = "Sorry: I couldn't reach the assistant.";

/// What an upstream hears, and what a page put in.
#[derive(Debug, Clone, PartialEq)]
pub struct Thread {
    /// The messages, in the page's order, cut to their latest.
    pub messages: Vec<Message>,
    /// Where each of them is kept.
    pub places: Vec<Place>,
    /// What the page put in, for its context.
    pub page_messages: Option<Json>,
    /// Whether the question has been answered, and nothing was put in since: then the answer
    /// is given again.
    pub is_replay: bool,
}

/// Where a message of a thread is kept, so that it can be heard again after a pause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The id that it is stored under.
    pub stored: String,
    /// Whether names stand in place of pictures and files.
    pub is_brief: bool,
    /// The id and the part of its text, from byte to byte, if it is a piece.
    pub piece: Option<(String, usize, usize)>,
}

impl Place {
    /// JSON: the id and whether it is brief, which statements read, and then the piece.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let number = |n: usize| Json::Number((n as u64).into());
        let text = |text: &String| Json::String(text.clone());
        let mut items = vec![text(&self.stored), number(self.is_brief.into())];
        if let Some((id, from, to)) = &self.piece {
            items.extend([text(id), number(*from), number(*to)]);
        }
        Json::Array(items)
    }

    /// Reads what [`Place::to_json`] wrote.
    #[must_use]
    pub fn from_json(json: &Json) -> Option<Self> {
        let Json::Array(items) = json else { return None };
        let (Json::String(stored), Json::Number(brief)) = (items.first()?, items.get(1)?) else {
            return None;
        };
        let piece = match (items.get(2), items.get(3), items.get(4)) {
            (Some(Json::String(id)), Some(Json::Number(from)), Some(Json::Number(to))) => {
                let number = |n: &Number| usize::try_from(n.as_u64()?).ok();
                Some((id.clone(), number(from)?, number(to)?))
            }
            _ => None,
        };
        Some(Self { stored: stored.clone(), is_brief: brief.as_u64() != Some(0), piece })
    }
}

/// The messages at `places` as they are stored now.
#[must_use]
pub fn recall(places: &[Place], heard: &[HeardMessage]) -> Vec<Message> {
    let message = |(at, place): (usize, &Place)| {
        let heard = heard.iter().find(|heard| heard.place as usize == at)?;
        let content = Content::from_stored(&heard.content)?;
        let (id, content) = match &place.piece {
            Some((id, from, to)) => {
                let text = content.text().get(*from..*to)?.to_owned();
                (id.clone(), Content::Text(text))
            }
            None => (place.stored.clone(), content),
        };
        Some(Message { id, role: heard.role, content })
    };
    places.iter().enumerate().filter_map(message).collect()
}

impl Thread {
    /// Weaves the list and what the store knows of it, in the order of ids.
    #[must_use]
    pub fn weave(list: &List<'_>, found: &[ListedMessage]) -> Self {
        let mut weaver = Weaver::new(list, found);
        for (at, line) in list.lines.iter().enumerate() {
            weaver.line(at, line);
        }
        weaver.finish()
    }
}

/// A thread that is being woven.
struct Weaver<'a> {
    list: &'a List<'a>,
    found: &'a [ListedMessage],
    /// Answers that are stored: the message that each is to, and where in `found` it is.
    replies: Vec<(&'a str, usize)>,
    /// Ids that answers were to have.
    expected: Vec<&'a str>,
    /// The ids of the list.
    listed: Vec<&'a str>,
    /// The first line of those that are heard.
    start: usize,
    strands: Vec<Strand>,
    answers: Vec<Answer>,
    /// What the page put in, and at which line.
    put_in: Vec<(usize, &'a Bubble)>,
}

/// A message of the thread.
struct Strand {
    id: String,
    stored: String,
    role: Role,
    content: Content,
    is_brief: bool,
    /// From byte to byte, if it is a piece of an answer.
    piece: Option<(usize, usize)>,
}

/// An answer and the strands that show it.
struct Answer {
    id: String,
    text: String,
    /// Up to where the page has shown it.
    shown: usize,
    strands: Vec<usize>,
}

impl<'a> Weaver<'a> {
    fn new(list: &'a List<'a>, found: &'a [ListedMessage]) -> Self {
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
        let (strands, answers, put_in) = (Vec::new(), Vec::new(), Vec::new());
        Self { list, found, replies, expected, listed, start, strands, answers, put_in }
    }

    fn line(&mut self, at: usize, line: &'a Line<'a>) {
        let Some(entry) = line.entry else { return };
        let found = find(self.found, &line.id);
        match (found, found.and_then(|found| found.known.as_ref()), entry) {
            (Some(found), Some(known), _) => self.stored(found, known, entry),
            (Some(found), None, Entry::User(message)) if found.is_heard => {
                let brief = if found.has_media { None } else { message.content.brief() };
                self.strands.push(Strand {
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
        self.answers.push(Answer::new(&found.id, content.text()));
        let is_piece = match entry {
            Entry::Other(bubble) => self.piece(&bubble.text, Some(&found.id)),
            Entry::User(_) => false,
        };
        if !is_piece {
            let at = self.push(&found.id, known.role, content, false);
            if let Some(answer) = self.answers.last_mut() {
                answer.shown = answer.text.len();
                answer.strands.push(at);
            }
        }
    }

    fn push(&mut self, id: &str, role: Role, content: Content, is_brief: bool) -> usize {
        let (id, stored) = (id.to_owned(), id.to_owned());
        self.strands.push(Strand { id, stored, role, content, is_brief, piece: None });
        self.strands.len() - 1
    }

    /// Takes `shown` as a piece of the answer before it, if it goes on where that was left.
    fn piece(&mut self, shown: &str, id: Option<&str>) -> bool {
        let Some(answer) = self.answers.last_mut() else { return false };
        let Some((from, to)) = next_piece(&answer.text, answer.shown, shown) else { return false };
        answer.shown = to;
        answer.strands.push(self.strands.len());
        self.strands.push(Strand {
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
            self.put_in.push((at, bubble));
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
    fn unlisted_answer(&self, asked: &str) -> Option<Answer> {
        let is_listed = |id: &str| self.listed.binary_search(&id).is_ok();
        let mut replies: Vec<_> = self.replies_to(asked).collect();
        replies.sort_by_key(|one| is_complete(one));
        let reply = replies.into_iter().rfind(|one| !is_listed(&one.id))?;
        let content = reply.known.as_ref()?.content.as_deref()?;
        Some(Answer::new(&reply.id, Content::from_stored(content)?.text()))
    }

    /// Whether the widget shows this of its own: a greeting, a turn that failed, or what it
    /// streamed beside an answer.
    fn is_of_the_widget(&self, bubble: &Bubble) -> bool {
        if bubble.text.starts_with(FAILURE) {
            return true;
        }
        let Some(id) = &bubble.id else { return false };
        // A later block of an answer has the answer's id, `_` and its own.
        let heads = id.match_indices('_').filter_map(|(at, _)| id.get(..at));
        WIDGET_IDS.iter().any(|start| id.starts_with(start))
            || heads.chain([id.as_str()]).any(|id| self.is_an_answers(id))
    }

    /// Whether an answer has this id, or was to have it.
    fn is_an_answers(&self, id: &str) -> bool {
        known(self.found, id).is_some_and(|known| known.role == Role::Assistant)
            || self.expected.binary_search(&id).is_ok()
    }

    fn finish(mut self) -> Thread {
        let question = &self.list.question;
        let is_answered = self.replies_to(question).any(is_complete);
        let is_new_since = self.put_in.iter().any(|(at, _)| *at >= self.list.asked);
        let mut is_kept = vec![true; self.strands.len()];
        for answer in &self.answers {
            answer.join(&mut self.strands, &mut is_kept);
        }
        let strands = self.strands.into_iter().zip(is_kept).filter(|(_, is_kept)| *is_kept);
        let mut strands: Vec<Strand> = strands.map(|(strand, _)| strand).collect();
        let surplus = surplus(&strands);
        let (messages, places) = strands.split_off(surplus).into_iter().map(Strand::part).unzip();
        let put_in: Vec<&Bubble> = self.put_in.into_iter().map(|(_, bubble)| bubble).collect();
        Thread {
            messages,
            places,
            page_messages: page_messages(&put_in),
            is_replay: is_answered && !is_new_since,
        }
    }
}

/// How many of the oldest there are too many of, or have too much text together. The question is
/// the visitor's last message and always heard.
fn surplus(strands: &[Strand]) -> usize {
    let mut room = HEARD_TEXT as usize;
    let fits = |strand: &&Strand| {
        let left = room.checked_sub(strand.content.text_bytes());
        room = left.unwrap_or_default();
        left.is_some()
    };
    let latest = strands.iter().rev().take(HEARD_MESSAGES as usize).take_while(fits).count();
    let question = strands.iter().rposition(|strand| strand.role == Role::User);
    (strands.len() - latest).min(question.unwrap_or_default())
}

impl Strand {
    fn part(self) -> (Message, Place) {
        let Self { id, stored, role, content, is_brief, piece } = self;
        let piece = piece.map(|(from, to)| (id.clone(), from, to));
        (Message { id, role, content }, Place { stored, is_brief, piece })
    }
}

impl Answer {
    fn new(id: &str, text: String) -> Self {
        Self { id: id.to_owned(), text, shown: 0, strands: Vec::new() }
    }

    /// Leaves pieces as they are if they are several and make up the whole answer; else its
    /// first place has all of it.
    fn join(&self, strands: &mut [Strand], is_kept: &mut [bool]) {
        let is_whole = self.text.get(self.shown..).is_none_or(|rest| rest.trim().is_empty());
        let Some((first, others)) = self.strands.split_first() else { return };
        if is_whole && !others.is_empty() {
            return;
        }
        if let Some(strand) = strands.get_mut(*first) {
            (strand.id, strand.piece) = (self.id.clone(), None);
            strand.content = Content::Text(self.text.clone());
        }
        for at in others {
            if let Some(is_kept) = is_kept.get_mut(*at) {
                *is_kept = false;
            }
        }
    }
}

fn is_complete(one: &ListedMessage) -> bool {
    one.known.as_ref().is_some_and(|known| known.status == Status::Complete)
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

/// What the page put in, `[{role, text}]`, the latest first, cut to what there is room for.
fn page_messages(put_in: &[&Bubble]) -> Option<Json> {
    // The brackets, and a comma behind each.
    let mut room = PAGE_MESSAGES - 2;
    let mut messages = Vec::new();
    for bubble in put_in.iter().rev() {
        let Some(message) = page_message(bubble, room) else { break };
        room = room.saturating_sub(message.to_string().len() + 1);
        messages.push(message);
    }
    (!messages.is_empty()).then_some(Json::Array(messages))
}

fn page_message(bubble: &Bubble, room: usize) -> Option<Json> {
    let message = |text: &str| {
        let member = |name: &str, value: &str| (name.to_owned(), Json::String(value.to_owned()));
        Json::Object(vec![member("role", bubble.speaker.as_str()), member("text", text)])
    };
    let mut end = bubble.text.floor_char_boundary(room.min(bubble.text.len()));
    loop {
        let head = bubble.text.get(..end).filter(|head| !head.is_empty())?;
        let json =
            if end == bubble.text.len() { message(head) } else { message(&format!("{head}…")) };
        let excess = json.to_string().len().saturating_sub(room);
        if excess == 0 {
            return Some(json);
        }
        end = bubble.text.floor_char_boundary(end.checked_sub(excess)?);
    }
}
