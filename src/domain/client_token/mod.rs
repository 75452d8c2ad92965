//! The client token, and the rules that join several of its fields.
//!
//! Creating, updating and reading a token share one set of fields. The rules between fields hold
//! for the result of a request, not for the request alone.

mod changes;
mod known;

pub use changes::Changes;
pub use known::Known;

use crate::domain::{
    api_key::USE_GRAIN_MILLIS,
    config::Config,
    environment::Environment,
    id::ClientTokenId,
    keyring::{KeyId, Keyring},
    limits::Limits,
    origin::AllowedOrigins,
    target::TargetKind,
    text::{Label, Name, TargetId, TargetIds},
    time::Timestamp,
    token_value::{Claims, TokenValue},
};

/// What a token may talk to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Targets {
    /// Flows that the token may use.
    pub flow_ids: TargetIds,
    /// The flow of a page that names none; one of `flow_ids`.
    pub default_flow_id: Option<TargetId>,
    /// Agents that the token may use.
    pub agent_ids: TargetIds,
    /// An alias for the version; not together with `version_id`.
    pub alias: Option<Label>,
    /// A version of the one agent.
    pub version_id: Option<Label>,
}

impl Targets {
    /// Whether neither a flow nor an agent is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.flow_ids.as_slice().is_empty() && self.agent_ids.as_slice().is_empty()
    }

    /// Whether `id` is one of the flows or agents.
    #[must_use]
    pub fn contains(&self, id: &TargetId) -> bool {
        self.flow_ids.contains(id) || self.agent_ids.contains(id)
    }

    /// What `id` is on this token: an agent if it is listed as one, else a flow.
    #[must_use]
    pub fn kind_of(&self, id: &TargetId) -> TargetKind {
        if self.agent_ids.contains(id) { TargetKind::Agent } else { TargetKind::Flow }
    }

    /// The target of a page that names none: the default flow, else the first flow, else the
    /// first agent (contract section 6.1).
    #[must_use]
    pub fn first(&self) -> Option<&TargetId> {
        let listed = self.flow_ids.as_slice().first().or(self.agent_ids.as_slice().first());
        self.default_flow_id.as_ref().or(listed)
    }

    /// The broken rules between these fields (contract sections 2 and 3.4).
    #[must_use]
    pub fn conflicts(&self) -> Vec<Conflict> {
        let default_unlisted =
            self.default_flow_id.as_ref().is_some_and(|id| !self.flow_ids.contains(id));
        let version = self.version_id.is_some();
        [
            (default_unlisted, Conflict::DefaultFlowNotListed),
            (version && self.alias.is_some(), Conflict::AliasWithVersion),
            (version && self.agent_ids.as_slice().len() != 1, Conflict::VersionNeedsOneAgent),
        ]
        .into_iter()
        .filter_map(|(broken, conflict)| broken.then_some(conflict))
        .collect()
    }
}

/// What a token's owner can set and change.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// For people; need not be unique.
    pub name: Name,
    /// The flows and agents that a page may talk to.
    pub targets: Targets,
    /// The pages that may use the token.
    pub allowed_origins: AllowedOrigins,
    /// The version that the targets run at; `latest` in a new token.
    pub pin_to_version: Option<Label>,
    /// How much one visitor and one session may use it.
    pub limits: Limits,
    /// The widget's configuration, and the token's own words for answers that failed.
    pub config: Config,
    /// Whether the token works at all.
    pub is_active: bool,
}

impl Settings {
    /// The defaults of everything but the two required fields.
    #[must_use]
    pub fn new(name: Name, allowed_origins: AllowedOrigins) -> Self {
        Self {
            name,
            targets: Targets::default(),
            allowed_origins,
            pin_to_version: Label::parse("latest").ok(),
            limits: Limits::default(),
            config: Config::default(),
            is_active: true,
        }
    }
}

/// A rule between fields that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// `defaultFlowId` is not one of `flowIds`.
    DefaultFlowNotListed,
    /// `targetAlias` and `targetVersionId` are both set.
    AliasWithVersion,
    /// `targetVersionId` is set without exactly one agent.
    VersionNeedsOneAgent,
}

/// A token to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewClientToken {
    /// `ct_` and a UUID.
    pub id: ClientTokenId,
    /// Never changes: every value of the token names it.
    pub environment: Environment,
    /// The signing key of the first value.
    pub key: KeyId,
    /// The product surface that the token is made for; stored and returned, never read.
    pub product_surface_id: Option<Label>,
    /// Everything that an update can change.
    pub settings: Settings,
    /// The moment of the request that makes the token.
    pub created_at: Timestamp,
}

/// A token as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientToken {
    /// `ct_` and a UUID.
    pub id: ClientTokenId,
    /// Never changes: every value of the token names it.
    pub environment: Environment,
    /// How often the value was regenerated, from 0.
    pub generation: u32,
    /// The signing key of the present value.
    pub key: KeyId,
    /// The product surface that the token was made for; stored and returned, never read.
    pub product_surface_id: Option<Label>,
    /// Everything that an update can change.
    pub settings: Settings,
    /// Conversations of the token's visitors.
    pub conversation_count: u32,
    /// A visitor's last use, up to [`USE_GRAIN_MILLIS`] too early; `None` before the first one.
    pub last_used_at: Option<Timestamp>,
    /// The moment of the request that made the token.
    pub created_at: Timestamp,
    /// The moment of the last change; each change is later than the one before.
    pub updated_at: Timestamp,
}

impl ClientToken {
    /// Whether a value with these claims, proved by its tag, is the token's present one.
    #[must_use]
    pub fn has_claims(&self, claims: &Claims) -> bool {
        *claims == self.claims()
    }

    /// Whether the last recorded use is so old that a use at `now` is recorded too.
    #[must_use]
    pub fn use_is_news(&self, now: Timestamp) -> bool {
        self.last_used_at.is_none_or(|last| now.millis() - last.millis() >= USE_GRAIN_MILLIS)
    }

    /// The claims of the present value.
    #[must_use]
    pub fn claims(&self) -> Claims {
        Claims {
            id: self.id,
            environment: self.environment,
            generation: self.generation,
            key: self.key,
        }
    }

    /// The present value; `None` when the ring no longer holds its signing key.
    #[must_use]
    pub fn value(&self, keyring: &Keyring) -> Option<TokenValue> {
        TokenValue::derive(&self.claims(), keyring)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::origin::OriginPattern;

    pub(crate) fn settings() -> Settings {
        let origin = OriginPattern::parse("https://app.example.com").unwrap();
        let origins = AllowedOrigins::from_patterns(vec![origin]);
        let targets = Targets { flow_ids: ids(&["flow_a", "flow_b"]), ..Targets::default() };
        Settings { targets, ..Settings::new(Name::parse("Support").unwrap(), origins) }
    }

    fn ids(texts: &[&str]) -> TargetIds {
        TargetIds::from_ids(texts.iter().map(|t| TargetId::parse(*t).unwrap()).collect()).unwrap()
    }

    #[test]
    fn the_default_flow_is_one_of_the_flows() {
        let default = |text| Targets {
            default_flow_id: Some(TargetId::parse(text).unwrap()),
            ..settings().targets
        };
        assert_eq!(default("flow_b").conflicts(), []);
        assert_eq!(default("flow_c").conflicts(), [Conflict::DefaultFlowNotListed]);
    }

    #[test]
    fn a_version_needs_exactly_one_agent_and_no_alias() {
        let label = || Some(Label::parse("x").unwrap());
        let with = |agents: &[&str], alias| Targets {
            agent_ids: ids(agents),
            version_id: label(),
            alias,
            ..settings().targets
        };
        assert_eq!(with(&["agent_a"], None).conflicts(), []);
        assert_eq!(with(&["agent_a"], label()).conflicts(), [Conflict::AliasWithVersion]);
        assert_eq!(with(&[], None).conflicts(), [Conflict::VersionNeedsOneAgent]);
        assert_eq!(with(&["a", "b"], None).conflicts(), [Conflict::VersionNeedsOneAgent]);
    }
}
