//! Why an answer ends, in the services' words.

use crate::chat::{
    stream::delta::Stop,
    upstream::failure::{Cause, UpstreamFailure},
};

/// What a word has in it that names a failure: `error`, `network_error`, `server_error`,
/// `insufficient_system_resource`, `abort`, `MALFORMED_FUNCTION_CALL`, …
const FAILURES: [&str; 10] = [
    "error",
    "fail",
    "abort",
    "cancel",
    "timeout",
    "timed_out",
    "insufficient",
    "malformed",
    "overload",
    "unavailable",
];

/// Reads a `finish_reason`; one that names a failure is no end. Some services give `stop` after tool
/// calls, too: calls count by being there.
pub(super) fn read(reason: &str) -> Result<Stop, UpstreamFailure> {
    let reason = reason.to_ascii_lowercase();
    if FAILURES.iter().any(|sign| reason.contains(sign)) {
        return Err(UpstreamFailure::new(Cause::Reported, "a finish_reason that names a failure")
            .with_words(&reason));
    }
    Ok(match reason.as_str() {
        "stop" | "tool_calls" | "function_call" => Stop::EndTurn,
        "length" | "model_length" | "max_tokens" => Stop::Length,
        "content_filter" | "safety" | "sensitive" => Stop::ContentFilter,
        _ => Stop::Unknown,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_name() {
        for (reason, stop) in [
            ("stop", Stop::EndTurn),
            ("STOP", Stop::EndTurn),
            ("tool_calls", Stop::EndTurn),
            ("function_call", Stop::EndTurn),
            ("length", Stop::Length),
            ("model_length", Stop::Length),
            ("MAX_TOKENS", Stop::Length),
            ("content_filter", Stop::ContentFilter),
            ("SAFETY", Stop::ContentFilter),
            ("eos", Stop::Unknown),
        ] {
            assert_eq!(read(reason), Ok(stop), "{reason}");
        }
    }

    #[test]
    fn a_failure_is_no_end() {
        for reason in [
            "error",
            "network_error",
            "insufficient_system_resource",
            "abort",
            "cancelled",
            "TIMEOUT",
            "failed",
            "MALFORMED_FUNCTION_CALL",
            "engine_overloaded",
        ] {
            assert_eq!(read(reason).map_err(|failure| failure.cause), Err(Cause::Reported));
        }
    }
}
