//! Session tokens: only the genuine text of one is read as what was signed, and whatever is signed is
//! held to the rules as another reader of JSON sees them.
//!
//! RS256 itself is the runtime's. Here a signature is taken for what it should be: good for the very
//! bytes that it was made for.

use base64ct::{Base64UrlUnpadded, Encoding};
use proptest::prelude::*;
use serde_json::Value;

use super::{corpus, credentials::refuse_all_others, fuzz, mutated};
use crate::domain::{
    clerk::{Roles, Rules, Session, Unproved},
    time::Timestamp,
};

/// The second at which the corpus is read.
const NOW: i64 = 1_800_000_000;
const LEEWAY: f64 = 5.0;
const ISSUER: &str = "https://clerk.example.com";
const PARTY: &str = "https://app.example.com";

fn part(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

fn token(header: &[u8], claims: &[u8], signature: u8) -> String {
    format!("{}.{}.{}", part(header), part(claims), part(&[signature; 256]))
}

fn rules() -> Rules {
    Rules {
        issuer: Some(ISSUER.to_owned()),
        parties: Some(vec![PARTY.to_owned(), "native".to_owned()]),
        roles: Roles::parse(Roles::DEFAULT).unwrap(),
    }
}

fn admit(unproved: &Unproved) -> Option<Session> {
    rules().admit(&unproved.claims().ok()?, Timestamp::from_millis(NOW * 1000)).ok()
}

/// JSON as another reader sees it.
fn seen(part: &[u8]) -> Value {
    serde_json::from_slice(part.strip_prefix(b"\xef\xbb\xbf".as_slice()).unwrap_or(part)).unwrap()
}

/// The text, if the member is there and not null; what is no text is not admitted at all.
fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name).filter(|value| !value.is_null()).map(|value| value.as_str().unwrap())
}

#[test]
fn no_mutation_of_a_session_token_is_taken() {
    let claims = corpus("session-claims");
    let header = corpus("session-headers").remove(0);
    let made = (0_u8..).zip(&claims);
    let genuine: Vec<_> = made
        .map(|(nth, claims)| token(header.as_bytes(), claims.as_bytes(), nth))
        .filter(|text| Unproved::parse(text).is_ok_and(|token| admit(&token).is_some()))
        .collect();
    assert!(genuine.len() >= 5, "{}", genuine.len());
    let signed = |text: &str| {
        let token = Unproved::parse(text).ok()?;
        admit(&token)?;
        Some((token.signed().to_vec(), token.signature().to_vec()))
    };
    let signatures: Vec<_> = genuine.iter().filter_map(|text| signed(text)).collect();
    refuse_all_others("session-tokens", &genuine, |text| {
        signed(text).is_some_and(|signed| signatures.contains(&signed))
    });
}

#[test]
fn whatever_a_header_says_it_is_one_of_rs256_or_refused() {
    let headers = mutated(corpus("session-headers"));
    fuzz("session-headers", &headers, |header| {
        let Ok(token) = Unproved::parse(&token(&header, b"{}", 7)) else { return Ok(()) };
        let other = seen(&header);
        prop_assert_eq!(other["alg"].as_str(), Some("RS256"));
        prop_assert!(other["crit"].is_null() && other["b64"].is_null(), "{}", other);
        prop_assert!(text(&other, "typ").is_none_or(|typ| typ.eq_ignore_ascii_case("jwt")));
        prop_assert_eq!(token.kid(), text(&other, "kid"));
        let signed = format!("{}.{}", part(&header), part(b"{}"));
        prop_assert_eq!(token.signed(), signed.as_bytes());
        Ok(())
    });
}

#[test]
fn claims_are_admitted_as_another_reader_sees_them() {
    let header = corpus("session-headers").remove(0);
    let claims = mutated(corpus("session-claims"));
    fuzz("session-claims", &claims, |claims| {
        let token = Unproved::parse(&token(header.as_bytes(), &claims, 7));
        let Some(session) = token.ok().as_ref().and_then(admit) else { return Ok(()) };
        let other = seen(&claims);
        let moment = |name: &str| other[name].as_f64();
        let now = f64::from(i32::try_from(NOW).unwrap());
        prop_assert!(moment("exp").is_some_and(|end| now < end + LEEWAY), "{}", other);
        for start in ["nbf", "iat"] {
            prop_assert!(moment(start).is_none_or(|start| now >= start - LEEWAY), "{}", other);
        }
        prop_assert_eq!(text(&other, "iss"), Some(ISSUER));
        prop_assert!(text(&other, "azp").is_none_or(|party| party == PARTY));
        prop_assert!(other["aud"].is_null() && other["sts"] != "pending");
        let user = text(&other, "sub").unwrap();
        prop_assert!(user.starts_with("user_") && session.user.as_str() == user);
        let (organisation, role) = match &other["o"] {
            Value::Null => (text(&other, "org_id"), text(&other, "org_role")),
            second => (text(second, "id"), text(second, "rol")),
        };
        prop_assert_eq!(session.tenant.as_str(), organisation.unwrap_or(user));
        let is_admin = organisation.is_none() || matches!(role, Some("org:admin" | "admin"));
        let permissions = if is_admin { "*" } else { "CLIENT_TOKENS:READ" };
        prop_assert_eq!(session.permissions.to_string(), permissions);
        Ok(())
    });
}
