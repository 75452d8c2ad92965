//! The two environments.
//!
//! It is here because keys and tokens both carry one, in their values and in their rules.

use std::fmt;

/// Where a key or a token belongs: trial or production.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// For development; a test key reaches nothing else.
    Test,
    /// For production.
    Live,
}

impl Environment {
    /// Both, in the order in which messages name them.
    pub const ALL: [Self; 2] = [Self::Test, Self::Live];

    /// Reads `test` or `live`, lower case only.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|e| e.as_str() == text)
    }

    /// The word on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }

    /// Whether a key of this environment may see and change what belongs to `other`.
    #[must_use]
    pub fn reaches(self, other: Self) -> bool {
        self == Self::Live || other == Self::Test
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Environment::{self, Live, Test};

    #[test]
    fn a_test_key_reaches_test_only_and_a_live_key_both() {
        assert!(Live.reaches(Live) && Live.reaches(Test) && Test.reaches(Test));
        assert!(!Test.reaches(Live));
    }

    #[test]
    fn other_words_and_other_case_are_refused() {
        for text in ["", "Live", "TEST", "prod"] {
            assert_eq!(Environment::parse(text), None, "{text}");
        }
    }
}
