//! Going on after a pause (contract section 6.4).
//!
//! It is here because what paused must be found again: its state is kept as JSON, and the
//! results that the page brings are put to it.

use crate::{
    api::{
        browser::chat::{Page, ToolsRequest},
        error::Error,
        fields::Fields,
        upstream::{
            message::{message_id, object},
            pause::{self, Step},
        },
        values,
    },
    domain::json::Json,
};

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
    pub tools: ToolsRequest,
}

impl ResumeRequest {
    /// Reads a body; unknown members are ignored.
    ///
    /// # Errors
    /// [`Error::InvalidJson`], [`Error::NotAnObject`], or [`Error::Invalid`] with every fault.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        let mut fields = Fields::open_lenient(body)?;
        let session = fields.required("sessionId", values::text);
        let execution = fields.required("executionId", message_id);
        let outputs = fields.optional("toolOutputs", object);
        let tools = ToolsRequest::take(&mut fields);
        fields.ignore_rest()?;
        Ok(Self {
            session: session.unwrap_or_default(),
            execution: execution.unwrap_or_default(),
            outputs: outputs.unwrap_or_else(|| Json::Object(Vec::new())),
            tools,
        })
    }
}

/// What an execution that waits has to remember.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PausedState {
    /// The text of the legs so far.
    pub text: String,
    /// The legs so far and their calls; empty for a backend that remembers them itself.
    pub steps: Vec<Step>,
    /// What the page told beside its messages.
    pub page: Page,
}

impl PausedState {
    /// JSON for storage.
    #[must_use]
    pub fn to_stored(&self) -> String {
        let maybe = |json: &Option<Json>| json.clone().unwrap_or(Json::Null);
        let steps = Json::parse(pause::to_stored(&self.steps).as_bytes()).unwrap_or(Json::Null);
        let member = |name: &str, value| (name.to_owned(), value);
        Json::Object(vec![
            member("text", Json::String(self.text.clone())),
            member("steps", steps),
            member("inputs", maybe(&self.page.inputs)),
            member("context", maybe(&self.page.context)),
            member("metadata", maybe(&self.page.metadata)),
        ])
        .to_string()
    }

    /// Reads what [`PausedState::to_stored`] wrote; nothing else is in storage.
    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        let json = Json::parse(text.as_bytes()).ok()?;
        let maybe = |name| json.get(name).filter(|value| **value != Json::Null).cloned();
        let Some(Json::String(text)) = json.get("text") else { return None };
        Some(Self {
            text: text.clone(),
            steps: pause::from_stored(&json.get("steps")?.to_string())?,
            page: Page {
                inputs: maybe("inputs"),
                context: maybe("context"),
                metadata: maybe("metadata"),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::stream::delta::{Origin, ToolCall};

    #[test]
    fn a_pause_reads_back() {
        let call = ToolCall {
            id: "c1".into(),
            name: "add".into(),
            function: "add".into(),
            origin: Origin::Webmcp,
            arguments: Json::Object(Vec::new()),
        };
        let mut state = PausedState {
            text: "so \"far\"".into(),
            steps: vec![Step::paused("so \"far\"", &[call])],
            page: Page { inputs: Some(Json::Object(Vec::new())), ..Page::default() },
        };
        assert_eq!(PausedState::from_stored(&state.to_stored()), Some(state.clone()));
        state.steps.clear();
        assert_eq!(PausedState::from_stored(&state.to_stored()), Some(state));
    }
}
