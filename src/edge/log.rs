//! One structured line a request, since an operator searches by route, tenant and request id; a
//! credential or a body never gets into it.

use serde::Serialize;
use worker::{console_error, console_log};

use crate::{domain::tenant::TenantId, edge::exchange::Exchange, store::purge::Left};

/// How a request ended.
pub(super) struct Outcome<'a> {
    pub(super) route: Option<&'static str>,
    pub(super) status: u16,
    pub(super) duration: i64,
    pub(super) request_id: &'a str,
    pub(super) cause: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    level: &'static str,
    method: &'a str,
    route: Option<&'static str>,
    status: u16,
    duration_ms: i64,
    d1: D1,
    tenant: Option<&'a str>,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
}

#[derive(Serialize)]
struct D1 {
    trips: u32,
    read: u64,
    written: u64,
}

/// Writes the line of a request.
pub(super) fn request(exchange: &Exchange, outcome: &Outcome<'_>) {
    let tally = exchange.tally();
    let broken = outcome.cause.is_some();
    let line = Line {
        level: if broken { "error" } else { "info" },
        method: exchange.method(),
        route: outcome.route,
        status: outcome.status,
        duration_ms: outcome.duration,
        d1: D1 { trips: tally.trips, read: tally.read, written: tally.written },
        tenant: exchange.tenant().map(TenantId::as_str),
        request_id: outcome.request_id,
        cause: outcome.cause,
    };
    // Strings and numbers only: serialising can't fail.
    let line = serde_json::to_string(&line).unwrap_or_default();
    if broken {
        console_error!("{line}");
    } else {
        console_log!("{line}");
    }
}

/// Writes the line of something that went wrong outside any request.
pub(super) fn background(cause: &str) {
    #[derive(Serialize)]
    struct Line<'a> {
        level: &'static str,
        cause: &'a str,
    }
    let line = Line { level: "error", cause };
    console_error!("{}", serde_json::to_string(&line).unwrap_or_default());
}

/// Writes the line of a purge, and what it left for the next one.
pub(super) fn purged(rows: usize, left: Option<&Left>) {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Line {
        level: &'static str,
        purged_rows: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        left: Option<String>,
    }
    let line = Line { level: "info", purged_rows: rows, left: left.map(Left::to_string) };
    console_log!("{}", serde_json::to_string(&line).unwrap_or_default());
}
