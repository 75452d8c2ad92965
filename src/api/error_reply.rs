//! The shape of every refusal on the wire: status, body and headers (contract section 9).

use std::borrow::Cow;

use serde::Serialize;

use crate::api::{
    faults::{Code, Detail},
    reply::Reply,
};

#[derive(Serialize)]
struct Body {
    error: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
}

/// A refusal of this status, to be filled in.
pub(super) fn error_reply(status: u16, error: &'static str) -> ErrorReply {
    ErrorReply {
        status,
        body: Body { error, details: Vec::new(), hint: None, code: None },
        headers: Vec::new(),
    }
}

/// An error on its way to a [`Reply`].
pub(super) struct ErrorReply {
    status: u16,
    body: Body,
    headers: Vec<(&'static str, String)>,
}

impl ErrorReply {
    pub(super) fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.body.hint = Some(hint.into());
        self
    }

    pub(super) fn headers(mut self, headers: Vec<(&'static str, String)>) -> Self {
        self.headers.extend(headers);
        self
    }

    pub(super) fn details(mut self, details: Vec<Detail>) -> Self {
        self.body.details = details;
        self
    }

    pub(super) fn detail(self, message: String) -> Self {
        self.details(vec![Detail { message, path: None, code: None, suggestion: None }])
    }

    pub(super) fn detail_coded(self, code: Code, message: String) -> Self {
        self.details(vec![Detail { message, path: None, code: Some(code), suggestion: None }])
    }

    pub(super) fn coded(mut self, code: Code) -> Self {
        self.body.code = Some(code);
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl From<ErrorReply> for Reply {
    fn from(error: ErrorReply) -> Self {
        let ErrorReply { status, body, headers } = error;
        // The body is strings only; if it failed to serialise, a bare object is still JSON.
        let body = serde_json::to_string(&body).unwrap_or_else(|_| "{}".to_owned());
        Self { status, headers, body }
    }
}
