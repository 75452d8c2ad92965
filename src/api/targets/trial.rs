//! Trying a target on the wire: one message, and what came back of it.

use serde::Serialize;

use serde_json::Value;

use crate::{
    api::{
        error::Error,
        faults::{Code, Faults},
        fields::Fields,
        reply::Reply,
        values,
    },
    chat::{
        stream::delta::Usage,
        trial::{Heard, Sent},
        upstream::{
            failure::{Cause, UpstreamFailure},
            mask::masked,
        },
    },
};

/// The most Unicode scalar values of a message.
const LONGEST: usize = 4_000;

/// Reads a body of `POST /v1/targets/:id/try`.
pub(crate) fn parse(body: &[u8]) -> Result<String, Error> {
    let mut faults = Faults::default();
    let mut fields = Fields::open(body, &mut faults)?;
    let message = fields.required("message", message);
    fields.finish();
    message.filter(|_| faults.is_empty()).ok_or(Error::Invalid(faults))
}

fn message(value: Value, path: &str, faults: &mut Faults) -> Option<String> {
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

/// 200 with what was heard in so many milliseconds, and why it was no answer, if it was none. Who
/// may write targets hears the upstream's own words about it, without `secrets`.
pub(crate) fn tried(
    heard: &Heard,
    failure: Option<&UpstreamFailure>,
    milliseconds: i64,
    secrets: &[String],
) -> Reply {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Tried {
        ok: bool,
        text: String,
        is_whole: bool,
        error: Option<Told>,
        milliseconds: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        sent: Option<Sent>,
        #[serde(skip_serializing_if = "Option::is_none")]
        usage: Option<Tokens>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        remembered: Vec<&'static str>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Tokens {
        tokens_in: u64,
        tokens_out: u64,
    }
    let tokens = |Usage { input_tokens, output_tokens }| Tokens {
        tokens_in: input_tokens,
        tokens_out: output_tokens,
    };
    Reply::json(
        200,
        &Tried {
            ok: failure.is_none(),
            text: masked(heard.text(), secrets, usize::MAX),
            is_whole: failure.is_none() && heard.is_whole(),
            error: failure.map(|failure| told(failure, secrets)),
            milliseconds: milliseconds.max(0),
            sent: heard.sent.as_ref().map(|sent| sent.without(secrets)),
            usage: heard.usage().map(tokens),
            remembered: heard.remembered.words(),
        },
    )
}

#[derive(Serialize)]
struct Told {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
}

/// The most characters of an upstream's own words.
const MAX_ANSWER: usize = 500;

fn told(failure: &UpstreamFailure, secrets: &[String]) -> Told {
    let UpstreamFailure { cause, status, words, .. } = failure;
    let advice = cause.advice().map(|advice| format!(" {advice}")).unwrap_or_default();
    let message = match cause {
        // What the deployment doesn't allow is told in full: who writes targets can mend it.
        Cause::NotAllowed(_) => format!("{cause} {}.{advice}", failure.detail),
        _ => format!("{cause}{advice}"),
    };
    // Of a request that reached nobody, the words are the runtime's.
    let is_answer = !words.is_empty() && !matches!(cause, Cause::Unreachable(_));
    let answer = is_answer.then(|| masked(words, secrets, MAX_ANSWER));
    Told { code: cause.code(), message, reason: cause.reason(), status: *status, answer }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{chat::upstream::failure::Head, domain::setting::Setting};

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
    fn the_upstreams_own_words_are_told_without_the_secret() {
        let head = Head { status: 401, ..Head::default() };
        let words = format!("{{\"error\":\"Incorrect API key: sk-1234\"}}{}", "x".repeat(600));
        let failure = UpstreamFailure::from_status(&head, words.as_bytes());
        let body = tried(&Heard::default(), Some(&failure), 12, &["sk-1234".to_owned()]).body;
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["error"]["code"], "upstream_status");
        assert_eq!(body["error"]["status"], 401);
        let answer = body["error"]["answer"].as_str().unwrap();
        assert!(answer.starts_with(r#"{"error":"Incorrect API key: [secret]"}xx"#), "{answer}");
        assert_eq!(answer.chars().count(), 500);
        for absent in ["sent", "usage", "remembered"] {
            assert!(body.get(absent).is_none(), "{absent}");
        }
    }

    #[test]
    fn what_the_deployment_doesnt_allow_is_told_in_full_and_where_that_is_set() {
        let detail = "the secret UPSTREAM_A is not set";
        for setting in [Some(Setting::Secret), Some(Setting::Variable), None] {
            let failure = UpstreamFailure::new(Cause::NotAllowed(setting), detail);
            let Told { message, .. } = told(&failure, &[]);
            let place = setting.map(Setting::place).unwrap_or_default();
            assert!(message.contains(&format!(" {detail}.")), "{message}");
            assert!(message.ends_with(place), "{message}");
            assert_eq!(message.contains(".dev.vars"), setting.is_some(), "{message}");
        }
    }

    #[test]
    fn what_stood_in_the_way_is_told_apart() {
        let told = |words: &str| {
            let failure = UpstreamFailure::unreachable(words);
            let body = tried(&Heard::default(), Some(&failure), 1, &[]).body;
            let body: serde_json::Value = serde_json::from_str(&body).unwrap();
            (body["error"]["reason"].clone(), body["error"]["message"].clone())
        };
        let all = ["DNS lookup failed", "TLS handshake failed", "connection refused", "lost"];
        let all: Vec<_> = all.into_iter().map(told).collect();
        assert_eq!(
            all.iter().map(|(reason, _)| reason).collect::<Vec<_>>(),
            [
                &serde_json::json!("dns"),
                &serde_json::json!("tls"),
                &serde_json::json!("refused"),
                &serde_json::Value::Null
            ]
        );
        for (n, (_, message)) in all.iter().enumerate() {
            assert!(all.iter().skip(n + 1).all(|(_, other)| other != message), "{message}");
        }
    }
}
