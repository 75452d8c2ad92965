//! The list of messages that a page sends with every chat.

use crate::{
    chat::{
        message::{Content, Entry, UserMessage},
        refused::Refused,
    },
    domain::{
        base62,
        id::ConversationId,
        keyring::{Keyring, Purpose},
        message::{
            KnownMessage, ListedMessage, MESSAGE_BYTES, NewMessage, Role, Status, StoredMessage,
        },
        session::Session,
    },
};

/// How many entries of a list are looked at, the latest: more than are ever heard, and as many
/// ids as a statement takes.
const MAX_LINES: usize = 1_000;

/// The most new messages of the visitor in one chat (contract section 12).
const MAX_NEW: usize = 50;

/// A list, every message of the visitor in it with an id, and each id once: the first of it, or the
/// latest up to the question where what comes first may be another user's.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct List<'a> {
    pub(crate) lines: Vec<Line<'a>>,
    /// The id of the visitor's last message, which is to be answered.
    pub(crate) question: String,
    /// How many lines there are up to that message.
    pub(crate) asked: usize,
    /// Whether it may begin with what another user said.
    pub(super) follows_another_user: bool,
    /// Where the question stands in the list as it was sent …
    sent_at: usize,
    /// … and what stands there: another one of its id may stand before it.
    sent: Option<&'a UserMessage>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line<'a> {
    /// Its id; empty if it has none.
    pub(crate) id: String,
    /// What is there; `None` for the id that the page has for the answer, which stands in front
    /// so that it is looked up, too.
    pub(crate) entry: Option<&'a Entry>,
}

impl<'a> List<'a> {
    /// Reads a transcript. Messages of the visitor without an id get one made of the
    /// conversation, their place and their content, so that sent again they are the same.
    pub(crate) fn new(
        entries: &'a [Entry],
        answer_id: Option<&str>,
        session: &Session,
        keyring: &Keyring,
    ) -> Self {
        let is_user = |entry: &Entry| matches!(entry, Entry::User(_));
        let sent_at = entries.iter().rposition(is_user).unwrap_or_default();
        let first = entries.len().saturating_sub(MAX_LINES);
        let is_seen = |at: usize| at >= first || at == sent_at;
        let ids = ids(entries, is_seen, session.conversation, keyring);
        let question = ids.get(sent_at).cloned().unwrap_or_default();
        let in_front = answer_id.filter(|id| !ids.iter().any(|listed| listed == id));
        let mut lines: Vec<Line<'a>> =
            in_front.map(|id| Line { id: id.to_owned(), entry: None }).into_iter().collect();
        let mut asked = 0;
        let order: Vec<usize> = if session.follows_another_user {
            (0..=sent_at).rev().chain(sent_at + 1..ids.len()).collect()
        } else {
            (0..ids.len()).collect()
        };
        let firsts = firsts(&ids, order);
        for (at, (entry, id)) in entries.iter().zip(ids).enumerate() {
            if is_seen(at) && firsts.get(at) == Some(&true) {
                lines.push(Line { id, entry: Some(entry) });
            }
            if at == sent_at {
                asked = lines.len();
            }
        }
        let sent = entries.get(sent_at).and_then(Entry::as_user);
        let follows_another_user = session.follows_another_user;
        Self { lines, question, asked, follows_another_user, sent_at, sent }
    }

    /// For each line its id, and how large it is if it may be heard without being stored.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = (&str, Option<(usize, usize)>)> {
        self.lines.iter().map(|line| {
            let size = |message: &UserMessage| {
                let content = &message.content;
                fits(message).then(|| (content.text_bytes(), content.media_bytes()))
            };
            (line.id.as_str(), line.message().and_then(size))
        })
    }

    /// The visitor's messages that aren't stored yet, to be stored; the question is to be
    /// answered by `execution` under the id `answer`. `found` is in the order of ids, as everywhere
    /// in this file. A message that is too large is left out, unless it is the question.
    pub(crate) fn new_messages(
        &self,
        found: &[ListedMessage],
        execution: &str,
        answer: &str,
    ) -> Result<Vec<NewMessage>, Refused> {
        let is_new = |line: &&Line<'_>| known(found, &line.id).is_none();
        let mut new = Vec::new();
        for line in self.lines.iter().filter(is_new) {
            let Some(message) = line.message() else { continue };
            let is_question = line.id == self.question;
            let is_whole = message.content.let_go_bytes() == 0;
            if fits(message) && (is_whole || !is_question) {
                let mut message = new_message(&line.id, message);
                if is_question {
                    message.execution_id = Some(execution.to_owned());
                    message.answer_id = Some(answer.to_owned());
                }
                new.push(message);
            } else if is_question {
                return Err(Refused::MessageTooLarge);
            }
        }
        if new.len() > MAX_NEW { Err(Refused::TooManyNew(MAX_NEW)) } else { Ok(new) }
    }

    /// The page's own id for the answer, unless it stands for something else: a message of the
    /// list, or one that is stored and isn't an attempt at the question.
    pub(crate) fn free_answer_id<'i>(
        &self,
        found: &[ListedMessage],
        wanted: Option<&'i str>,
    ) -> Option<&'i str> {
        let is_listed =
            |id: &str| self.lines.iter().any(|line| line.id == id && line.message().is_some());
        let is_taken = |id: &str| {
            known(found, id).is_some_and(|known| {
                known.status == Status::Complete
                    || known.reply_to.as_deref() != Some(&self.question)
            })
        };
        wanted.filter(|id| !is_listed(id) && !is_taken(id))
    }

    /// Refuses a list whose question has the id of a stored answer.
    pub(crate) fn hold_to_a_question(&self, found: &[ListedMessage]) -> Result<(), Refused> {
        if known(found, &self.question).is_none_or(|known| known.role == Role::User) {
            return Ok(());
        }
        Err(Refused::QuestionIsAnAnswer(self.sent_at))
    }

    /// Refuses a question that says something else than what is stored under its id.
    pub(crate) fn hold_to_what_was_asked(&self, asked: &StoredMessage) -> Result<(), Refused> {
        let sent = self.sent.map(|message| message.content.text());
        let stored = Content::from_stored(&asked.content).map(|content| content.text());
        let is_it = |text: &Option<String>| {
            text.as_deref().map(str::trim) == sent.as_deref().map(str::trim)
        };
        if is_it(&stored) || is_it(&asked.display_content) {
            Ok(())
        } else {
            Err(Refused::MessageIdReused(self.sent_at))
        }
    }

    /// What a list of conversations shows of the first message.
    pub(crate) fn headline(&self) -> String {
        let first = self.lines.iter().find_map(Line::message);
        first.map(|message| message.content.headline()).unwrap_or_default()
    }
}

impl<'a> Line<'a> {
    pub(crate) fn message(&self) -> Option<&'a UserMessage> {
        self.entry.and_then(Entry::as_user)
    }
}

/// What the store knows of the message `id`; `found` is in the order of ids.
pub(super) fn known<'f>(found: &'f [ListedMessage], id: &str) -> Option<&'f KnownMessage> {
    find(found, id)?.known.as_ref()
}

/// The same, to be filled in.
pub(crate) fn find_mut<'f>(
    found: &'f mut [ListedMessage],
    id: &str,
) -> Option<&'f mut KnownMessage> {
    let at = found.binary_search_by(|one| one.id.as_str().cmp(id)).ok()?;
    found.get_mut(at)?.known.as_mut()
}

/// What was found under `id`.
pub(super) fn find<'f>(found: &'f [ListedMessage], id: &str) -> Option<&'f ListedMessage> {
    let at = found.binary_search_by(|one| one.id.as_str().cmp(id)).ok()?;
    found.get(at)
}

/// The id of every entry; empty where there is none, and where the entry isn't seen.
fn ids(
    entries: &[Entry],
    is_seen: impl Fn(usize) -> bool,
    conversation: ConversationId,
    keyring: &Keyring,
) -> Vec<String> {
    // Counts the visitor's messages.
    let mut nth = 0;
    let id = |(at, entry): (usize, &Entry)| {
        let id = match entry {
            Entry::Other(bubble) => bubble.id.clone(),
            Entry::User(message) if is_seen(at) && message.id.is_none() => {
                Some(derived_id(conversation, nth, &message.content, keyring))
            }
            Entry::User(message) => message.id.clone(),
        };
        nth += usize::from(matches!(entry, Entry::User(_)));
        id.filter(|_| is_seen(at)).unwrap_or_default()
    };
    entries.iter().enumerate().map(id).collect()
}

fn derived_id(
    conversation: ConversationId,
    nth: usize,
    content: &Content,
    keyring: &Keyring,
) -> String {
    let message = format!("{conversation} {nth} {}", content.outline());
    let tag = keyring.tag(keyring.signing_key(), Purpose::MessageId, message.as_bytes());
    let head = tag.as_ref().and_then(|tag| tag.get(..16)).unwrap_or_default();
    format!("msg_{}", base62::encode(head))
}

/// For each id whether it is the first of its kind in that order; those without one all are.
fn firsts(ids: &[String], mut order: Vec<usize>) -> Vec<bool> {
    order.sort_by_key(|at| ids.get(*at));
    let mut firsts = vec![true; ids.len()];
    let mut before: Option<&String> = None;
    for at in order {
        let id = ids.get(at).filter(|id| !id.is_empty());
        if id.is_some()
            && id == before
            && let Some(first) = firsts.get_mut(at)
        {
            *first = false;
        }
        before = id;
    }
    firsts
}

fn new_message(id: &str, message: &UserMessage) -> NewMessage {
    NewMessage {
        id: id.to_owned(),
        content: message.content.to_stored(),
        brief: message.content.brief().map(|brief| brief.to_stored()),
        media_bytes: message.content.media_bytes(),
        display_content: message.display_content.clone(),
        ..NewMessage::default()
    }
}

/// Whether a message isn't too large to be stored, with what was let go of it. Its stored form is made only if its size
/// leaves that open: JSON writes a character in six bytes at the most.
fn fits(message: &UserMessage) -> bool {
    let content = &message.content;
    let display = message.display_content.as_ref().map_or(0, String::len);
    let said = content.text_bytes() + content.media_bytes();
    let parts = if let Content::Parts(parts) = content { parts.len() } else { 0 };
    // Names and media types are labels of 255 characters at the most.
    let at_most = 6 * (2 * said + 4_096 * parts) + display + 1_024;
    let room = MESSAGE_BYTES.saturating_sub(content.let_go_bytes());
    at_most <= room || new_message("", message).bytes() <= room
}

#[cfg(test)]
pub(super) mod tests;
