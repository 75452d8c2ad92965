//! The root: a small page that leads on, for people; for programs a 404 that says the same
//! (contract section 14).

use crate::api::{accept::wants_page, error::Error, reply::Reply};

const TEXT: &str = include_str!("home.html");

/// As that of the other pages, with the page's own style named by its digest.
const POLICY: &str = "default-src 'none'; style-src 'sha256-rWQf3M2lsEorUGbwmFYhTsxPgqNaKVz59p1vp3S/1Dw='; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// 200 with the page, for those whose `Accept` asks for one.
pub(crate) fn page(accept: Option<&str>) -> Result<Reply, Error> {
    if !wants_page(accept) {
        return Err(Error::Home);
    }
    Ok(Reply { status: 200, headers: Vec::new(), body: TEXT.to_owned() }
        .with_header("Content-Type", "text/html; charset=utf-8")
        .with_header("Content-Security-Policy", POLICY)
        .with_header("X-Frame-Options", "DENY")
        .with_header("Referrer-Policy", "no-referrer")
        .with_header("Cross-Origin-Opener-Policy", "same-origin"))
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64, Encoding};
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::api::accept::ErrorForm;

    #[test]
    fn the_policy_names_the_pages_one_style_and_nothing_else_is_inline() {
        let (_, rest) = TEXT.split_once("<style>").unwrap();
        let (style, rest) = rest.split_once("</style>").unwrap();
        let digest = Base64::encode_string(&Sha256::digest(style.as_bytes()));
        assert!(POLICY.contains(&format!("style-src 'sha256-{digest}';")), "{digest}");
        for inline in ["<style", "style=", "<script", "onclick"] {
            assert!(!rest.contains(inline), "{inline}");
        }
    }

    #[test]
    fn page_and_refusal_lead_to_the_same_places() {
        assert_eq!(page(Some("text/html")).unwrap().body, TEXT);
        let refused = page(Some("*/*")).unwrap_err().reply(ErrorForm::Json);
        assert_eq!(refused.status, 404);
        for place in ["/console/", "/docs/", "/openapi.json"] {
            assert!(TEXT.contains(&format!("href=\"{place}\"")), "{place}");
            assert!(refused.body.contains(place), "{place}");
        }
    }
}
