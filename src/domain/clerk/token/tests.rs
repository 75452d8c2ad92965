//! Texts that are a token in form, and texts that aren't.

use proptest::prelude::*;

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
    assert_eq!(token.claims().unwrap().text("sub"), Some("user_1"));
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
    let twice = [
        r#"{"sub":"a","sub":"b"}"#,
        r#"{"o":{"id":"org_1","rol":"member","rol":"admin"}}"#,
        r#"{"a":[{"b":1,"b":1}]}"#,
    ];
    for claims in ["[]", "7", "{", ""].into_iter().chain(twice) {
        let token = Unproved::parse(&token(HEADER, claims)).unwrap();
        assert_eq!(token.claims(), Err(SessionFault::Malformed), "{claims}");
    }
}

proptest! {
    #[test]
    fn a_text_that_is_taken_is_the_only_spelling_of_what_it_says(
        header in prop_oneof![
            Just(part(HEADER)), Just(part("{\"alg\":\"RS256\"}")), "[A-Za-z0-9_=-]{0,40}",
        ],
        claims in "[A-Za-z0-9_=-]{0,40}",
        signature in "[A-Za-z0-9_=-]{0,40}",
        tail in "[.A-Za-z]{0,2}",
    ) {
        let text = format!("{header}.{claims}.{signature}{tail}");
        if let Ok(token) = Unproved::parse(&text) {
            let again = Base64UrlUnpadded::encode_string(token.signature());
            let signed = format!("{header}.{claims}");
            prop_assert_eq!(token.signed(), signed.as_bytes());
            prop_assert_eq!(format!("{signed}.{again}"), text);
            let _ = token.claims();
        }
    }

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,200}", dots in "[.]{0,4}") {
        for text in [text.clone(), format!("{dots}{text}"), format!("{text}{dots}{text}")] {
            let _ = Unproved::parse(&text).map(|token| token.claims());
        }
    }
}
