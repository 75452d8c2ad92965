//! Half a surrogate pair: in the body of a page, and between two pieces of a text.
//!
//! Whoever counts a text in UTF-16 units may cut it inside a character: the JSON of one piece ends
//! with `\ud83d` and that of the next begins with `\ude00`. Neither half is a character, so each is
//! carried as one of the last 2,048 of plane 16, which are for private use, until it is joined. A
//! text that has such a character itself has U+FFFD in its place.

use std::borrow::Cow;

use serde_json::Value;

const FIRST: u32 = 0x10_f800;
const FIRST_UNIT: u16 = 0xd800;

/// Puts U+FFFD in the place of each half of a surrogate pair that JSON has as an escape. Whatever
/// else it holds, and every place in it, stays what it was.
pub fn replace_halves(json: &mut [u8]) {
    let mut at = 0;
    while let Some(further) = next_escape(json, at) {
        at += further;
        let (len, says) = escape(json, at);
        if let (Some(Err(_)), Some(digits)) = (says, json.get_mut(at + 2..at + 6)) {
            digits.copy_from_slice(b"fffd");
        }
        at += len;
    }
}

/// JSON in which each half of a surrogate pair is the character that carries it.
pub(super) fn carried(json: &[u8]) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(json) else { return json.to_vec() };
    let text = without(text);
    let json = text.as_bytes();
    let (mut carried, mut copied, mut at) = (Vec::new(), 0, 0);
    while let Some(further) = next_escape(json, at) {
        at += further;
        let (len, says) = escape(json, at);
        let other = match says {
            Some(Err(unit)) => Some(carrier(unit)),
            Some(Ok(character)) if is_carrier(character) => Some(char::REPLACEMENT_CHARACTER),
            _ => None,
        };
        if let Some(other) = other {
            carried.extend_from_slice(json.get(copied..at).unwrap_or_default());
            carried.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
            copied = at + len;
        }
        at += len;
    }
    carried.extend_from_slice(json.get(copied..).unwrap_or_default());
    carried
}

/// How far the next backslash is.
fn next_escape(json: &[u8], at: usize) -> Option<usize> {
    json.get(at..)?.iter().position(|byte| *byte == b'\\')
}

/// The length of the escape at this place, and the character that it says in `\uXXXX`, twice where
/// it needs two, or the half.
fn escape(json: &[u8], at: usize) -> (usize, Option<Result<char, u16>>) {
    let Some(unit) = unit_at(json, at) else { return (2, None) };
    let units = [unit].into_iter().chain(unit_at(json, at + 6));
    match char::decode_utf16(units).next() {
        Some(Ok(character)) => (6 * character.len_utf16(), Some(Ok(character))),
        _ => (6, Some(Err(unit))),
    }
}

/// The UTF-16 code unit of the `\uXXXX` at this place, if there is one.
fn unit_at(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
    u16::from_str_radix(std::str::from_utf8(digits).ok().filter(|_| is_hex)?, 16).ok()
}

/// The character that carries `unit`, which is half a pair.
fn carrier(unit: u16) -> char {
    let place = u32::from(unit.wrapping_sub(FIRST_UNIT));
    char::from_u32(FIRST + place).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn is_carrier(character: char) -> bool {
    u32::from(character) >= FIRST
}

/// The half that a character carries, if it does.
fn unit(character: char) -> Option<u16> {
    let place = u32::from(character).checked_sub(FIRST)?;
    Some(FIRST_UNIT + u16::try_from(place).ok()?)
}

/// `text` without characters that carry halves.
fn without(text: &str) -> Cow<'_, str> {
    if text.contains(is_carrier) {
        Cow::Owned(text.replace(is_carrier, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A text in which the halves that stand side by side are joined, and the others U+FFFD.
pub(crate) fn settled(text: &str) -> String {
    let mut halves = Halves::default();
    let mut settled = halves.join(text);
    settled.extend(halves.rest());
    settled
}

/// A value without the halves that [`super::parse_piece`] left: those that stand side by side are
/// joined, others are U+FFFD.
#[must_use]
pub fn settle(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(settled(&text)),
        Value::Array(items) => items.into_iter().map(settle).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (settled(&name), settle(value))).collect()
        }
        other => other,
    }
}

/// Joins the halves of one text that comes in pieces.
#[derive(Debug, Default)]
pub struct Halves {
    /// The first half of a pair, which ended the piece before.
    open: Option<u16>,
}

impl Halves {
    /// The next piece, with what was left of the one before. A first half at its end waits; any
    /// other half that has no partner is U+FFFD.
    pub fn join(&mut self, piece: &str) -> String {
        if self.open.is_none() && !piece.contains(is_carrier) {
            return piece.to_owned();
        }
        let mut joined = String::with_capacity(piece.len() + 3);
        for character in piece.chars() {
            let half = unit(character);
            let pair = self.open.zip(half).and_then(|(first, second)| {
                char::decode_utf16([first, second]).next().and_then(Result::ok)
            });
            if let Some(pair) = pair {
                self.open = None;
                joined.push(pair);
                continue;
            }
            joined.extend(self.rest());
            match half {
                Some(half) if half < 0xdc00 => self.open = Some(half),
                Some(_) => joined.push(char::REPLACEMENT_CHARACTER),
                None => joined.push(character),
            }
        }
        joined
    }

    /// What is left when no other piece comes: U+FFFD for a half, or nothing.
    pub fn rest(&mut self) -> Option<char> {
        self.open.take().map(|_| char::REPLACEMENT_CHARACTER)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::json::parse_piece;

    fn joined(pieces: &[&str]) -> String {
        let mut halves = Halves::default();
        let mut text = String::new();
        for piece in pieces {
            let Ok(Value::String(piece)) = parse_piece(format!("\"{piece}\"").as_bytes()) else {
                panic!("{piece}")
            };
            text += &halves.join(&piece);
        }
        text.extend(halves.rest());
        text
    }

    #[test]
    fn halves_are_joined_across_pieces_or_replaced() {
        for (pieces, text) in [
            (&[r"\ud83d", r"\ude00"][..], "\u{1f600}"),
            (&[r"a\ud83d", "", r"\ude00b"], "a\u{1f600}b"),
            (&[r"\ud83d\ude00"], "\u{1f600}"),
            (&[r"\ud83d"], "\u{fffd}"),
            (&[r"\ud83d", "a"], "\u{fffd}a"),
            (&[r"\ud83d", r"\ud83d", r"\ude00"], "\u{fffd}\u{1f600}"),
            (&[r"\ude00", r"\ud83d"], "\u{fffd}\u{fffd}"),
            (&[r"\ud83da", r"\ude00"], "\u{fffd}a\u{fffd}"),
            // A character that carries halves is none of anybody's.
            (&["\u{10ffff}", r"\udbff\udfff", "\u{10f7ff}"], "\u{fffd}\u{fffd}\u{10f7ff}"),
        ] {
            assert_eq!(joined(pieces), text, "{pieces:?}");
        }
    }

    proptest! {
        #[test]
        fn a_text_cut_every_few_units_is_whole_again(text in any::<String>(), size in 1_usize..9) {
            let units: Vec<u16> = text.encode_utf16().collect();
            let pieces: Vec<String> = units
                .chunks(size)
                .map(|units| {
                    let escapes: Vec<_> =
                        units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
                    escapes.concat()
                })
                .collect();
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            prop_assert_eq!(joined(&pieces), without(&text).into_owned());
        }
    }
}
