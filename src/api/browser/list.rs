//! The list of messages that a page sends with every chat.

use crate::{
    api::{
        browser::refused::Refused,
        error::Error,
        faults::{Code, Faults},
        upstream::message::{Content, Entry, UserMessage},
    },
    domain::{
        base62,
        id::ConversationId,
        keyring::{Keyring, Purpose},
        message::{KnownMessage, ListedMessage, MESSAGE_BYTES, NewMessage, Role, Status},
        session::Session,
    },
};

/// How many entries of a list are looked at, the latest: more than are ever heard, and as many
/// ids as a statement takes.
const MAX_LINES: usize = 1_000;

/// The most new messages of the visitor in one chat (contract section 12).
const MAX_NEW: usize = 50;

/// A list, every message of the visitor in it with an id, and each id once: the first of it.
#[derive(Debug, Clone, PartialEq)]
pub struct List<'a> {
    /// The entries, in order.
    pub lines: Vec<Line<'a>>,
    /// The id of the visitor's last message, which is to be answered.
    pub question: String,
    /// How many lines there are up to that message.
    pub asked: usize,
    /// Where it stands in the list as it was sent.
    sent_at: usize,
}

/// A line of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Line<'a> {
    /// Its id; empty if it has none.
    pub id: String,
    /// What is there; `None` for the id that the page has for the answer, which stands in front
    /// so that it is looked up, too.
    pub entry: Option<&'a Entry>,
}

impl<'a> List<'a> {
    /// Reads a transcript. Messages of the visitor without an id get one made of the
    /// conversation, their place and their content, so that sent again they are the same.
    #[must_use]
    pub fn new(
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
        let firsts = firsts(&ids);
        for (at, (entry, id)) in entries.iter().zip(ids).enumerate() {
            if is_seen(at) && firsts.get(at) == Some(&true) {
                lines.push(Line { id, entry: Some(entry) });
            }
            if at == sent_at {
                asked = lines.len();
            }
        }
        Self { lines, question, asked, sent_at }
    }

    /// For each line its id, and how large it is if it may be heard without being stored.
    pub fn wanted(&self) -> impl Iterator<Item = (&str, Option<(usize, usize)>)> {
        self.lines.iter().map(|line| {
            let size = |message: &UserMessage| {
                let content = &message.content;
                fits(message).then(|| (content.text_bytes(), content.media_bytes()))
            };
            (line.id.as_str(), line.message().and_then(size))
        })
    }

    /// The visitor's messages that aren't stored yet, to be stored; the question is to be
    /// answered by `execution` under the id `answer`. `found` is in the order of ids, as everywhere here. One that is too large is skipped, unless it is the
    /// question.
    ///
    /// # Errors
    /// [`Refused::MessageTooLarge`], or [`Error::Invalid`] for too many.
    pub fn new_messages(
        &self,
        found: &[ListedMessage],
        execution: &str,
        answer: &str,
    ) -> Result<Vec<NewMessage>, Error> {
        let is_new = |line: &&Line<'_>| known(found, &line.id).is_none();
        let mut new = Vec::new();
        for line in self.lines.iter().filter(is_new) {
            let Some(message) = line.message() else { continue };
            let is_question = line.id == self.question;
            if fits(message) {
                let mut message = new_message(&line.id, message);
                if is_question {
                    message.execution_id = Some(execution.to_owned());
                    message.answer_id = Some(answer.to_owned());
                }
                new.push(message);
            } else if is_question {
                return Err(Refused::MessageTooLarge.into());
            }
        }
        if new.len() > MAX_NEW {
            let mut faults = Faults::default();
            let message = format_args!("must have at most {MAX_NEW} new messages of the user");
            faults.add("messages", Code::TooMany, message);
            return Err(Error::Invalid(faults));
        }
        Ok(new)
    }

    /// The page's own id for the answer, unless it stands for something else: a message of the
    /// list, or one that is stored and isn't an attempt at the question.
    #[must_use]
    pub fn free_answer_id<'i>(
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

    /// The fault of a list whose question has the id of a stored answer, if that is so.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn hold_to_a_question(&self, found: &[ListedMessage]) -> Result<(), Error> {
        if known(found, &self.question).is_none_or(|known| known.role == Role::User) {
            return Ok(());
        }
        let mut faults = Faults::default();
        let path = format!("messages.{}.id", self.sent_at);
        let message = "is the id of an answer; a message of the user needs one of its own";
        faults.add(&path, Code::InvalidFormat, message);
        Err(Error::Invalid(faults))
    }

    /// What a list of conversations shows of the first message.
    #[must_use]
    pub fn headline(&self) -> String {
        let first = self.lines.iter().find_map(Line::message);
        first.map(|message| message.content.headline()).unwrap_or_default()
    }
}

impl<'a> Line<'a> {
    /// The message, if it is the visitor's.
    #[must_use]
    pub fn message(&self) -> Option<&'a UserMessage> {
        match self.entry {
            Some(Entry::User(message)) => Some(message),
            _ => None,
        }
    }
}

/// What the store knows of the message `id`; `found` is in the order of ids.
pub(super) fn known<'f>(found: &'f [ListedMessage], id: &str) -> Option<&'f KnownMessage> {
    find(found, id)?.known.as_ref()
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
    // The how manieth message of the visitor it is.
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
    let message = format!("{conversation} {nth} {}", content.to_stored());
    let tag = keyring.tag(keyring.signing_key(), Purpose::MessageId, message.as_bytes());
    let head = tag.as_ref().and_then(|tag| tag.get(..16)).unwrap_or_default();
    format!("msg_{}", base62::encode(head))
}

/// For each id whether it is the first of its kind; those without one all are.
fn firsts(ids: &[String]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..ids.len()).collect();
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

/// Whether a message isn't too large to be stored. Its stored form is made only if its size
/// leaves that open: JSON writes a character in six bytes at the most.
fn fits(message: &UserMessage) -> bool {
    let content = &message.content;
    let display = message.display_content.as_ref().map_or(0, String::len);
    let said = content.text_bytes() + content.media_bytes();
    let parts = if let Content::Parts(parts) = content { parts.len() } else { 0 };
    // Names and media types are labels of 255 characters at the most.
    let at_most = 6 * (2 * said + 4_096 * parts) + display + 1_024;
    at_most <= MESSAGE_BYTES || new_message("", message).bytes() <= MESSAGE_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::upstream::message::transcript,
        domain::{id::ClientTokenId, json::Json, text::TargetId, time::Timestamp},
    };

    fn entries(text: &str) -> Vec<Entry> {
        let json = Json::parse(text.as_bytes()).unwrap();
        transcript(json, "messages", &mut Faults::default()).unwrap()
    }

    fn list<'a>(entries: &'a [Entry], answer_id: Option<&str>) -> List<'a> {
        let session = Session {
            conversation: ConversationId::from_bytes([1; 16]),
            token: ClientTokenId::from_bytes([2; 16]),
            generation: 0,
            started_at: Timestamp::from_millis(0),
            issued_at: Timestamp::from_millis(0),
            target: TargetId::parse("flow_a").unwrap(),
        };
        let ring = crate::domain::keyring::ring('a');
        List::new(entries, answer_id, &session, &ring)
    }

    fn ids(list: &List<'_>) -> Vec<String> {
        list.lines.iter().map(|line| line.id.clone()).collect()
    }

    /// As many messages of the visitor, u0, u1, …
    fn users(count: usize) -> Vec<Entry> {
        let message = |n: usize| format!(r#"{{"id":"u{n}","role":"user","content":"a"}}"#);
        entries(&format!("[{}]", (0..count).map(message).collect::<Vec<_>>().join(",")))
    }

    fn found(id: &str, answers: Option<&str>, status: Status) -> ListedMessage {
        let role = if answers.is_some() { Role::Assistant } else { Role::User };
        let known = KnownMessage {
            role,
            status,
            reply_to: answers.map(str::to_owned),
            answer_id: None,
            content: None,
        };
        let id = id.to_owned();
        ListedMessage { place: 0, id, known: Some(known), is_heard: true, has_media: true }
    }

    #[test]
    fn each_id_comes_once_and_the_last_message_of_the_user_is_the_question() {
        let entries = entries(
            r#"[{"role":"assistant","content":"x"},{"id":"u1","role":"user","content":"First"},
                {"id":"u1","role":"user","content":"Second"},{"id":"u2","role":"user","content":"b"},
                {"role":"system","content":"y"}]"#,
        );
        let list = list(&entries, Some("a1"));
        assert_eq!(ids(&list), ["a1", "", "u1", "u2", ""]);
        assert_eq!(list.lines[2].message().unwrap().content.text(), "First");
        assert_eq!((list.question.as_str(), list.asked), ("u2", 4));
        assert_eq!(list.headline(), "First");
    }

    #[test]
    fn messages_without_an_id_get_the_same_one_again() {
        let text = |more: &str| {
            format!(r#"[{{"role":"user","content":"a"}},{more}{{"role":"user","content":"a"}}]"#)
        };
        let (short, long) =
            (entries(&text("")), entries(&text(r#"{"role":"assistant","content":"b"},"#)));
        let (short, long) = (ids(&list(&short, None)), ids(&list(&long, None)));
        assert_eq!((short[0].len(), &short[0], &short[1]), (26, &long[0], &long[2]));
        assert_ne!(short[0], short[1], "the same words twice are two messages");
    }

    #[test]
    fn the_latest_thousand_entries_are_looked_at_and_the_question_always() {
        let users = users(1_001);
        assert_eq!(ids(&list(&users, None))[..2], ["u1", "u2"]);
        let bubbles = vec![r#"{"role":"system","content":"x"}"#; 1_100].join(",");
        let entries = entries(&format!(r#"[{{"id":"u1","role":"user","content":"a"}},{bubbles}]"#));
        let list = list(&entries, None);
        assert_eq!((list.lines.len(), list.question.as_str(), list.asked), (1_001, "u1", 1));
    }

    #[test]
    fn fifty_new_messages_are_taken_and_not_one_more() {
        let count = |new: usize| {
            let users = users(new + 1);
            let found = [found("u0", None, Status::Complete)];
            list(&users, None).new_messages(&found, "e1", "a1").map(|new| new.len())
        };
        assert_eq!(count(50), Ok(50));
        let Err(Error::Invalid(faults)) = count(51) else { panic!() };
        let details = faults.into_details();
        assert_eq!(
            (details[0].path.as_deref(), details[0].code),
            (Some("messages"), Some(Code::TooMany))
        );
    }

    #[test]
    fn the_question_is_stored_with_the_id_of_its_answer() {
        let users = users(2);
        let new = list(&users, None).new_messages(&[], "e1", "a1").unwrap();
        let asked = |new: &NewMessage| (new.execution_id.clone(), new.answer_id.clone());
        let both = (Some("e1".to_owned()), Some("a1".to_owned()));
        assert_eq!(new.iter().map(asked).collect::<Vec<_>>(), [(None, None), both]);
    }

    #[test]
    fn a_message_that_is_too_large_is_refused_as_the_question_and_else_skipped() {
        let sized = |bytes: usize| {
            // JSON's quotes are kept, too.
            let text = "x".repeat(bytes - 2);
            format!(r#"{{"id":"big","role":"user","content":"{text}"}}"#)
        };
        let small = r#"{"id":"u1","role":"user","content":"a"}"#;
        let stored = |text: String| {
            let entries = entries(&text);
            let new = list(&entries, None).new_messages(&[], "e1", "a1");
            new.map(|new| new.into_iter().map(|new| new.id).collect::<Vec<_>>())
        };
        let refused = Err(Refused::MessageTooLarge.into());
        assert_eq!(stored(format!("[{}]", sized(MESSAGE_BYTES))), Ok(vec!["big".to_owned()]));
        assert_eq!(stored(format!("[{}]", sized(MESSAGE_BYTES + 1))), refused);
        assert_eq!(
            stored(format!("[{},{small}]", sized(MESSAGE_BYTES + 1))),
            Ok(vec!["u1".to_owned()])
        );
        // Quotes are escaped, and a body of the limit that holds them is no larger when stored.
        let quotes = r#"\""#.repeat(500_000);
        assert!(stored(format!(r#"[{{"role":"user","content":"{quotes}"}}]"#)).is_ok());
        let entries = entries(&format!("[{},{small}]", sized(MESSAGE_BYTES + 1)));
        let list = list(&entries, None);
        let heard: Vec<_> = list.wanted().map(|(_, size)| size).collect();
        assert_eq!(heard, [None, Some((1, 0))]);
    }

    #[test]
    fn the_pages_id_for_the_answer_is_used_unless_it_is_taken() {
        let entries = entries(
            r#"[{"id":"u1","role":"user","content":"a"},{"id":"b1","role":"assistant","content":"b"},
                {"id":"u2","role":"user","content":"c"}]"#,
        );
        let list = list(&entries, None);
        let mut stored = [
            found("whole", Some("u2"), Status::Complete),
            found("attempt", Some("u2"), Status::Partial),
            found("other", Some("u1"), Status::Partial),
            found("u0", None, Status::Complete),
        ];
        stored.sort_by(|one, other| one.id.cmp(&other.id));
        for free in ["new", "attempt", "b1"] {
            assert_eq!(list.free_answer_id(&stored, Some(free)), Some(free));
        }
        for taken in ["whole", "other", "u0", "u1", "u2"] {
            assert_eq!(list.free_answer_id(&stored, Some(taken)), None, "{taken}");
        }
    }

    #[test]
    fn an_answer_is_no_question() {
        let users = users(2);
        let list = list(&users, None);
        let held = |one| list.hold_to_a_question(&[one]);
        assert_eq!(held(found("u1", None, Status::Complete)), Ok(()));
        assert_eq!(held(found("u0", Some("x"), Status::Complete)), Ok(()));
        let Err(Error::Invalid(faults)) = held(found("u1", Some("x"), Status::Complete)) else {
            panic!()
        };
        assert_eq!(faults.into_details()[0].path.as_deref(), Some("messages.1.id"));
    }
}
