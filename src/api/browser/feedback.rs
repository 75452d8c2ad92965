//! Feedback (contract section 6.3).
//!
//! It is here because each type has rules of its own: votes are about a message, ratings have
//! their ranges.

use serde::Serialize;

use crate::{
    api::{
        error::Error,
        faults::{Code, Faults, nearest},
        fields::Fields,
        reply::Reply,
        upstream::message::{message_id, object},
        values,
    },
    domain::{feedback::FeedbackKind, json::Json},
};

/// The most characters of a comment.
const MAX_COMMENT: usize = 5000;

/// Whether a kind is about a message.
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
pub struct FeedbackRequest {
    /// The token's value, unproved.
    pub token: String,
    /// The session id, unproved.
    pub session: String,
    /// What kind.
    pub kind: FeedbackKind,
    /// The message that a vote is about; any text, for a welcome bubble gets votes, too.
    pub message_id: Option<String>,
    /// The rating.
    pub rating: Option<u32>,
    /// In the visitor's words.
    pub comment: Option<String>,
    /// The page's own, an object.
    pub metadata: Option<Json>,
}

impl FeedbackRequest {
    /// Reads a body; unknown members are ignored.
    ///
    /// # Errors
    /// [`Error::InvalidJson`], [`Error::NotAnObject`], or [`Error::Invalid`] with every fault.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        let mut fields = Fields::open_lenient(body)?;
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
        let metadata = fields.optional("metadata", object);
        let (token, session) = (token.unwrap_or_default(), session.unwrap_or_default());
        fields.ignore_rest()?;
        // Without a kind there was a fault.
        let kind = kind.unwrap_or(FeedbackKind::Copy);
        Ok(Self { token, session, kind, message_id, rating, comment, metadata })
    }
}

fn kind(value: Json, path: &str, faults: &mut Faults) -> Option<FeedbackKind> {
    let word = values::text(value, path, faults)?;
    let kind = FeedbackKind::parse(&word);
    if kind.is_none() {
        let words = FeedbackKind::ALL.map(FeedbackKind::as_str);
        let message = format_args!("must be one of {}", words.join(", "));
        faults.add_suggesting(path, Code::InvalidEnum, message, nearest(&word, words));
    }
    kind
}

fn rating(min: u32, max: u32) -> impl Fn(Json, &str, &mut Faults) -> Option<u32> {
    move |value, path, faults| {
        let number = match &value {
            Json::Number(number) => number.as_u64().and_then(|n| u32::try_from(n).ok()),
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

fn comment(value: Json, path: &str, faults: &mut Faults) -> Option<String> {
    let comment = values::text(value, path, faults)?;
    if comment.chars().nth(MAX_COMMENT).is_some() {
        let message = format_args!("must have at most {MAX_COMMENT} characters");
        faults.add(path, Code::TooLong, message);
        return None;
    }
    Some(comment)
}

/// 201 the first time, 200 afterwards.
#[must_use]
pub fn given(id: &str, is_first: bool) -> Reply {
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
}
