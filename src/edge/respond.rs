//! From an answer to a response: the headers that stand on every one, and the line in the log,
//! which alone has the cause of a 500 (contract section 9).

use worker::{
    wasm_bindgen::JsValue,
    web_sys::{Headers, Response, ResponseInit},
};

use crate::{
    api::{
        accept::ErrorForm,
        browser::refusal_code,
        error::Error,
        route::{self, Route},
    },
    domain::{refusal_code::RefusalCode, tenant::TenantId},
    edge::{
        answer::Answer, clock::now, db::Tally, exchange::Exchange, failure::Failure, log,
        said::Said,
    },
};

const EVENT_STREAM: &str = "text/event-stream; charset=utf-8";

/// Logs the answer and makes the response of it.
pub(super) fn respond(exchange: &Exchange, answer: Answer) -> Result<Response, JsValue> {
    let is_refused = answer.outcome.is_err();
    let is_page = Route::is_for_pages(&exchange.path_and_query().0);
    let refused = answer.outcome.as_ref().err().filter(|_| is_page);
    let code =
        refused.map(|failure| failure.told().map_or(RefusalCode::Internal, refusal_code::of));
    let is_negotiated = is_refused || answer.pattern == Some(route::HOME);
    let refusal = |error: Error| {
        let form = error_form(exchange);
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
    let duration = now().millis() - exchange.now.millis();
    log::request(&log::Answered {
        method: exchange.method(),
        route: answer.pattern,
        status,
        duration_ms: duration,
        d1: exchange.tally(),
        tenant: exchange.tenant().map(TenantId::as_str),
        request_id: &exchange.id,
        code,
        reason: code.and_then(RefusalCode::flaw),
        cause: cause.as_deref(),
    });

    let headers = Headers::new()?;
    headers.set("Cache-Control", "no-store")?;
    headers.set("X-Content-Type-Options", "nosniff")?;
    headers.set("X-Request-Id", &exchange.id)?;
    if exchange.var("SERVER_TIMING").is_some_and(|value| value == "on") {
        headers.set("Server-Timing", &server_timing(exchange, duration))?;
    }
    set_all(&headers, &answer.headers)?;
    let init = ResponseInit::new();
    init.set_status(status);
    match said {
        Said::Reply(reply) => {
            let has_body = !matches!(status, 204 | 304);
            if has_body {
                headers.set("Content-Type", "application/json")?;
            }
            set_all(&headers, &reply.headers)?;
            if is_negotiated {
                headers.append("Vary", "Accept")?;
            }
            init.set_headers(&headers);
            let body = (has_body && exchange.method() != "HEAD").then(|| reply.text());
            Response::new_with_opt_str_and_init(body.as_deref(), &init)
        }
        Said::Frames(frames, more) => {
            set_all(&headers, &more)?;
            headers.set("Content-Type", EVENT_STREAM)?;
            init.set_headers(&headers);
            Response::new_with_opt_str_and_init(Some(&frames), &init)
        }
        Said::Stream(stream, more) => {
            set_all(&headers, &more)?;
            headers.set("Content-Type", EVENT_STREAM)?;
            init.set_headers(&headers);
            Response::new_with_opt_readable_stream_and_init(Some(&stream), &init)
        }
        Said::Download(stream, own) => {
            set_all(&headers, &own)?;
            init.set_headers(&headers);
            Response::new_with_opt_readable_stream_and_init(stream.as_ref(), &init)
        }
    }
}

fn error_form(exchange: &Exchange) -> ErrorForm {
    // A header that can't be read asks for nothing.
    ErrorForm::wanted(exchange.header("Accept").ok().flatten().as_deref())
}

fn set_all(headers: &Headers, pairs: &[(&'static str, String)]) -> Result<(), JsValue> {
    pairs.iter().try_for_each(|(name, value)| headers.set(name, value))
}

fn server_timing(exchange: &Exchange, duration: i64) -> String {
    let Tally { trips, read, written } = exchange.tally();
    let calls = exchange.object_calls();
    format!(
        "d1;desc=\"trips={trips} read={read} written={written}\", do;desc=\"calls={calls}\", \
         total;dur={duration}"
    )
}
