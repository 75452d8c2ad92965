//! The members of a JSON body, taken one by one.
//!
//! Every body is read alike: what is missing, unknown, repeated or of another type is noted with
//! its path, and reading goes on. On the browser plane, where whoever sends a body may be a
//! stranger, only what is read is looked at.

use crate::{
    api::{
        error::Error,
        faults::{Code, Faults, nearest},
    },
    domain::json::{Json, join},
};

/// Turns one JSON value into a `T`, or notes its faults under the path and gives `None`.
pub trait Parser<T>: Fn(Json, &str, &mut Faults) -> Option<T> {}

impl<T, F: Fn(Json, &str, &mut Faults) -> Option<T>> Parser<T> for F {}

/// The members of a body, or of an object in it, that haven't been taken yet, and the faults
/// found.
#[derive(Debug)]
pub struct Fields {
    /// Where the object stands: empty for the body itself.
    path: String,
    members: Vec<(String, Json)>,
    plane: Plane,
    faults: Faults,
}

/// How much of a body counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plane {
    /// All of it: null is a value, and every repeated member has been noted.
    Management,
    /// What is read of it: null is absence, and a member that is read may not be repeated.
    Browser,
}

impl Fields {
    /// Opens a body, which must be one JSON object.
    ///
    /// # Errors
    /// [`Error::InvalidJson`] for anything that isn't JSON, [`Error::Invalid`] for another type.
    pub fn open(body: &[u8]) -> Result<Self, Error> {
        let json = Json::parse_body(body)?;
        let mut faults = Faults::default();
        json.each_repeated_key("", &mut |path| {
            faults.add_at(path, Code::DuplicateField, REPEATED);
        });
        Ok(Self { path: String::new(), members: members(json)?, plane: Plane::Management, faults })
    }

    /// Opens an object that stands at `path` of a body, whose repeated members have been noted.
    #[must_use]
    pub fn within(members: Vec<(String, Json)>, path: &str) -> Self {
        let faults = Faults::default();
        Self { path: path.to_owned(), members, plane: Plane::Management, faults }
    }

    /// Opens a body of the browser plane, where null is the same as absent.
    ///
    /// # Errors
    /// As [`Fields::open`].
    pub fn open_lenient(body: &[u8]) -> Result<Self, Error> {
        let members = members(Json::parse_page_body(body)?)?;
        let faults = Faults::default();
        Ok(Self { path: String::new(), members, plane: Plane::Browser, faults })
    }

    /// What was found, without a word about what was left over.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there were faults.
    pub fn ignore_rest(self) -> Result<(), Error> {
        if self.faults.is_empty() { Ok(()) } else { Err(Error::Invalid(self.faults)) }
    }

    /// The member of this name, if there is one; null is one on the management plane only.
    pub fn take(&mut self, name: &str) -> Option<Json> {
        let (value, is_repeated) = take_member(&mut self.members, name)?;
        if self.plane == Plane::Management {
            return Some(value);
        }
        if is_repeated {
            self.faults.add(&join(&self.path, name), Code::DuplicateField, REPEATED);
        }
        (value != Json::Null).then_some(value)
    }

    /// A member that may be absent.
    pub fn optional<T>(&mut self, name: &str, parser: impl Parser<T>) -> Option<T> {
        let value = self.take(name)?;
        parser(value, &join(&self.path, name), &mut self.faults)
    }

    /// A member that must be there.
    pub fn required<T>(&mut self, name: &str, parser: impl Parser<T>) -> Option<T> {
        let path = join(&self.path, name);
        if let Some(value) = self.take(name) {
            return parser(value, &path, &mut self.faults);
        }
        self.faults.add(&path, Code::MissingRequiredField, "is required");
        None
    }

    /// A member that may be absent or null; `Some(None)` is null.
    pub fn nullable<T>(&mut self, name: &str, parser: impl Parser<T>) -> Option<Option<T>> {
        match self.take(name)? {
            Json::Null => Some(None),
            value => parser(value, &join(&self.path, name), &mut self.faults).map(Some),
        }
    }

    /// Notes a fault that no parser saw.
    pub fn faults(&mut self) -> &mut Faults {
        &mut self.faults
    }

    /// Notes what was left over as unknown and gives the faults; `known` serves suggestions.
    #[must_use]
    pub fn finish(mut self, known: &[&'static str]) -> Faults {
        let mut unknown = self.members.into_iter();
        // One that is there twice has been noted as such.
        for (name, _) in unknown.by_ref() {
            let suggestion = nearest(&name, known.iter().copied());
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
        self.faults
    }
}

/// What is wrong with a member that an object has twice.
pub(super) const REPEATED: &str = "is there more than once";

/// Takes every member of this name: the first one's value, and whether there were others.
pub(super) fn take_member(members: &mut Vec<(String, Json)>, name: &str) -> Option<(Json, bool)> {
    let mut named = members.extract_if(.., |(n, _)| n == name);
    let (_, value) = named.next()?;
    Some((value, named.count() > 0))
}

fn members(body: Json) -> Result<Vec<(String, Json)>, Error> {
    match body {
        Json::Object(members) => Ok(members),
        other => Err(Error::NotAnObject(other.kind())),
    }
}

#[cfg(test)]
mod tests;
