//! One structured line a request, since an operator searches by route, tenant and request id; a
//! credential or a body never gets into it.

use serde::Serialize;
use worker::{console_error, console_log};

use crate::{
    domain::refusal_code::{Flaw, RefusalCode},
    edge::db::Tally,
    store::purge::Left,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answered<'a> {
    pub(super) method: &'a str,
    /// The endpoint's path pattern, when there is an endpoint.
    pub(super) route: Option<&'static str>,
    pub(super) status: u16,
    pub(super) duration_ms: i64,
    pub(super) d1: Tally,
    pub(super) tenant: Option<&'a str>,
    pub(super) request_id: &'a str,
    /// The word of a refusal that a page was told …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<RefusalCode>,
    /// … and what is wrong with its value, where that is why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<Flaw>,
    /// What went wrong, for the operator alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cause: Option<&'a str>,
}

pub(super) fn request(answered: &Answered<'_>) {
    #[derive(Serialize)]
    struct Line<'a> {
        level: &'static str,
        #[serde(flatten)]
        answered: &'a Answered<'a>,
    }
    let broken = answered.cause.is_some();
    let line = Line { level: if broken { "error" } else { "info" }, answered };
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
