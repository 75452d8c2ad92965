//! Entity tags of client tokens, and the conditions that a request makes of them (RFC 9110
//! sections 8.8.3 and 13.1).
//!
//! A tag is `"VERSION-DIGEST"`, strong: the digest changes with whatever `GET
//! /v1/client-tokens/:id` shows. The version is that of the settings and the value, and it alone is
//! what `If-Match` compares, so that a chat in between doesn't fail an edit.
//!
//! An edge that compresses an answer weakens its tag (`W/"…"`), as it must: the bytes are others then.
//! Its clients would never meet a condition again. So answers with a tag ask not to be transformed,
//! for the edges that listen, and `If-Match` takes a weakened tag of ours for the tag itself, for
//! those that don't. That is knowingly beyond RFC 9110, whose `If-Match` never meets a weak tag; it
//! does no harm, since the version in the tag says which settings its client has seen, however their
//! bytes were sent.

use sha2::{Digest, Sha256};

use crate::{
    api::error::Error,
    domain::{client_token::Known, id::ClientTokenId, time::Timestamp},
};

/// The bytes of the digest that a tag shows.
const DIGEST: usize = 12;

pub(super) fn headers(tag: String) -> Vec<(&'static str, String)> {
    vec![("ETag", tag), ("Cache-Control", "no-store, no-transform".to_owned())]
}

/// The tag of a token in the version `updated_at`, of which `GET` shows the body `shown`.
pub(super) fn of(updated_at: Timestamp, shown: &str) -> String {
    let digest = Sha256::digest(shown.as_bytes());
    let digest = base16ct::lower::encode_string(&digest);
    let digest = digest.get(..2 * DIGEST).unwrap_or(&digest);
    format!("\"{}-{digest}\"", updated_at.millis())
}

/// The token that a change is meant for, at the versions that an `If-Match` header lists.
pub(crate) fn if_match(id: ClientTokenId, header: Option<&str>) -> Result<Known, Error> {
    let Some(header) = header else { return Ok(id.into()) };
    match Tags::parse(header).ok_or(Error::MalformedIfMatch)? {
        Tags::Any => Ok(id.into()),
        Tags::These(tags) => {
            Ok(Known { id, versions: Some(tags.iter().filter_map(version).collect()) })
        }
    }
}

/// Whether an `If-None-Match` header lists the tag `current`, so that what the client has is what
/// it would get. One that isn't a list of tags lists nothing.
pub(super) fn is_known(current: &str, header: Option<&str>) -> bool {
    match header.and_then(Tags::parse) {
        None => false,
        Some(Tags::Any) => true,
        Some(Tags::These(tags)) => tags.iter().any(|tag| tag.quoted == current),
    }
}

/// The version in a tag of ours, weakened on its way or not; no other tag matches.
fn version(tag: &Tag<'_>) -> Option<Timestamp> {
    let (version, digest) = tag.quoted.trim_matches('"').split_once('-')?;
    let is_ours = digest.len() == 2 * DIGEST && version.bytes().all(|byte| byte.is_ascii_digit());
    let millis = version.parse().ok().filter(|_| is_ours)?;
    Some(Timestamp::from_millis(millis)).filter(|moment| moment.millis() == millis)
}

/// An entity tag with its quotes.
#[derive(Debug, PartialEq)]
struct Tag<'a> {
    is_weak: bool,
    quoted: &'a str,
}

/// What a condition lists.
#[derive(Debug, PartialEq)]
enum Tags<'a> {
    /// `*`
    Any,
    /// One tag or more.
    These(Vec<Tag<'a>>),
}

impl<'a> Tags<'a> {
    /// Reads `*`, or a list of tags: empty elements are allowed, and a comma may stand inside a tag.
    fn parse(header: &'a str) -> Option<Self> {
        if trimmed(header) == "*" {
            return Some(Self::Any);
        }
        let mut tags = Vec::new();
        let mut rest = separated(header);
        while !rest.is_empty() {
            let (tag, after) = Tag::first(rest)?;
            tags.push(tag);
            rest = separated(after);
            // Between two tags there is a comma.
            if !rest.is_empty() && !trimmed(after).starts_with(',') {
                return None;
            }
        }
        (!tags.is_empty()).then_some(Self::These(tags))
    }
}

impl<'a> Tag<'a> {
    /// The tag at the start of `text`, and what is after it.
    fn first(text: &'a str) -> Option<(Self, &'a str)> {
        let opaque = text.strip_prefix("W/");
        let (is_weak, text) = (opaque.is_some(), opaque.unwrap_or(text));
        let inside = text.strip_prefix('"')?;
        let end = inside.find('"')?;
        let (quoted, after) = text.split_at_checked(end + 2)?;
        let is_allowed = |c: char| c > ' ' && c != '\u{7f}';
        quoted.chars().all(is_allowed).then_some((Self { is_weak, quoted }, after))
    }
}

fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// `text` without the commas and blanks at its start and the blanks at its end.
fn separated(text: &str) -> &str {
    trimmed(text).trim_start_matches([' ', '\t', ','])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(header: &str) -> Option<Vec<String>> {
        Tags::parse(header).map(|tags| match tags {
            Tags::Any => vec!["*".to_owned()],
            Tags::These(tags) => tags
                .iter()
                .map(|tag| format!("{}{}", if tag.is_weak { "W/" } else { "" }, tag.quoted))
                .collect(),
        })
    }

    #[test]
    fn a_tag_changes_with_the_version_and_with_what_is_shown() {
        let at = Timestamp::from_millis;
        let tag = of(at(17), "a");
        assert_eq!(tag, "\"17-ca978112ca1bbdcafac231b3\"");
        assert_ne!(tag, of(at(18), "a"));
        assert_ne!(tag, of(at(17), "b"));
    }

    #[test]
    fn conditions_are_read_as_the_standard_writes_them() {
        for (header, read) in [
            ("*", vec!["*"]),
            (" *\t", vec!["*"]),
            ("\"a\"", vec!["\"a\""]),
            ("\"a\", W/\"b\",\t\"c\"", vec!["\"a\"", "W/\"b\"", "\"c\""]),
            (",, \"a\" ,, \"b\" ,", vec!["\"a\"", "\"b\""]),
            ("\"a,b\",\"\"", vec!["\"a,b\"", "\"\""]),
            ("\"é!#\"", vec!["\"é!#\""]),
        ] {
            let read = read.into_iter().map(str::to_owned).collect();
            assert_eq!(tags(header), Some(read), "{header}");
        }
        for header in [
            "",
            " ",
            ",",
            "a",
            "\"a",
            "a\"",
            "'a'",
            "\"a\" \"b\"",
            "\"a\"b",
            "w/\"a\"",
            "W/a",
            "\"a b\"",
            "\"a\u{7f}\"",
            "*, \"a\"",
            "\"a\", *",
            "W/ \"a\"",
            "**",
        ] {
            assert_eq!(tags(header), None, "{header}");
        }
    }

    #[test]
    fn a_match_is_of_our_own_tags_and_compares_the_version_alone() {
        let id = ClientTokenId::new(Timestamp::from_millis(1), &[1; 10]);
        let versions = |header: &str| {
            let known = if_match(id, Some(header)).unwrap();
            known.versions.map(|list| list.into_iter().map(Timestamp::millis).collect::<Vec<_>>())
        };
        let digest = "0123456789abcdef01234567";
        assert_eq!(versions("*"), None);
        assert_eq!(if_match(id, None), Ok(id.into()));
        assert_eq!(versions(&format!("\"17-{digest}\", \"18-{digest}\"")), Some(vec![17, 18]));
        // As an edge that compresses hands them on.
        assert_eq!(versions(&format!("W/\"17-{digest}\"")), Some(vec![17]));
        assert_eq!(versions(&format!("W/\"x\", W/\"18-{digest}\"")), Some(vec![18]));
        for other in [
            format!("W/\"{digest}\""),
            format!("W/\"17-{digest}0\""),
            "W/\"17\"".to_owned(),
            "W/\"\"".to_owned(),
            format!("\"{digest}\""),
            format!("\"17-{digest}0\""),
            format!("\"-17-{digest}\""),
            format!("\"+17-{digest}\""),
            format!("\"99999999999999999999-{digest}\""),
            format!("\"999999999999999-{digest}\""),
            "\"17\"".to_owned(),
            "\"\"".to_owned(),
        ] {
            assert_eq!(versions(&other), Some(vec![]), "{other}");
        }
        assert_eq!(if_match(id, Some("17")), Err(Error::MalformedIfMatch));
    }

    #[test]
    fn what_the_client_has_is_compared_weakly_and_whole() {
        assert!(is_known("\"1-a\"", Some("*")));
        assert!(is_known("\"1-a\"", Some("\"x\", W/\"1-a\"")));
        assert!(!is_known("\"1-a\"", Some("\"1-b\"")));
        assert!(!is_known("\"1-a\"", Some("1-a")));
        assert!(!is_known("\"1-a\"", None));
    }
}
