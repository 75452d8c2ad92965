//! Targets: the flows and agents of a tenant, and what executes each.
//!
//! It is here because what an upstream needs depends on its kind (contract section 10): the type
//! has a place for that and for nothing else.

use crate::domain::{
    base_url::BaseUrl,
    id::MalformedId,
    secret_name::SecretName,
    text::{Description, ModelName, Name, SystemPrompt, TargetId},
    time::Timestamp,
};

/// What a target is, as its id says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// `flow_…`
    Flow,
    /// `agent_…`
    Agent,
}

impl TargetKind {
    /// The kind that the prefix of `id` names; `None` without one, or with nothing after it.
    #[must_use]
    pub fn of(id: &TargetId) -> Option<Self> {
        [("flow_", Self::Flow), ("agent_", Self::Agent)].into_iter().find_map(|(prefix, kind)| {
            let rest = id.as_str().strip_prefix(prefix)?;
            (!rest.is_empty()).then_some(kind)
        })
    }

    /// The spelling on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::Agent => "agent",
        }
    }
}

/// Reads the id of a target that can be set up: a [`TargetId`] that says its kind.
///
/// # Errors
/// [`MalformedId`] for every other text.
pub fn parse_id(text: &str) -> Result<TargetId, MalformedId> {
    let id = TargetId::parse(text).map_err(|_| MalformedId)?;
    TargetKind::of(&id).map(|_| id).ok_or(MalformedId)
}

/// The kinds of upstreams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpstreamKind {
    /// Says what the visitor said.
    Echo,
    /// An OpenAI-compatible service.
    OpenAi,
    /// A backend of one's own, which speaks the event stream.
    Events,
}

impl UpstreamKind {
    /// All, in the order in which messages name them.
    pub const ALL: [Self; 3] = [Self::Echo, Self::OpenAi, Self::Events];

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The word on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::OpenAi => "openai",
            Self::Events => "events",
        }
    }
}

/// What executes a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upstream {
    /// Built in.
    Echo,
    /// An OpenAI-compatible service.
    OpenAi {
        /// Where it is, without `/chat/completions`.
        base_url: BaseUrl,
        /// The model's name.
        model: ModelName,
        /// What the model is told first.
        system_prompt: Option<SystemPrompt>,
        /// The Worker secret that holds the service's key.
        api_key_secret: Option<SecretName>,
    },
    /// A backend of one's own.
    Events {
        /// Where it is.
        base_url: BaseUrl,
        /// The Worker secret that holds the backend's key.
        api_key_secret: Option<SecretName>,
    },
}

impl Upstream {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> UpstreamKind {
        match self {
            Self::Echo => UpstreamKind::Echo,
            Self::OpenAi { .. } => UpstreamKind::OpenAi,
            Self::Events { .. } => UpstreamKind::Events,
        }
    }

    /// Where it is, unless built in.
    #[must_use]
    pub fn base_url(&self) -> Option<&BaseUrl> {
        match self {
            Self::Echo => None,
            Self::OpenAi { base_url, .. } | Self::Events { base_url, .. } => Some(base_url),
        }
    }

    /// The model, where there is one.
    #[must_use]
    pub fn model(&self) -> Option<&ModelName> {
        match self {
            Self::OpenAi { model, .. } => Some(model),
            Self::Echo | Self::Events { .. } => None,
        }
    }

    /// The system prompt, where there is one.
    #[must_use]
    pub fn system_prompt(&self) -> Option<&SystemPrompt> {
        match self {
            Self::OpenAi { system_prompt, .. } => system_prompt.as_ref(),
            Self::Echo | Self::Events { .. } => None,
        }
    }

    /// The secret that holds its key, if it has one.
    #[must_use]
    pub fn api_key_secret(&self) -> Option<&SecretName> {
        match self {
            Self::Echo => None,
            Self::OpenAi { api_key_secret, .. } | Self::Events { api_key_secret, .. } => {
                api_key_secret.as_ref()
            }
        }
    }
}

/// A target to be made, or to replace the one of the same id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTarget {
    /// Its id, one that [`parse_id`] takes.
    pub id: TargetId,
    /// Display name.
    pub name: Option<Name>,
    /// What it is for.
    pub description: Option<Description>,
    /// What executes it.
    pub upstream: Upstream,
}

/// A target as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its id.
    pub id: TargetId,
    /// What it is, as the id says.
    pub kind: TargetKind,
    /// Display name.
    pub name: Option<Name>,
    /// What it is for.
    pub description: Option<Description>,
    /// What executes it.
    pub upstream: Upstream,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last replaced; strictly rising.
    pub updated_at: Timestamp,
}

impl Target {
    /// The most targets of one tenant, so that a list is never cut.
    pub const MAX: u32 = 1000;

    /// Whether it was never replaced.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.created_at == self.updated_at
    }
}

/// The targets that something executes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Executable {
    /// All, since the deployment has a default upstream.
    Every,
    /// These alone.
    Only(Vec<TargetId>),
}

impl Executable {
    /// What can be executed when the targets `set_up` are there, beside a default upstream or
    /// none.
    #[must_use]
    pub fn of(set_up: Vec<TargetId>, default: Option<&Upstream>) -> Self {
        if default.is_some() { Self::Every } else { Self::Only(set_up) }
    }

    /// Whether something executes `id`.
    #[must_use]
    pub fn includes(&self, id: &TargetId) -> bool {
        match self {
            Self::Every => true,
            Self::Only(ids) => ids.contains(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_its_kind() {
        let kind = |text| TargetKind::of(&parse_id(text).unwrap());
        assert_eq!(kind("flow_a"), Some(TargetKind::Flow));
        assert_eq!(kind("agent_flow_a"), Some(TargetKind::Agent));
    }

    #[test]
    fn an_id_without_its_prefix_or_anything_after_it_is_malformed() {
        let long = format!("flow_{}", "a".repeat(124));
        assert!(parse_id(&long[..128]).is_ok());
        for text in ["", "flow", "flow_", "agent_", "FLOW_a", "my_flow_a", "flow_a b", &long] {
            assert_eq!(parse_id(text), Err(MalformedId), "{text}");
        }
    }

    #[test]
    fn a_default_upstream_executes_every_target() {
        let [a, b] = ["flow_a", "flow_b"].map(|id| parse_id(id).unwrap());
        let only = Executable::of(vec![a.clone()], None);
        assert!(only.includes(&a) && !only.includes(&b));
        assert!(Executable::of(Vec::new(), Some(&Upstream::Echo)).includes(&b));
    }
}
