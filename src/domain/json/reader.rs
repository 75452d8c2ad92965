//! Reading JSON text under bounds.
//!
//! The bounds of a body are checked while it is read, not afterwards: anybody may send one. Rows and
//! upstreams' answers are bounded before they are read as JSON. Nesting deeper than 127 levels is
//! refused everywhere.

use std::{collections::BTreeSet, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, map::Entry};

use super::{Path, Step, half};

/// The most values of a body (contract section 12). An array or object counts as one value, and
/// each value in it as another.
pub const MAX_VALUES: usize = 100_000;
/// The most bytes of a member's name in a body.
pub const MAX_NAME: usize = 1024;
/// The most members of one object in a body, repeated ones included. An object finds its members by
/// hashes, and whoever reads this can make names whose hashes are the same: on wasm32 std has no
/// randomness to begin them with. Such names cost the square of their number.
pub const MAX_NAMES: usize = 1000;

/// Why a text was not taken as JSON. `Display` reads on after "the body": "has more than 100000
/// values".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonFault {
    /// Not JSON, or nested too deeply; the text tells what is wrong, with line and column.
    #[error("is not valid JSON: {0}")]
    Malformed(String),
    #[error("has more than {MAX_VALUES} values")]
    TooManyValues,
    #[error("has an object with more than {MAX_NAMES} names")]
    TooManyNames,
    #[error("has an object with a name of more than {MAX_NAME} bytes")]
    NameTooLong,
}

/// Hears of each name that an object repeats, once, with its path. A path becomes text only when it
/// is shown.
type Report<'r> = &'r mut dyn FnMut(&Path<'_>);

/// Reads one JSON value of any size. The error tells what is wrong, with line and column.
pub fn parse(bytes: &[u8]) -> Result<Value, String> {
    parse_reporting(bytes, &mut |_| {})
}

/// The same, told which names are repeated.
pub fn parse_reporting(bytes: &[u8], report: Report<'_>) -> Result<Value, String> {
    read(bytes, Bounds::NONE, report).map_err(|fault| match fault {
        JsonFault::Malformed(what) => what,
        other => other.to_string(),
    })
}

/// The same for a piece of a text that comes in several: half a surrogate pair may have its other half
/// in the next piece. [`super::Halves`] joins the strings of it that are such pieces, and
/// [`super::settle`] gives up the halves of others.
pub fn parse_piece(bytes: &[u8]) -> Result<Value, String> {
    parse(&half::carried(bytes))
}

/// As [`parse`], but half a surrogate pair becomes U+FFFD.
pub fn parse_forgiving(bytes: &[u8]) -> Result<Value, String> {
    let mut bytes = bytes.to_vec();
    half::replace_halves(&mut bytes);
    parse(&bytes)
}

/// Reads the body of a request under the bounds of bodies. A byte order mark is skipped.
pub fn parse_body(bytes: &[u8], report: Report<'_>) -> Result<Value, JsonFault> {
    read(without_mark(bytes), Bounds::BODY, report)
}

/// Skips a byte order mark, which some editors and clients put before UTF-8.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

struct Bounds {
    /// The most values, the outermost one included.
    values: usize,
    /// The most members of an object.
    names: usize,
    /// The most bytes of a member's name.
    name: usize,
}

impl Bounds {
    const NONE: Self = Self { values: usize::MAX, names: usize::MAX, name: usize::MAX };
    const BODY: Self = Self { values: MAX_VALUES, names: MAX_NAMES, name: MAX_NAME };
}

fn read(bytes: &[u8], bounds: Bounds, report: Report<'_>) -> Result<Value, JsonFault> {
    let text = std::str::from_utf8(bytes).map_err(|fault| {
        let before = bytes.get(..fault.valid_up_to()).unwrap_or_default();
        malformed("expected UTF-8", before)
    })?;
    let mut reader = Reader { bounds, report, fault: None };
    let mut json = serde_json::Deserializer::from_str(text);
    let value = Here { reader: &mut reader, path: None }.deserialize(&mut json);
    let value = value.and_then(|value| json.end().map(|()| value));
    value.map_err(|error| reader.fault.take().unwrap_or_else(|| told(&error, text)))
}

fn malformed(what: &str, before: &[u8]) -> JsonFault {
    let line = before.split(|byte| *byte == b'\n').count();
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    JsonFault::Malformed(format!("{what} at line {line} column {column}"))
}

/// What of `serde_json`'s words is said in others.
const WORDS: [(&str, &str); 18] = [
    ("EOF while parsing a value", "expected a value, found the end"),
    ("EOF while parsing a list", "expected a closing ], found the end"),
    ("EOF while parsing an object", "expected a closing }, found the end"),
    ("EOF while parsing a string", "expected a closing quote, found the end"),
    ("expected `:`", "expected a colon"),
    ("expected `,` or `]`", "expected a comma or ]"),
    ("expected `,` or `}`", "expected a comma or }"),
    ("expected value", "expected a value"),
    ("expected ident", "expected a value"),
    ("key must be a string", "expected a name in quotes"),
    ("trailing comma", "expected something behind the comma"),
    ("invalid escape", "unknown escape"),
    ("trailing characters", "expected nothing behind the value"),
    ("number out of range", "a number beyond every double"),
    ("control character (\\u0000-\\u001F) found", "a control character must be escaped"),
    ("lone leading surrogate in hex escape", "half a surrogate pair"),
    ("unexpected end of hex escape", "half a surrogate pair"),
    ("recursion limit exceeded", "more than 127 levels of nesting"),
];

fn told(error: &serde_json::Error, text: &str) -> JsonFault {
    let theirs = error.to_string();
    let ours = WORDS.iter().find(|(words, _)| theirs.starts_with(words));
    match ours {
        Some((_, words)) if error.is_eof() => malformed(words, text.as_bytes()),
        Some((_, words)) => {
            let (line, column) = (error.line(), error.column());
            JsonFault::Malformed(format!("{words} at line {line} column {column}"))
        }
        None => JsonFault::Malformed(theirs),
    }
}

struct Reader<'r> {
    /// `values` counts down: how many more values may come.
    bounds: Bounds,
    report: Report<'r>,
    /// What is wrong beside the grammar.
    fault: Option<JsonFault>,
}

impl Reader<'_> {
    fn refuse<E: Error>(&mut self, fault: JsonFault) -> E {
        let error = E::custom(&fault);
        self.fault = Some(fault);
        error
    }
}

/// The value that is read next.
struct Here<'a, 'r> {
    reader: &'a mut Reader<'r>,
    /// None of the outermost one.
    path: Option<&'a Path<'a>>,
}

impl<'de> DeserializeSeed<'de> for Here<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let Some(left) = self.reader.bounds.values.checked_sub(1) else {
            return Err(self.reader.refuse(JsonFault::TooManyValues));
        };
        self.reader.bounds.values = left;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Here<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            let path = Path { before: self.path, step: Step::Index(items.len()) };
            match list.next_element_seed(Here { reader: self.reader, path: Some(&path) })? {
                Some(item) => items.push(item),
                None => break,
            }
        }
        items.shrink_to_fit();
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let Self { reader, path: before } = self;
        let mut read = Vec::new();
        while let Some(name) = object.next_key::<String>()? {
            if name.len() > reader.bounds.name {
                return Err(reader.refuse(JsonFault::NameTooLong));
            }
            if read.len() == reader.bounds.names {
                return Err(reader.refuse(JsonFault::TooManyNames));
            }
            let path = Path { before, step: Step::Name(&name) };
            let value = object.next_value_seed(Here { reader, path: Some(&path) })?;
            read.push((name, value));
        }
        // With room for just as many: a body may have many small objects.
        let (mut members, mut repeated) = (Map::with_capacity(read.len()), BTreeSet::new());
        for (name, value) in read {
            match members.entry(name) {
                Entry::Vacant(place) => drop(place.insert(value)),
                Entry::Occupied(first) => drop(repeated.insert(first.key().clone())),
            }
        }
        for name in &repeated {
            (reader.report)(&Path { before, step: Step::Name(name) });
        }
        Ok(Value::Object(members))
    }
}
