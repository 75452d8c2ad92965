//! Feedback (contract section 6.3): votes are about a message, ratings have their ranges, and what
//! one visitor can make the service store is bounded.

use serde::Serialize;

use serde_json::Value;

use crate::{
    api::{
        browser::values::object,
        error::Error,
        faults::{Code, Faults},
        fields::{Fields, settle},
        reply::Reply,
        values,
    },
    domain::{feedback::FeedbackKind, json},
};

/// The most characters of a message's id.
const MAX_MESSAGE_ID: usize = 255;
/// The most characters of a comment.
const MAX_COMMENT: usize = 2_000;
/// The most bytes of metadata, as JSON without white space.
const MAX_METADATA: usize = 4 * 1024;

fn is_vote(kind: FeedbackKind) -> bool {
    matches!(kind, FeedbackKind::Upvote | FeedbackKind::Downvote | FeedbackKind::Copy)
}

/// The scale of a kind that has one.
fn range(kind: FeedbackKind) -> Option<(u32, u32)> {
    match kind {
        FeedbackKind::Csat => Some((1, 5)),
        FeedbackKind::Nps => Some((0, 10)),
        FeedbackKind::Upvote | FeedbackKind::Downvote | FeedbackKind::Copy => None,
    }
}

/// A body of `POST /v1/client/feedback`.
#[derive(Debug)]
pub(crate) struct FeedbackRequest {
    /// The token's value, unproved.
    pub(crate) token: String,
    /// The session id, unproved.
    pub(crate) session: String,
    pub(crate) kind: FeedbackKind,
    /// The message that a vote is about; any text but the empty one, for a welcome bubble and the
    /// page's own bubbles get votes, too.
    pub(crate) message_id: Option<String>,
    pub(crate) rating: Option<u32>,
    pub(crate) comment: Option<String>,
    /// The page's own, an object.
    pub(crate) metadata: Option<Value>,
}

impl FeedbackRequest {
    /// Unknown members are ignored.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Error> {
        let mut faults = Faults::default();
        let mut fields = Fields::open_page(body, &mut faults)?;
        let token = fields.required("token", values::text);
        let session = fields.required("sessionId", values::text);
        let kind = fields.required("type", kind);
        let message_id = match kind {
            Some(kind) if is_vote(kind) => fields.required("messageId", message_id),
            _ => fields.optional("messageId", message_id),
        };
        let rating = match kind.and_then(range) {
            Some((min, max)) => fields.required("rating", rating(min, max)),
            None => fields.optional("rating", rating(0, 10)),
        };
        let comment = fields.optional("comment", comment);
        let metadata = fields.optional("metadata", metadata);
        let (token, session) = (token.unwrap_or_default(), session.unwrap_or_default());
        settle(faults)?;
        // Without a kind there was a fault.
        let kind = kind.unwrap_or(FeedbackKind::Copy);
        Ok(Self { token, session, kind, message_id, rating, comment, metadata })
    }
}

fn kind(value: Value, path: &str, faults: &mut Faults) -> Option<FeedbackKind> {
    let words = FeedbackKind::ALL.map(FeedbackKind::as_str);
    values::one_of(value, path, faults, &words, FeedbackKind::parse)
}

fn message_id(value: Value, path: &str, faults: &mut Faults) -> Option<String> {
    let id = at_most(MAX_MESSAGE_ID, value, path, faults)?;
    if id.is_empty() {
        faults.add(path, Code::InvalidFormat, "must not be empty");
        return None;
    }
    Some(id)
}

fn rating(min: u32, max: u32) -> impl Fn(Value, &str, &mut Faults) -> Option<u32> {
    move |value, path, faults| {
        let number = match &value {
            Value::Number(number) => json::whole(number),
            _ => None,
        };
        let rating = number.filter(|n| (min..=max).contains(n));
        if rating.is_none() {
            let message = format_args!("must be a whole number from {min} to {max}");
            faults.add(path, Code::OutOfRange, message);
        }
        rating
    }
}

fn comment(value: Value, path: &str, faults: &mut Faults) -> Option<String> {
    at_most(MAX_COMMENT, value, path, faults)
}

/// A text of at most `max` characters.
fn at_most(max: usize, value: Value, path: &str, faults: &mut Faults) -> Option<String> {
    let text = values::text(value, path, faults)?;
    if text.chars().nth(max).is_some() {
        faults.add(path, Code::TooLong, format_args!("must have at most {max} characters"));
        return None;
    }
    Some(text)
}

fn metadata(value: Value, path: &str, faults: &mut Faults) -> Option<Value> {
    let metadata = object(value, path, faults)?;
    if metadata.to_string().len() > MAX_METADATA {
        let message = format_args!("must be at most {MAX_METADATA} bytes of JSON");
        faults.add(path, Code::TooLong, message);
        return None;
    }
    Some(metadata)
}

/// 201 the first time, 200 afterwards.
pub(crate) fn given(id: &str, is_first: bool) -> Reply {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Given<'a> {
        success: bool,
        feedback_id: &'a str,
    }
    Reply::json(if is_first { 201 } else { 200 }, &Given { success: true, feedback_id: id })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(body: &str) -> Vec<(String, Code)> {
        match FeedbackRequest::parse(body.as_bytes()) {
            Err(Error::Invalid(faults)) => faults
                .into_details()
                .into_iter()
                .map(|d| (d.path.unwrap(), d.code.unwrap()))
                .collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn votes_need_a_message_and_ratings_their_range() {
        let head = r#"{"token":"t","sessionId":"s","#;
        for body in [
            r#""type":"upvote","messageId":"welcome-1"}"#,
            r#""type":"csat","rating":1}"#,
            r#""type":"csat","rating":5,"comment":"fine"}"#,
            r#""type":"nps","rating":0}"#,
            r#""type":"nps","rating":10,"unknown":true}"#,
        ] {
            assert!(FeedbackRequest::parse(format!("{head}{body}").as_bytes()).is_ok(), "{body}");
        }
        for (body, path, code) in [
            (r#""type":"copy"}"#, "messageId", Code::MissingRequiredField),
            (r#""type":"csat"}"#, "rating", Code::MissingRequiredField),
            (r#""type":"csat","rating":0}"#, "rating", Code::OutOfRange),
            (r#""type":"csat","rating":6}"#, "rating", Code::OutOfRange),
            (r#""type":"nps","rating":11}"#, "rating", Code::OutOfRange),
            (r#""type":"nps","rating":7.5}"#, "rating", Code::OutOfRange),
            (r#""type":"vote"}"#, "type", Code::InvalidEnum),
        ] {
            assert_eq!(faults(&format!("{head}{body}")), [(path.to_owned(), code)], "{body}");
        }
    }

    /// A vote with one member more.
    fn vote(member: &str, value: &Value) -> String {
        format!(r#"{{"token":"t","sessionId":"s","type":"nps","rating":1,"{member}":{value}}}"#)
    }

    #[test]
    fn what_is_stored_is_bounded_from_both_sides() {
        let text = |count| Value::String("é".repeat(count));
        // {"a":"…"} is eight bytes longer than its text.
        let object = |bytes: usize| Value::from_iter([("a", "x".repeat(bytes - 8))]);
        for (member, longest, too_long) in [
            ("messageId", text(255), text(256)),
            ("comment", text(2_000), text(2_001)),
            ("metadata", object(4_096), object(4_097)),
        ] {
            assert!(FeedbackRequest::parse(vote(member, &longest).as_bytes()).is_ok(), "{member}");
            assert_eq!(faults(&vote(member, &too_long)), [(member.to_owned(), Code::TooLong)]);
        }
    }

    #[test]
    fn a_message_has_any_id_but_the_empty_one() {
        for id in ["\u{0}", "a\nb", "\u{7f}", " ", "🙂"] {
            let id = Value::String(id.to_owned());
            let request = FeedbackRequest::parse(vote("messageId", &id).as_bytes()).unwrap();
            assert_eq!(request.message_id.map(Value::String), Some(id));
        }
        let empty = vote("messageId", &Value::String(String::new()));
        assert_eq!(faults(&empty), [("messageId".to_owned(), Code::InvalidFormat)]);
    }
}
