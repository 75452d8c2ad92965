//! What a page asks, as it arrived: credentials are unproved.

use serde_json::Value;

use crate::chat::{message::Entry, page::PageContext, tool::ToolsSent};

/// A body of `POST /v1/client/chat`.
#[derive(Debug)]
pub(crate) struct ChatRequest {
    /// The session id, unproved.
    pub(crate) session: String,
    /// The transcript: at least one message of the visitor, the last of which is to be answered.
    pub(crate) messages: Vec<Entry>,
    /// The id that the answer's bubble has on the page.
    pub(crate) assistant_message_id: Option<String>,
    pub(crate) page: PageContext,
    pub(crate) tools: ToolsSent,
}

/// A body of `POST /v1/client/resume`.
#[derive(Debug)]
pub(crate) struct ResumeRequest {
    /// The session id, unproved.
    pub(crate) session: String,
    pub(crate) execution: String,
    /// The page's results, an object.
    pub(crate) outputs: Value,
    pub(crate) tools: ToolsSent,
}
