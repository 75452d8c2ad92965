//! The shape of every refusal on the wire: status, body and headers (contract section 9).

use std::borrow::Cow;

use crate::api::{
    accept::{ErrorForm, PROBLEM_JSON},
    error_body::{ErrorBody, TopCode},
    faults::{Code, Detail, Faults},
    problem::Problem,
    reply::Reply,
};

/// A refusal of this status, to be filled in.
pub(super) fn error_reply(status: u16, error: &'static str) -> ErrorReply {
    ErrorReply {
        status,
        body: ErrorBody { error, details: Vec::new(), hint: None, code: None },
        headers: Vec::new(),
    }
}

/// An error on its way to a [`Reply`].
pub(super) struct ErrorReply {
    status: u16,
    body: ErrorBody,
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

    pub(super) fn faults(self, faults: Faults) -> Self {
        let hint = faults.hint();
        let told = self.details(faults.into_details());
        match hint {
            Some(hint) => told.hint(hint),
            None => told,
        }
    }

    pub(super) fn detail(self, message: String) -> Self {
        self.details(vec![Detail { message, path: None, code: None, suggestion: None }])
    }

    pub(super) fn detail_coded(self, code: Code, message: String) -> Self {
        self.details(vec![Detail { message, path: None, code: Some(code), suggestion: None }])
    }

    pub(super) fn coded(mut self, code: TopCode) -> Self {
        self.body.code = Some(code);
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl ErrorReply {
    pub(super) fn told(self, form: ErrorForm) -> Reply {
        let Self { status, body, mut headers } = self;
        let reply = match form {
            ErrorForm::Json => Reply::json(status, &body),
            ErrorForm::Problem => {
                headers.push(("Content-Type", PROBLEM_JSON.to_owned()));
                Reply::json(status, &Problem::of(status, body))
            }
        };
        Reply { headers, ..reply }
    }
}
