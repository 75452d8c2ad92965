//! The two environments of keys and tokens. The text of either credential names its own.

use std::fmt;

use crate::domain::words::words;

words! {
    pub enum Environment {
        /// Development. A test key reaches nothing of the other environment.
        Test = "test",
        /// Production. A live key reaches both environments.
        Live = "live",
    }
}

impl Environment {
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
