//! One structured line a request, since an operator searches by route, tenant and request id; a
//! credential or a body never gets into it.

use serde::Serialize;

use crate::{
    domain::refusal_code::{Flaw, RefusalCode},
    handlers::db::Tally,
    platform::Platform,
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

pub(super) fn request(platform: &dyn Platform, answered: &Answered<'_>) {
    #[derive(Serialize)]
    struct Line<'a> {
        level: &'static str,
        #[serde(flatten)]
        answered: &'a Answered<'a>,
    }
    let broken = answered.cause.is_some();
    let line = Line { level: if broken { "error" } else { "info" }, answered };
    // Strings and numbers only: serialising can't fail.
    platform.log(&serde_json::to_string(&line).unwrap_or_default(), broken);
}

/// Writes the line of something that went wrong outside any answer.
pub(super) fn background(platform: &dyn Platform, cause: &str) {
    platform.log(&background_line(cause), true);
}

pub fn background_line(cause: &str) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        level: &'static str,
        cause: &'a str,
    }
    serde_json::to_string(&Line { level: "error", cause }).unwrap_or_default()
}

pub(super) fn purged(platform: &dyn Platform, rows: usize, left: Option<&Left>) {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Line {
        level: &'static str,
        purged_rows: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        left: Option<String>,
    }
    let line = Line { level: "info", purged_rows: rows, left: left.map(Left::to_string) };
    platform.log(&serde_json::to_string(&line).unwrap_or_default(), false);
}
