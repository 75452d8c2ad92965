//! Base62: bytes as letters and digits only.
//!
//! A credential in base62 is selected whole by a double click and needs no quoting in a URL or a
//! shell. It has exactly one spelling: the number of bytes fixes the width, and a text above the
//! largest value is refused.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// How many characters `bytes` bytes take: the least n with 62ⁿ ≥ 256^bytes (exact to 400 bytes).
pub const fn width(bytes: usize) -> usize {
    // log₂ 62 = 5.954196…
    (bytes * 8_000_000).div_ceil(5_954_196)
}

/// Digits converted in one step. Each step goes over all bytes, so a few at a time are quicker.
const DIGITS: usize = 5;
const SCALE: u64 = 62_u64.pow(5);

/// Writes `bytes`, read as one big-endian number, in [`width`] characters.
pub fn encode(bytes: &[u8]) -> String {
    // Limbs of 32 bits, most significant first, take a quarter of the divisions of bytes.
    let mut number: Vec<u32> = bytes
        .rchunks(4)
        .rev()
        .map(|limb| limb.iter().fold(0, |value, byte| value << 8 | u32::from(*byte)))
        .collect();
    let mut text = vec![b'0'; width(bytes.len())];
    for digits in text.rchunks_mut(DIGITS) {
        let mut remainder = 0;
        for limb in &mut number {
            let value = remainder << 32 | u64::from(*limb);
            *limb = u32::try_from(value / SCALE).unwrap_or_default();
            remainder = value % SCALE;
        }
        for digit in digits.iter_mut().rev() {
            let at = usize::from(low_byte(remainder % 62));
            *digit = ALPHABET.get(at).copied().unwrap_or(b'0');
            remainder /= 62;
        }
    }
    text.into_iter().map(char::from).collect()
}

/// Reads back what [`encode`] made of `N` bytes; `None` for any other text.
pub fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != width(N) {
        return None;
    }
    let mut number = [0u8; N];
    for digits in text.as_bytes().chunks(DIGITS) {
        let (mut scale, mut carry) = (1, 0);
        for character in digits {
            scale *= 62;
            carry = carry * 62 + u64::from(digit(*character)?);
        }
        for byte in number.iter_mut().rev() {
            let value = u64::from(*byte) * scale + carry;
            *byte = low_byte(value);
            carry = value >> 8;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(number)
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'A'..=b'Z' => Some(character - b'A' + 10),
        b'a'..=b'z' => Some(character - b'a' + 36),
        _ => None,
    }
}

fn low_byte(value: u64) -> u8 {
    value.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_extremes_fill_the_width() {
        assert_eq!(width(37), 50);
        assert_eq!(encode(&[0; 37]), "0".repeat(50));
        assert_eq!(encode(&[255; 2]), "H31");
        assert_eq!(decode::<2>("H31"), Some([255; 2]));
    }

    #[test]
    fn a_number_above_the_largest_is_refused() {
        assert_eq!(decode::<2>("H32"), None);
        assert_eq!(decode::<2>("zzz"), None);
    }

    #[test]
    fn other_lengths_and_characters_are_refused() {
        for text in ["", "H3", "0H31", "H3-", "H3é", "H 1"] {
            assert_eq!(decode::<2>(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_number_has_exactly_one_spelling(bytes: [u8; 9], text in "[0-9A-Za-z]{13}") {
            prop_assert_eq!(decode::<9>(&encode(&bytes)), Some(bytes));
            if let Some(number) = decode::<9>(&text) {
                prop_assert_eq!(encode(&number), text);
            }
        }
    }
}
