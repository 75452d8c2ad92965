//! A body of a chat (contract section 6.2).

use crate::{
    api::{
        browser::refused::Refused,
        error::Error,
        fields::Fields,
        upstream::{
            message::{Entry, message_id_or_empty, object, transcript},
            tool::{self, ClientTool, client_tools, fingerprint},
        },
        values,
    },
    domain::json::Json,
};

/// A body of `POST /v1/client/chat`.
#[derive(Debug)]
pub struct ChatRequest {
    /// The session id, unproved.
    pub session: String,
    /// The transcript: at least one message of the visitor, the last of which is to be answered.
    pub messages: Vec<Entry>,
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

impl Page {
    /// The same with what the page put among its messages, in its context.
    #[must_use]
    pub fn with_messages(&self, messages: Option<Json>) -> Self {
        const NAME: &str = "pageMessages";
        let Some(messages) = messages else { return self.clone() };
        let mut members = match &self.context {
            Some(Json::Object(members)) => members.clone(),
            _ => Vec::new(),
        };
        members.retain(|(name, _)| name != NAME);
        members.push((NAME.to_owned(), messages));
        Self { context: Some(Json::Object(members)), ..self.clone() }
    }
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
            fingerprint: fields.optional("clientToolsFingerprint", fingerprint).flatten(),
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
        let assistant_message_id = fields.optional("assistantMessageId", message_id_or_empty);
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
            assistant_message_id: assistant_message_id.flatten(),
            page,
            tools,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn empty_ids_and_fingerprints_are_none() {
        let body = br#"{"sessionId":"s","messages":[{"id":"","role":"user","content":"a"}],"assistantMessageId":"","clientToolsFingerprint":""}"#;
        let request = ChatRequest::parse(body).unwrap();
        assert_eq!((request.assistant_message_id, request.tools.fingerprint), (None, None));
        let Some(Entry::User(message)) = request.messages.first() else { panic!() };
        assert_eq!(message.id, None);
    }

    #[test]
    fn what_the_page_put_in_stands_beside_its_context() {
        let page =
            Page { context: Some(json(r#"{"url":"/x","pageMessages":1}"#)), ..Page::default() };
        let context = |page: Page| page.context.unwrap().to_string();
        assert_eq!(context(page.with_messages(None)), r#"{"url":"/x","pageMessages":1}"#);
        assert_eq!(
            context(page.with_messages(Some(json("[2]")))),
            r#"{"url":"/x","pageMessages":[2]}"#
        );
        assert_eq!(
            context(Page::default().with_messages(Some(json("[2]")))),
            r#"{"pageMessages":[2]}"#
        );
    }
}
