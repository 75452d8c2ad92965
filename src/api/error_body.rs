//! The members that every refusal has (contract section 9), alone or in a problem document.

use std::borrow::Cow;

use serde::Serialize;

use crate::{
    api::faults::{Code, Detail},
    domain::refusal_code::RefusalCode,
};

#[derive(Serialize)]
pub(super) struct ErrorBody {
    /// What was refused, in words that don't change.
    pub(super) error: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) details: Vec<Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<TopCode>,
}

/// What a refusal is, in one word for programs.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum TopCode {
    /// On the management plane: the fault of a body that isn't JSON.
    Fault(Code),
    /// On the browser plane: every refusal has one.
    Refusal(RefusalCode),
}
