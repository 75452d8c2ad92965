//! The shape of JSON from the browser plane and from upstreams.
//!
//! It is here because there unknown members are ignored and null is the same as absent, unlike
//! in the management plane's bodies.

pub(super) use crate::api::values::{array, text as string, wrong_type};
use crate::{
    api::{
        faults::{Code, Faults},
        fields::{REPEATED, take_member},
    },
    domain::json::{Json, join},
};

/// A string that isn't empty.
pub(super) fn filled(value: Json, path: &str, faults: &mut Faults) -> Option<String> {
    let text = string(value, path, faults)?;
    if text.is_empty() {
        faults.add(path, Code::InvalidFormat, "must not be empty");
        return None;
    }
    Some(text)
}

/// A string of 1 to `max` characters, none of them a control character.
pub(super) fn label(max: usize) -> impl Fn(Json, &str, &mut Faults) -> Option<String> {
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

/// An object's members that haven't been taken yet.
pub(super) struct Members<'a> {
    pub(super) rest: Vec<(String, Json)>,
    path: &'a str,
}

impl<'a> Members<'a> {
    /// Opens an object.
    pub(super) fn open(value: Json, path: &'a str, faults: &mut Faults) -> Option<Self> {
        match value {
            Json::Object(rest) => Some(Self { rest, path }),
            other => wrong_type("an object", &other, path, faults),
        }
    }

    /// The member of this name, unless it is null.
    pub(super) fn take(&mut self, name: &str) -> Option<Json> {
        let (value, _) = take_member(&mut self.rest, name)?;
        (value != Json::Null).then_some(value)
    }

    /// The same, noting it if it is there more than once.
    fn take_once(&mut self, name: &str, faults: &mut Faults) -> Option<Json> {
        let (value, is_repeated) = take_member(&mut self.rest, name)?;
        if is_repeated {
            faults.add(&join(self.path, name), Code::DuplicateField, REPEATED);
        }
        (value != Json::Null).then_some(value)
    }

    /// A member that may be absent; `Err` if it is there and not right.
    pub(super) fn optional<T>(
        &mut self,
        name: &str,
        faults: &mut Faults,
        parser: impl Fn(Json, &str, &mut Faults) -> Option<T>,
    ) -> Result<Option<T>, ()> {
        match self.take_once(name, faults) {
            None => Ok(None),
            Some(value) => parser(value, &join(self.path, name), faults).map(Some).ok_or(()),
        }
    }

    /// A member that must be there.
    pub(super) fn required<T>(
        &mut self,
        name: &str,
        faults: &mut Faults,
        parser: impl Fn(Json, &str, &mut Faults) -> Option<T>,
    ) -> Option<T> {
        let path = join(self.path, name);
        let Some(value) = self.take_once(name, faults) else {
            faults.add(&path, Code::MissingRequiredField, "is required");
            return None;
        };
        parser(value, &path, faults)
    }
}

/// The member `name` of an object, unless it is null.
pub(super) fn member<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    match json {
        Json::Object(members) => members
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value)
            .filter(|value| **value != Json::Null),
        _ => None,
    }
}

/// The member `name` of an object, if it is a string.
pub(super) fn text<'a>(json: &'a Json, name: &str) -> Option<&'a str> {
    match member(json, name)? {
        Json::String(text) => Some(text),
        _ => None,
    }
}
