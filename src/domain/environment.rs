//! The two environments of keys and tokens. The text of either credential names its own.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// Development. A test key reaches nothing of the other environment.
    Test,
    /// Production. A live key reaches both environments.
    Live,
}

impl Environment {
    /// In the order in which messages list them.
    pub const ALL: [Self; 2] = [Self::Test, Self::Live];

    /// Reads `test` or `live`, lower case only.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|e| e.as_str() == text)
    }

    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }

    /// Whether a key of this environment may see and change what belongs to `other`.
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
