//! A client token as JSON: its keys in the contract's order (section 2).

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::domain::{
    client_token::ClientToken,
    text::{Label, TargetId, TargetIds},
    time::Timestamp,
    token_value::{TokenValue, prefix},
    warning::Warning,
};

/// The keys that an answer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// All keys but `conversationCount`.
    Full,
    /// All keys.
    Counted,
    /// Neither surface, limits, configuration, last use nor `conversationCount` (contract section
    /// 3.7).
    Reduced,
}

/// A token, with its value unless its signing key is gone.
pub(super) struct View<'a> {
    pub(super) token: &'a ClientToken,
    pub(super) value: Option<&'a TokenValue>,
    pub(super) shape: Shape,
}

impl Serialize for View<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let token = self.token;
        let settings = &token.settings;
        let targets = &settings.targets;
        let whole = self.shape != Shape::Reduced;
        let origins: Vec<String> =
            settings.allowed_origins.iter().map(ToString::to_string).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &token.id.to_string())?;
        map.serialize_entry("name", settings.name.as_str())?;
        map.serialize_entry("flowIds", &ids(&targets.flow_ids))?;
        map.serialize_entry(
            "defaultFlowId",
            &targets.default_flow_id.as_ref().map(TargetId::as_str),
        )?;
        map.serialize_entry("agentIds", &ids(&targets.agent_ids))?;
        map.serialize_entry("allowedOrigins", &origins)?;
        map.serialize_entry("environment", token.environment.as_str())?;
        map.serialize_entry("pinToVersion", &label(settings.pin_to_version.as_ref()))?;
        if whole {
            map.serialize_entry("productSurfaceId", &label(token.product_surface_id.as_ref()))?;
        }
        map.serialize_entry("targetAlias", &label(targets.alias.as_ref()))?;
        map.serialize_entry("targetVersionId", &label(targets.version_id.as_ref()))?;
        if whole {
            map.serialize_entry("rateLimitPerMinute", &settings.limits.per_minute)?;
            map.serialize_entry("rateLimitPerHour", &settings.limits.per_hour)?;
            map.serialize_entry("maxMessagesPerSession", &settings.limits.per_session)?;
            map.serialize_entry("sessionIdleTimeoutMinutes", &settings.limits.idle_minutes)?;
            map.serialize_entry("config", settings.config.json())?;
        }
        map.serialize_entry("isActive", &settings.is_active)?;
        map.serialize_entry("tokenPrefix", prefix(token.environment))?;
        map.serialize_entry("tokenHint", &self.value.map(TokenValue::hint))?;
        map.serialize_entry("tokenValue", &self.value.map(TokenValue::expose))?;
        if whole {
            map.serialize_entry("lastUsedAt", &token.last_used_at.map(text))?;
        }
        map.serialize_entry("createdAt", &text(token.created_at))?;
        map.serialize_entry("updatedAt", &text(token.updated_at))?;
        if self.shape == Shape::Counted {
            map.serialize_entry("conversationCount", &token.conversation_count)?;
        }
        map.end()
    }
}

fn ids(ids: &TargetIds) -> Vec<&str> {
    ids.as_slice().iter().map(TargetId::as_str).collect()
}

fn label(label: Option<&Label>) -> Option<&str> {
    label.map(Label::as_str)
}

fn text(time: Timestamp) -> String {
    time.to_string()
}

#[derive(Serialize)]
pub(super) struct WarningView {
    #[serde(rename = "type")]
    kind: &'static str,
    message: String,
}

impl From<Warning> for WarningView {
    fn from(warning: Warning) -> Self {
        Self { kind: warning.kind.as_str(), message: warning.message }
    }
}
