//! The Authorization header of the management plane.
//!
//! It is here so that who may come in at all is decided by arithmetic, before any database is
//! asked (contract sections 3 and 4; RFC 6750 for the form and for what a 401 says).

use crate::domain::{api_key::ApiKeyValue, keyring::Keyring};

/// Why a request has no caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unauthenticated {
    /// No Authorization header, or one without a credential.
    Missing,
    /// Another scheme than Bearer.
    NotBearer,
    /// Several credentials, or one with white space in it.
    Malformed,
    /// A credential that this deployment didn't make.
    Forged,
    /// Made here, yet unknown by now or revoked.
    Revoked,
    /// Made here and expired.
    Expired,
}

/// Reads the key out of the header's value.
///
/// # Errors
/// [`Unauthenticated`]; never `Revoked` or `Expired`, which only the database knows.
pub fn parse(header: Option<&str>, keyring: &Keyring) -> Result<ApiKeyValue, Unauthenticated> {
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
    ApiKeyValue::verify(credential, keyring).ok_or(Unauthenticated::Forged)
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
            assert!(parse(Some(&format!("{scheme} {}", key.expose())), &ring).is_ok());
        }
    }

    #[test]
    fn each_bad_header_has_its_reason() {
        use Unauthenticated::{Forged, Malformed, Missing, NotBearer};
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
        ] {
            assert_eq!(parse(header, &ring).unwrap_err(), reason, "{header:?}");
        }
    }
}
