//! PEM and JWKS of one key, whose private half was thrown away.

use super::*;

/// The key as a PEM has it, between the markers.
const BODY: &str = concat!(
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyZPq/D6CxXoR5JugaaX9e+7itxDytTPlMQbv",
    "gG/CUUo71CzIPzEBYxBKiaIKlq16DH8gTW/VVvA5WnnD81lmEKL8dkGQe86tiSBSKiMgcZ+dEufjHnYf",
    "ZG0pBF/s5Esgz60sDQ62/1S0o/IrIUUOXxTqkXtDTKH6YYqkdFjVGDOExg0m1fjxwVrKk9UKi7xwZEx7",
    "iznTcM5p9PvuO3edFscgbjklRv/ybFSjoJAuB9fdfKCsLmyRHQj4aA0yUJ5W+pVJYGhN36fIIOGVxjUV",
    "s80wj3D1BKtx4FStXSTXbaXSx8ACLeuQH75lNl21RUjPZg4p+dfh9V/vpV8c0ARG9QIDAQAB",
);
/// The same modulus as a JWK has it.
const MODULUS: &str = concat!(
    "yZPq_D6CxXoR5JugaaX9e-7itxDytTPlMQbvgG_CUUo71CzIPzEBYxBKiaIKlq16DH8gTW_VVvA5WnnD",
    "81lmEKL8dkGQe86tiSBSKiMgcZ-dEufjHnYfZG0pBF_s5Esgz60sDQ62_1S0o_IrIUUOXxTqkXtDTKH6",
    "YYqkdFjVGDOExg0m1fjxwVrKk9UKi7xwZEx7iznTcM5p9PvuO3edFscgbjklRv_ybFSjoJAuB9fdfKCs",
    "LmyRHQj4aA0yUJ5W-pVJYGhN36fIIOGVxjUVs80wj3D1BKtx4FStXSTXbaXSx8ACLeuQH75lNl21RUjP",
    "Zg4p-dfh9V_vpV8c0ARG9Q",
);

fn jwk(more: &str) -> String {
    format!(r#"{{"kty":"RSA","n":"{MODULUS}","e":"AQAB"{more}}}"#)
}

fn set(keys: &[String]) -> String {
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

fn lines() -> Vec<String> {
    BODY.as_bytes().chunks(64).map(|line| String::from_utf8(line.to_vec()).unwrap()).collect()
}

#[test]
fn a_pem_is_read_however_its_lines_end() {
    let spki = Base64::decode_vec(BODY).unwrap();
    for end in ["\n", "\r\n", " ", "\\n", ""] {
        let text = format!("{BEGIN}{end}{}{end}{END}", lines().join(end));
        for text in [text.clone(), format!("\n {text}\n\n")] {
            let keys = KeySet::parse(&text).unwrap();
            assert_eq!(keys.spki(0), spki, "{end:?}");
        }
    }
}

#[test]
fn the_key_of_a_pem_is_chosen_whatever_the_kid() {
    let keys = KeySet::parse(&format!("{BEGIN}{BODY}{END}")).unwrap();
    assert_eq!([keys.choose(None), keys.choose(Some("ins_1"))], [Ok(0), Ok(0)]);
}

#[test]
fn a_jwk_becomes_the_same_key_as_its_pem() {
    let keys = KeySet::parse(&set(&[jwk(r#","kid":"ins_1""#)])).unwrap();
    assert_eq!(keys.spki(0), Base64::decode_vec(BODY).unwrap());
}

#[test]
fn the_kid_chooses_among_the_rsa_keys_for_signatures() {
    let keys = [
        r#"{"kty":"EC","kid":"ins_1","crv":"P-256"}"#.to_owned(),
        jwk(r#","kid":"ins_2","use":"enc""#),
        jwk(r#","kid":"ins_3","alg":"RS512""#),
        jwk(r#","kid":"ins_4","use":"sig","alg":"RS256""#),
        jwk(r#","kid":"ins_5""#),
    ];
    let keys = KeySet::parse(&set(&keys)).unwrap();
    assert_eq!([keys.choose(Some("ins_4")), keys.choose(Some("ins_5"))], [Ok(0), Ok(1)]);
    for kid in [None, Some(""), Some("ins_1"), Some("ins_2"), Some("ins_3"), Some("INS_4")] {
        assert_eq!(keys.choose(kid), Err(SessionFault::UnknownKey), "{kid:?}");
    }
}

#[test]
fn other_texts_are_told_apart_and_not_shown() {
    use KeySetFault::{NoId, NoKeys, NotAKey, NotBase64, NotJson, RepeatedId};
    let with_id = jwk(r#","kid":"ins_1""#);
    for (text, fault) in [
        (String::new(), NotAKey),
        (BODY.into(), NotAKey),
        (format!("{BEGIN}{BODY}"), NotAKey),
        (format!("{BEGIN}{END}"), NotAKey),
        (format!("-----BEGIN PRIVATE KEY-----{BODY}-----END PRIVATE KEY-----"), NotAKey),
        (format!("-----BEGIN RSA PUBLIC KEY-----{BODY}-----END RSA PUBLIC KEY-----"), NotAKey),
        (format!("{BEGIN}{BODY}A{END}"), NotBase64),
        (format!("{BEGIN}{BODY}{END}{BEGIN}{BODY}{END}"), NotBase64),
        ("{".into(), NotJson),
        ("{}".into(), NoKeys),
        (r#"{"keys":{}}"#.into(), NoKeys),
        (set(&[]), NoKeys),
        (set(&["7".into(), r#"{"kty":"EC","kid":"a"}"#.into()]), NoKeys),
        (set(&[jwk("")]), NoId),
        (set(&[with_id.clone(), with_id.clone()]), RepeatedId),
        (set(&[r#"{"kty":"RSA","kid":"a","e":"AQAB"}"#.into()]), NotBase64),
        (set(&[with_id.replace("AQAB", "AQ=B")]), NotBase64),
    ] {
        assert_eq!(KeySet::parse(&text), Err(fault), "{text}");
        assert!(!fault.to_string().contains("MII"), "{fault}");
    }
}
