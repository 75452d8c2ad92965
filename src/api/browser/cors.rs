//! CORS for the browser plane.
//!
//! It is here because every answer must carry it, 401, 429 and 500 too: without it the page
//! hears "Failed to fetch" instead of the hint. The origin rule is enforced on the request
//! itself; a preflight can't know the token, so it reflects the Origin (contract section 6).

use crate::api::reply::Reply;

const EXPOSED: &str = "Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, \
                       X-History-Identity-Status";
const METHODS: &str = "GET, POST, PATCH, DELETE";
const HEADERS: &str = "content-type, x-persona-version, x-visitor-token, x-identity-proof, \
                       authorization, idempotency-key";

/// The headers of every answer to a page of `origin`.
#[must_use]
pub fn headers(origin: Option<&str>) -> Vec<(&'static str, String)> {
    vec![
        ("Access-Control-Allow-Origin", origin.unwrap_or("*").to_owned()),
        ("Access-Control-Expose-Headers", EXPOSED.to_owned()),
        ("Vary", "Origin".to_owned()),
    ]
}

/// 204 for a preflight, whatever it asks.
#[must_use]
pub fn preflight() -> Reply {
    Reply { status: 204, headers: Vec::new(), body: String::new() }
        .with_header("Access-Control-Allow-Methods", METHODS)
        .with_header("Access-Control-Allow-Headers", HEADERS)
        .with_header("Access-Control-Max-Age", "7200")
}
