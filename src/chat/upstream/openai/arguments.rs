//! The arguments of one call, which come in pieces of JSON.

use serde_json::{Map, Value};

use crate::domain::json::{self, settled};

/// How deep arguments may be nested: they are stored inside other JSON, of which nothing is read
/// back that is deeper than 127 levels.
const MAX_DEPTH: usize = 64;

/// The pieces so far. Whether they make a whole object is known at any time, since that may be all
/// that tells two calls apart.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    text: String,
    depth: usize,
    is_in_string: bool,
    is_escaped: bool,
    is_whole: bool,
}

impl Arguments {
    pub(super) fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
        for byte in piece.bytes() {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' if self.is_in_string => self.is_escaped = true,
                b'"' => self.is_in_string = !self.is_in_string,
                _ if self.is_in_string => {}
                b'{' => self.depth += 1,
                b'}' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.is_whole |= self.depth == 0;
                }
                _ => {}
            }
        }
    }

    /// Whether an object has been closed.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The object, if it is one. Nothing at all and `null` are how some services write no
    /// arguments, and some write the object as a text within a text.
    pub(super) fn finish(self) -> Option<Value> {
        let text = settled(&self.text);
        let nothing = || Value::Object(Map::new());
        if text.trim().is_empty() {
            return Some(nothing());
        }
        let json = match json::parse_forgiving(text.as_bytes()).ok()? {
            Value::String(text) => json::parse_forgiving(text.as_bytes()).ok()?,
            json => json,
        };
        match json {
            Value::Null => Some(nothing()),
            Value::Object(_) if depth(&json) <= MAX_DEPTH => Some(json),
            _ => None,
        }
    }
}

fn depth(json: &Value) -> usize {
    match json {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(members) => {
            1 + members.iter().map(|(_, value)| depth(value)).max().unwrap_or_default()
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(pieces: &[&str]) -> Arguments {
        let mut arguments = Arguments::default();
        for piece in pieces {
            arguments.push(piece);
        }
        arguments
    }

    #[test]
    fn an_object_is_whole_when_it_is_closed() {
        for whole in ["{}", r#"{"a":{"b":"}"}}"#, r#"{"a":"\"}{"}"#, r#" {"a":1} "#] {
            assert!(pushed(&[whole]).is_whole(), "{whole}");
            let cut = pushed(&[whole.trim_end().strip_suffix('}').unwrap()]);
            assert!(!cut.is_whole(), "{whole}");
        }
        assert!(!pushed(&["", "null"]).is_whole());
        assert!(pushed(&[r#"{"a":"\"#, r#""}"#, r#""}"#]).is_whole());
    }

    #[test]
    fn no_arguments_are_written_in_many_ways() {
        for text in ["", " \n", "null", " null ", "{}", "\"{}\"", "\"null\""] {
            assert_eq!(pushed(&[text]).finish(), Some(Value::Object(Map::new())), "{text}");
        }
        let nested = pushed(&[r#""{\"a\":1}""#]).finish().unwrap();
        assert_eq!(nested.to_string(), r#"{"a":1}"#);
        for text in ["[]", "1", "{", "{} {}", "\"x\"", "\"\\\"{}\\\"\""] {
            assert_eq!(pushed(&[text]).finish(), None, "{text}");
        }
    }
}
