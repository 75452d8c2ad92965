//! Faults of a request: what is wrong, where, and what was probably meant.
//!
//! A caller hears every fault of a body at once (contract section 9), within bounds: whatever a
//! body holds, its answer has at most 64 KiB (section 12).

use std::{
    collections::BTreeSet,
    fmt::{self, Display, Write},
};

use serde::Serialize;

/// The kind of a fault, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Code {
    MissingRequiredField,
    /// Another JSON type than the field's.
    InvalidType,
    InvalidEnum,
    /// A number or a count outside its range.
    OutOfRange,
    UnknownField,
    /// A field that never changes, with another value.
    ImmutableField,
    /// Too many characters or bytes.
    TooLong,
    /// Too many entries.
    TooMany,
    InvalidFormat,
    InvalidOrigin,
    DuplicateField,
    InvalidJson,
}

/// One fault, as told to the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Detail {
    /// What is wrong, in words, beginning with the field.
    pub(crate) message: String,
    /// Where: a dotted path such as `allowedOrigins.2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<Code>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) suggestion: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    details: Vec<Detail>,
    /// The most bytes that the details have as JSON.
    bytes: usize,
    /// How many there were beyond the bounds.
    more: usize,
    hint: Option<&'static str>,
    /// The paths of what a page's body has more than once, which is a fault where it is read.
    repeated: BTreeSet<String>,
}

impl Faults {
    /// The most faults that one answer tells; a last line says how many more there were.
    const MAX: usize = 100;

    /// The most bytes of JSON that they have together, which leaves 4 KiB to the rest.
    const MAX_BYTES: usize = 60 * 1024;

    /// Adds a fault at `path`; the message begins with the path: `name must not be empty`.
    pub(crate) fn add(&mut self, path: &str, code: Code, message: impl Display) {
        self.add_suggesting(path, code, message, None);
    }

    /// Adds a fault at a path that is made only if it is told.
    pub(crate) fn add_at(&mut self, path: impl Display, code: Code, message: impl Display) {
        if self.are_full() {
            self.more += 1;
        } else {
            self.add(&cut(path, MAX_PATH + 1), code, message);
        }
    }

    /// Notes a path of a page's body, unless it is longer than that of anything that is read.
    pub(crate) fn note_repeated(&mut self, path: impl Display) {
        const MAX_READ: usize = 64;
        let path = cut(path, MAX_READ + 1);
        if path.chars().nth(MAX_READ).is_none() {
            self.repeated.insert(path);
        }
    }

    pub(crate) fn is_repeated(&self, path: &str) -> bool {
        self.repeated.contains(path)
    }

    pub(crate) fn add_suggesting(
        &mut self,
        path: &str,
        code: Code,
        message: impl Display,
        suggestion: Option<&str>,
    ) {
        if self.are_full() {
            self.more += 1;
            return;
        }
        self.push(Detail {
            message: format!("{} {}", cut(path, MAX_ECHO), cut(message, MAX_MESSAGE)),
            path: Some(cut(path, MAX_PATH)),
            code: Some(code),
            suggestion: suggestion.map(|text| cut(text, MAX_PATH)),
        });
    }

    fn push(&mut self, detail: Detail) {
        let bytes = self.bytes + detail.max_bytes();
        if self.details.len() < Self::MAX && bytes <= Self::MAX_BYTES {
            self.details.push(detail);
            self.bytes = bytes;
        } else {
            // Nothing shorter is taken afterwards: what is told is what was found first.
            self.bytes = Self::MAX_BYTES;
            self.more += 1;
        }
    }

    /// Whether another fault would only be counted, so that nothing need be made of it.
    pub(crate) fn are_full(&self) -> bool {
        self.details.len() >= Self::MAX || self.bytes >= Self::MAX_BYTES
    }

    /// Says what to do about them; the first to be said stands.
    pub(crate) fn advise(&mut self, hint: &'static str) {
        self.hint.get_or_insert(hint);
    }

    pub(crate) fn hint(&self) -> Option<&'static str> {
        self.hint
    }

    /// Counts faults that [`Faults::are_full`] spares from being told.
    pub(crate) fn add_untold(&mut self, count: usize) {
        self.more += count;
    }

    /// Whether a fault was found at `field` or below it.
    pub(crate) fn touch(&self, field: &str) -> bool {
        let head = |path: &String| path.split('.').next() == Some(field);
        self.details.iter().any(|detail| detail.path.as_ref().is_some_and(head))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.details.is_empty()
    }

    /// The faults, in the order found.
    pub(crate) fn into_details(mut self) -> Vec<Detail> {
        if self.more > 0 {
            let message = format!("and {} more", self.more);
            self.details.push(Detail { message, path: None, code: None, suggestion: None });
        }
        self.details
    }
}

impl Detail {
    /// No fewer than the bytes that it has as JSON.
    fn max_bytes(&self) -> usize {
        // The names, the code and the punctuation.
        const FRAME: usize = 100;
        let texts = [Some(&self.message), self.path.as_ref(), self.suggestion.as_ref()];
        FRAME + texts.into_iter().flatten().map(|text| escaped_len(text)).sum::<usize>()
    }
}

/// No fewer than the bytes that the text has in JSON: a control character has six.
fn escaped_len(text: &str) -> usize {
    let escaped = |byte| match byte {
        0..=0x1f => 6,
        b'"' | b'\\' => 2,
        _ => 1,
    };
    text.bytes().map(escaped).sum()
}

/// The most characters of a path.
const MAX_PATH: usize = 200;
/// The most characters of a text that a message repeats; `path` has more of it.
const MAX_ECHO: usize = 80;
/// The most characters of what a message says of a path.
const MAX_MESSAGE: usize = 500;

/// The first `max` characters of what `text` shows, and "…" if there are more. What is beyond
/// them is never made.
pub(crate) fn cut(text: impl Display, max: usize) -> String {
    struct Head {
        text: String,
        left: usize,
    }
    impl Write for Head {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for character in text.chars() {
                // An error ends the showing.
                self.left = self.left.checked_sub(1).ok_or(fmt::Error)?;
                self.text.push(character);
            }
            Ok(())
        }
    }
    let mut head = Head { text: String::new(), left: max };
    if write!(head, "{text}").is_err() {
        head.text.push('\u{2026}');
    }
    head.text
}

/// The candidate that `text` was probably meant to be, if any is near.
pub(crate) fn nearest<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // A long text is no typo of a short name; this also bounds the work.
    if text.len() > 64 {
        return None;
    }
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&fold(text), &fold(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(3).min(4))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Case and underscores are the commonest slips: `allowed_origins`, `FlowIds`.
fn fold(text: &str) -> String {
    text.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_faults_is_counted_and_cut() {
        let mut faults = Faults::default();
        (0..=Faults::MAX).for_each(|n| faults.add(&n.to_string(), Code::UnknownField, "?"));
        let details = faults.into_details();
        assert_eq!(details.len(), Faults::MAX + 1);
        assert_eq!(details[Faults::MAX].message, "and 1 more");
    }

    #[test]
    fn the_longest_faults_are_told_until_64_kib_are_near() {
        // Escaped sixfold, or four bytes a character.
        for character in ["\u{1}", "\u{1f980}", "\"", "k"] {
            let mut faults = Faults::default();
            let path = character.repeat(900_000);
            for _ in 0..1_000 {
                faults.add(&path, Code::UnknownField, &path);
            }
            let told = faults.into_details();
            let json = serde_json::to_string(&told).unwrap();
            assert!((20_000..63 * 1024).contains(&json.len()), "{}", json.len());
            assert_eq!(told.last().unwrap().message, format!("and {} more", 1_001 - told.len()));
        }
    }

    #[test]
    fn the_size_of_a_detail_is_never_guessed_too_low() {
        for text in ["", "a", "\u{0}\u{1f}\u{7f}\u{80}", "\\\"/\n", "\u{2028}\u{1f980}"] {
            let text = Some(text.repeat(50));
            let detail = Detail {
                message: text.clone().unwrap_or_default(),
                path: text.clone(),
                code: Some(Code::MissingRequiredField),
                suggestion: text,
            };
            assert!(serde_json::to_string(&detail).unwrap().len() < detail.max_bytes());
        }
    }

    #[test]
    fn paths_are_cut_at_200_characters() {
        let path = |length: usize| {
            let mut faults = Faults::default();
            faults.add(&"é".repeat(length), Code::UnknownField, "is odd");
            faults.into_details().remove(0)
        };
        let mut lazily = Faults::default();
        lazily.add_at("é".repeat(201), Code::UnknownField, "is odd");
        assert_eq!(lazily.into_details(), [path(201)]);
        assert_eq!(path(200).path, Some("é".repeat(200)));
        assert_eq!(path(201).path, Some(format!("{}…", "é".repeat(200))));
        assert_eq!(path(80).message, format!("{} is odd", "é".repeat(80)));
        assert_eq!(path(81).message, format!("{}… is odd", "é".repeat(80)));
    }

    #[test]
    fn the_nearest_name_is_found() {
        let names = ["name", "flowIds", "allowedOrigins", "agentIds"];
        for (typo, meant) in [
            ("allowedOrigin", Some("allowedOrigins")),
            ("allowed_origins", Some("allowedOrigins")),
            ("FLOWIDS", Some("flowIds")),
            ("nmae", Some("name")),
            ("colour", None),
        ] {
            assert_eq!(nearest(typo, names), meant, "{typo}");
        }
        assert_eq!(nearest(&"n".repeat(65), names), None);
    }
}
