//! `CLERK_JWT_KEY`: the public key or keys of the deployment's Clerk instance.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};

use serde_json::Value;

use crate::domain::{
    clerk::{SessionFault, der::rsa_public_key},
    json::{self, Look},
};

const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";

/// A public key as DER of a `SubjectPublicKeyInfo`, and its id if it has one.
#[derive(Debug, PartialEq, Eq)]
struct PublicKey {
    kid: Option<String>,
    spki: Vec<u8>,
}

/// The keys under which session tokens are proved: the one of a PEM, or those of a JWKS.
#[derive(Debug, PartialEq, Eq)]
pub struct KeySet(Vec<PublicKey>);

impl KeySet {
    /// Reads the PEM of a public key, as Clerk's dashboard shows it, or a JWKS document (RFC 7517),
    /// of which the RSA keys for signatures count. Line ends of a PEM may be spaces, or `\n` in two
    /// characters, as variables often have them.
    pub fn parse(text: &str) -> Result<Self, KeySetFault> {
        let text = text.trim();
        if text.starts_with('{') { jwks(text) } else { pem(text) }.map(Self)
    }

    /// The place of the key that is said to have signed a token. A PEM has no id to compare.
    pub fn choose(&self, kid: Option<&str>) -> Result<usize, SessionFault> {
        let is_it = |key: &PublicKey| key.kid.is_none() || key.kid.as_deref() == kid;
        self.0.iter().position(is_it).ok_or(SessionFault::UnknownKey)
    }

    /// DER of a `SubjectPublicKeyInfo`.
    pub fn spki(&self, place: usize) -> &[u8] {
        self.0.get(place).map(|key| key.spki.as_slice()).unwrap_or_default()
    }
}

fn pem(text: &str) -> Result<Vec<PublicKey>, KeySetFault> {
    let body = text.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END));
    let body = body.ok_or(KeySetFault::NotAKey)?.replace("\\n", "");
    let body: String = body.split_whitespace().collect();
    let spki = Base64::decode_vec(&body).map_err(|_| KeySetFault::NotBase64)?;
    if spki.is_empty() {
        Err(KeySetFault::NotAKey)
    } else {
        Ok(vec![PublicKey { kid: None, spki }])
    }
}

fn jwks(text: &str) -> Result<Vec<PublicKey>, KeySetFault> {
    let document = json::parse(text.as_bytes()).map_err(|_| KeySetFault::NotJson)?;
    let Some(Value::Array(keys)) = document.member("keys") else { return Err(KeySetFault::NoKeys) };
    let mut found: Vec<PublicKey> = Vec::new();
    for key in keys.iter().filter(|key| is_for_signatures(key)) {
        let key = rsa(key)?;
        if found.iter().any(|other| other.kid == key.kid) {
            return Err(KeySetFault::RepeatedId);
        }
        found.push(key);
    }
    if found.is_empty() { Err(KeySetFault::NoKeys) } else { Ok(found) }
}

/// Whether a JWK is an RSA key that may verify RS256.
fn is_for_signatures(key: &Value) -> bool {
    let is_or_lacks = |name, value| key.member(name).is_none_or(|_| key.text(name) == Some(value));
    key.text("kty") == Some("RSA") && is_or_lacks("use", "sig") && is_or_lacks("alg", "RS256")
}

fn rsa(key: &Value) -> Result<PublicKey, KeySetFault> {
    let number = |name| {
        let text = key.text(name).ok_or(KeySetFault::NotBase64)?;
        Base64UrlUnpadded::decode_vec(text).map_err(|_| KeySetFault::NotBase64)
    };
    let kid = key.text("kid").ok_or(KeySetFault::NoId)?;
    let spki = rsa_public_key(&number("n")?, &number("e")?);
    Ok(PublicKey { kid: Some(kid.to_owned()), spki })
}

/// Why a text holds no keys. `Display` reads on after the variable's name, and shows nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeySetFault {
    #[error("is neither a PEM of one public key (-----BEGIN PUBLIC KEY-----) nor a JWKS document")]
    NotAKey,
    #[error("has a key that isn't Base64")]
    NotBase64,
    #[error("begins as a JWKS document and isn't JSON")]
    NotJson,
    #[error("is a JWKS document without an RSA key for signatures")]
    NoKeys,
    #[error("is a JWKS document with a key that has no kid")]
    NoId,
    #[error("is a JWKS document with two keys of one kid")]
    RepeatedId,
}

#[cfg(test)]
mod tests;
