//! Why an upstream didn't answer.
//!
//! The page and the log hear different things: the page a fixed text for each cause, since an
//! upstream's own words may name accounts, models or keys; the log those words.

use std::fmt;

use crate::domain::json::Json;

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// No answer at all.
    Unreachable,
    /// Not asked, since the deployment doesn't let it be.
    NotAllowed,
    /// No answer in time.
    TimedOut,
    /// Another HTTP status than 200.
    Status(u16),
    /// Something else than an event stream.
    NotAStream,
    /// An error told in the stream.
    Reported,
    /// Bytes that can't be read.
    Malformed,
    /// The stream stopped before the answer did.
    ClosedEarly,
    /// More than can be kept.
    TooLong,
    /// A call of a tool that the page didn't offer: nobody could run it.
    UnknownTool,
    /// A call of a tool whose arguments aren't a JSON object.
    InvalidToolCall,
}

impl Cause {
    /// The cause for programs: the `code` of an `execution_error`.
    #[must_use]
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "upstream_unreachable",
            Self::NotAllowed => "upstream_not_allowed",
            Self::TimedOut => "upstream_timeout",
            Self::Status(_) => "upstream_status",
            Self::NotAStream => "upstream_not_a_stream",
            Self::Reported => "upstream_error",
            Self::Malformed => "upstream_malformed",
            Self::ClosedEarly => "upstream_closed",
            Self::TooLong => "answer_too_long",
            Self::UnknownTool => "unknown_tool",
            Self::InvalidToolCall => "invalid_tool_call",
        }
    }
}

impl fmt::Display for Cause {
    /// The cause for people, fit for the page.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreachable => "The assistant can't be reached.",
            Self::NotAllowed => "The assistant isn't set up to be reached.",
            Self::TimedOut => "The assistant's service didn't answer in time.",
            Self::Status(status) => {
                return write!(f, "The assistant's service answered with status {status}.");
            }
            Self::NotAStream => {
                "The assistant's service answered with something else than a stream."
            }
            Self::Reported => "The assistant's service reported an error.",
            Self::Malformed => "The assistant's service sent something unreadable.",
            Self::ClosedEarly => "The assistant's service stopped before the answer was complete.",
            Self::TooLong => "The assistant's answer is too long.",
            Self::UnknownTool => "The assistant called a tool that this page doesn't have.",
            Self::InvalidToolCall => "The assistant called a tool with unreadable arguments.",
        })
    }
}

/// What went wrong, and the upstream's own words about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UpstreamFailure {
    /// What went wrong; all that the page may hear.
    pub(crate) cause: Cause,
    /// At most 200 characters, for the log only.
    pub(crate) detail: String,
}

/// The most characters of an upstream's own words.
const MAX_DETAIL: usize = 200;

impl UpstreamFailure {
    /// A failure with words for the log.
    #[must_use]
    pub(crate) fn new(cause: Cause, detail: impl fmt::Display) -> Self {
        Self { cause, detail: detail.to_string().chars().take(MAX_DETAIL).collect() }
    }

    /// An answer with another status than 200; `body` is as much of it as was read.
    #[must_use]
    pub(crate) fn from_status(status: u16, body: &[u8]) -> Self {
        let told = Json::parse(body).ok().and_then(|json| told(&json));
        let words = told.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
        Self::new(Cause::Status(status), words)
    }

    /// An answer that says it is of another type than a stream; `body` is as much of it as was
    /// read.
    #[must_use]
    pub(crate) fn from_type(content_type: Option<&str>, body: &[u8]) -> Self {
        let content_type = content_type.unwrap_or("no content type");
        let body = String::from_utf8_lossy(body);
        Self::new(Cause::NotAStream, format_args!("{content_type}: {body}"))
    }

    /// An error object in the stream.
    #[must_use]
    pub(super) fn reported(error: &Json) -> Self {
        Self::new(Cause::Reported, words(error))
    }
}

fn told(json: &Json) -> Option<String> {
    json.get("error").map(words)
}

/// `error` is an object with `message` almost everywhere, a plain string in some places.
fn words(error: &Json) -> String {
    match (error.get_text("message"), error) {
        (Some(message), _) => message.to_owned(),
        (None, Json::String(message)) => message.clone(),
        _ => serde_json::to_string(error).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_never_hears_the_upstreams_words() {
        let body = br#"{"error":{"message":"Incorrect API key provided: sk-secret","code":401}}"#;
        let failure = UpstreamFailure::from_status(401, body);
        assert_eq!(failure.detail, "Incorrect API key provided: sk-secret");
        assert_eq!(failure.cause.to_string(), "The assistant's service answered with status 401.");
        assert_eq!(failure.cause.code(), "upstream_status");
    }

    #[test]
    fn another_type_than_a_stream_is_told_to_the_log() {
        let failure = UpstreamFailure::from_type(Some("text/html"), b"<h1>Gateway of acme</h1>");
        assert_eq!(failure.detail, "text/html: <h1>Gateway of acme</h1>");
        assert!(!failure.cause.to_string().contains("acme"));
        assert_eq!(failure.cause.code(), "upstream_not_a_stream");
        assert_eq!(UpstreamFailure::from_type(None, b"{}").detail, "no content type: {}");
    }

    #[test]
    fn any_body_gives_a_short_detail() {
        for (body, detail) in [
            (r#"{"error":"busy"}"#, "busy"),
            (r#"{"error":{"type":"x"}}"#, r#"{"type":"x"}"#),
            (r#"{"fault":1}"#, r#"{"fault":1}"#),
            ("", ""),
        ] {
            assert_eq!(UpstreamFailure::from_status(500, body.as_bytes()).detail, detail);
        }
        let long = UpstreamFailure::from_status(502, "<é>".repeat(500).as_bytes());
        assert_eq!(long.detail.chars().count(), 200);
    }
}
