//! Opening a session (contract section 6.1): which target, which conversation, and what the widget
//! shows before the first word.

use serde::Serialize;

use serde_json::Value;

use crate::{
    api::{
        error::Error,
        faults::Faults,
        fields::{Fields, settle},
        reply::Reply,
        values,
    },
    domain::{
        client_token::ClientToken,
        json::Look,
        session::Session,
        target::Target,
        text::{Description, Name, TargetId},
        time::Timestamp,
    },
};

/// What the widget's input says when nothing is configured.
const PLACEHOLDER: &str = "Type your message...";

/// A body of `POST /v1/client/init`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InitRequest {
    /// The token's value, unproved.
    pub(crate) token: String,
    pub(crate) target: Option<TargetId>,
    /// The id of an earlier session, unproved.
    pub(crate) session: Option<String>,
    /// Whether the page wants the visitor's earlier conversations.
    pub(crate) wants_history: bool,
}

impl InitRequest {
    /// A session id of another type is as good as none: init never fails on it.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Error> {
        let mut faults = Faults::default();
        let mut fields = Fields::open_page(body, &mut faults)?;
        let token = fields.required("token", values::text);
        let target = fields.optional("flowId", values::target_id);
        let session = match fields.take("sessionId") {
            Some(Value::String(id)) => Some(id),
            _ => None,
        };
        let wants_history = fields.take("visitorHistory") == Some(Value::Bool(true));
        settle(faults)?;
        Ok(Self { token: token.unwrap_or_default(), target, session, wants_history })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Opened<'a> {
    session_id: &'a str,
    expires_at: String,
    flow: Flow<'a>,
    target_id: &'a str,
    conversation_id: String,
    conversation_revision: String,
    config: Config<'a>,
}

#[derive(Serialize)]
struct Flow<'a> {
    id: &'a str,
    name: Option<&'a str>,
    description: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config<'a> {
    welcome_message: Option<&'a str>,
    placeholder: &'a str,
    theme: Option<&'a Value>,
}

impl<'a> Config<'a> {
    /// What the widget takes of a token's configuration: two texts and an object. A member of
    /// another type is as good as none.
    fn of(config: &'a Value) -> Self {
        let text = |name| match config.member(name) {
            Some(Value::String(text)) => Some(text.as_str()),
            _ => None,
        };
        Self {
            welcome_message: text("welcomeMessage"),
            placeholder: text("placeholder").unwrap_or(PLACEHOLDER),
            theme: config.member("theme").filter(|theme| matches!(theme, Value::Object(_))),
        }
    }
}

/// 200 for an opened session under its `id`. `found` is the target's row, if it has one; `revision`
/// is the number of changes of the conversation so far.
pub(crate) fn opened(
    session: &Session,
    id: &str,
    token: &ClientToken,
    found: Option<&Target>,
    revision: u32,
) -> Reply {
    let target = session.target.as_str();
    let name = found.and_then(|target| target.name.as_ref()).map(Name::as_str);
    let description = found.and_then(|target| target.description.as_ref());
    Reply::json(
        200,
        &Opened {
            session_id: id,
            expires_at: expires_at(session, token).to_string(),
            flow: Flow { id: target, name, description: description.map(Description::as_str) },
            target_id: target,
            conversation_id: session.conversation.to_string(),
            conversation_revision: revision.to_string(),
            config: Config::of(token.settings.config.json()),
        },
    )
}

/// A session just opened ends the idle time after its issue.
fn expires_at(session: &Session, token: &ClientToken) -> Timestamp {
    session.expires_at(None, token.settings.limits.idle_minutes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json;

    #[test]
    fn unknown_keys_and_odd_sessions_are_ignored() {
        let request =
            InitRequest::parse(br#"{"token":"t","flowId":null,"sessionId":7,"x":1}"#).unwrap();
        let expected =
            InitRequest { token: "t".into(), target: None, session: None, wants_history: false };
        assert_eq!(request, expected);
        assert!(matches!(InitRequest::parse(b"{}"), Err(Error::Invalid(_))));
    }

    #[test]
    fn a_page_is_given_two_texts_and_an_object() {
        let given = |config: &str| {
            let config = json::parse(config.as_bytes()).unwrap();
            serde_json::to_string(&Config::of(&config)).unwrap()
        };
        let all = r#"{"welcomeMessage":"","placeholder":"Ask","theme":{"a":[1]}}"#;
        assert_eq!(given(all), all);
        let none = r#"{"welcomeMessage":null,"placeholder":"Type your message...","theme":null}"#;
        for value in ["null", "7", "true", "[]", r#"["Ask"]"#] {
            let config =
                format!(r#"{{"welcomeMessage":{value},"placeholder":{value},"theme":{value}}}"#);
            assert_eq!(given(&config), none);
        }
        assert_eq!(given(r#"{"theme":"dark","welcomeMessage":{},"placeholder":{}}"#), none);
        assert_eq!(given("{}"), none);
    }
}
