//! The tenant: the owner of keys, tokens, targets and conversations. No request reads or changes
//! anything of another tenant.

use serde::Deserialize;

use crate::domain::text::{TargetId, TextFault};

/// A tenant's id, which is also its name: 1 to 128 of `[A-Za-z0-9_-]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TenantId(TargetId);

impl TenantId {
    pub fn parse(text: impl Into<String>) -> Result<Self, TextFault> {
        TargetId::parse(text).map(Self)
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}
