//! CORS for the browser plane (contract section 6).
//!
//! Every answer carries it, 401, 429 and 500 too: without it the page hears "Failed to fetch"
//! instead of the hint. A preflight can't know the token, so it reflects the Origin and allows
//! what the page asks for; the origin rule is enforced on the request itself.

use crate::api::reply::Reply;

const EXPOSED: &str = "Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, \
                       X-History-Identity-Status";
const METHODS: &str = "GET, POST, PATCH, DELETE";
/// The names allowed to a page that asks for none, or not as it should.
const HEADERS: &str = "content-type, x-persona-version, x-visitor-token, x-identity-proof, \
                       authorization, idempotency-key";
/// The most bytes of names that are allowed as asked for.
const MAX_ASKED: usize = 1024;

/// The headers of every answer to a page of `origin`.
pub(crate) fn headers(origin: Option<&str>) -> Vec<(&'static str, String)> {
    vec![
        ("Access-Control-Allow-Origin", origin.unwrap_or("*").to_owned()),
        ("Access-Control-Expose-Headers", EXPOSED.to_owned()),
        ("Vary", "Origin".to_owned()),
    ]
}

/// 204 for a preflight; `asked` is its `Access-Control-Request-Headers`. Its `Vary` takes the
/// place of the one that every answer has.
pub(crate) fn preflight(asked: Option<&str>) -> Reply {
    let allowed = asked.and_then(names).unwrap_or_else(|| HEADERS.to_owned());
    Reply { status: 204, headers: Vec::new(), body: String::new() }
        .with_header("Access-Control-Allow-Methods", METHODS)
        .with_header("Access-Control-Allow-Headers", allowed)
        .with_header("Access-Control-Max-Age", "7200")
        .with_header("Vary", "Origin, Access-Control-Request-Headers")
}

/// The names of a list, one space between them; `None` if one isn't a header's name or they are
/// too many. Empty items are skipped (RFC 9110 section 5.6.1).
pub(in crate::api) fn names(list: &str) -> Option<String> {
    if list.len() > MAX_ASKED {
        return None;
    }
    let names = list.split(',').map(|name| name.trim_matches([' ', '\t']));
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    let well_formed = !names.is_empty() && names.iter().all(|name| name.bytes().all(is_token));
    well_formed.then(|| names.join(", "))
}

/// A character of a token (RFC 9110 section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(asked: Option<&str>) -> String {
        let reply = preflight(asked);
        let name = "Access-Control-Allow-Headers";
        reply.headers.into_iter().find(|(n, _)| *n == name).unwrap().1
    }

    #[test]
    fn a_page_is_allowed_the_names_that_it_asks_for() {
        for (asked, names) in [
            ("content-type", "content-type"),
            ("content-type,x-a,x-b", "content-type, x-a, x-b"),
            (" X-A\t,, x-!#$%&'*+-.^_`|~ ,", "X-A, x-!#$%&'*+-.^_`|~"),
        ] {
            assert_eq!(allowed(Some(asked)), names);
        }
    }

    #[test]
    fn without_well_formed_names_there_is_a_list_of_our_own() {
        for asked in [
            None,
            Some(""),
            Some(" , "),
            Some("a b"),
            Some("x-a, x(b)"),
            Some("x-ä"),
            Some("*;q=1"),
        ] {
            assert_eq!(allowed(asked), HEADERS, "{asked:?}");
        }
    }

    #[test]
    fn names_are_bounded_from_both_sides() {
        let longest = "x".repeat(MAX_ASKED);
        assert_eq!(allowed(Some(&longest)), longest);
        assert_eq!(allowed(Some(&format!("{longest}x"))), HEADERS);
    }
}
