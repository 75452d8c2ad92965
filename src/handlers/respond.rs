//! From an answer to a response: the headers that stand on every one, and the line in the log,
//! which alone has the cause of a 500 (contract section 9).

use crate::{
    api::{
        accept::ErrorForm,
        browser::refusal_code,
        error::Error,
        route::{self, Route},
    },
    domain::{refusal_code::RefusalCode, tenant::TenantId},
    handlers::{context::Context, db::Tally, failure::Failure, log, said::Said, serve::Answer},
    platform::FarEnd,
};

/// What the caller gets.
pub struct Response {
    pub status: u16,
    /// A name that stands twice is sent twice.
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
}

pub enum Body {
    None,
    Text(String),
    /// It is still being written.
    Stream(FarEnd),
}

const EVENT_STREAM: &str = "text/event-stream; charset=utf-8";

/// Logs the answer and makes the response of it.
pub(super) fn respond(cx: &Context, answer: Answer) -> Response {
    let is_refused = answer.outcome.is_err();
    let is_page = Route::is_for_pages(&cx.path_and_query().0);
    let refused = answer.outcome.as_ref().err().filter(|_| is_page);
    let code =
        refused.map(|failure| failure.told().map_or(RefusalCode::Internal, refusal_code::of));
    let is_negotiated = is_refused || answer.pattern == Some(route::HOME);
    let refusal = |error: Error| {
        let form = error_form(cx);
        if is_page { error.reply_to_page(form) } else { error.reply(form) }.into()
    };
    let (said, cause) = match answer.outcome {
        Ok(said) => (said, None),
        Err(Failure::Refused(error)) => (refusal(error), None),
        Err(Failure::Explained(error, cause)) => (refusal(error), Some(cause)),
        Err(Failure::Database(error)) => (refusal(Error::Internal), Some(format!("D1: {error}"))),
        Err(Failure::Broken(cause)) => (refusal(Error::Internal), Some(cause)),
    };
    let status = if let Said::Reply(reply) = &said { reply.status } else { 200 };
    let duration = cx.runtime.now().millis() - cx.now.millis();
    log::request(
        &*cx.runtime.platform,
        &log::Answered {
            method: cx.method(),
            route: answer.pattern,
            status,
            duration_ms: duration,
            d1: cx.tally(),
            tenant: cx.tenant().map(TenantId::as_str),
            request_id: &cx.id,
            code,
            reason: code.and_then(RefusalCode::flaw),
            cause: cause.as_deref(),
        },
    );

    let mut headers = Headers::default();
    headers.set("Cache-Control", "no-store");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("X-Request-Id", cx.id.clone());
    if cx.var("SERVER_TIMING").is_some_and(|value| value == "on") {
        headers.set("Server-Timing", server_timing(cx, duration));
    }
    headers.set_all(answer.headers);
    let body = match said {
        Said::Reply(reply) => {
            let has_body = !matches!(status, 204 | 304);
            if has_body {
                headers.set("Content-Type", "application/json");
            }
            headers.set_all(reply.headers.clone());
            if is_negotiated {
                headers.append("Vary", "Accept");
            }
            let body = (has_body && cx.method() != "HEAD").then(|| reply.text());
            body.map_or(Body::None, |text| Body::Text(text.into_owned()))
        }
        Said::Frames(frames, more) => {
            headers.set_all(more);
            headers.set("Content-Type", EVENT_STREAM);
            Body::Text(frames)
        }
        Said::Stream(stream, more) => {
            headers.set_all(more);
            headers.set("Content-Type", EVENT_STREAM);
            Body::Stream(stream)
        }
        Said::Download(stream, own) => {
            headers.set_all(own);
            stream.map_or(Body::None, Body::Stream)
        }
    };
    Response { status, headers: headers.0, body }
}

/// Headers, of which each has one value unless more is appended.
#[derive(Default)]
struct Headers(Vec<(&'static str, String)>);

impl Headers {
    fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.append(name, value);
    }

    fn set_all(&mut self, pairs: Vec<(&'static str, String)>) {
        for (name, value) in pairs {
            self.set(name, value);
        }
    }

    fn append(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }
}

fn error_form(cx: &Context) -> ErrorForm {
    ErrorForm::wanted(cx.header("Accept").as_deref())
}

fn server_timing(cx: &Context, duration: i64) -> String {
    let Tally { trips, read, written } = cx.tally();
    let calls = cx.object_calls();
    format!(
        "d1;desc=\"trips={trips} read={read} written={written}\", do;desc=\"calls={calls}\", \
         total;dur={duration}"
    )
}
