//! A JSON number as it was written: `1e2` stays `1e2`.

use std::fmt;

use serde::{Serialize, Serializer, ser::Error};
use serde_json::value::RawValue;

/// The most digits of an integer; the longest `u64` has 20.
const MOST_DIGITS: usize = 20;

/// A number, kept as its text. Two numbers are equal when their texts are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number(Form);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// A number that was written as `i64` is displayed, so that its text needn't be kept.
    Integer(i64),
    /// Any other spelling that the grammar of RFC 8259 allows.
    Text(Box<str>),
}

impl Number {
    /// Takes a text that is a number by the grammar of JSON.
    pub(super) fn from_text(text: &str) -> Self {
        match text.parse() {
            Ok(integer) if text != "-0" => Self(Form::Integer(integer)),
            _ => Self(Form::Text(text.into())),
        }
    }

    /// The integer that the number equals, however it is written: `30`, `30.0`, `3e1`.
    pub fn whole<T: TryFrom<i128>>(&self) -> Option<T> {
        let integer = match &self.0 {
            Form::Integer(integer) => i128::from(*integer),
            Form::Text(text) => whole(text)?,
        };
        T::try_from(integer).ok()
    }

    /// The double that is nearest, as JavaScript reads the number.
    pub fn as_f64(&self) -> f64 {
        // Every number of JSON's grammar is one of Rust's.
        self.to_string().parse().unwrap_or(f64::NAN)
    }
}

/// The integer that the decimal `text` equals, unless it has more than [`MOST_DIGITS`].
fn whole(text: &str) -> Option<i128> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or((1, mantissa), |rest| (-1, rest));
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{integer}{fraction}");
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    // An exponent beyond `i64` is replaced by the nearest end, which gives the same result: the
    // number is too large or no integer.
    let exponent =
        exponent.parse().unwrap_or(if exponent.starts_with('-') { i64::MIN } else { i64::MAX });
    let places = i64::try_from(fraction.len()).ok()?;
    let zeros = i64::try_from(digits.len() - significant.len()).ok()?;
    let scale = exponent.saturating_sub(places).saturating_add(zeros);
    let scale = usize::try_from(scale).ok()?;
    let significant = significant.trim_start_matches('0');
    if scale > MOST_DIGITS || significant.len() + scale > MOST_DIGITS {
        return None;
    }
    format!("{significant}{}", "0".repeat(scale)).parse().ok().map(|number: i128| sign * number)
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self(Form::Integer(integer))
    }
}

impl From<u32> for Number {
    fn from(integer: u32) -> Self {
        Self(Form::Integer(integer.into()))
    }
}

impl From<u64> for Number {
    fn from(integer: u64) -> Self {
        Self::from_text(&integer.to_string())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Integer(integer) => write!(f, "{integer}"),
            Form::Text(text) => f.write_str(text),
        }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Form::Integer(integer) => serializer.serialize_i64(*integer),
            // Only a raw value makes the serialiser write a text as it stands.
            Form::Text(text) => serde_json::from_str::<&RawValue>(text)
                .map_err(Error::custom)?
                .serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_integer_that_it_equals() {
        for (text, integer) in [
            ("30", Some(30)),
            ("30.0", Some(30)),
            ("3e1", Some(30)),
            ("3E+1", Some(30)),
            ("300e-1", Some(30)),
            ("0.30e2", Some(30)),
            ("-1.50e1", Some(-15)),
            ("-0", Some(0)),
            ("0e999999999999999999999", Some(0)),
            ("0.000", Some(0)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775807.0", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("-9223372036854775809", None),
            ("1e20", None),
            ("1e999999999999999999999", None),
            ("1e-999999999999999999999", None),
            ("0.1", None),
            ("1e-1", None),
            ("30.5", None),
        ] {
            assert_eq!(Number::from_text(text).whole(), integer, "{text}");
        }
    }

    #[test]
    fn without_a_sign_the_range_is_twice_as_wide() {
        let of = |text: &str| Number::from_text(text).whole::<u64>();
        assert_eq!(of("18446744073709551615"), Some(u64::MAX));
        assert_eq!(of("1.8446744073709551615e19"), Some(u64::MAX));
        assert_eq!(of("18446744073709551616"), None);
        assert_eq!((of("-1"), of("-0"), of("7.0")), (None, Some(0), Some(7)));
    }

    #[test]
    fn every_number_is_written_as_it_was() {
        for text in ["0", "-0", "1", "-7", "1.0", "1e2", "1E+02", "-0.10", "123456789012345678901"]
        {
            let number = Number::from_text(text);
            assert_eq!(number.to_string(), text);
            assert_eq!(serde_json::to_string(&[&number]).unwrap(), format!("[{text}]"));
        }
        assert_eq!(Number::from(u64::MAX).to_string(), "18446744073709551615");
    }
}
