//! The Authorization header of the management plane (contract sections 3 and 4; RFC 6750 for its
//! form and for the answer 401).
//!
//! An API key and a session token are told apart by their form. A key's tag is checked before the
//! database is asked, so a made-up key costs no query.

use crate::domain::{
    api_key::ApiKeyValue,
    bootstrap::BootstrapFault,
    clerk::{SessionFault, Unproved},
    keyring::Keyring,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unauthenticated {
    /// No Authorization header, or one without a credential.
    Missing,
    /// Another scheme than Bearer.
    NotBearer,
    /// Several credentials, or one with white space in it.
    Malformed,
    /// A credential with no valid tag of this deployment.
    Forged,
    /// A credential with a valid tag that the database doesn't know, or not any more.
    Revoked,
    /// A credential of this deployment that has expired.
    Expired,
    /// What is meant as a session token.
    Session(SessionFault),
    /// No exchange of `BOOTSTRAP_KEY`.
    Bootstrap(BootstrapFault),
}

#[derive(Debug)]
pub(crate) enum Bearer {
    /// An API key whose tag is right.
    Key(ApiKeyValue),
    /// A session token, of which only the form is right.
    Session(Unproved),
}

/// The text of the one bearer credential in the header's value.
pub(crate) fn credential(header: Option<&str>) -> Result<&str, Unauthenticated> {
    let header = header.map(str::trim).filter(|h| !h.is_empty());
    let header = header.ok_or(Unauthenticated::Missing)?;
    let (scheme, credential) = header.split_once(' ').unwrap_or((header, ""));
    let credential = credential.trim();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Unauthenticated::NotBearer);
    }
    if credential.is_empty() {
        return Err(Unauthenticated::Missing);
    }
    // Several headers arrive as one, joined by commas (RFC 9110 section 5.2).
    if credential.contains([',', ' ', '\t']) {
        return Err(Unauthenticated::Malformed);
    }
    Ok(credential)
}

/// A fault is never `Revoked` or `Expired`, which only the database knows.
pub(crate) fn parse(header: Option<&str>, keyring: &Keyring) -> Result<Bearer, Unauthenticated> {
    let credential = credential(header)?;
    if Unproved::is_meant(credential) {
        return Unproved::parse(credential).map(Bearer::Session).map_err(Unauthenticated::Session);
    }
    ApiKeyValue::verify(credential, keyring).map(Bearer::Key).ok_or(Unauthenticated::Forged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{environment::Environment, keyring::ring};

    #[test]
    fn the_scheme_is_matched_in_any_case() {
        let ring = ring("a");
        let key = ApiKeyValue::mint(&ring, Environment::Test, &[1; 32]).unwrap();
        for scheme in ["Bearer", "bearer", "BEARER", " Bearer "] {
            let bearer = parse(Some(&format!("{scheme} {}", key.expose())), &ring);
            assert!(matches!(bearer, Ok(Bearer::Key(_))));
        }
    }

    #[test]
    fn each_bad_header_has_its_reason() {
        use Unauthenticated::{Forged, Malformed, Missing, NotBearer, Session};
        let ring = ring("a");
        for (header, reason) in [
            (None, Missing),
            (Some(""), Missing),
            (Some("Bearer"), Missing),
            (Some("Bearer   "), Missing),
            (Some("Basic abc"), NotBearer),
            (Some("rt_live_abc"), NotBearer),
            (Some("Bearer a, Bearer b"), Malformed),
            (Some("Bearer rt_live_abc"), Forged),
            (Some("Bearer a.b.c"), Session(SessionFault::Malformed)),
            (Some("Bearer a.b.c, Bearer a.b.c"), Malformed),
            (Some("a.b.c"), NotBearer),
        ] {
            assert_eq!(parse(header, &ring).unwrap_err(), reason, "{header:?}");
        }
    }
}
