//! A reply as a value; one function of the handlers makes a response of it.

use std::borrow::Cow;

use serde::Serialize;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Headers beyond those that every answer has.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// JSON text.
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(status: u16, value: &impl Serialize) -> Self {
        // Only a map with keys other than strings fails; no view has one.
        let body = serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned());
        Self { status, headers: Vec::new(), body }
    }

    /// The body as it is sent: whole lines, so that a shell's prompt stands below them. Tags are of
    /// the body without.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        if self.body.ends_with('\n') {
            Cow::Borrowed(&self.body)
        } else {
            Cow::Owned(format!("{}\n", self.body))
        }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{
        accept::ErrorForm,
        error::{Error, Noun},
        openapi,
    };

    #[test]
    fn every_body_is_sent_with_one_line_break_at_its_end() {
        let refusal = |form| Error::NotFound(Noun::ApiKey).reply(form);
        for reply in [
            Deleted::reply("Gone"),
            Reply::json(200, &"\n"),
            refusal(ErrorForm::Json),
            refusal(ErrorForm::Problem),
            openapi::document(),
        ] {
            let text = reply.text();
            assert!(text.ends_with("}\n") || text == "\"\\n\"\n", "{text}");
            assert_eq!(text.trim_end_matches('\n'), reply.body.trim_end_matches('\n'));
            assert_eq!(text.len() - text.trim_end_matches('\n').len(), 1);
        }
    }
}
