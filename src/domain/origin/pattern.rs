//! One entry of `allowedOrigins`: reading it, and deciding which requests it admits (contract
//! section 5).

use serde::{Deserialize, Serialize};

use std::fmt;

use super::fault::OriginFault;
use super::header::RequestOrigin;
use super::site::Site;

/// `Display` writes the normalised form, which is stored instead of what was typed. Parsing it
/// gives the same pattern again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct OriginPattern(PatternKind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum PatternKind {
    Any,
    Native,
    Site(Site),
}

impl From<OriginPattern> for String {
    fn from(pattern: OriginPattern) -> Self {
        pattern.to_string()
    }
}

impl TryFrom<String> for OriginPattern {
    type Error = OriginFault;

    fn try_from(entry: String) -> Result<Self, OriginFault> {
        Self::parse(&entry)
    }
}

impl OriginPattern {
    /// Reads one entry: a web origin, a bare host, either of them over `*.`, `*`, or `native`.
    /// White space at the ends is trimmed, letters are lower-cased, the default port and a `/` at
    /// the end are dropped. Refused is an entry that no browser's origin could equal, or that says
    /// more than an origin does.
    pub fn parse(entry: &str) -> Result<Self, OriginFault> {
        let entry = entry.trim_ascii();
        let word = entry.strip_suffix('/').unwrap_or(entry);
        if entry == "*" {
            return Ok(Self(PatternKind::Any));
        }
        if word.eq_ignore_ascii_case("native") {
            return Ok(Self(PatternKind::Native));
        }
        if word.eq_ignore_ascii_case("null") {
            return Err(OriginFault::Null);
        }
        Site::parse(entry).map(|site| Self(PatternKind::Site(site)))
    }

    /// The narrowest entry that admits requests from `origin`; `None` where only `*` does, as for
    /// `null`, `file://` and schemes other than http and https.
    pub fn of(origin: &RequestOrigin) -> Option<Self> {
        match origin {
            RequestOrigin::Absent => Some(Self(PatternKind::Native)),
            RequestOrigin::Web(origin) => Self::parse(&origin.to_string()).ok(),
            RequestOrigin::Null | RequestOrigin::File | RequestOrigin::Foreign(_) => None,
        }
    }

    pub fn admits(&self, origin: &RequestOrigin) -> bool {
        match (&self.0, origin) {
            (PatternKind::Native, _) => *origin == RequestOrigin::Absent,
            (PatternKind::Any, _) => *origin != RequestOrigin::Absent,
            (PatternKind::Site(site), RequestOrigin::Web(origin)) => site.admits(origin),
            (PatternKind::Site(_), _) => false,
        }
    }

    /// Whether this admits every request that `other` admits.
    pub fn covers(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (PatternKind::Native, other) => *other == PatternKind::Native,
            (PatternKind::Any, other) => *other != PatternKind::Native,
            (PatternKind::Site(site), PatternKind::Site(other)) => site.covers(other),
            (PatternKind::Site(_), _) => false,
        }
    }

    /// Whether this is `*`, which admits every request that carries an Origin.
    pub fn is_wildcard(&self) -> bool {
        self.0 == PatternKind::Any
    }

    /// Whether this is `native`, which admits only requests without an Origin.
    pub fn is_native(&self) -> bool {
        self.0 == PatternKind::Native
    }

    /// Whether this admits a page that came over plain http from another machine. A bare host does,
    /// unless it is loopback; `*` and `native` have warnings of their own.
    pub fn is_insecure(&self) -> bool {
        matches!(&self.0, PatternKind::Site(site)
            if site.admits_http() && !site.is_loopback())
    }

    /// Whether this admits the subdomains of a domain that strangers share: `*.github.io`.
    pub fn is_over_shared_suffix(&self) -> bool {
        matches!(&self.0, PatternKind::Site(site) if site.is_over_shared_suffix())
    }

    /// Whether this admits only pages from the visitor's own machine: `localhost` and the
    /// names under it, `127.0.0.0/8`, `[::1]`.
    pub fn is_loopback(&self) -> bool {
        matches!(&self.0, PatternKind::Site(site) if site.is_loopback())
    }
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            PatternKind::Any => f.write_str("*"),
            PatternKind::Native => f.write_str("native"),
            PatternKind::Site(site) => write!(f, "{site}"),
        }
    }
}

#[cfg(test)]
mod entry_tests;
#[cfg(test)]
mod tests;
