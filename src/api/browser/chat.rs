//! A body of a chat (contract section 6.2).

use crate::{
    api::{
        browser::{
            messages::transcript,
            tools::tools_sent,
            values::{message_id_or_empty, object},
        },
        error::Error,
        faults::Faults,
        fields::{Fields, settle},
        values,
    },
    chat::{page::PageContext, request::ChatRequest},
};

impl ChatRequest {
    /// Reads a body; unknown members are ignored.
    ///
    /// # Errors
    /// [`Error::InvalidJson`], [`Error::NotAnObject`], or [`Error::Invalid`] with every fault.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Error> {
        let mut faults = Faults::default();
        let mut fields = Fields::open_page(body, &mut faults)?;
        let session = fields.required("sessionId", values::text);
        let messages = fields.required("messages", transcript);
        let assistant_message_id = fields.optional("assistantMessageId", message_id_or_empty);
        let page = PageContext {
            inputs: fields.optional("inputs", object),
            context: fields.optional("context", object),
            metadata: fields.optional("metadata", object),
        };
        let tools = tools_sent(&mut fields);
        settle(faults)?;
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
    use crate::chat::message::Entry;

    #[test]
    fn empty_ids_and_fingerprints_are_none() {
        let body = br#"{"sessionId":"s","messages":[{"id":"","role":"user","content":"a"}],"assistantMessageId":"","clientToolsFingerprint":""}"#;
        let request = ChatRequest::parse(body).unwrap();
        assert_eq!((request.assistant_message_id, request.tools.fingerprint), (None, None));
        let Some(Entry::User(message)) = request.messages.first() else { panic!() };
        assert_eq!(message.id, None);
    }
}
