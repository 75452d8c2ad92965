//! Targets: the flows and agents of a tenant. [`upstream`](crate::domain::upstream) is what executes
//! each.

use crate::domain::{
    id::MalformedId,
    text::{Description, Name, TargetId},
    time::Timestamp,
    upstream::Upstream,
    words::words,
};

words! {
    /// The kind of a target, which the prefix of its id tells.
    pub enum TargetKind {
        /// `flow_…`
        Flow = "flow",
        /// `agent_…`
        Agent = "agent",
    }
}

impl TargetKind {
    /// The kind that the prefix of `id` names; `None` without a prefix, or with nothing after it.
    pub fn of(id: &TargetId) -> Option<Self> {
        [("flow_", Self::Flow), ("agent_", Self::Agent)].into_iter().find_map(|(prefix, kind)| {
            let rest = id.as_str().strip_prefix(prefix)?;
            (!rest.is_empty()).then_some(kind)
        })
    }
}

/// Reads the id of a target that can be set up: a [`TargetId`] with the prefix of a kind.
pub fn parse_id(text: &str) -> Result<TargetId, MalformedId> {
    let id = TargetId::parse(text).map_err(|_| MalformedId)?;
    TargetKind::of(&id).map(|_| id).ok_or(MalformedId)
}

/// A target to be made, or to replace the one of the same id.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTarget {
    pub id: TargetId,
    pub name: Option<Name>,
    pub description: Option<Description>,
    pub upstream: Upstream,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Read by [`parse_id`]; unique within its tenant.
    pub id: TargetId,
    /// The kind that the id's prefix names.
    pub kind: TargetKind,
    /// For people; need not be unique.
    pub name: Option<Name>,
    pub description: Option<Description>,
    pub upstream: Upstream,
    pub created_at: Timestamp,
    /// The moment it was last replaced; each replacement is later than the one before.
    pub updated_at: Timestamp,
}

impl Target {
    pub fn is_new(&self) -> bool {
        self.created_at == self.updated_at
    }
}

/// The targets of a tenant that some upstream executes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Executable {
    /// All: the deployment has a default upstream.
    Every,
    /// Only those that are set up.
    Only(Vec<TargetId>),
}

impl Executable {
    /// Of a tenant that set up the targets `set_up`.
    pub fn of(set_up: Vec<TargetId>, default: Option<&Upstream>) -> Self {
        if default.is_some() { Self::Every } else { Self::Only(set_up) }
    }

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
