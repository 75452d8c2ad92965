//! A body of a chat (contract section 6.2).

use serde_json::Value;

use crate::{
    api::{
        browser::{
            messages::transcript,
            pictures::ChatBody,
            tools::{hold_to_size, tools_sent},
            values::{message_id_or_empty, object},
        },
        error::Error,
        faults::Faults,
        fields::{Fields, settle},
        values,
    },
    chat::{
        page::{MAX_SENT, PageContext},
        refused::Refused,
        request::ChatRequest,
    },
};

/// How the widget sends a turn. Both run alike, and another word is a mistake of the page.
fn submit_mode(value: Value, path: &str, faults: &mut Faults) -> Option<()> {
    let modes = ["normal", "interrupt"];
    values::one_of(value, path, faults, &modes, |mode| modes.contains(&mode).then_some(()))
}

impl ChatRequest {
    /// Unknown members are ignored.
    pub(crate) fn parse(body: &ChatBody) -> Result<Self, Error> {
        let mut faults = Faults::default();
        let mut fields = Fields::open_page(&body.json, &mut faults)?;
        let session = fields.required("sessionId", values::text);
        let messages = fields.required("messages", |value, path: &str, faults: &mut Faults| {
            transcript(value, path, faults, &body.pictures)
        });
        let assistant_message_id = fields.optional("assistantMessageId", message_id_or_empty);
        let page = PageContext {
            inputs: fields.optional("inputs", object),
            context: fields.optional("context", object),
            metadata: fields.optional("metadata", object),
            vouched: None,
        };
        let tools = tools_sent(&mut fields);
        fields.optional("submitMode", submit_mode);
        settle(faults)?;
        if page.bytes() > MAX_SENT {
            return Err(Refused::ContextTooLarge.into());
        }
        hold_to_size(&tools)?;
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
    use crate::chat::{message::Entry, tool};

    #[test]
    fn empty_ids_and_fingerprints_are_none() {
        let body = br#"{"sessionId":"s","messages":[{"id":"","role":"user","content":"a"}],"assistantMessageId":"","clientToolsFingerprint":""}"#;
        let request = ChatRequest::parse(&ChatBody::whole(body).unwrap()).unwrap();
        assert_eq!((request.assistant_message_id, request.tools.fingerprint), (None, None));
        let Some(Entry::User(message)) = request.messages.first() else { panic!() };
        assert_eq!(message.id, None);
    }

    #[test]
    fn what_a_page_tells_has_64_kib_together_and_its_tools_128() {
        let read = |more: &str| {
            let body = format!(
                r#"{{"sessionId":"s","messages":[{{"role":"user","content":"a"}}],{more}}}"#
            );
            ChatRequest::parse(&ChatBody::whole(body.as_bytes()).unwrap()).map(drop)
        };
        let told = |bytes: usize| {
            let [inputs, context] = [bytes / 2, bytes - bytes / 2].map(|n| "x".repeat(n - 8));
            read(&format!(r#""inputs":{{"a":"{inputs}"}},"context":{{"a":"{context}"}}"#))
        };
        assert_eq!(told(MAX_SENT), Ok(()));
        assert_eq!(told(MAX_SENT + 1), Err(Refused::ContextTooLarge.into()));
        let tools = |bytes: usize| {
            let rest = r#"[{"name":"a","description":"","parametersSchema":{"type":"object"},"origin":"webmcp"}]"#;
            let description = "x".repeat(bytes - rest.len());
            read(&format!(
                r#""clientTools":[{{"name":"a","description":"{description}","parametersSchema":{{"type":"object"}}}}]"#
            ))
        };
        assert_eq!(tools(tool::MAX_STORED), Ok(()));
        assert_eq!(tools(tool::MAX_STORED + 1), Err(Refused::ToolsTooLarge.into()));
    }

    #[test]
    fn a_submit_mode_is_one_of_two_or_none() {
        let read = |mode| {
            let body = format!(
                r#"{{"sessionId":"s","messages":[{{"role":"user","content":"a"}}],"submitMode":{mode}}}"#
            );
            ChatRequest::parse(&ChatBody::whole(body.as_bytes()).unwrap()).is_ok()
        };
        for (mode, is_read) in [
            ("\"normal\"", true),
            ("\"interrupt\"", true),
            ("null", true),
            ("\"x\"", false),
            ("7", false),
        ] {
            assert_eq!(read(mode), is_read, "{mode}");
        }
    }
}
