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

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Targets {
    pub flow_ids: TargetIds,
    /// The flow of a page that names none; one of `flow_ids`.
    pub default_flow_id: Option<TargetId>,
    pub agent_ids: TargetIds,
    /// An alias for the version; not together with `version_id`.
    pub alias: Option<Label>,
    /// A version of the one agent.
    pub version_id: Option<Label>,
}

impl Targets {
    pub fn is_empty(&self) -> bool {
        self.flow_ids.as_slice().is_empty() && self.agent_ids.as_slice().is_empty()
    }

    pub fn contains(&self, id: &TargetId) -> bool {
        self.flow_ids.contains(id) || self.agent_ids.contains(id)
    }

    /// What `id` is on this token: an agent if it is listed as one, else a flow.
    pub fn kind_of(&self, id: &TargetId) -> TargetKind {
        if self.agent_ids.contains(id) { TargetKind::Agent } else { TargetKind::Flow }
    }

    /// The target of a page that names none: the default flow, else the first flow, else the
    /// first agent (contract section 6.1).
    pub fn first(&self) -> Option<&TargetId> {
        let listed = self.flow_ids.as_slice().first().or(self.agent_ids.as_slice().first());
        self.default_flow_id.as_ref().or(listed)
    }

    /// The broken rules between these fields (contract sections 2 and 3.4).
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
    pub targets: Targets,
    pub allowed_origins: AllowedOrigins,
    /// The version that the targets run at; `latest` in a new token.
    pub pin_to_version: Option<Label>,
    pub limits: Limits,
    /// The widget's configuration, and the token's own words for answers that failed.
    pub config: Config,
    pub is_active: bool,
}

impl Settings {
    /// The defaults of everything but the two required fields.
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    DefaultFlowNotListed,
    AliasWithVersion,
    VersionNeedsOneAgent,
}

#[derive(Debug, Clone, PartialEq)]
pub struct NewClientToken {
    pub id: ClientTokenId,
    pub environment: Environment,
    pub key: KeyId,
    pub product_surface_id: Option<Label>,
    pub settings: Settings,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ClientToken {
    pub id: ClientTokenId,
    /// Never changes: every value of the token names it.
    pub environment: Environment,
    /// How often the value was regenerated, from 0.
    pub generation: u32,
    /// The signing key of the present value.
    pub key: KeyId,
    /// The product surface that the token was made for; stored and returned, never read.
    pub product_surface_id: Option<Label>,
    pub settings: Settings,
    pub conversation_count: u32,
    /// A visitor's last use, up to [`USE_GRAIN_MILLIS`] too early; `None` before the first one.
    pub last_used_at: Option<Timestamp>,
    pub created_at: Timestamp,
    /// The moment of the last change; each change is later than the one before.
    pub updated_at: Timestamp,
}

impl ClientToken {
    /// Whether a value with these claims, proved by its tag, is the token's present one.
    pub fn has_claims(&self, claims: &Claims) -> bool {
        *claims == self.claims()
    }

    /// Whether the last recorded use is so old that a use at `now` is recorded too.
    pub fn use_is_news(&self, now: Timestamp) -> bool {
        self.last_used_at.is_none_or(|last| now.millis() - last.millis() >= USE_GRAIN_MILLIS)
    }

    pub fn claims(&self) -> Claims {
        Claims {
            id: self.id,
            environment: self.environment,
            generation: self.generation,
            key: self.key,
        }
    }

    /// `None` when the ring no longer holds its signing key.
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
