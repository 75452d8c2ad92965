//! The widget's configuration. The service stores and returns it: the order of keys and the values of
//! numbers stay. Of its members it reads two texts itself, which it says of an answer that failed.

use serde_json::{Map, Value};

use crate::domain::{json::Look, text::FailureWords};

/// A JSON object of at most [`Config::MAX_BYTES`], written compactly.
#[derive(Debug, Clone, PartialEq)]
pub struct Config(Value);

impl Config {
    pub const MAX_BYTES: usize = 16 * 1024;

    /// What is said of an answer that failed before its first word.
    pub const FAILURE: &str = "failureMessage";

    /// What is said of one that broke off after words.
    pub const BROKEN: &str = "brokenMessage";

    pub fn from_json(json: Value) -> Result<Self, ConfigFault> {
        if !matches!(json, Value::Object(_)) {
            return Err(ConfigFault::NotAnObject);
        }
        if json.to_string().len() > Self::MAX_BYTES {
            return Err(ConfigFault::TooLong);
        }
        Ok(Self(json))
    }

    pub fn json(&self) -> &Value {
        &self.0
    }

    /// The token's own words, [`Config::FAILURE`] or [`Config::BROKEN`]. A row may be older than
    /// their rule: what isn't such a text is as good as none.
    pub fn failure_words(&self, name: &str) -> Option<FailureWords> {
        FailureWords::parse(self.0.text(name)?).ok()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self(Map::new().into())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigFault {
    TooLong,
    NotAnObject,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json;

    fn parse(text: &str) -> Result<Config, ConfigFault> {
        Config::from_json(json::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn the_size_is_bounded_from_both_sides() {
        let of = |bytes: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8));
        assert!(parse(&of(Config::MAX_BYTES)).is_ok());
        assert_eq!(parse(&of(Config::MAX_BYTES + 1)), Err(ConfigFault::TooLong));
    }

    #[test]
    fn order_and_numbers_stay() {
        let text = r#"{"z":1,"a":1.5,"b":18446744073709551615}"#;
        assert_eq!(parse(text).unwrap().json().to_string(), text);
    }

    #[test]
    fn what_is_no_text_of_a_failure_is_as_good_as_none() {
        let words = |text: &str| {
            let config = parse(&format!("{{\"failureMessage\":{text}}}")).unwrap();
            config.failure_words(Config::FAILURE).map(|words| words.as_str().to_owned())
        };
        assert_eq!(words(r#""Ring us:\n555""#).as_deref(), Some("Ring us:\n555"));
        for other in ["null", "7", "{}", r#""""#, r#"" \n""#, r#""a\u0000""#] {
            assert_eq!(words(other), None, "{other}");
        }
        assert_eq!(parse("{}").unwrap().failure_words(Config::BROKEN), None);
    }

    #[test]
    fn only_an_object_is_taken() {
        for text in ["[]", "null", "1", "\"{}\""] {
            assert_eq!(parse(text), Err(ConfigFault::NotAnObject), "{text}");
        }
    }
}
