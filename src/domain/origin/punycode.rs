//! Whether an `xn--` label decodes (RFC 3492).
//!
//! A label that no browser can decode never arrives in an `Origin` header, so an entry with one is
//! a mistake to report. Of what the Unicode tables of IDNA bar, only whole ranges are refused here:
//! the tables are left out for size (contract section 5). A label with another barred code point
//! is let through, and admits nobody, for no browser sends it.

use idna::punycode;

/// Whether `encoded`, a label in lower case without its `xn--`, decodes to printable code points of
/// which at least one is not ASCII (UTS 46 section 4.1).
pub(super) fn is_valid(encoded: &str) -> bool {
    punycode::decode(encoded).is_some_and(|label| {
        !label.iter().all(char::is_ascii) && !label.iter().copied().any(is_barred)
    })
}

/// Whether a code point lies in a range that IDNA maps or bars whole (UTS 46).
fn is_barred(found: char) -> bool {
    matches!(
        found,
        '\u{80}'..='\u{9f}'            // C1 controls
        | '\u{2460}'..='\u{24ea}'      // enclosed alphanumerics
        | '\u{3280}'..='\u{33ff}'      // enclosed CJK letters, CJK compatibility
        | '\u{ff00}'..='\u{ffef}'      // half-width and full-width forms
        | '\u{2f800}'..='\u{2fa1f}'    // CJK compatibility ideographs supplement
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_of_a_name_decodes() {
        // The last is the Arabic sample of RFC 3492 section 7.1 (A), without its question mark.
        for encoded in [
            "bcher-kva",
            "fa-hia",
            "n3h",
            "ls8h",
            "6qqa088eba",
            "r8jz45g",
            "e1afmkfd",
            "egbpdaj6bu4bxfgehfvwxn",
        ] {
            assert!(is_valid(encoded), "{encoded}");
        }
    }

    #[test]
    fn label_without_an_extension_is_refused() {
        for encoded in ["", "-", "abc-", "a-b-"] {
            assert!(!is_valid(encoded), "{encoded:?}");
        }
    }

    #[test]
    fn integer_that_does_not_end_is_refused() {
        assert!(!is_valid("abc-9"));
        assert!(!is_valid("99999"));
    }

    #[test]
    fn integer_that_overflows_is_refused() {
        // Wrapped around at 2^32 the integer, the index and the code point would each be good.
        for encoded in ["43902716a", "tda904870604b", "pz902716a"] {
            assert!(!is_valid(encoded), "{encoded}");
        }
        assert!(!is_valid("99999999999999999999"));
    }

    #[test]
    fn extension_takes_letters_and_digits_only() {
        for encoded in ["n3h_", "n.h", "-n3h"] {
            assert!(!is_valid(encoded), "{encoded:?}");
        }
    }

    #[test]
    fn surrogate_is_refused_and_its_neighbours_are_not() {
        // U+D7FF, U+D800, U+DFFF, U+E000
        assert!(is_valid("hb9b"));
        assert!(!is_valid("ib9b"));
        assert!(!is_valid("zy0c"));
        assert!(is_valid("0y0c"));
    }

    #[test]
    fn last_code_point_is_valid_and_the_next_is_not() {
        // U+10FFFF, U+110000
        assert!(is_valid("dn32g"));
        assert!(!is_valid("en32g"));
    }

    #[test]
    fn range_that_idna_bars_whole_is_refused() {
        // Circled ideographs, which no browser leaves as they are.
        assert!(!is_valid("pokxncvks"));
    }

    #[test]
    fn control_character_is_refused_and_the_no_break_space_after_it_is_not() {
        // U+009F, U+00A0
        assert!(!is_valid("5a"));
        assert!(is_valid("6a"));
    }
}
