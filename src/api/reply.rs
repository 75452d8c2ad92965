//! A reply as a value; one function of the edge makes a response of it.

use std::borrow::Cow;

use serde::Serialize;

/// Status, headers and a JSON body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The HTTP status.
    pub(crate) status: u16,
    /// Headers beyond those that every answer has.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// JSON text.
    pub(crate) body: String,
}

impl Reply {
    /// A reply whose body is `value` as JSON.
    #[must_use]
    pub(crate) fn json(status: u16, value: &impl Serialize) -> Self {
        // Only a map with keys other than strings fails; no view has one.
        let body = serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned());
        Self { status, headers: Vec::new(), body }
    }

    /// The same reply with one header more.
    #[must_use]
    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
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
