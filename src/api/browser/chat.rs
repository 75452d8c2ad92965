//! A chat (contract section 6.2).
//!
//! It is here because the widget sends its whole transcript every turn, and only what is new in
//! it and the visitor's own counts: a visitor can't put words into the assistant's mouth.

use crate::{
    api::{
        browser::refused::Refused,
        error::Error,
        faults::{Code, Faults},
        fields::Fields,
        upstream::{
            message::{Content, Message, UserMessage, message_id, object, transcript},
            tool::{self, ClientTool, client_tools, fingerprint},
        },
        values,
    },
    domain::{
        id::ConversationId,
        json::Json,
        keyring::{Keyring, Purpose},
        message::{Role, Status, StoredMessage},
        session::Session,
    },
};

/// Messages of the stored transcript that an upstream gets at the most.
pub const TRANSCRIPT_MAX: u32 = 200;

/// A body of `POST /v1/client/chat`.
#[derive(Debug)]
pub struct ChatRequest {
    /// The session id, unproved.
    pub session: String,
    /// The visitor's messages in the transcript; at least one, the last is to be answered.
    pub messages: Vec<UserMessage>,
    /// The id that the answer's bubble has on the page.
    pub assistant_message_id: Option<String>,
    /// What else the page tells the upstream.
    pub page: Page,
    /// The page's tools.
    pub tools: ToolsRequest,
}

/// What a page tells an upstream beside its messages; objects all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// Inputs of a flow.
    pub inputs: Option<Json>,
    /// The page's context.
    pub context: Option<Json>,
    /// The page's metadata.
    pub metadata: Option<Json>,
}

/// What a request says about the page's tools: all of them, that they are the stored ones, or
/// nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ToolsRequest {
    /// The list, whole.
    pub list: Option<Vec<ClientTool>>,
    /// Its fingerprint.
    pub fingerprint: Option<String>,
}

impl ToolsRequest {
    /// Takes both members.
    pub fn take(fields: &mut Fields) -> Self {
        Self {
            list: fields.optional("clientTools", client_tools),
            fingerprint: fields.optional("clientToolsFingerprint", fingerprint),
        }
    }

    /// The tools in force: the list sent, else the stored one if its fingerprint is meant, else
    /// none. The second value is what to store, if that is news.
    ///
    /// # Errors
    /// [`Refused::ToolsUnknown`] for a fingerprint that isn't stored.
    pub fn resolve(
        &self,
        stored: Option<&str>,
        stored_fingerprint: Option<&str>,
    ) -> Result<(Vec<ClientTool>, Option<String>), Refused> {
        match (&self.list, &self.fingerprint) {
            (Some(list), _) => Ok((list.clone(), Some(tool::to_stored(list)))),
            (None, Some(wanted)) => {
                let same = stored_fingerprint == Some(wanted);
                let list = stored.filter(|_| same).and_then(tool::from_stored);
                list.map(|list| (list, None)).ok_or(Refused::ToolsUnknown)
            }
            (None, None) => Ok((Vec::new(), None)),
        }
    }

    /// The same where saying nothing leaves the stored tools in force: in going on after a
    /// pause.
    ///
    /// # Errors
    /// [`Refused::ToolsUnknown`] for a fingerprint that isn't stored.
    pub fn or_stored(
        &self,
        stored: Option<&str>,
        stored_fingerprint: Option<&str>,
    ) -> Result<(Vec<ClientTool>, Option<String>), Refused> {
        if self.list.is_none() && self.fingerprint.is_none() {
            return Ok((stored.and_then(tool::from_stored).unwrap_or_default(), None));
        }
        self.resolve(stored, stored_fingerprint)
    }
}

impl ChatRequest {
    /// Reads a body; unknown members are ignored.
    ///
    /// # Errors
    /// [`Error::InvalidJson`], [`Error::NotAnObject`], or [`Error::Invalid`] with every fault.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        let mut fields = Fields::open_lenient(body)?;
        let session = fields.required("sessionId", values::text);
        let messages = fields.required("messages", transcript);
        let assistant_message_id = fields.optional("assistantMessageId", message_id);
        let page = Page {
            inputs: fields.optional("inputs", object),
            context: fields.optional("context", object),
            metadata: fields.optional("metadata", object),
        };
        let tools = ToolsRequest::take(&mut fields);
        fields.ignore_rest()?;
        Ok(Self {
            session: session.unwrap_or_default(),
            messages: messages.unwrap_or_default(),
            assistant_message_id,
            page,
            tools,
        })
    }

    /// The visitor's messages, every one with an id and each id once, the first content of it:
    /// those without an id get one made of the conversation, their place and their content, so
    /// that sent again they are the same. The second value is the id of the last message.
    #[must_use]
    pub fn identified(
        &self,
        session: &Session,
        keyring: &Keyring,
    ) -> (Vec<(String, &UserMessage)>, String) {
        let id = |(at, message): (usize, &UserMessage)| {
            let derived = || derived_id(session.conversation, at, &message.content, keyring);
            message.id.clone().unwrap_or_else(derived)
        };
        let ids: Vec<String> = self.messages.iter().enumerate().map(id).collect();
        let last = ids.last().cloned().unwrap_or_default();
        let mut firsts: Vec<(&String, usize)> = ids.iter().zip(0..).collect();
        firsts.sort_unstable();
        firsts.dedup_by_key(|(id, _)| *id);
        firsts.sort_unstable_by_key(|(_, at)| *at);
        let message = |(id, at): (&String, usize)| Some((id.clone(), self.messages.get(at)?));
        let messages = firsts.into_iter().filter_map(message).collect();
        (messages, last)
    }

    /// The fault of a transcript whose last message has the id of a stored answer.
    #[must_use]
    pub fn not_a_question(&self) -> Error {
        let mut faults = Faults::default();
        let path = format!("messages.{}.id", self.messages.len().saturating_sub(1));
        let message = "is the id of an answer; a message of the user needs one of its own";
        faults.add(&path, Code::InvalidFormat, message);
        Error::Invalid(faults)
    }
}

fn derived_id(
    conversation: ConversationId,
    at: usize,
    content: &Content,
    keyring: &Keyring,
) -> String {
    let message = format!("{conversation} {at} {}", content.to_stored());
    let tag = keyring.tag(keyring.signing_key(), Purpose::MessageId, message.as_bytes());
    let head = tag.as_ref().and_then(|tag| tag.get(..16)).unwrap_or_default();
    format!("msg_{}", crate::domain::base62::encode(head))
}

/// The stored transcript as the upstream gets it, ending with the message `question`: attempts
/// to answer it are left out, and so are those at questions that were answered in full later.
#[must_use]
pub fn upstream_transcript(stored: &[StoredMessage], question: &str) -> Vec<Message> {
    let end = stored.iter().position(|message| message.id == question);
    let stored = stored.get(..=end.unwrap_or(stored.len())).unwrap_or(stored);
    let answered: Vec<&str> = stored
        .iter()
        .filter(|message| message.status == Status::Complete)
        .filter_map(|message| message.reply_to.as_deref())
        .chain([question])
        .collect();
    let is_attempt = |message: &StoredMessage| {
        message.status == Status::Partial
            && message.reply_to.as_deref().is_some_and(|asked| answered.contains(&asked))
    };
    stored
        .iter()
        .filter(|message| !is_attempt(message))
        .filter_map(|message| {
            Some(Message {
                id: message.id.clone(),
                role: message.role,
                content: Content::from_stored(&message.content)?,
            })
        })
        .collect()
}

/// A message of the visitor as an upstream gets it.
#[must_use]
pub fn upstream_message(id: &str, message: &UserMessage) -> Message {
    Message { id: id.to_owned(), role: Role::User, content: message.content.clone() }
}
