//! Opening a session (contract section 6.1).
//!
//! It is here because a page view ends up here: which target, which conversation, and what the
//! widget shows before the first word.

use serde::Serialize;

use crate::{
    api::{browser::refused::Refused, error::Error, fields::Fields, reply::Reply, values},
    domain::{
        client_token::{ClientToken, Targets},
        json::Json,
        session::Session,
        text::TargetId,
        time::Timestamp,
    },
};

/// What the widget's input says when nothing is configured.
const PLACEHOLDER: &str = "Type your message...";

/// A body of `POST /v1/client/init`.
#[derive(Debug, PartialEq, Eq)]
pub struct InitRequest {
    /// The token's value, unproved.
    pub token: String,
    /// The flow or agent wanted.
    pub target: Option<TargetId>,
    /// The id of an earlier session, unproved.
    pub session: Option<String>,
}

impl InitRequest {
    /// Reads a body. A session id of another type is as good as none: init never fails on it.
    ///
    /// # Errors
    /// [`Error::InvalidJson`], [`Error::NotAnObject`], or [`Error::Invalid`] with every fault.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        let mut fields = Fields::open_lenient(body)?;
        let token = fields.required("token", values::text);
        let target = fields.optional("flowId", values::target_id);
        let session = match fields.take("sessionId") {
            Some(Json::String(id)) => Some(id),
            _ => None,
        };
        fields.ignore_rest()?;
        Ok(Self { token: token.unwrap_or_default(), target, session })
    }
}

/// The target that is opened: the one wanted; else that of the session come back with, while it
/// is listed; else the token's own choice.
///
/// # Errors
/// [`Refused::TargetNotListed`] or [`Refused::NoTarget`].
pub fn choose_target(
    targets: &Targets,
    wanted: Option<&TargetId>,
    previous: Option<&TargetId>,
) -> Result<TargetId, Refused> {
    if let Some(wanted) = wanted {
        return Some(wanted.clone())
            .filter(|id| targets.contains(id))
            .ok_or(Refused::TargetNotListed);
    }
    let previous = previous.filter(|id| targets.contains(id));
    previous.or(targets.first()).cloned().ok_or(Refused::NoTarget)
}

/// What is known of the target: what the page may show of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shown<'a> {
    /// Its name.
    pub name: Option<&'a str>,
    /// Its description.
    pub description: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Opened<'a> {
    session_id: &'a str,
    expires_at: String,
    flow: Flow<'a>,
    target_id: &'a str,
    conversation_id: String,
    conversation_revision: u32,
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
    welcome_message: Option<&'a Json>,
    placeholder: Placeholder<'a>,
    theme: Option<&'a Json>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Placeholder<'a> {
    Configured(&'a Json),
    Default(&'static str),
}

/// 200 for an opened session under its `id`. `revision` is the number of messages in the
/// conversation.
#[must_use]
pub fn opened(
    session: &Session,
    id: &str,
    token: &ClientToken,
    shown: Shown<'_>,
    revision: u32,
) -> Reply {
    let config = token.settings.config.json();
    let configured = |name| config.get(name).filter(|value| **value != Json::Null);
    let target = session.target.as_str();
    Reply::json(
        200,
        &Opened {
            session_id: id,
            expires_at: expires_at(session, token).to_string(),
            flow: Flow { id: target, name: shown.name, description: shown.description },
            target_id: target,
            conversation_id: session.conversation.to_string(),
            conversation_revision: revision,
            config: Config {
                welcome_message: configured("welcomeMessage"),
                placeholder: configured("placeholder")
                    .map_or(Placeholder::Default(PLACEHOLDER), Placeholder::Configured),
                theme: configured("theme"),
            },
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
    use crate::domain::text::TargetIds;

    fn id(text: &str) -> TargetId {
        TargetId::parse(text).unwrap()
    }

    fn ids(texts: &[&str]) -> TargetIds {
        TargetIds::from_ids(texts.iter().map(|t| id(t)).collect()).unwrap()
    }

    #[test]
    fn the_target_is_the_wanted_one_or_the_default_or_the_first() {
        let choose = |targets: &Targets, wanted: Option<&str>, previous: Option<&str>| {
            choose_target(targets, wanted.map(id).as_ref(), previous.map(id).as_ref())
        };
        let mut targets = Targets { flow_ids: ids(&["flow_a", "flow_b"]), ..Targets::default() };
        assert_eq!(choose(&targets, None, None), Ok(id("flow_a")));
        targets.default_flow_id = Some(id("flow_b"));
        targets.agent_ids = ids(&["agent_a"]);
        assert_eq!(choose(&targets, None, None), Ok(id("flow_b")));
        assert_eq!(choose(&targets, Some("agent_a"), Some("flow_a")), Ok(id("agent_a")));
        assert_eq!(choose(&targets, None, Some("flow_a")), Ok(id("flow_a")));
        assert_eq!(choose(&targets, None, Some("flow_z")), Ok(id("flow_b")));
        assert_eq!(choose(&targets, Some("flow_z"), None), Err(Refused::TargetNotListed));
        let agents = Targets { agent_ids: ids(&["agent_a"]), ..Targets::default() };
        assert_eq!(choose(&agents, None, None), Ok(id("agent_a")));
        assert_eq!(choose(&Targets::default(), None, None), Err(Refused::NoTarget));
    }

    #[test]
    fn unknown_keys_and_odd_sessions_are_ignored() {
        let request =
            InitRequest::parse(br#"{"token":"t","flowId":null,"sessionId":7,"x":1}"#).unwrap();
        assert_eq!(request, InitRequest { token: "t".into(), target: None, session: None });
        assert!(matches!(InitRequest::parse(b"{}"), Err(Error::Invalid(_))));
    }
}
