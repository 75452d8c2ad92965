//! The text of a grant: base64url of a JSON object whose members are named as in the request that
//! mints.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Serialize;

use super::{EndUser, Grant};
use crate::domain::{
    json::Json,
    limits::LimitKind,
    origin::{AllowedOrigins, OriginPattern},
    text::{EndUserId, Name, TargetId, TargetIds},
    time::Timestamp,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Members<'a> {
    expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserMembers<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_origins: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow_ids: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_ids: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_limit_per_minute: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_limit_per_hour: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_messages_per_session: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Json>,
}

#[derive(Serialize)]
struct UserMembers<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

impl Grant {
    /// The grant as text of `A-Z`, `a-z`, `0-9`, `-` and `_`.
    pub fn to_text(&self) -> String {
        let members = Members {
            expires_at: self.expires_at.to_string(),
            user: self.user.as_ref().map(|user| UserMembers {
                id: user.id.as_str(),
                name: user.name.as_ref().map(Name::as_str),
            }),
            allowed_origins: self
                .allowed_origins
                .as_ref()
                .map(|origins| origins.iter().map(ToString::to_string).collect()),
            flow_ids: self.flow_ids.as_ref().map(id_texts),
            agent_ids: self.agent_ids.as_ref().map(id_texts),
            rate_limit_per_minute: self.per_minute,
            rate_limit_per_hour: self.per_hour,
            max_messages_per_session: self.per_session,
            metadata: self.metadata_json(),
        };
        let json = serde_json::to_string(&members).unwrap_or_default();
        Base64UrlUnpadded::encode_string(json.as_bytes())
    }

    /// Reads the text of a grant, which a tag has proved. What isn't understood to the last member
    /// grants nothing: it may be a restriction.
    pub fn from_text(text: &str) -> Option<Self> {
        let json = Json::parse(&Base64UrlUnpadded::decode_vec(text).ok()?).ok()?;
        let Json::Object(members) = json else { return None };
        let mut grant = Self::until(Timestamp::from_millis(0));
        let mut has_end = false;
        for (name, value) in members {
            match name.as_str() {
                "expiresAt" => {
                    grant.expires_at = Timestamp::parse(string(&value)?).ok()?;
                    has_end = true;
                }
                "user" => grant.user = Some(user(&value)?),
                "allowedOrigins" => grant.allowed_origins = Some(origins(&value)?),
                "flowIds" => grant.flow_ids = Some(ids(&value)?),
                "agentIds" => grant.agent_ids = Some(ids(&value)?),
                "rateLimitPerMinute" => {
                    grant.per_minute = Some(limit(&value, LimitKind::PER_MINUTE)?);
                }
                "rateLimitPerHour" => grant.per_hour = Some(limit(&value, LimitKind::PER_HOUR)?),
                "maxMessagesPerSession" => {
                    grant.per_session = Some(limit(&value, LimitKind::PER_SESSION)?);
                }
                "metadata" => grant.metadata = Some(object(&value)?),
                _ => return None,
            }
        }
        has_end.then_some(grant)
    }

    pub fn metadata_json(&self) -> Option<Json> {
        self.metadata.as_deref().and_then(|text| Json::parse(text.as_bytes()).ok())
    }
}

fn id_texts(ids: &TargetIds) -> Vec<&str> {
    ids.as_slice().iter().map(TargetId::as_str).collect()
}

fn string(value: &Json) -> Option<&str> {
    if let Json::String(text) = value { Some(text) } else { None }
}

fn strings(value: &Json) -> Option<Vec<&str>> {
    let Json::Array(items) = value else { return None };
    items.iter().map(string).collect()
}

fn user(value: &Json) -> Option<EndUser> {
    let id = EndUserId::parse(value.get_text("id")?).ok()?;
    let name = match value.get("name") {
        Some(name) => Some(Name::parse(string(name)?).ok()?),
        None => None,
    };
    Some(EndUser { id, name })
}

fn origins(value: &Json) -> Option<AllowedOrigins> {
    let entries = strings(value)?.into_iter().map(|entry| OriginPattern::parse(entry).ok());
    Some(AllowedOrigins::from_patterns(entries.collect::<Option<_>>()?))
}

fn ids(value: &Json) -> Option<TargetIds> {
    let ids = strings(value)?.into_iter().map(|id| TargetId::parse(id).ok());
    TargetIds::from_ids(ids.collect::<Option<_>>()?).ok()
}

fn limit(value: &Json, kind: LimitKind) -> Option<u32> {
    let Json::Number(number) = value else { return None };
    kind.accept(number.as_i64()?)
}

fn object(value: &Json) -> Option<String> {
    matches!(value, Json::Object(_)).then(|| value.to_string())
}
