//! JSON: what is asked of a [`Value`] beside what it can tell itself, and how one is read.
//!
//! Whatever others wrote is read here, never with `serde_json` alone: of a repeated name the first
//! member counts, and no name means anything to the reader. `serde_json` takes the last member, and
//! reads the text behind one certain name as JSON of its own.

mod half;
mod reader;
pub mod stored;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::{Number, Value};

pub(crate) use self::half::settled;
pub use self::{
    half::{Halves, replace_halves, settle},
    reader::{
        JsonFault, MAX_NAME, MAX_NAMES, MAX_VALUES, parse, parse_body, parse_forgiving,
        parse_piece, parse_reporting,
    },
};

/// What is looked for in a value.
pub trait Look {
    /// The member `name` of an object; null is absence.
    fn member(&self, name: &str) -> Option<&Value>;

    fn text(&self, name: &str) -> Option<&str>;

    /// The JSON type of the value with its article, for messages.
    fn kind(&self) -> &'static str;
}

impl Look for Value {
    fn member(&self, name: &str) -> Option<&Value> {
        self.as_object()?.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.member(name)?.as_str()
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// The integer that a number equals, however it was written: `30`, `30.0`, `3e1`.
pub fn whole<T: TryFrom<i128>>(number: &Number) -> Option<T> {
    let of_double = || {
        let double = number.as_f64().filter(|double| double.fract() == 0.0)?;
        format!("{double:.0}").parse().ok()
    };
    let integer = number.as_i128().or_else(of_double)?;
    T::try_from(integer).ok()
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

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(before) = self.before {
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
