//! Parsers of single JSON values that only pages send.

use serde_json::Value;

use crate::api::{
    faults::{Code, Faults},
    values::{text, wrong_type},
};

/// The most characters of a message's id.
const MAX_ID: usize = 255;

/// A string that isn't empty.
pub(super) fn filled(value: Value, path: &str, faults: &mut Faults) -> Option<String> {
    let text = text(value, path, faults)?;
    if text.is_empty() {
        faults.add(path, Code::InvalidFormat, "must not be empty");
        return None;
    }
    Some(text)
}

/// A string of 1 to `max` characters, none of them a control character.
pub(super) fn short_text(max: usize) -> impl Fn(Value, &str, &mut Faults) -> Option<String> {
    move |value, path, faults| {
        let text = filled(value, path, faults)?;
        if text.chars().nth(max).is_some() {
            faults.add(path, Code::TooLong, format_args!("must have at most {max} characters"));
        } else if text.chars().any(char::is_control) {
            faults.add(path, Code::InvalidFormat, "must not contain control characters");
        } else {
            return Some(text);
        }
        None
    }
}

pub(super) fn message_id(value: Value, path: &str, faults: &mut Faults) -> Option<String> {
    short_text(MAX_ID)(value, path, faults)
}

/// An empty one means that there is none.
pub(super) fn message_id_or_empty(
    value: Value,
    path: &str,
    faults: &mut Faults,
) -> Option<Option<String>> {
    unless_empty(message_id)(value, path, faults)
}

/// What `parser` reads, or `Some(None)` for an empty string.
pub(super) fn unless_empty<T>(
    parser: impl Fn(Value, &str, &mut Faults) -> Option<T>,
) -> impl Fn(Value, &str, &mut Faults) -> Option<Option<T>> {
    move |value, path, faults| match value {
        Value::String(text) if text.is_empty() => Some(None),
        value => parser(value, path, faults).map(Some),
    }
}

/// A JSON object of the page's own: `inputs`, `context`, `metadata`, `toolOutputs`.
pub(super) fn object(value: Value, path: &str, faults: &mut Faults) -> Option<Value> {
    match value {
        Value::Object(_) => Some(value),
        other => wrong_type("an object", &other, path, faults),
    }
}
