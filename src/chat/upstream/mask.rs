//! Texts of strangers without the secrets that they may repeat: as they stand, in pieces, and in the
//! forms in which a program writes a text into another one.

use std::collections::HashSet;

use base64ct::{Base64, Base64Url, Encoding};

const MASK: &str = "[secret]";

/// So many bytes of a secret in a row are told by nobody by chance.
const PIECE: usize = 8;

/// So many bytes of its beginning are one, too, where a text is cut off behind them.
const HEAD: usize = 4;

/// `words` without the secrets in them, cut to `max` characters.
pub(crate) fn masked(words: &str, secrets: &[String], max: usize) -> String {
    let mut is_hidden = vec![false; words.len()];
    for secret in secrets {
        let secret = secret.trim();
        hide(words, secret, &mut is_hidden);
        let others = forms(secret).into_iter().filter(|form| form.len() >= PIECE);
        others.for_each(|form| hide(words, &form, &mut is_hidden));
    }
    let mut told = String::new();
    let mut is_within = false;
    for (at, found) in words.char_indices() {
        let bytes = is_hidden.get(at..at + found.len_utf8()).unwrap_or_default();
        let is_secret = bytes.contains(&true);
        match (is_secret, is_within) {
            (true, false) => told.push_str(MASK),
            (true, true) => {}
            (false, _) => told.push(found),
        }
        is_within = is_secret;
    }
    told.chars().take(max).collect()
}

/// Marks the bytes of `words` that repeat a piece of `secret`.
fn hide(words: &str, secret: &str, is_hidden: &mut [bool]) {
    if secret.is_empty() {
        return;
    }
    let size = secret.len().min(PIECE);
    let pieces: HashSet<&[u8]> = secret.as_bytes().windows(size).collect();
    for (at, piece) in words.as_bytes().windows(size).enumerate() {
        if pieces.contains(piece) {
            is_hidden.iter_mut().skip(at).take(size).for_each(|byte| *byte = true);
        }
    }
    let heads = (HEAD..secret.len()).rev().filter_map(|end| secret.get(..end));
    if let Some(head) = heads.into_iter().find(|head| words.ends_with(head)) {
        is_hidden.iter_mut().rev().take(head.len()).for_each(|byte| *byte = true);
    }
}

/// A secret as JSON, URLs and base64 have it; in base64 it may stand behind something else.
fn forms(secret: &str) -> Vec<String> {
    let json = serde_json::to_string(secret).unwrap_or_default();
    let json = json.trim_matches('"');
    let url: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut forms = vec![
        json.to_owned(),
        json.replace('/', r"\/"),
        url.replace('+', "%20"),
        url.to_ascii_lowercase(),
        url,
    ];
    for before in 0..3 {
        let bytes = [vec![0; before].as_slice(), secret.as_bytes()].concat();
        for text in [Base64::encode_string(&bytes), Base64Url::encode_string(&bytes)] {
            // The characters at both ends are made of other bytes, too.
            let own = text.trim_end_matches('=').get((before * 8).div_ceil(6)..);
            forms.extend(
                own.and_then(|own| own.get(..own.len().saturating_sub(1))).map(str::to_owned),
            );
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let secrets = ["sk-1234567\n".to_owned(), "with\"quote".to_owned(), String::new()];
        let mask = |words: &str| masked(words, &secrets, 40);
        assert_eq!(mask("Bearer sk-1234567, sk-1234567!"), "Bearer [secret], [secret]!");
        assert_eq!(mask(r#"{"key":"with\"quote"}"#), r#"{"key":"[secret]"}"#);
        assert_eq!(mask("it ends in sk-1234"), "it ends in [secret]");
        assert_eq!(mask("it ends in sk-"), "it ends in sk-", "three letters are no secret");
        assert_eq!(mask(&"é".repeat(50)), "é".repeat(40));
        // What is cut can't uncover what was masked.
        let long = "x".repeat(36) + "sk-1234567";
        assert_eq!(mask(&long), "x".repeat(36) + "[sec");
        assert_eq!(masked("a pin: 123", &["123".to_owned()], 40), "a pin: [secret]");
        assert_eq!(masked("nothing to hide", &[], 40), "nothing to hide");
    }

    #[test]
    fn a_piece_of_a_secret_is_masked_and_what_is_shorter_isnt() {
        let secrets = ["sk-live-0123456789abcdef".to_owned()];
        let mask = |words: &str| masked(words, &secrets, 200);
        assert_eq!(mask("key sk-live-****cdef"), "key [secret]****cdef");
        assert_eq!(mask("…89abcdef is wrong"), "…[secret] is wrong");
        assert_eq!(mask("sk-live 9abcdef 0123456"), "sk-live 9abcdef 0123456");
        assert_eq!(mask("sk-live-0123456789abcdefsk-live-"), "[secret]");
        assert_eq!(mask("äsk-live-0123456789abcdefä"), "ä[secret]ä");
    }

    #[test]
    fn a_secret_is_masked_in_the_forms_that_programs_write_it_in() {
        let secret = "k/ey+with=odd \"parts\"/0123";
        let mask = |words: &str| masked(words, &[secret.to_owned()], 400);
        for words in [
            r#"k/ey+with=odd \"parts\"/0123"#,
            r#"k\/ey+with=odd \"parts\"\/0123"#,
            "k%2Fey%2Bwith%3Dodd+%22parts%22%2F0123",
            "k%2Fey%2Bwith%3Dodd%20%22parts%22%2F0123",
            "k%2fey%2bwith%3dodd+%22parts%22%2f0123",
        ] {
            assert_eq!(mask(&format!("<{words}>")), "<[secret]>");
        }
        for before in ["", "u", "us", "use"] {
            for behind in ["", ":", ":x"] {
                let bytes = format!("{before}{secret}{behind}");
                for text in [
                    Base64::encode_string(bytes.as_bytes()),
                    Base64Url::encode_string(bytes.as_bytes()),
                ] {
                    let told = mask(&text);
                    assert!(told.contains(MASK) && told.len() < MASK.len() + 12, "{text}: {told}");
                }
            }
        }
    }
}
