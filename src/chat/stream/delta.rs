//! What an upstream says, in whichever language: the readers of upstreams give these values and
//! the writer of a turn takes them.

use serde::{Deserialize, Serialize};

use serde_json::Value;

use crate::domain::{json::stored, words::words};

/// One step forward in an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Delta {
    Text(String),
    Reasoning(String),
    /// A call of a tool that the page has, complete.
    ToolCall(ToolCall),
    /// What the service wants back with the results of its calls.
    Keep(MessageData),
    Usage(Usage),
    Stop(Stop),
}

/// A call of a tool that the browser runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ToolCall {
    /// Its id, unique in the conversation: the widget files results and bubbles under it.
    pub(crate) id: String,
    /// The tool's name on the page.
    pub(crate) name: String,
    /// The tool's name as the model knows it.
    pub(crate) function: String,
    pub(crate) origin: ToolOrigin,
    /// A JSON object.
    #[serde(deserialize_with = "stored::value")]
    pub(crate) arguments: Value,
    pub(crate) given: CallData,
}

/// What a service gives with a call and wants back with its result, verbatim: some sign what they
/// thought and refuse results without the signature.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct CallData {
    /// The call's id in the service's own words, of any length.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "stored::option")]
    pub(crate) extra_content: Option<Value>,
}

/// The same of the message that the calls are in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct MessageData {
    /// The pieces joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reasoning_content: Option<String>,
    /// In order.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "stored::list")]
    pub(crate) reasoning_details: Vec<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "stored::option")]
    pub(crate) extra_content: Option<Value>,
}

words! {
    /// Where a tool of the page lives.
    pub(crate) enum ToolOrigin {
        /// Registered by the page itself.
        Webmcp = "webmcp",
        /// Built into the widget.
        Sdk = "sdk",
    }
}

/// Tokens read and written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
}

words! {
    /// Why an answer ended. The names are the published `stopReason`s; the widget shows a notice
    /// under an answer that was cut or filtered.
    #[derive(Default)]
    pub(crate) enum Stop {
        #[default]
        EndTurn = "end_turn",
        /// It reached the most tokens allowed.
        Length = "length",
        ContentFilter = "content_filter",
        Error = "error",
        /// For a reason that has no name here.
        Unknown = "unknown",
    }
}
