//! Why a session token is refused.

/// What is compared with a secret is told in one word: the signature is right or it isn't.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionFault {
    /// The deployment has no key of Clerk's.
    NotSetUp,
    TooLong,
    /// Not three parts of base64url, or one of the first two isn't a JSON object.
    Malformed,
    /// Signed by another algorithm than RS256, or by none.
    Algorithm,
    /// Another kind of token, or one with an extension that must be understood and isn't.
    Kind,
    /// No key of the deployment has the `kid`.
    UnknownKey,
    Signature,
    /// The claim of this name is missing or has a value that Clerk doesn't give it.
    Claim(&'static str),
    /// `exp` is over.
    Expired,
    /// `nbf` or `iat` is still to come.
    Early,
    /// `iss` isn't the deployment's.
    Issuer,
    /// `azp` isn't one of the deployment's.
    Party,
    /// Without `azp`, where the deployment lists parties.
    NoParty,
    /// Has an `aud`: it is for somebody else (RFC 7519 section 4.1.3).
    Audience,
    /// The user has still to do something before the session begins, such as to choose an
    /// organisation.
    Pending,
}
