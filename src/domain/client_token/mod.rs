//! The client token and the rules that join its fields.
//!
//! It is here because creating, updating and reading a token share one set of fields, and the
//! rules that join several of them hold for the result, whichever request led to it.

mod changes;

pub use changes::Changes;

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
    /// Flows it may reach.
    pub flow_ids: TargetIds,
    /// The flow when a page names none; one of `flow_ids`.
    pub default_flow_id: Option<TargetId>,
    /// Agents it may reach.
    pub agent_ids: TargetIds,
    /// An alias for the version; not together with `version_id`.
    pub alias: Option<Label>,
    /// A version of the one agent.
    pub version_id: Option<Label>,
}

impl Targets {
    /// Whether there is nothing to talk to.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.flow_ids.as_slice().is_empty() && self.agent_ids.as_slice().is_empty()
    }

    /// Whether a flow or an agent is listed.
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

    /// The rules between fields that these break (contract sections 2 and 3.4).
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
    /// Display name.
    pub name: Name,
    /// What it may talk to.
    pub targets: Targets,
    /// Where it may be used.
    pub allowed_origins: AllowedOrigins,
    /// The version that its targets run at.
    pub pin_to_version: Option<Label>,
    /// Its four limits.
    pub limits: Limits,
    /// The widget's configuration.
    pub config: Config,
    /// Whether it works at all.
    pub is_active: bool,
}

impl Settings {
    /// The settings of a new token for which nothing but these two is chosen.
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
    /// Its id.
    pub id: ClientTokenId,
    /// Its environment, for good.
    pub environment: Environment,
    /// The key that signs its first value.
    pub key: KeyId,
    /// The surface it was made for, stored as given.
    pub product_surface_id: Option<Label>,
    /// Everything that can change.
    pub settings: Settings,
    /// When it is made.
    pub created_at: Timestamp,
}

/// A token as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientToken {
    /// Its id.
    pub id: ClientTokenId,
    /// Its environment.
    pub environment: Environment,
    /// How often its value was regenerated.
    pub generation: u32,
    /// The key that signs its present value.
    pub key: KeyId,
    /// The surface it was made for.
    pub product_surface_id: Option<Label>,
    /// Everything that can change.
    pub settings: Settings,
    /// How many conversations it holds.
    pub conversation_count: u32,
    /// When a visitor last used it, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed; strictly rising.
    pub updated_at: Timestamp,
}

impl ClientToken {
    /// Whether a proved value is this token's present one.
    #[must_use]
    pub fn has_claims(&self, claims: &Claims) -> bool {
        *claims == self.claims()
    }

    /// Whether the use at `now` is to be recorded.
    #[must_use]
    pub fn use_is_news(&self, now: Timestamp) -> bool {
        self.last_used_at.is_none_or(|last| now.millis() - last.millis() >= USE_GRAIN_MILLIS)
    }

    fn claims(&self) -> Claims {
        Claims {
            id: self.id,
            environment: self.environment,
            generation: self.generation,
            key: self.key,
        }
    }

    /// Its present value; `None` when the key that signs it is gone.
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
