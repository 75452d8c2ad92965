//! The description of both planes for programs: `openapi.json` beside this file, `OpenAPI` 3.1.
//!
//! It is public: whoever reads it learns what the README says.

use crate::api::reply::Reply;

pub(crate) const TEXT: &str = include_str!("openapi.json");

/// 200 with the document, for pages of every origin and kept for an hour at most.
pub(crate) fn document() -> Reply {
    Reply { status: 200, headers: Vec::new(), body: TEXT.to_owned() }
        .with_header("Cache-Control", "public, max-age=3600")
        .with_header("Access-Control-Allow-Origin", "*")
}

#[cfg(test)]
pub(in crate::api) mod tests;
