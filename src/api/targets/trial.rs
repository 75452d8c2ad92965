//! Trying a target on the wire: one message, and what came back of it.

use serde::Serialize;

use crate::{
    api::{
        error::Error,
        faults::{Code, Faults},
        fields::Fields,
        reply::Reply,
        values,
    },
    chat::{trial::Heard, upstream::failure::UpstreamFailure},
    domain::json::Json,
};

/// The most Unicode scalar values of a message.
const LONGEST: usize = 4_000;

/// Reads a body of `POST /v1/targets/:id/try`.
///
/// # Errors
/// [`Error::InvalidJson`], [`Error::NotAnObject`], or [`Error::Invalid`] with every fault.
pub(crate) fn parse(body: &[u8]) -> Result<String, Error> {
    let mut faults = Faults::default();
    let mut fields = Fields::open(body, &mut faults)?;
    let message = fields.required("message", message);
    fields.finish(&["message"]);
    message.filter(|_| faults.is_empty()).ok_or(Error::Invalid(faults))
}

fn message(value: Json, path: &str, faults: &mut Faults) -> Option<String> {
    let text = values::text(value, path, faults)?;
    if text.trim().is_empty() {
        faults.add(path, Code::InvalidFormat, "must not be blank");
        return None;
    }
    if text.chars().count() > LONGEST {
        let told = format_args!("must have at most {LONGEST} characters");
        faults.add(path, Code::TooLong, told);
        return None;
    }
    Some(text)
}

/// 200 with what was heard in so many milliseconds, and why it was no answer, if it was none. An
/// upstream's own words about a failure are for the log alone.
#[must_use]
pub(crate) fn tried(heard: &Heard, failure: Option<&UpstreamFailure>, milliseconds: i64) -> Reply {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Tried<'a> {
        ok: bool,
        text: &'a str,
        is_whole: bool,
        error: Option<Told>,
        milliseconds: i64,
    }
    #[derive(Serialize)]
    struct Told {
        code: &'static str,
        message: String,
    }
    let error = failure.map(|UpstreamFailure { cause, .. }| Told {
        code: cause.code(),
        message: cause.to_string(),
    });
    Reply::json(
        200,
        &Tried {
            ok: error.is_none(),
            text: heard.text(),
            is_whole: error.is_none() && heard.is_whole(),
            error,
            milliseconds: milliseconds.max(0),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::upstream::failure::Cause;

    fn code(body: &str) -> Option<Code> {
        let Err(Error::Invalid(faults)) = parse(body.as_bytes()) else { return None };
        faults.into_details().first().and_then(|detail| detail.code)
    }

    #[test]
    fn a_message_is_some_text_of_a_bounded_length() {
        let of = |length: usize| format!(r#"{{"message":"{}"}}"#, "é".repeat(length));
        assert_eq!(parse(of(LONGEST).as_bytes()), Ok("é".repeat(LONGEST)));
        for (body, wanted) in [
            (of(LONGEST + 1), Code::TooLong),
            (of(0), Code::InvalidFormat),
            (r#"{"message":" \n"}"#.to_owned(), Code::InvalidFormat),
            (r#"{"message":1}"#.to_owned(), Code::InvalidType),
            ("{}".to_owned(), Code::MissingRequiredField),
            (r#"{"message":"x","more":1}"#.to_owned(), Code::UnknownField),
        ] {
            assert_eq!(code(&body), Some(wanted), "{body}");
        }
    }

    #[test]
    fn the_upstreams_own_words_are_not_told() {
        let failure = UpstreamFailure::new(Cause::Status(401), "Incorrect API key provided: sk-1");
        let reply = tried(&Heard::default(), Some(&failure), 12);
        assert!(reply.body.contains("upstream_status"), "{}", reply.body);
        assert!(!reply.body.contains("sk-1"), "{}", reply.body);
    }
}
