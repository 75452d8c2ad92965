//! The form of a JWT (RFC 7515 section 7.1): its header is read, and nothing is believed.

use std::{collections::BTreeSet, fmt};

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::domain::{clerk::SessionFault, json::Json};

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
    #[must_use]
    pub fn is_meant(credential: &str) -> bool {
        credential.contains('.')
    }

    /// Reads form and header. A text that is too long isn't looked into.
    ///
    /// # Errors
    /// `TooLong`, `Malformed`, `Algorithm` or `Kind`.
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
            kid: header_json.get_text("kid").map(str::to_owned),
        })
    }

    /// The id of the key that is said to have signed it.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// What the signature is over.
    #[must_use]
    pub fn signed(&self) -> &[u8] {
        self.signed.as_bytes()
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The claims, which are Clerk's word only once the signature is verified.
    ///
    /// # Errors
    /// `Malformed`.
    pub fn claims(&self) -> Result<Json, SessionFault> {
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

/// The object in a part, with each name once: which of two members counts is for nobody to choose.
fn object(part: &str) -> Result<Json, SessionFault> {
    let json = Json::parse_body(&bytes(part)?).map_err(|_| SessionFault::Malformed)?;
    let Json::Object(members) = &json else { return Err(SessionFault::Malformed) };
    let mut seen = BTreeSet::new();
    let is_clear = members.iter().all(|(name, _)| seen.insert(name));
    if is_clear { Ok(json) } else { Err(SessionFault::Malformed) }
}

/// Whether the header asks for the one algorithm, and for nothing that isn't done here. The type is
/// compared so that another JWT of the same key, such as an OAuth access token (`at+jwt`), is no
/// session (RFC 8725 section 3.11).
fn check(header: &Json) -> Result<(), SessionFault> {
    if header.get_text("alg") != Some("RS256") {
        return Err(SessionFault::Algorithm);
    }
    let is_jwt = match header.get("typ") {
        None => true,
        Some(Json::String(typ)) => typ.eq_ignore_ascii_case("JWT"),
        Some(_) => false,
    };
    let has_text_kid = matches!(header.get("kid"), None | Some(Json::String(_)));
    let is_plain = ["crit", "b64"].iter().all(|name| header.get(name).is_none());
    if is_jwt && has_text_kid && is_plain { Ok(()) } else { Err(SessionFault::Kind) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(text: &str) -> String {
        Base64UrlUnpadded::encode_string(text.as_bytes())
    }

    fn token(header: &str, claims: &str) -> String {
        format!("{}.{}.{}", part(header), part(claims), part("signature"))
    }

    const HEADER: &str = r#"{"alg":"RS256","typ":"JWT","kid":"ins_1"}"#;

    fn fault(text: &str) -> SessionFault {
        Unproved::parse(text).err().unwrap()
    }

    #[test]
    fn a_token_gives_what_is_signed_by_which_key_and_its_claims() {
        let text = token(HEADER, r#"{"sub":"user_1"}"#);
        let token = Unproved::parse(&text).unwrap();
        assert_eq!(token.signed(), text.rsplit_once('.').unwrap().0.as_bytes());
        assert_eq!((token.signature(), token.kid()), (b"signature".as_slice(), Some("ins_1")));
        assert_eq!(token.claims().unwrap().get_text("sub"), Some("user_1"));
        assert_eq!(format!("{token:?}"), "Unproved");
    }

    #[test]
    fn a_credential_with_a_dot_is_meant_as_a_session_token() {
        assert!(Unproved::is_meant("a.b.c") && Unproved::is_meant("."));
        assert!(!Unproved::is_meant("rt_live_abc") && !Unproved::is_meant(""));
    }

    #[test]
    fn another_form_is_malformed() {
        let good = token(HEADER, "{}");
        let [header, claims, signature] = [part(HEADER), part("{}"), part("signature")];
        for text in [
            String::new(),
            ".".into(),
            "..".into(),
            "...".into(),
            format!("{header}.{claims}"),
            format!("{good}."),
            format!("{good}.{signature}.{signature}"),
            format!(".{good}"),
            format!("{header}=.{claims}.{signature}"),
            format!("{header}.{claims}.{signature}="),
            format!("{header}.{claims}.{signature}+"),
            format!("{header}.{claims}.a"),
            format!("{header}.{claims}.{}", signature.replace('c', " ")),
            format!("é.{claims}.{signature}"),
            token("[]", "{}"),
            token("RS256", "{}"),
            token(r#"{"alg":"RS256""#, "{}"),
            token(r#"{"alg":"none","alg":"RS256"}"#, "{}"),
            token(r#"{"alg":"RS256","alg":"RS256"}"#, "{}"),
        ] {
            assert_eq!(fault(&text), SessionFault::Malformed, "{text}");
        }
    }

    #[test]
    fn base64_has_one_spelling() {
        // The last character of four bytes carries four bits that mean nothing.
        let [header, claims] = [part(HEADER), part("{}")];
        assert!(Unproved::parse(&format!("{header}.{claims}.AAAAAA")).is_ok());
        assert_eq!(fault(&format!("{header}.{claims}.AAAAAB")), SessionFault::Malformed);
    }

    #[test]
    fn only_rs256_is_an_algorithm() {
        for alg in ["none", "None", "HS256", "HS512", "RS384", "RS512", "PS256", "ES256", "EdDSA"] {
            let header = format!(r#"{{"alg":"{alg}","typ":"JWT"}}"#);
            assert_eq!(fault(&token(&header, "{}")), SessionFault::Algorithm, "{alg}");
        }
        for header in ["{}", r#"{"alg":null}"#, r#"{"alg":["RS256"]}"#, r#"{"alg":"rs256"}"#] {
            assert_eq!(fault(&token(header, "{}")), SessionFault::Algorithm, "{header}");
        }
        // Without a signature the algorithm is still what is told.
        let none = format!("{}.{}.", part(r#"{"alg":"none"}"#), part("{}"));
        assert_eq!(fault(&none), SessionFault::Algorithm);
    }

    #[test]
    fn other_kinds_of_token_and_extensions_are_refused() {
        for member in [
            r#""typ":"at+jwt""#,
            r#""typ":7"#,
            r#""typ":"""#,
            r#""kid":7"#,
            r#""crit":["b64"]"#,
            r#""b64":false"#,
        ] {
            let header = format!(r#"{{"alg":"RS256",{member}}}"#);
            assert_eq!(fault(&token(&header, "{}")), SessionFault::Kind, "{member}");
        }
        for member in [r#""typ":"jwt""#, r#""typ":null"#, r#""cty":"x""#] {
            let header = format!(r#"{{"alg":"RS256",{member}}}"#);
            assert!(Unproved::parse(&token(&header, "{}")).is_ok(), "{member}");
        }
    }

    #[test]
    fn length_is_bounded_before_anything_is_read() {
        let head = format!("{}.{}.", part(HEADER), part("{}"));
        let longest = format!("{head}{}", "A".repeat((MAX - head.len()) / 4 * 4));
        assert!(Unproved::parse(&longest).is_ok());
        assert_eq!(fault(&"a.".repeat(MAX / 2 + 1)), SessionFault::TooLong);
        assert_eq!(fault(&"é".repeat(MAX)), SessionFault::TooLong);
    }

    #[test]
    fn claims_that_are_no_object_are_told_when_they_are_read() {
        for claims in ["[]", "7", "{", "", r#"{"sub":"a","sub":"b"}"#] {
            let token = Unproved::parse(&token(HEADER, claims)).unwrap();
            assert_eq!(token.claims(), Err(SessionFault::Malformed), "{claims}");
        }
    }
}
