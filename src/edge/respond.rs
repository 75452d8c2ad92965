//! From an answer to a response.
//!
//! It is here because some headers stand on every answer, and because this is where a cause is
//! logged and a caller told nothing of it (contract section 9).

use worker::{
    Result,
    web_sys::{Headers, Response, ResponseInit},
};

use crate::{
    api::{error::Error, reply::Reply},
    edge::{
        exchange::{Exchange, now},
        failure::Failure,
        log,
        management::Answer,
        random,
    },
};

/// Logs the answer and makes the response of it.
pub(super) fn respond(exchange: &Exchange, answer: Answer) -> Result<Response> {
    let request_id = request_id();
    let (reply, cause) = match answer.outcome {
        Ok(reply) => (reply, None),
        Err(Failure::Refused(error)) => (Reply::from(error), None),
        Err(Failure::Broken(cause)) => (Reply::from(Error::Internal), Some(cause)),
    };
    let duration = now().millis() - exchange.now.millis();
    log::request(
        exchange,
        &log::Outcome {
            route: answer.pattern,
            status: reply.status,
            duration,
            request_id: &request_id,
            cause: cause.as_deref(),
        },
    );
    let headers = headers(&reply, &request_id)?;
    if exchange.var("SERVER_TIMING").is_some_and(|value| value == "on") {
        headers.set("Server-Timing", &server_timing(exchange, duration))?;
    }
    let init = ResponseInit::new();
    init.set_status(reply.status);
    init.set_headers(&headers);
    let body = (exchange.method() != "HEAD").then_some(reply.body.as_str());
    Ok(Response::new_with_opt_str_and_init(body, &init)?)
}

fn headers(reply: &Reply, request_id: &str) -> Result<Headers> {
    let headers = Headers::new()?;
    headers.set("Content-Type", "application/json")?;
    headers.set("Cache-Control", "no-store")?;
    headers.set("X-Content-Type-Options", "nosniff")?;
    headers.set("X-Request-Id", request_id)?;
    for (name, value) in &reply.headers {
        headers.set(name, value)?;
    }
    Ok(headers)
}

fn server_timing(exchange: &Exchange, duration: i64) -> String {
    let tally = exchange.tally();
    format!(
        "d1;desc=\"trips={} read={} written={}\", total;dur={duration}",
        tally.trips, tally.read, tally.written
    )
}

/// A UUID of version 4. Without randomness the answer still goes out, under the nil UUID.
fn request_id() -> String {
    let bytes = random::bytes().unwrap_or_default();
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}
