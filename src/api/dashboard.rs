//! CORS for the management plane: pages of `DASHBOARD_ORIGINS` may read its answers, and no others
//! (contract section 3).
//!
//! Such a page sends a session token as a header, and no browser adds that by itself, so there are
//! no credentials in the sense of CORS.

use crate::{
    api::{browser::cors, reply::Reply},
    domain::origin::RequestOrigin,
};

const EXPOSED: &str = "Allow, Deprecation, ETag, Idempotent-Replayed, RateLimit, \
                       RateLimit-Policy, Retry-After, Sunset, WWW-Authenticate, X-Request-Id";
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
/// The names allowed to a page that asks for none, or not as it should.
const HEADERS: &str = "authorization, content-type, idempotency-key, if-match, if-none-match";

/// The origin of a page that may read the management plane, as its browser wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dashboard(String);

impl Dashboard {
    /// The page that asks, if `DASHBOARD_ORIGINS`, a list with commas, has exactly its origin. `null`
    /// and `file://` are nobody's, and an entry that isn't an origin is none.
    pub(crate) fn of(listed: &str, origin: Option<&str>) -> Option<Self> {
        let origin = origin?;
        let page = named(origin)?;
        let mut entries = listed.split(',').map(|entry| named(entry.trim()));
        entries.any(|entry| entry.as_ref() == Some(&page)).then(|| Self(origin.to_owned()))
    }

    /// The headers of every answer to this page.
    pub(crate) fn headers(&self) -> Vec<(&'static str, String)> {
        vec![
            ("Access-Control-Allow-Origin", self.0.clone()),
            ("Access-Control-Expose-Headers", EXPOSED.to_owned()),
            ("Vary", "Origin".to_owned()),
        ]
    }
}

/// An origin that names a page's site.
fn named(text: &str) -> Option<RequestOrigin> {
    match RequestOrigin::parse(Some(text)).ok()? {
        RequestOrigin::Absent | RequestOrigin::Null | RequestOrigin::File => None,
        site @ (RequestOrigin::Web(_) | RequestOrigin::Foreign(_)) => Some(site),
    }
}

/// 204 for a dashboard's preflight; `asked` is its `Access-Control-Request-Headers`.
pub(crate) fn preflight(asked: Option<&str>) -> Reply {
    let allowed = asked.and_then(cors::names).unwrap_or_else(|| HEADERS.to_owned());
    Reply { status: 204, headers: Vec::new(), body: String::new() }
        .with_header("Access-Control-Allow-Methods", METHODS)
        .with_header("Access-Control-Allow-Headers", allowed)
        .with_header("Access-Control-Max-Age", "7200")
        .with_header("Vary", "Origin, Access-Control-Request-Headers")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "https://admin.example, http://localhost:3000,chrome-extension://abc,";

    fn is_let_in(listed: &str, origin: &str) -> bool {
        let page = Dashboard::of(listed, Some(origin));
        assert!(page.iter().all(|page| page.0 == origin));
        page.is_some()
    }

    #[test]
    fn the_pages_of_the_list_are_let_in_as_they_wrote_themselves() {
        for origin in [
            "https://admin.example",
            "https://admin.example:443",
            "http://localhost:3000",
            "chrome-extension://abc",
        ] {
            assert!(is_let_in(LIST, origin), "{origin}");
        }
    }

    #[test]
    fn no_other_page_is() {
        for origin in [
            "http://admin.example",
            "https://admin.example:8443",
            "https://www.admin.example",
            "https://admin.example.evil",
            "https://evil-admin.example",
            "http://localhost:3001",
            "https://localhost:3000",
            "chrome-extension://abcd",
            "null",
            "",
            "*",
            "https://admin.example/",
            "https://admin.example, https://admin.example",
        ] {
            assert!(!is_let_in(LIST, origin), "{origin}");
        }
        assert_eq!(Dashboard::of(LIST, None), None);
    }

    #[test]
    fn what_is_no_origin_lets_nobody_in() {
        for listed in
            ["", ",", "*", "null", "file://", "native", "admin.example", "https://*.example"]
        {
            for origin in ["https://admin.example", "null", "file://", "https://a.example", "", "*"]
            {
                assert!(!is_let_in(listed, origin), "{listed} {origin}");
            }
        }
    }

    #[test]
    fn a_preflight_allows_the_names_asked_for_or_those_that_are_read() {
        let allowed = |asked| {
            let headers = preflight(asked).headers;
            headers.into_iter().find(|(n, _)| *n == "Access-Control-Allow-Headers").unwrap().1
        };
        assert_eq!(allowed(Some("authorization,x-a")), "authorization, x-a");
        assert_eq!(allowed(Some("a b")), HEADERS);
        assert_eq!(allowed(None), HEADERS);
    }
}
