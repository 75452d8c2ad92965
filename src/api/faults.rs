//! Faults of a request: what is wrong, where, and what was probably meant.
//!
//! It is here because a caller hears every fault of a body at once (contract section 9).

use serde::Serialize;

/// The kind of a fault, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    /// A field that must be there isn't.
    MissingRequiredField,
    /// Another JSON type than the field's.
    InvalidType,
    /// Not one of the values listed.
    InvalidEnum,
    /// A number or a count outside its range.
    OutOfRange,
    /// No such field.
    UnknownField,
    /// A field that never changes, with another value.
    ImmutableField,
    /// Too many characters or bytes.
    TooLong,
    /// Too many entries.
    TooMany,
    /// Another form than the field's.
    InvalidFormat,
    /// Not an origin that can be allowed.
    InvalidOrigin,
    /// The same field twice.
    DuplicateField,
    /// Not JSON at all.
    InvalidJson,
}

/// One fault, as told to the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// What is wrong, in words, beginning with the field.
    pub message: String,
    /// Where: a dotted path such as `allowedOrigins.2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// What was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// The faults found so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    details: Vec<Detail>,
    /// How many there were beyond [`Faults::MAX`].
    more: usize,
}

impl Faults {
    /// The most faults that one answer tells; a last line says how many more there were.
    const MAX: usize = 100;

    /// Adds a fault at `path`; the message begins with the path: `name must not be empty`.
    pub fn add(&mut self, path: &str, code: Code, message: impl std::fmt::Display) {
        self.add_suggesting(path, code, message, None);
    }

    /// Adds a fault and what was probably meant.
    pub fn add_suggesting(
        &mut self,
        path: &str,
        code: Code,
        message: impl std::fmt::Display,
        suggestion: Option<&str>,
    ) {
        if self.details.len() == Self::MAX {
            self.more += 1;
            return;
        }
        self.details.push(Detail {
            message: format!("{path} {message}"),
            path: Some(path.to_owned()),
            code: Some(code),
            suggestion: suggestion.map(str::to_owned),
        });
    }

    /// Adds what was found elsewhere.
    pub fn append(&mut self, other: Self) {
        let room = Self::MAX.saturating_sub(self.details.len());
        self.more += other.more + other.details.len().saturating_sub(room);
        self.details.extend(other.details.into_iter().take(room));
    }

    /// Whether a fault was found at `field` or below it.
    #[must_use]
    pub fn touch(&self, field: &str) -> bool {
        let head = |path: &String| path.split('.').next() == Some(field);
        self.details.iter().any(|detail| detail.path.as_ref().is_some_and(head))
    }

    /// Whether none was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.details.is_empty()
    }

    /// The faults, in the order found.
    #[must_use]
    pub fn into_details(mut self) -> Vec<Detail> {
        if self.more > 0 {
            let message = format!("and {} more", self.more);
            self.details.push(Detail { message, path: None, code: None, suggestion: None });
        }
        self.details
    }
}

/// The candidate that `text` was probably meant to be, if any is near.
#[must_use]
pub fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A long text is no typo of a short name; this also bounds the work.
    if text.len() > 64 {
        return None;
    }
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&fold(text), &fold(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(3).min(4))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Case and underscores are the commonest slips: `allowed_origins`, `FlowIds`.
fn fold(text: &str) -> String {
    text.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_faults_is_counted_and_cut() {
        let mut faults = Faults::default();
        (0..=Faults::MAX).for_each(|n| faults.add(&n.to_string(), Code::UnknownField, "?"));
        let details = faults.into_details();
        assert_eq!(details.len(), Faults::MAX + 1);
        assert_eq!(details[Faults::MAX].message, "and 1 more");
    }

    #[test]
    fn two_floods_together_are_counted_and_cut_too() {
        let flood = |count: usize| {
            let mut faults = Faults::default();
            (0..count).for_each(|n| faults.add(&n.to_string(), Code::UnknownField, "?"));
            faults
        };
        let mut faults = flood(Faults::MAX - 1);
        faults.append(flood(Faults::MAX + 2));
        let details = faults.into_details();
        assert_eq!(details.len(), Faults::MAX + 1);
        assert_eq!(details[Faults::MAX].message, "and 101 more");
    }

    #[test]
    fn the_nearest_name_is_found() {
        let names = ["name", "flowIds", "allowedOrigins", "agentIds"];
        for (typo, meant) in [
            ("allowedOrigin", Some("allowedOrigins")),
            ("allowed_origins", Some("allowedOrigins")),
            ("FLOWIDS", Some("flowIds")),
            ("nmae", Some("name")),
            ("colour", None),
        ] {
            assert_eq!(nearest(typo, names), meant, "{typo}");
        }
        assert_eq!(nearest(&"n".repeat(65), names), None);
    }
}
