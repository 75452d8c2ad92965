//! What a page asks, as it arrived: credentials are unproved.

use crate::{
    chat::{message::Entry, page::PageContext, tool::ToolsSent},
    domain::json::Json,
};

/// A body of `POST /v1/client/chat`.
#[derive(Debug)]
pub struct ChatRequest {
    /// The session id, unproved.
    pub session: String,
    /// The transcript: at least one message of the visitor, the last of which is to be answered.
    pub messages: Vec<Entry>,
    /// The id that the answer's bubble has on the page.
    pub assistant_message_id: Option<String>,
    /// What else the page tells the upstream.
    pub page: PageContext,
    /// The page's tools.
    pub tools: ToolsSent,
}

/// A body of `POST /v1/client/resume`.
#[derive(Debug)]
pub struct ResumeRequest {
    /// The session id, unproved.
    pub session: String,
    /// The execution that goes on.
    pub execution: String,
    /// The page's results, an object.
    pub outputs: Json,
    /// The page's tools as they are now.
    pub tools: ToolsSent,
}
