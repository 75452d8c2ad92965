//! The members of a JSON body, taken one by one.
//!
//! It is here so that every body is read alike: what is missing, unknown, repeated or of
//! another type is noted with its path, and reading goes on.

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
    faults: Faults,
}

impl Fields {
    /// Opens a body, which must be one JSON object.
    ///
    /// # Errors
    /// [`Error::InvalidJson`] for anything that isn't JSON, [`Error::Invalid`] for another type.
    pub fn open(body: &[u8]) -> Result<Self, Error> {
        let json = Json::parse(body).map_err(Error::InvalidJson)?;
        let mut faults = Faults::default();
        json.each_repeated_key("", &mut |path| {
            faults.add(&path, Code::DuplicateField, "is there more than once");
        });
        match json {
            Json::Object(members) => Ok(Self { path: String::new(), members, faults }),
            other => Err(Error::NotAnObject(other.kind())),
        }
    }

    /// Opens an object that stands at `path` of a body, whose repeated members have been noted.
    #[must_use]
    pub fn within(members: Vec<(String, Json)>, path: &str) -> Self {
        Self { path: path.to_owned(), members, faults: Faults::default() }
    }

    /// Opens a body of the browser plane, where null is the same as absent.
    ///
    /// # Errors
    /// As [`Fields::open`].
    pub fn open_lenient(body: &[u8]) -> Result<Self, Error> {
        let mut fields = Self::open(body)?;
        fields.members.retain(|(_, value)| *value != Json::Null);
        Ok(fields)
    }

    /// What was found, without a word about what was left over.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there were faults.
    pub fn ignore_rest(self) -> Result<(), Error> {
        if self.faults.is_empty() { Ok(()) } else { Err(Error::Invalid(self.faults)) }
    }

    /// The member of this name, null or not, if there is one.
    pub fn take(&mut self, name: &str) -> Option<Json> {
        let at = self.members.iter().position(|(n, _)| n == name)?;
        let (_, value) = self.members.remove(at);
        self.members.retain(|(n, _)| n != name);
        Some(value)
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
        // One that is there twice has been noted as such.
        for (name, _) in self.members {
            let suggestion = nearest(&name, known.iter().copied());
            let message = suggestion.map_or_else(
                || "is not a field of this request".to_owned(),
                |meant| format!("is not a field of this request; did you mean {meant}?"),
            );
            let path = join(&self.path, &name);
            self.faults.add_suggesting(&path, Code::UnknownField, message, suggestion);
        }
        self.faults
    }
}
