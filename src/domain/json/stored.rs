//! Values inside forms of our own that are stored: for `#[serde(deserialize_with)]`, which every such
//! field needs.
//!
//! Each is read from its own text. So the nesting counts within the value only, and the value is the one
//! that was written, whatever its names are.

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Value, value::RawValue};

struct Own(Value);

impl<'de> Deserialize<'de> for Own {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?;
        super::parse(text.get().as_bytes()).map(Self).map_err(D::Error::custom)
    }
}

pub fn value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    Own::deserialize(deserializer).map(|Own(value)| value)
}

/// What is there, be it null.
pub fn even_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    value(deserializer).map(Some)
}

/// Null is absence. A field that may be absent needs `default`, too.
pub fn option<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    value(deserializer).map(|value| Some(value).filter(|value| !value.is_null()))
}

pub fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Value>, D::Error> {
    let list = Vec::<Own>::deserialize(deserializer)?;
    Ok(list.into_iter().map(|Own(value)| value).collect())
}
