//! JSON as it arrived: repeated names, the order of members and the spelling of numbers are kept.
//!
//! Bodies of requests are read within bounds, since anybody may send one. Rows and upstreams'
//! answers are bounded before they are read as JSON.

mod half;
mod number;
mod reader;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::Error,
    ser::{SerializeMap, SerializeSeq},
};
use serde_json::value::RawValue;

pub(crate) use self::half::settled;
use self::reader::{LoneSurrogate, Rules};
pub use self::{half::Halves, number::Number};

/// A JSON value. Nesting deeper than 127 levels is refused while parsing.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Json>),
    /// An object: every member, in order, repeated ones too.
    Object(Vec<(String, Json)>),
}

/// Why a text was not taken as JSON. `Display` reads on after "the body": "has more than 100000
/// values".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonFault {
    /// Not JSON, or nested too deeply; the text tells what is wrong, with line and column.
    #[error("is not valid JSON: {0}")]
    Malformed(String),
    #[error("has more than {} values", Json::MAX_VALUES)]
    TooManyValues,
    #[error("has an object with a name of more than {} bytes", Json::MAX_NAME)]
    NameTooLong,
}

impl Json {
    /// The most values of a body (contract section 12). An array or object counts as one value, and
    /// each value in it as another.
    pub const MAX_VALUES: usize = 100_000;
    /// The most bytes of a member's name in a body.
    pub const MAX_NAME: usize = 1024;

    const BODY: Rules =
        Rules { values: Self::MAX_VALUES, name: Self::MAX_NAME, lone: LoneSurrogate::Refused };

    /// Reads one JSON value of any size. The error tells what is wrong, with line and column.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        Self::parse_by(bytes, LoneSurrogate::Refused)
    }

    /// The same for a piece of a text that comes in several: half a surrogate pair may have its
    /// other half in the next piece. [`Halves`] joins the strings of it that are such pieces, and
    /// [`Json::settle`] gives up the halves of others.
    pub fn parse_piece(bytes: &[u8]) -> Result<Self, String> {
        Self::parse_by(bytes, LoneSurrogate::Carried)
    }

    /// As [`Json::parse`], but half a surrogate pair becomes U+FFFD.
    pub fn parse_forgiving(bytes: &[u8]) -> Result<Self, String> {
        Self::parse_by(bytes, LoneSurrogate::Replaced)
    }

    fn parse_by(bytes: &[u8], lone: LoneSurrogate) -> Result<Self, String> {
        let rules = Rules { values: usize::MAX, name: usize::MAX, lone };
        reader::read(bytes, rules).map_err(|fault| match fault {
            JsonFault::Malformed(what) => what,
            other => other.to_string(),
        })
    }

    /// The same without the halves of surrogate pairs that [`Json::parse_piece`] left: those that
    /// stand side by side are joined, others are U+FFFD.
    #[must_use]
    pub fn settle(self) -> Self {
        match self {
            Self::String(text) => Self::String(settled(&text)),
            Self::Array(items) => Self::Array(items.into_iter().map(Self::settle).collect()),
            Self::Object(members) => Self::Object(
                members.into_iter().map(|(name, value)| (settled(&name), value.settle())).collect(),
            ),
            other => other,
        }
    }

    /// Reads the body of a request under the bounds of bodies. A byte order mark is skipped.
    pub fn parse_body(bytes: &[u8]) -> Result<Self, JsonFault> {
        reader::read(without_mark(bytes), Self::BODY)
    }

    /// The same for a body of the browser plane, in which half a surrogate pair becomes U+FFFD. A
    /// page that cut a text between the halves sends that text again with every chat, and would be
    /// refused each time (contract section 6.2).
    pub fn parse_page_body(bytes: &[u8]) -> Result<Self, JsonFault> {
        let rules = Rules { lone: LoneSurrogate::Replaced, ..Self::BODY };
        reader::read(without_mark(bytes), rules)
    }

    /// The member `name` of an object, the first one if the name is repeated; null is absence.
    pub fn member(&self, name: &str) -> Option<&Json> {
        let Self::Object(members) = self else { return None };
        let (_, value) = members.iter().find(|(n, _)| n == name)?;
        (*value != Self::Null).then_some(value)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        match self.member(name)? {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The JSON type of the value with its article, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    /// Calls `report` once for every name that an object repeats, with the path of that name;
    /// `path` is the path of this value. A path becomes text only when it is shown.
    pub fn each_repeated_key(&self, path: &str, report: &mut impl FnMut(&Path<'_>)) {
        self.repeated_below(&Path { before: None, step: Step::Name(path) }, report);
    }

    fn repeated_below(&self, path: &Path<'_>, report: &mut impl FnMut(&Path<'_>)) {
        let at = |step| Path { before: Some(path), step };
        match self {
            Self::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    item.repeated_below(&at(Step::Index(n)), report);
                }
            }
            Self::Object(members) => {
                let mut names: Vec<&str> = Vec::with_capacity(members.len());
                for (name, value) in members {
                    value.repeated_below(&at(Step::Name(name)), report);
                    names.push(name);
                }
                names.sort_unstable();
                for same in names.chunk_by(|a, b| a == b) {
                    if let [name, _, ..] = same {
                        report(&at(Step::Name(name)));
                    }
                }
            }
            _ => {}
        }
    }
}

/// Skips a byte order mark, which some editors and clients put before UTF-8.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// The place of a value in a document; `Display` writes it dotted: `allowedOrigins.2`.
#[derive(Debug, Clone, Copy)]
pub struct Path<'a> {
    before: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

impl Path<'_> {
    fn is_empty(&self) -> bool {
        self.before.is_none() && matches!(self.step, Step::Name(""))
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(before) = self.before.filter(|before| !before.is_empty()) {
            write!(f, "{before}.")?;
        }
        match self.step {
            Step::Name(name) => f.write_str(name),
            Step::Index(n) => write!(f, "{n}"),
        }
    }
}

/// A dotted path: `allowedOrigins.2`.
pub fn join(path: &str, step: impl fmt::Display) -> String {
    if path.is_empty() { step.to_string() } else { format!("{path}.{step}") }
}

impl fmt::Display for Json {
    /// Compact JSON text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => value.serialize(serializer),
            Self::String(value) => serializer.serialize_str(value),
            Self::Array(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| seq.serialize_element(item))?;
                seq.end()
            }
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                members.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    /// Reads the value's own text, so that in a form, too, numbers stay as they were written and only
    /// the nesting within the value counts.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?;
        Self::parse(text.get().as_bytes()).map_err(D::Error::custom)
    }
}
