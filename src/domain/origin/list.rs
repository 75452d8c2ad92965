//! The whole list `allowedOrigins` of a token. Entries of the same meaning are kept once, however
//! they are spelled.

use serde::{Deserialize, Serialize};

use super::header::RequestOrigin;
use super::pattern::OriginPattern;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoEntry {
    /// Such an origin can't be listed; only `*` admits it.
    Unlistable,
    Full,
}

/// The origins a client token admits: no pattern twice, in the order they were first listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<OriginPattern>")]
pub struct AllowedOrigins(Vec<OriginPattern>);

impl From<Vec<OriginPattern>> for AllowedOrigins {
    fn from(patterns: Vec<OriginPattern>) -> Self {
        Self::from_patterns(patterns)
    }
}

impl AllowedOrigins {
    pub const MAX: usize = 100;

    /// Keeps the first of equal patterns, and stops after one more than [`AllowedOrigins::MAX`]:
    /// that is too many already, and each pattern is compared with all that are kept.
    pub fn from_patterns(patterns: Vec<OriginPattern>) -> Self {
        let mut kept = Vec::new();
        for pattern in patterns {
            if kept.len() > Self::MAX {
                break;
            }
            if !kept.contains(&pattern) {
                kept.push(pattern);
            }
        }
        Self(kept)
    }

    pub fn admits(&self, origin: &RequestOrigin) -> bool {
        self.0.iter().any(|pattern| pattern.admits(origin))
    }

    /// The entry to add, so that requests from `origin` are admitted.
    pub fn entry_for(&self, origin: &RequestOrigin) -> Result<OriginPattern, NoEntry> {
        let entry = OriginPattern::of(origin).ok_or(NoEntry::Unlistable)?;
        if self.len() < Self::MAX { Ok(entry) } else { Err(NoEntry::Full) }
    }

    #[must_use]
    pub fn with(&self, entry: OriginPattern) -> Self {
        Self::from_patterns(self.iter().cloned().chain([entry]).collect())
    }

    /// Whether one pattern admits every request that `entry` admits.
    pub fn covers(&self, entry: &OriginPattern) -> bool {
        self.0.iter().any(|pattern| pattern.covers(entry))
    }

    pub fn iter(&self) -> std::slice::Iter<'_, OriginPattern> {
        self.0.iter()
    }

    /// The number of patterns, above [`AllowedOrigins::MAX`] if too many were listed.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no patterns, and so no request is admitted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a AllowedOrigins {
    type Item = &'a OriginPattern;
    type IntoIter = std::slice::Iter<'a, OriginPattern>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> AllowedOrigins {
        let parse = |entry: &&str| OriginPattern::parse(entry).expect(entry);
        AllowedOrigins::from_patterns(entries.iter().map(parse).collect())
    }

    fn shown(list: &AllowedOrigins) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn duplicates_after_normalisation_are_dropped_and_the_first_keeps_its_place() {
        let origins = list(&[
            "https://b.example",
            "https://a.example",
            " HTTPS://B.example:443/ ",
            "b.example",
            "NATIVE",
            "native",
        ]);
        assert_eq!(
            shown(&origins),
            ["https://b.example", "https://a.example", "b.example", "native"]
        );
        assert_eq!(origins.len(), 4);
    }

    #[test]
    fn bare_host_does_not_swallow_the_same_host_with_a_port_or_scheme() {
        assert_eq!(list(&["a.example", "a.example:443", "https://a.example"]).len(), 3);
    }

    #[test]
    fn list_admits_what_any_entry_admits() {
        let origins = list(&["https://a.example", "native"]);
        let admits = |header| origins.admits(&RequestOrigin::parse(header).unwrap());
        assert!(admits(Some("https://a.example")));
        assert!(admits(None));
        assert!(!admits(Some("https://b.example")));
        assert!(!admits(Some("null")));
    }

    #[test]
    fn the_entry_for_an_origin_admits_it_where_one_can_be_added() {
        let entry =
            |list: &AllowedOrigins, header| list.entry_for(&RequestOrigin::parse(header).unwrap());
        let one = list(&["https://a.example"]);
        for (header, entry_text) in [
            (None, "native"),
            (Some("https://b.example"), "https://b.example"),
            (Some("HTTP://B.example:8080"), "http://b.example:8080"),
            (Some("http://[::1]:80"), "http://[::1]"),
        ] {
            let entry = entry(&one, header).unwrap();
            assert_eq!(entry.to_string(), entry_text);
            assert!(one.with(entry).admits(&RequestOrigin::parse(header).unwrap()));
        }
        for header in [
            "null",
            "file://",
            "file://host",
            "capacitor://localhost",
            "tauri://localhost",
            "chrome-extension://abcdefghijklmnop",
            "ftp://a.example",
        ] {
            assert_eq!(entry(&one, Some(header)), Err(NoEntry::Unlistable), "{header}");
            assert!(!one.admits(&RequestOrigin::parse(Some(header)).unwrap()));
            assert!(list(&["*"]).admits(&RequestOrigin::parse(Some(header)).unwrap()));
        }
        let named = |count| (0..count).map(|n| format!("a{n}.example")).collect::<Vec<_>>();
        let of = |count| list(&named(count).iter().map(String::as_str).collect::<Vec<_>>());
        assert!(entry(&of(AllowedOrigins::MAX - 1), None).is_ok());
        assert_eq!(entry(&of(AllowedOrigins::MAX), None), Err(NoEntry::Full));
        assert_eq!(entry(&of(AllowedOrigins::MAX), Some("null")), Err(NoEntry::Unlistable));
    }

    #[test]
    fn one_too_many_is_kept_and_no_more() {
        let count = |count: usize| {
            let entries: Vec<String> = (0..count).map(|n| format!("a{n}.example")).collect();
            list(&entries.iter().map(String::as_str).collect::<Vec<_>>()).len()
        };
        assert_eq!(count(AllowedOrigins::MAX), AllowedOrigins::MAX);
        assert_eq!(count(AllowedOrigins::MAX + 1), AllowedOrigins::MAX + 1);
        assert_eq!(count(AllowedOrigins::MAX + 2), AllowedOrigins::MAX + 1);
    }

    #[test]
    fn empty_list_admits_nothing() {
        let origins = list(&[]);
        assert!(origins.is_empty());
        for header in [None, Some("null"), Some("https://a.example")] {
            assert!(!origins.admits(&RequestOrigin::parse(header).unwrap()));
        }
    }
}
