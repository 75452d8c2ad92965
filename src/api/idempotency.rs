//! `Idempotency-Key`: a request that is sent again under its key for 24 hours makes nothing, and is
//! answered as it was the first time (draft-ietf-httpapi-idempotency-key-header-07).
//!
//! A request that was refused made nothing and is remembered by nobody; sent again, it is judged
//! anew.

use crate::{
    api::{error::Error, reply::Reply},
    domain::idempotency::{Claim, IdempotencyKey},
};

/// The claim of a request with this `body` under the key in its header, if it has one. `scope` are
/// the parts of where the key counts.
pub(crate) fn claim(
    header: Option<&str>,
    scope: &[&str],
    body: &[u8],
) -> Result<Option<Claim>, Error> {
    let key = header.map(IdempotencyKey::parse).transpose();
    let key = key.map_err(Error::MalformedIdempotencyKey)?;
    Ok(key.map(|key| Claim::of(&key, scope, body)))
}

/// Whether the request of this claim is the one that was carried out under its key; `request` is
/// that one's digest.
pub(crate) fn is_the_same(claim: &Claim, request: &str) -> Result<(), Error> {
    if claim.request == request { Ok(()) } else { Err(Error::IdempotencyKeyReused) }
}

/// The first answer, given again.
pub(crate) fn replayed(reply: Reply) -> Reply {
    reply.with_header("Idempotent-Replayed", "true")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::idempotency::KeyFault;

    #[test]
    fn a_request_without_a_key_claims_nothing_and_one_with_a_faulty_key_is_refused() {
        assert_eq!(claim(None, &["a"], b"{}"), Ok(None));
        assert!(claim(Some("k"), &["a"], b"{}").is_ok_and(|claim| claim.is_some()));
        let refused = Err(Error::MalformedIdempotencyKey(KeyFault::Empty));
        assert_eq!(claim(Some(""), &["a"], b"{}"), refused);
    }

    #[test]
    fn another_body_is_another_request() {
        let claim = claim(Some("k"), &["a"], b"{}").unwrap().unwrap();
        assert_eq!(is_the_same(&claim, &claim.request), Ok(()));
        assert_eq!(is_the_same(&claim, "other"), Err(Error::IdempotencyKeyReused));
    }
}
