//! Why an upstream didn't answer.
//!
//! Three hear of it, each something else. The page hears a fixed text for each cause. The log hears
//! status, type and length, and of the upstream's own words its `type` and `code`: the rest may hold
//! a visitor's words or a key. Only who may write targets, and tries one, hears the words themselves.

#[cfg(test)]
mod tests;

use std::fmt::Display;

use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use serde_json::Value;

use crate::{
    chat::upstream::mask::masked,
    domain::{
        json::{self, Look},
        origin::Origin,
        outbound::OutboundFault,
        setting::Setting,
        time::Timestamp,
    },
};

/// What went wrong; its text is for people, fit for the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Cause {
    #[error("The assistant can't be reached.")]
    Unreachable(Obstacle),
    /// Not asked, since the deployment doesn't let it be; what would have to be set for it.
    #[error("The assistant isn't set up to be reached.")]
    NotAllowed(Option<Setting>),
    #[error("The assistant's service didn't answer in time.")]
    TimedOut,
    /// Another HTTP status than 200.
    #[error("The assistant's service answered with status {0}.")]
    Status(u16),
    #[error("The assistant's service answered with something else than a stream.")]
    NotAStream,
    /// An error told in the stream.
    #[error("The assistant's service reported an error.")]
    Reported,
    #[error("The assistant's service sent something unreadable.")]
    Malformed,
    #[error("The assistant's service stopped before the answer was complete.")]
    ClosedEarly,
    /// More than can be kept.
    #[error("The assistant's answer is too long.")]
    TooLong,
    /// A call of a tool that the page didn't offer: nobody could run it.
    #[error("The assistant called a tool that this page doesn't have.")]
    UnknownTool,
    /// A call of a tool whose arguments aren't a JSON object.
    #[error("The assistant called a tool with unreadable arguments.")]
    InvalidToolCall,
}

/// What stands in the way to an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// Its name has no address.
    Dns,
    /// Its certificate isn't trusted, or it speaks no TLS.
    Tls,
    /// Nothing listens there.
    Refused,
    Other,
}

impl Obstacle {
    /// What the runtime's words for a failed request say.
    pub(crate) fn from_words(words: &str) -> Self {
        // A reference is random letters and digits.
        let words = words.split("reference").next().unwrap_or_default().to_ascii_lowercase();
        let has = |signs: &[&str]| signs.iter().any(|sign| words.contains(sign));
        if has(&["dns", "resolve", "enotfound", "getaddrinfo"]) {
            Self::Dns
        } else if has(&["tls", "ssl", "certificate"]) {
            Self::Tls
        } else if has(&["refused", "econnrefused"]) {
            Self::Refused
        } else {
            Self::Other
        }
    }

    /// What a connection to the upstream's port says of a request that failed with `words`: the
    /// local runtime has the same few words for most that can go wrong.
    pub(crate) fn from_connection(words: &str, origin: &Origin, is_made: bool) -> Self {
        // So it says of a connection that was refused, or closed before it was answered on.
        let is_lost = words.contains("connection lost");
        match (is_made, is_lost) {
            (true, false) if origin.is_secure() => Self::Tls,
            (true, _) => Self::Other,
            (false, is_lost) if is_lost || origin.is_at_address() => Self::Refused,
            (false, _) => Self::Dns,
        }
    }

    /// What the status says with which Cloudflare's network answers for a server that it can't
    /// reach (developers.cloudflare.com/support, "Cloudflare 5xx errors").
    fn from_status(status: u16, body: &[u8]) -> Option<Cause> {
        let says = |words: &[u8]| body.windows(words.len()).any(|window| window == words);
        Some(match status {
            521 => Cause::Unreachable(Self::Refused),
            525 | 526 => Cause::Unreachable(Self::Tls),
            530 if says(b"1016") => Cause::Unreachable(Self::Dns),
            523 | 530 => Cause::Unreachable(Self::Other),
            522 | 524 => Cause::TimedOut,
            _ => return None,
        })
    }
}

impl Cause {
    /// The cause for programs: the `code` of an `execution_error`.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Unreachable(_) => "upstream_unreachable",
            Self::NotAllowed(_) => "upstream_not_allowed",
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

    /// What stood in the way, for whoever set the target up: `dns`, `tls`, `refused`, `timeout`.
    pub(crate) fn reason(self) -> Option<&'static str> {
        match self {
            Self::Unreachable(Obstacle::Dns) => Some("dns"),
            Self::Unreachable(Obstacle::Tls) => Some("tls"),
            Self::Unreachable(Obstacle::Refused) => Some("refused"),
            Self::TimedOut => Some("timeout"),
            _ => None,
        }
    }

    /// What to look at, for whoever set the target up; nothing of it is for the page.
    pub(crate) fn advice(self) -> Option<&'static str> {
        if let Self::NotAllowed(setting) = self {
            return setting.map(Setting::place);
        }
        match self.reason()? {
            "dns" => Some("The host of its base URL has no address (DNS)."),
            "tls" => Some("No secure connection could be made (TLS): look at its certificate."),
            "refused" => Some("The connection was refused: nothing listens at its base URL."),
            _ => Some("It took longer than its settings, or UPSTREAM_TIMEOUT_MS, allow."),
        }
    }
}

/// The head of an upstream's answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    /// Its `Retry-After`, in whole seconds.
    pub(crate) retry_after: Option<u32>,
}

/// The longest time that a service is taken to want to rest.
const LONGEST_REST: u32 = 24 * 60 * 60;

/// Reads a `Retry-After`: whole seconds or a date (RFC 9110 section 10.2.3), in seconds from `now`.
pub(crate) fn retry_after(header: &str, now: Timestamp) -> Option<u32> {
    let header = header.trim();
    let seconds = if let Ok(seconds) = header.parse::<f64>() {
        Some(seconds.ceil()).filter(|seconds| *seconds >= 0.0)?
    } else {
        let date = OffsetDateTime::parse(header, &Rfc2822).ok()?;
        let left = date.unix_timestamp().saturating_sub(now.millis().div_euclid(1_000));
        i32::try_from(left).ok()?.max(0).into()
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is bounded")]
    let seconds = seconds.min(LONGEST_REST.into()) as u32;
    Some(seconds.max(1))
}

/// What went wrong, and what the upstream said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UpstreamFailure {
    /// What went wrong; all that the page may hear.
    pub(crate) cause: Cause,
    /// For the log, at most 200 characters: none of the upstream's own words but its type and code.
    pub(crate) detail: String,
    /// The HTTP status that it answered with, if it did.
    pub(crate) status: Option<u16>,
    /// As much of its own words as was read, for whoever tries a target. It may hold a secret.
    pub(crate) words: String,
    /// In how many seconds it wants to be asked again.
    pub(crate) retry_after: Option<u32>,
}

/// The most characters of what the log hears.
const MAX_DETAIL: usize = 200;

/// The most bytes of an upstream's own words that are kept.
pub(crate) const MAX_WORDS: usize = 16 * 1024;

impl UpstreamFailure {
    /// A failure with a detail for the log, which says nothing that a stranger chose.
    pub(crate) fn new(cause: Cause, detail: impl Display) -> Self {
        Self {
            cause,
            detail: detail.to_string().chars().take(MAX_DETAIL).collect(),
            status: None,
            words: String::new(),
            retry_after: None,
        }
    }

    /// What the deployment doesn't allow `field` of the upstream.
    pub(crate) fn not_allowed(field: &str, fault: &OutboundFault) -> Self {
        Self::new(Cause::NotAllowed(fault.setting()), format!("{field} {fault}"))
    }

    /// The same with the upstream's own words.
    pub(crate) fn with_words(self, words: &str) -> Self {
        let end = words.floor_char_boundary(words.len().min(MAX_WORDS));
        Self { words: words.get(..end).unwrap_or_default().to_owned(), ..self }
    }

    /// A request that failed with these words of the runtime.
    pub(crate) fn unreachable(words: &str) -> Self {
        let obstacle = Obstacle::from_words(words);
        Self::new(Cause::Unreachable(obstacle), of_runtime(words)).with_words(words)
    }

    /// An answer that broke off with these words of the runtime.
    pub(crate) fn broken_off(words: &str) -> Self {
        Self::new(Cause::ClosedEarly, of_runtime(words))
    }

    /// The text for the log. Even a type, a code or a content type may repeat one of `secrets`.
    pub(crate) fn logged(&self, secrets: &[String]) -> String {
        format!("{}: {}", self.cause.code(), masked(&self.detail, secrets, MAX_DETAIL))
    }

    /// An answer with another status than 200; `body` is as much of it as was read.
    pub(crate) fn from_status(head: &Head, body: &[u8]) -> Self {
        let cause = Obstacle::from_status(head.status, body).unwrap_or(Cause::Status(head.status));
        // Only a service that is busy says when it wants to be asked again.
        let is_busy = matches!(head.status, 429 | 503);
        let retry_after = head.retry_after.filter(|_| is_busy);
        Self { retry_after, ..Self::answered(cause, head, body) }
    }

    /// An answer that says it is of another type than a stream; `body` is as much of it as was
    /// read.
    pub(crate) fn from_type(head: &Head, body: &[u8]) -> Self {
        Self::answered(Cause::NotAStream, head, body)
    }

    fn answered(cause: Cause, head: &Head, body: &[u8]) -> Self {
        let content_type = head.content_type.as_deref().map_or("no content type", media_type);
        let named = json::parse_forgiving(body).map(|json| named(&json)).unwrap_or_default();
        let (status, length) = (head.status, body.len());
        let detail = format!("status {status}, {content_type}, {length} bytes{named}");
        let failure = Self::new(cause, detail).with_words(&String::from_utf8_lossy(body));
        Self { status: Some(status), ..failure }
    }

    /// An error in the stream; `event` is all that came with it.
    pub(crate) fn reported(event: &Value) -> Self {
        let named = named(event);
        let detail = format!("an error in the stream{named}");
        Self { status: Some(200), ..Self::new(Cause::Reported, detail) }
            .with_words(&event.to_string())
    }
}

/// What the log hears of the runtime's words, which may hold the URL with all that stands in it:
/// those that are known, and how many they are.
fn of_runtime(words: &str) -> String {
    const KNOWN: [&str; 4] =
        ["Network connection lost", "internal error", "Invalid URL", "Too many subrequests"];
    const REFERENCE: &str = "internal error; reference = ";
    let obstacle = match Obstacle::from_words(words) {
        Obstacle::Dns => Some("no address"),
        Obstacle::Tls => Some("no secure connection"),
        Obstacle::Refused => Some("refused"),
        Obstacle::Other => None,
    };
    let known = KNOWN.into_iter().find(|known| words.starts_with(known)).or(obstacle);
    // Cloudflare's support asks for it.
    let reference = words.strip_prefix(REFERENCE).map(|text| Value::String(text.to_owned()));
    let reference = reference.and_then(|text| word(&text));
    let reference = reference.map(|text| format!(", reference {text}")).unwrap_or_default();
    let length = words.chars().count();
    format!("{}{reference}, {length} characters", known.unwrap_or("no words that are known"))
}

/// A media type, if it looks like one.
fn media_type(header: &str) -> &str {
    let essence = header.split(';').next().unwrap_or_default().trim();
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"/+.-_".contains(&b);
    if essence.len() <= 64 && essence.bytes().all(is_plain) {
        essence
    } else {
        "an odd content type"
    }
}

/// The `type` and `code` of an error, which are words of programs, for the log. They stand in
/// `error` almost everywhere, beside it or without it in some places.
fn named(json: &Value) -> String {
    let told = |name: &str| {
        let error = json.member("error").and_then(|error| error.member(name));
        error.or_else(|| json.member(name)).and_then(word)
    };
    ["type", "code"]
        .into_iter()
        .filter_map(|name| told(name).map(|word| format!(", {name} {word}")))
        .collect()
}

/// A word of a program: 1 to 64 of `[A-Za-z0-9_.-]`.
fn word(json: &Value) -> Option<String> {
    let text = match json {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    ((1..=64).contains(&text.len()) && text.bytes().all(is_plain)).then_some(text)
}
