//! A token as the caller of a change knows it.

use crate::domain::{id::ClientTokenId, time::Timestamp};

/// The token that a change is meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub id: ClientTokenId,
    /// The change is meant for these versions only, each the moment of a token's last change;
    /// `None`: for any.
    pub versions: Option<Vec<Timestamp>>,
}

impl From<ClientTokenId> for Known {
    fn from(id: ClientTokenId) -> Self {
        Self { id, versions: None }
    }
}

impl Known {
    /// Whether the change is meant for the token in its present version.
    pub fn is_at(&self, updated_at: Timestamp) -> bool {
        self.versions.as_ref().is_none_or(|versions| versions.contains(&updated_at))
    }
}
