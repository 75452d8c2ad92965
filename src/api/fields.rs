//! The members of a JSON object in a request, taken one by one.
//!
//! Every object is read alike: what is missing, unknown, repeated or of another type is noted with
//! its path, and reading goes on. On the browser plane, where whoever sends a body may be a
//! stranger, only what is read is looked at.

use serde_json::{Map, Value};

use crate::{
    api::{
        error::Error,
        faults::{Code, Faults, nearest},
        values::wrong_type,
    },
    domain::json::{self, Look, join},
};

/// Turns one JSON value into a `T`, or notes its faults under the path and gives `None`.
pub(crate) trait Parser<T>: Fn(Value, &str, &mut Faults) -> Option<T> {}

impl<T, F: Fn(Value, &str, &mut Faults) -> Option<T>> Parser<T> for F {}

/// The members of a body, or of an object in it, that haven't been taken yet, and where faults are
/// noted.
#[derive(Debug)]
pub(crate) struct Fields<'f> {
    /// Where the object stands: empty for the body itself.
    path: String,
    members: Map<String, Value>,
    /// The names that were asked for, which are those that are known: nothing lists them.
    known: Vec<&'static str>,
    plane: Plane,
    faults: &'f mut Faults,
}

/// How much of a body counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plane {
    /// All of it: null is a value, and every repeated member has been noted.
    Management,
    /// What is read of it: null is absence, and a member that is read may not be repeated.
    Browser,
}

impl<'f> Fields<'f> {
    /// Opens a body, which must be one JSON object.
    pub(crate) fn open(body: &[u8], faults: &'f mut Faults) -> Result<Self, Error> {
        let json = json::parse_body(body, &mut |path| {
            faults.add_at(path, Code::DuplicateField, REPEATED);
        })?;
        Ok(Self::of(String::new(), members(json)?, Plane::Management, faults))
    }

    /// Opens an object that stands at `path` of a body, whose repeated members have been noted.
    pub(crate) fn within(value: Value, path: &str, faults: &'f mut Faults) -> Option<Self> {
        Self::object(value, path, Plane::Management, faults)
    }

    /// Opens a body of the browser plane, where null is the same as absent. It holds no half of a
    /// surrogate pair any more.
    pub(crate) fn open_page(body: &[u8], faults: &'f mut Faults) -> Result<Self, Error> {
        let json = json::parse_body(body, &mut |path| faults.note_repeated(path))?;
        let members = members(json)?;
        Ok(Self::of(String::new(), members, Plane::Browser, faults))
    }

    /// Opens an object that stands at `path` of such a body.
    pub(crate) fn within_page(value: Value, path: &str, faults: &'f mut Faults) -> Option<Self> {
        Self::object(value, path, Plane::Browser, faults)
    }

    fn of(path: String, members: Map<String, Value>, plane: Plane, faults: &'f mut Faults) -> Self {
        Self { path, members, known: Vec::new(), plane, faults }
    }

    fn object(value: Value, path: &str, plane: Plane, faults: &'f mut Faults) -> Option<Self> {
        match value {
            Value::Object(members) => Some(Self::of(path.to_owned(), members, plane, faults)),
            other => wrong_type("an object", &other, path, faults),
        }
    }

    pub(crate) fn rest(self) -> Map<String, Value> {
        self.members
    }

    /// The member of this name, if there is one; null is one on the management plane only.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        let value = self.members.shift_remove(name)?;
        if self.plane == Plane::Management {
            return Some(value);
        }
        let path = join(&self.path, name);
        if self.faults.is_repeated(&path) {
            self.faults.add(&path, Code::DuplicateField, REPEATED);
        }
        Some(value).filter(|value| !value.is_null())
    }

    /// Leaves out a member that is neither read nor unknown, whatever it holds.
    pub(crate) fn ignore(&mut self, name: &str) {
        self.members.shift_remove(name);
    }

    /// The member of this name, unless it is null, without a word when it is repeated.
    pub(crate) fn take_unchecked(&mut self, name: &'static str) -> Option<Value> {
        self.members.shift_remove(name).filter(|value| !value.is_null())
    }

    pub(crate) fn optional<T>(&mut self, name: &'static str, parser: impl Parser<T>) -> Option<T> {
        let value = self.take(name)?;
        parser(value, &join(&self.path, name), self.faults)
    }

    pub(crate) fn required<T>(&mut self, name: &'static str, parser: impl Parser<T>) -> Option<T> {
        let path = join(&self.path, name);
        if let Some(value) = self.take(name) {
            return parser(value, &path, self.faults);
        }
        self.faults.add(&path, Code::MissingRequiredField, "is required");
        None
    }

    /// A member that may be absent or null; `Some(None)` is null.
    pub(crate) fn nullable<T>(
        &mut self,
        name: &'static str,
        parser: impl Parser<T>,
    ) -> Option<Option<T>> {
        match self.take(name)? {
            Value::Null => Some(None),
            value => parser(value, &join(&self.path, name), self.faults).map(Some),
        }
    }

    /// Notes a fault that no parser saw.
    pub(crate) fn faults(&mut self) -> &mut Faults {
        self.faults
    }

    /// Notes what nobody asked for as unknown.
    pub(crate) fn finish(self) {
        let mut unknown = self.members.into_iter();
        for (name, _) in unknown.by_ref() {
            let suggestion = nearest(&name, self.known.iter().copied());
            let message = suggestion.map_or_else(
                || "is not a field of this request".to_owned(),
                |meant| format!("is not a field of this request; did you mean {meant}?"),
            );
            let path = join(&self.path, &name);
            self.faults.add_suggesting(&path, Code::UnknownField, message, suggestion);
            if self.faults.are_full() {
                break;
            }
        }
        self.faults.add_untold(unknown.count());
    }
}

pub(crate) fn settle(faults: Faults) -> Result<(), Error> {
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

pub(crate) const REPEATED: &str = "is there more than once";

fn members(body: Value) -> Result<Map<String, Value>, Error> {
    match body {
        Value::Object(members) => Ok(members),
        other => Err(Error::NotAnObject(other.kind())),
    }
}

#[cfg(test)]
mod tests;
