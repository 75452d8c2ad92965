//! Texts with rules: names, labels, target ids, descriptions, prompts.
//!
//! Every value of a type keeps the type's rules of length and characters, whether it came with a
//! request or from the database.

use serde::{Deserialize, Serialize};

use crate::domain::sight::{is_misleading, is_visible};

/// Why a text was refused. `Display` reads on after the field's name: "must not be empty".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    #[error("must not be empty")]
    Empty,
    #[error("must have a character that can be seen")]
    Blank,
    /// More Unicode scalar values than the number given.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    #[error("must have at most {0} bytes of UTF-8")]
    TooManyBytes(usize),
    /// A control character (C0, DEL or C1), NUL included.
    #[error("must not contain control characters")]
    Control,
    #[error(
        "must not contain U+{:04X}, which changes how the text around it is shown",
        u32::from(*.0)
    )]
    Misleading(char),
    #[error("may contain only A-Z, a-z, 0-9, _ and -")]
    NotAnId,
}

fn check_length(text: &str, max: usize) -> Result<(), TextFault> {
    if text.is_empty() {
        return Err(TextFault::Empty);
    }
    if text.chars().nth(max).is_some() { Err(TextFault::TooLong(max)) } else { Ok(()) }
}

/// What people read as the name of something.
fn check_name(text: &str, max: usize) -> Result<(), TextFault> {
    check_length(text, max)?;
    if text.chars().any(char::is_control) {
        return Err(TextFault::Control);
    }
    if let Some(c) = text.chars().find(|c| is_misleading(*c)) {
        return Err(TextFault::Misleading(c));
    }
    check_visible(text)
}

fn check_visible(text: &str) -> Result<(), TextFault> {
    if is_visible(text) { Ok(()) } else { Err(TextFault::Blank) }
}

/// Refuses control characters other than line ends and tabs.
fn check_lines(text: &str) -> Result<(), TextFault> {
    if text.is_empty() {
        return Err(TextFault::Empty);
    }
    let is_allowed = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    if text.chars().all(is_allowed) { Ok(()) } else { Err(TextFault::Control) }
}

fn is_id_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $max:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl TryFrom<String> for $name {
            type Error = TextFault;

            fn try_from(text: String) -> Result<Self, TextFault> {
                Self::parse(text)
            }
        }

        impl $name {
            /// The most Unicode scalar values; for [`SystemPrompt`], the most bytes of UTF-8.
            pub const MAX: usize = $max;

            /// Takes the text as it stands.
            pub fn parse(text: impl Into<String>) -> Result<Self, TextFault> {
                let text = text.into();
                let check: fn(&str, usize) -> Result<(), TextFault> = $check;
                check(&text, Self::MAX)?;
                Ok(Self(text))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

text_type!(
    /// A display name: 1 to 255 characters, one of which can be seen, and none that controls or
    /// misleads.
    Name, 255, check_name
);

text_type!(
    /// The id of a signed-in user, as the server that minted a value knows them: 1 to 128
    /// characters, by the rules of a name.
    EndUserId, 128, check_name
);

text_type!(
    /// A version, alias or surface id: 0 to 128 characters, by the rules of a name where there is
    /// any. The published contract bounds only the length of these fields, and an empty one is none.
    Label, 128, |text, max| {
        if text.is_empty() { Ok(()) } else { check_name(text, max) }
    }
);

text_type!(
    /// The name of an upstream's model: 1 to 128 characters, by the rules of a name.
    ModelName, 128, check_name
);

text_type!(
    /// The id of a flow or an agent: 1 to 128 of `[A-Za-z0-9_-]`.
    TargetId, 128, |text, max| {
        check_length(text, max)?;
        if text.bytes().all(is_id_character) { Ok(()) } else { Err(TextFault::NotAnId) }
    }
);

text_type!(
    /// A description: 1 to 1000 characters, line ends and tabs among them.
    Description, 1000, |text, max| {
        check_length(text, max)?;
        check_lines(text)
    }
);

text_type!(
    /// What a visitor reads of an answer that failed: 1 to 500 characters, one of which can be seen,
    /// line ends and tabs among them.
    FailureWords, 500, |text, max| {
        check_length(text, max)?;
        check_lines(text)?;
        check_visible(text)
    }
);

text_type!(
    /// A system prompt: 1 byte to 16 KiB of UTF-8, line ends and tabs among them.
    SystemPrompt, 16_384, |text, max| {
        if text.len() > max { Err(TextFault::TooManyBytes(max)) } else { check_lines(text) }
    }
);

/// Target ids in the order of their first appearance, each once, at most [`TargetIds::MAX`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<TargetId>")]
pub struct TargetIds(Vec<TargetId>);

impl TryFrom<Vec<TargetId>> for TargetIds {
    type Error = String;

    fn try_from(ids: Vec<TargetId>) -> Result<Self, String> {
        Self::from_ids(ids).map_err(|count| format!("{count} ids"))
    }
}

impl TargetIds {
    /// The most flows of a token, and the most agents.
    pub const MAX: usize = 50;

    /// Drops duplicates and takes the rest. The error is the number of distinct ids, when it is
    /// above [`TargetIds::MAX`].
    pub fn from_ids(ids: Vec<TargetId>) -> Result<Self, usize> {
        // Counted first: the loop below compares each id with all before it, so it needs few.
        let mut texts: Vec<&str> = ids.iter().map(TargetId::as_str).collect();
        texts.sort_unstable();
        texts.dedup();
        if texts.len() > Self::MAX {
            return Err(texts.len());
        }
        let mut distinct: Vec<TargetId> = Vec::with_capacity(texts.len());
        for id in ids {
            if !distinct.contains(&id) {
                distinct.push(id);
            }
        }
        Ok(Self(distinct))
    }

    pub fn as_slice(&self) -> &[TargetId] {
        &self.0
    }

    #[must_use]
    pub fn among(&self, others: &Self) -> Self {
        Self(self.0.iter().filter(|id| others.contains(id)).cloned().collect())
    }

    pub fn contains(&self, id: &TargetId) -> bool {
        self.0.contains(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_characters_not_bytes() {
        assert!(Name::parse("é".repeat(255)).is_ok());
        assert_eq!(Name::parse("é".repeat(256)), Err(TextFault::TooLong(255)));
    }

    #[test]
    fn a_name_is_neither_empty_nor_blank_nor_broken() {
        assert_eq!(Name::parse(""), Err(TextFault::Empty));
        for text in [" \u{2003}", "\u{200b}", "\u{3164} \u{2800}", "\u{e0061}"] {
            assert_eq!(Name::parse(text), Err(TextFault::Blank), "{text:?}");
        }
        for text in ["a\nb", "a\0", "\u{7f}", "\u{85}x"] {
            assert_eq!(Name::parse(text), Err(TextFault::Control), "{text:?}");
        }
    }

    #[test]
    fn whatever_people_read_as_a_name_neither_turns_the_line_nor_shows_nothing() {
        fn faults(text: &str) -> [Option<TextFault>; 4] {
            [
                Name::parse(text).err(),
                Label::parse(text).err(),
                ModelName::parse(text).err(),
                EndUserId::parse(text).err(),
            ]
        }
        for text in ["v1.2.3", " a ", "\u{5d0}1", "\u{1f468}\u{200d}\u{1f4bb}", "a\u{200e}b"] {
            assert_eq!(faults(text), [None; 4], "{text:?}");
        }
        for c in ['\u{2028}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{feff}'] {
            assert_eq!(faults(&format!("a{c}b")), [Some(TextFault::Misleading(c)); 4], "{c:?}");
        }
        assert_eq!(faults("a\u{85}"), [Some(TextFault::Control); 4]);
        assert_eq!(faults(" \u{200b}"), [Some(TextFault::Blank); 4]);
        let empty = Some(TextFault::Empty);
        assert_eq!(faults(""), [empty, None, empty, empty]);
        let told = TextFault::Misleading('\u{202e}').to_string();
        assert!(told.starts_with("must not contain U+202E, "), "{told}");
    }

    #[test]
    fn a_label_has_at_most_128_characters() {
        assert!(Label::parse("\u{1f980}".repeat(128)).is_ok());
        assert_eq!(Label::parse("a".repeat(129)), Err(TextFault::TooLong(128)));
    }

    #[test]
    fn a_model_has_a_printable_name() {
        assert!(ModelName::parse("m".repeat(128)).is_ok());
        assert_eq!(ModelName::parse("m".repeat(129)), Err(TextFault::TooLong(128)));
        assert_eq!(ModelName::parse(""), Err(TextFault::Empty));
        assert_eq!(ModelName::parse("a\n"), Err(TextFault::Control));
    }

    #[test]
    fn a_target_id_is_letters_digits_underscore_and_hyphen() {
        assert!(TargetId::parse("flow_Abc-123").is_ok());
        assert!(TargetId::parse("a".repeat(128)).is_ok());
        assert_eq!(TargetId::parse("a".repeat(129)), Err(TextFault::TooLong(128)));
        for text in ["a b", "a/b", "ü", "a\"b", "a.b"] {
            assert_eq!(TargetId::parse(text), Err(TextFault::NotAnId), "{text}");
        }
    }

    #[test]
    fn descriptions_and_prompts_may_have_lines() {
        let text = "First line.\r\n\tSecond line: \u{1f980}";
        assert!(Description::parse(text).is_ok() && SystemPrompt::parse(text).is_ok());
        assert_eq!(Description::parse(""), Err(TextFault::Empty));
        assert_eq!(SystemPrompt::parse("a\0"), Err(TextFault::Control));
    }

    #[test]
    fn a_description_counts_characters_and_a_prompt_bytes() {
        assert!(Description::parse("é".repeat(1000)).is_ok());
        assert_eq!(Description::parse("é".repeat(1001)), Err(TextFault::TooLong(1000)));
        assert!(SystemPrompt::parse("é".repeat(8192)).is_ok());
        let over = format!("{}a", "é".repeat(8192));
        assert_eq!(SystemPrompt::parse(over), Err(TextFault::TooManyBytes(16_384)));
    }

    #[test]
    fn duplicates_do_not_count_towards_the_most() {
        let id = |n: usize| TargetId::parse(format!("flow_{n}")).unwrap();
        let twice: Vec<_> = (0..50).chain(0..50).map(id).collect();
        assert_eq!(TargetIds::from_ids(twice).unwrap().as_slice().len(), 50);
        assert_eq!(TargetIds::from_ids((0..51).map(id).collect()), Err(51));
    }
}
