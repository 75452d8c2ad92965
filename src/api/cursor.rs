//! Cursors: places in a list that only grows at its end.
//!
//! A cursor is opaque to clients: base62 of a fixed width. Written as a number, it would invite
//! them to compute with it.

use std::fmt;

use crate::domain::base62;

/// The place after the entry at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor(u32);

impl Cursor {
    pub(crate) fn after(position: u32) -> Self {
        Self(position)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        base62::decode(text).map(u32::from_be_bytes).map(Self)
    }

    /// The position of the last entry before the place.
    pub(crate) fn position(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base62::encode(&self.0.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_read_back_from_six_characters() {
        for position in [0, 1, 61, 62, u32::MAX] {
            let text = Cursor::after(position).to_string();
            assert_eq!((text.len(), Cursor::parse(&text)), (6, Some(Cursor::after(position))));
        }
    }

    #[test]
    fn other_texts_are_no_place() {
        for text in ["", "1", "zzzzzz", "00000-", "0000001"] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }
}
