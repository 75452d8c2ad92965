//! A refusal as a problem document (RFC 9457): the standard's members before those that every
//! refusal has.
//!
//! `type` is `about:blank`, since `error` and `code` already tell the kinds apart; the standard
//! then has `title` name the status.

use serde::Serialize;

use crate::api::error_body::ErrorBody;

#[derive(Serialize)]
pub(super) struct Problem {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(flatten)]
    body: ErrorBody,
}

impl Problem {
    pub(super) fn of(status: u16, body: ErrorBody) -> Self {
        let detail = match body.details.as_slice() {
            [] => format!("{}.", body.error),
            [only] => format!("{}: {}", body.error, only.message),
            [first, rest @ ..] => {
                format!("{}: {} (and {} more)", body.error, first.message, rest.len())
            }
        };
        Self { r#type: "about:blank", title: title(status), status, detail, body }
    }
}

/// The name of a status (RFC 9110 section 15; 422 and 429 as registered).
fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        410 => "Gone",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Error",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::{
        api::{
            accept::ErrorForm,
            error::{Error, Noun},
            faults::{Code, Faults},
        },
        domain::json,
    };

    fn told(error: Error) -> (Option<String>, Value) {
        let reply = error.reply(ErrorForm::Problem);
        let content_type = reply.headers.into_iter().find(|(name, _)| *name == "Content-Type");
        (content_type.map(|(_, value)| value), json::parse(reply.body.as_bytes()).unwrap())
    }

    fn text(json: &Value, name: &str) -> String {
        match json.as_object().unwrap().get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        }
    }

    #[test]
    fn a_problem_has_the_members_of_the_standard_and_those_of_every_refusal() {
        let (content_type, json) = told(Error::NotFound(Noun::ClientToken));
        assert_eq!(content_type.as_deref(), Some("application/problem+json"));
        assert_eq!(text(&json, "type"), "about:blank");
        assert_eq!(text(&json, "title"), "Not Found");
        assert_eq!(text(&json, "status"), "404");
        assert_eq!(text(&json, "detail"), "Client token not found.");
        assert_eq!(text(&json, "error"), "Client token not found");
        assert!(text(&json, "hint").starts_with("It doesn't exist"));
    }

    #[test]
    fn its_detail_tells_the_first_fault_and_how_many_more_there_are() {
        let mut faults = Faults::default();
        faults.add("name", Code::TooLong, "is too long");
        let (_, json) = told(Error::Invalid(faults.clone()));
        assert_eq!(text(&json, "detail"), "Invalid request body: name is too long");
        faults.add("config", Code::TooLong, "is too long");
        let (_, json) = told(Error::Invalid(faults));
        assert_eq!(text(&json, "detail"), "Invalid request body: name is too long (and 1 more)");
        assert!(text(&json, "details").contains(r#""path":"config""#));
    }
}
