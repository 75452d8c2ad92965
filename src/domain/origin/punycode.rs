//! Whether an `xn--` label decodes (RFC 3492).
//!
//! A label that no browser can decode never arrives in an `Origin` header, so an entry
//! with one is a mistake to report. Only the code points matter for that, not their order:
//! nothing is decoded into a buffer. What the Unicode tables of IDNA would add is left out
//! for size (contract §5), but for the ranges that they bar whole: a label of other code points
//! that IDNA maps or bars is let through, and admits nobody, for no browser sends it.

const BASE: u32 = 36;
const THRESHOLD_MIN: u32 = 1;
const THRESHOLD_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const INITIAL_CODE_POINT: u32 = 0x80;

/// Whether `encoded`, the lower-case label after `xn--`, decodes without overflow to
/// printable code points of which at least one is not ASCII (UTS 46 §4.1).
pub(super) fn is_valid(encoded: &str) -> bool {
    greatest_code_point(encoded).is_some()
}

/// Code points come in rising order, so this is the last one.
fn greatest_code_point(encoded: &str) -> Option<char> {
    let (basic, extension) = match encoded.rsplit_once('-') {
        Some((basic, extension)) if !basic.is_empty() => (basic, extension),
        _ => ("", encoded),
    };
    if extension.is_empty() {
        return None;
    }
    let mut digits = extension.bytes();
    let mut length = u32::try_from(basic.len()).ok()?;
    let (mut code_point, mut index, mut bias) = (INITIAL_CODE_POINT, 0_u32, INITIAL_BIAS);
    let mut damp = DAMP;
    let mut greatest = None;
    while digits.len() > 0 {
        let delta = next_delta(&mut digits, bias)?;
        length = length.checked_add(1)?;
        bias = adapted_bias(delta / damp, length);
        damp = 2;
        index = index.checked_add(delta)?;
        code_point = code_point.checked_add(index / length)?;
        index = index % length + 1;
        greatest = Some(char::from_u32(code_point).filter(|found| !is_barred(*found))?);
    }
    greatest
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

/// Reads one variable-length integer (RFC 3492 §3.3).
fn next_delta(digits: &mut impl Iterator<Item = u8>, bias: u32) -> Option<u32> {
    let (mut delta, mut weight, mut position) = (0_u32, 1_u32, BASE);
    loop {
        let digit = digit_value(digits.next()?)?;
        delta = digit.checked_mul(weight)?.checked_add(delta)?;
        let threshold = position.saturating_sub(bias).clamp(THRESHOLD_MIN, THRESHOLD_MAX);
        if digit < threshold {
            return Some(delta);
        }
        weight = weight.checked_mul(BASE - threshold)?;
        position = position.checked_add(BASE)?;
    }
}

/// The bias for the next integer (RFC 3492 §6.1); `damped` is the last one, already damped.
fn adapted_bias(damped: u32, length: u32) -> u32 {
    let mut delta = damped + damped / length;
    let mut bias = 0;
    while delta > (BASE - THRESHOLD_MIN) * THRESHOLD_MAX / 2 {
        delta /= BASE - THRESHOLD_MIN;
        bias += BASE;
    }
    bias + (BASE - THRESHOLD_MIN + 1) * delta / (delta + SKEW)
}

fn digit_value(byte: u8) -> Option<u32> {
    match byte {
        b'a'..=b'z' => Some(u32::from(byte - b'a')),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 26),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_of_a_name_decodes() {
        // The last is the Arabic sample of RFC 3492 §7.1 (A), without its question mark.
        for (encoded, greatest) in [
            ("bcher-kva", 'ü'),
            ("fa-hia", 'ß'),
            ("n3h", '☃'),
            ("ls8h", '\u{1f4a9}'),
            ("6qqa088eba", '好'),
            ("r8jz45g", '例'),
            ("e1afmkfd", 'р'),
            ("egbpdaj6bu4bxfgehfvwxn", '\u{64a}'),
        ] {
            assert_eq!(greatest_code_point(encoded), Some(greatest), "{encoded}");
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
        for encoded in ["n3h_", "n.h", "-n3h", "N3H"] {
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
