//! What is told of an event stream that was lost with its instance of WebAssembly.

use serde::Serialize;

use crate::chat::stream::cut_off::cut_off;

/// A stream that was open.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StreamLost<'a> {
    pub request_id: &'a str,
    pub execution_id: &'a str,
    /// `agent` or `flow`.
    #[serde(skip)]
    pub kind: &'a str,
    /// The text that is open, if any.
    #[serde(skip)]
    pub block: Option<&'a str>,
    /// What the visitor reads.
    #[serde(skip)]
    pub notice: &'a str,
}

impl StreamLost<'_> {
    /// Its line in the log.
    pub fn line(&self, cause: &str) -> String {
        #[derive(Serialize)]
        struct Line<'a> {
            level: &'static str,
            #[serde(flatten)]
            lost: &'a StreamLost<'a>,
            cause: String,
        }
        let cause = format!("a stream was cut off: {cause}");
        serde_json::to_string(&Line { level: "error", lost: self, cause }).unwrap_or_default()
    }

    /// Its last frames, after the one of this number.
    pub fn last_frames(&self, last_seq: u64) -> String {
        cut_off(self.execution_id, self.kind, self.block, self.notice, last_seq)
    }
}
