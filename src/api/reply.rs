//! A reply as a value.
//!
//! It is here so that what is answered can be tested without a runtime; one function of the
//! edge makes a response of it.

use std::borrow::Cow;

use serde::Serialize;

use crate::api::error::Error;

/// Status, headers and a JSON body.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers beyond those that every answer has.
    pub headers: Vec<(&'static str, String)>,
    /// JSON text.
    pub body: String,
}

impl Reply {
    /// A reply whose body is `value` as JSON.
    #[must_use]
    pub fn json(status: u16, value: &impl Serialize) -> Self {
        match serde_json::to_string(value) {
            Ok(body) => Self { status, headers: Vec::new(), body },
            // A map with keys other than strings; no view has one.
            Err(_) => Error::Internal.into(),
        }
    }

    /// The same reply with one header more.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// The answer to a deletion.
#[derive(Debug, Serialize)]
pub(super) struct Deleted {
    success: bool,
    message: Cow<'static, str>,
}

impl Deleted {
    /// 200 with `message`.
    pub(super) fn reply(message: impl Into<Cow<'static, str>>) -> Reply {
        Reply::json(200, &Self { success: true, message: message.into() })
    }
}
