//! The members that every refusal has (contract section 9), alone or in a problem document.

use std::borrow::Cow;

use serde::Serialize;

use crate::api::faults::{Code, Detail};

/// What a refusal says.
#[derive(Serialize)]
pub(super) struct ErrorBody {
    /// What was refused, in words that don't change.
    pub(super) error: &'static str,
    /// Every fault of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) details: Vec<Detail>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<Cow<'static, str>>,
    /// The fault of a body that isn't JSON, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<Code>,
}
