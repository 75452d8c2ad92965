//! The form of a JWT (RFC 7515 section 7.1): its header is read, and nothing is believed.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};

use serde_json::Value;

use crate::domain::{
    clerk::SessionFault,
    json::{self, Look},
};

/// The most bytes of a session token. Clerk keeps them below the 4 KiB of a cookie.
const MAX: usize = 8192;

/// A session token as it came. Its header asks for RS256, and nothing about it is proved.
pub struct Unproved {
    /// The first two parts with the dot between them: what the signature is over.
    signed: String,
    /// Where the second part begins.
    claims_at: usize,
    signature: Vec<u8>,
    kid: Option<String>,
}

impl Unproved {
    /// Whether a credential is to be read as a session token: an API key has no dot.
    pub fn is_meant(credential: &str) -> bool {
        credential.contains('.')
    }

    /// Reads form and header. A text that is too long isn't looked into.
    pub fn parse(text: &str) -> Result<Self, SessionFault> {
        if text.len() > MAX {
            return Err(SessionFault::TooLong);
        }
        let mut parts = text.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(SessionFault::Malformed);
        };
        let header_json = object(header)?;
        let signature = bytes(signature)?;
        check(&header_json)?;
        Ok(Self {
            signed: format!("{header}.{claims}"),
            claims_at: header.len() + 1,
            signature,
            kid: header_json.text("kid").map(str::to_owned),
        })
    }

    /// Of the key that is said to have signed it.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    pub fn signed(&self) -> &[u8] {
        self.signed.as_bytes()
    }

    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Clerk's word only once the signature is verified.
    pub fn claims(&self) -> Result<Value, SessionFault> {
        object(self.signed.get(self.claims_at..).unwrap_or_default())
    }
}

impl fmt::Debug for Unproved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unproved")
    }
}

/// Base64url without padding (RFC 7515 section 2); no other spelling of the same bytes is taken.
fn bytes(part: &str) -> Result<Vec<u8>, SessionFault> {
    Base64UrlUnpadded::decode_vec(part).map_err(|_| SessionFault::Malformed)
}

fn object(part: &str) -> Result<Value, SessionFault> {
    // Which of two members counts is for nobody to choose.
    let mut is_clear = true;
    let json = json::parse_body(&bytes(part)?, &mut |_| is_clear = false);
    json.ok().filter(|json| json.is_object() && is_clear).ok_or(SessionFault::Malformed)
}

/// Whether the header asks for the one algorithm, and for nothing that isn't done here. The type is
/// compared so that another JWT of the same key, such as an OAuth access token (`at+jwt`), is no
/// session (RFC 8725 section 3.11).
fn check(header: &Value) -> Result<(), SessionFault> {
    if header.text("alg") != Some("RS256") {
        return Err(SessionFault::Algorithm);
    }
    let is_jwt = match header.member("typ") {
        None => true,
        Some(Value::String(typ)) => typ.eq_ignore_ascii_case("JWT"),
        Some(_) => false,
    };
    let has_text_kid = matches!(header.member("kid"), None | Some(Value::String(_)));
    let is_plain = ["crit", "b64"].iter().all(|name| header.member(name).is_none());
    if is_jwt && has_text_kid && is_plain { Ok(()) } else { Err(SessionFault::Kind) }
}

#[cfg(test)]
mod tests;
