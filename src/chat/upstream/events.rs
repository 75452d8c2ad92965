//! A backend of one's own, which speaks the event stream itself: the requests that it gets, and
//! its stream, which goes to the page as it is (contract section 10) and is read along to be
//! stored.

mod answer;
mod reader;
pub(crate) mod relay;
mod spent;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};

pub(crate) use reader::Ending;

use crate::{chat::message::Message, domain::target::TargetKind};

/// Where resumptions go; other requests go to the base URL itself.
pub(crate) fn resume_endpoint(base_url: &str) -> String {
    format!("{}/resume", base_url.trim_end_matches('/'))
}

/// The flow or agent that is executed.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Target<'a> {
    pub(crate) id: &'a str,
    pub(crate) kind: TargetKind,
}

/// The request for an answer. Every member is always there: objects and lists may be empty.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request<'a> {
    pub(crate) target: Target<'a>,
    pub(crate) conversation_id: &'a str,
    /// The execution's id, to be in every frame of the answer.
    pub(crate) execution_id: &'a str,
    /// The id that the answer's message will have.
    pub(crate) assistant_message_id: Option<&'a str>,
    /// The stored transcript, ending with the message to be answered.
    pub(crate) messages: &'a [Message],
    /// An object.
    pub(crate) inputs: &'a Value,
    /// An object.
    pub(crate) context: &'a Value,
    /// The metadata that the site's server vouches for, an object.
    pub(crate) metadata: &'a Value,
    /// The page's tools, a list of all that it gave them.
    pub(crate) client_tools: &'a RawValue,
}

/// The request to go on after a pause.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResumeRequest<'a> {
    pub(crate) target: Target<'a>,
    pub(crate) conversation_id: &'a str,
    /// The execution's id, as the pausing frame had it.
    pub(crate) execution_id: &'a str,
    pub(crate) assistant_message_id: Option<&'a str>,
    /// The page's results as they came, an object.
    pub(crate) tool_outputs: &'a Value,
    /// The page's tools as they are now.
    pub(crate) client_tools: &'a RawValue,
}

/// An object of nothing.
pub(crate) static NOTHING: LazyLock<Value> = LazyLock::new(|| Map::new().into());

impl Request<'_> {
    pub(crate) fn body(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl ResumeRequest<'_> {
    pub(crate) fn body(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
