//! Query strings of the management plane.
//!
//! As with bodies, an answer names every fault at once, each with its parameter. Unknown
//! parameters are refused rather than ignored, since they are probably typing errors.

use std::borrow::Cow;

use crate::{
    api::{
        cursor::Cursor,
        error::Error,
        faults::{Code, Faults, nearest},
    },
    domain::{
        audit::{ACTIONS, Filter},
        ledger::{By, Span},
        time::Timestamp,
    },
};

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    /// The most rows.
    pub(crate) limit: u32,
    /// Rows to skip before the first one.
    pub(crate) offset: u32,
}

/// The query of a token list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientTokensQuery {
    /// The most rows; `None` for the whole list.
    pub(crate) limit: Option<u32>,
    /// Rows to skip before the first one.
    pub(crate) offset: u32,
}

/// The query of a conversation list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConversationsQuery {
    /// The part of the list that is asked for.
    pub(crate) page: Page,
    /// Only conversations with this target. Any text is taken; one that is no target's id matches
    /// nothing.
    pub(crate) flow_id: Option<String>,
    /// Only conversations of this signed-in user; any text, as above.
    pub(crate) user_id: Option<String>,
}

/// The query of a conversation's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MessagesQuery {
    /// The most messages.
    pub(crate) limit: u32,
    /// Only messages after this place; `None` for the beginning.
    pub(crate) after: Option<Cursor>,
}

impl ClientTokensQuery {
    /// Reads `limit` (1 to 200) and `offset` (contract section 3.1).
    ///
    /// # Errors
    /// [`Error::InvalidQuery`] with every fault.
    pub(crate) fn parse(query: &str) -> Result<Self, Error> {
        let mut params = Params::parse(query);
        let limit = params.number("limit", 1, 200);
        let offset = params.number("offset", 0, MAX_OFFSET).unwrap_or(0);
        params.finish(&["limit", "offset"], Self { limit, offset })
    }
}

impl ConversationsQuery {
    /// Reads `limit` (1 to 100, default 20), `offset`, `flow_id` (contract section 3.8) and
    /// `userId` (section 3.9).
    ///
    /// # Errors
    /// [`Error::InvalidQuery`] with every fault.
    pub(crate) fn parse(query: &str) -> Result<Self, Error> {
        let mut params = Params::parse(query);
        let page = params.page();
        let flow_id = params.take("flow_id").map(Cow::into_owned);
        let user_id = params.take("userId").map(Cow::into_owned);
        let known = ["limit", "offset", "flow_id", "userId"];
        params.finish(&known, Self { page, flow_id, user_id })
    }
}

impl Page {
    /// Reads `limit` (1 to 100, default 20) and `offset`, and nothing else.
    ///
    /// # Errors
    /// [`Error::InvalidQuery`] with every fault.
    pub(crate) fn parse(query: &str) -> Result<Self, Error> {
        let mut params = Params::parse(query);
        let page = params.page();
        params.finish(&["limit", "offset"], page)
    }
}

impl MessagesQuery {
    /// Reads `limit` (1 to 200, default 100) and `cursor`.
    ///
    /// # Errors
    /// [`Error::InvalidQuery`] with every fault.
    pub(crate) fn parse(query: &str) -> Result<Self, Error> {
        let mut params = Params::parse(query);
        let limit = params.number("limit", 1, 200).unwrap_or(100);
        let after = params.cursor("cursor");
        params.finish(&["limit", "cursor"], Self { limit, after })
    }
}

/// The query of a key's revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RevokeQuery {
    /// Whether the keys that it made are revoked too.
    pub(crate) cascade: bool,
}

impl RevokeQuery {
    /// Reads `cascade` (`true` or `false`, which is the default).
    ///
    /// # Errors
    /// [`Error::InvalidQuery`] with every fault.
    pub(crate) fn parse(query: &str) -> Result<Self, Error> {
        let mut params = Params::parse(query);
        let cascade = params.boolean("cascade").unwrap_or(false);
        params.finish(&["cascade"], Self { cascade })
    }
}

/// The query of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuditLogQuery {
    /// The most entries.
    pub(crate) limit: u32,
    /// Only entries after this place, which are older ones; `None` for the newest.
    pub(crate) after: Option<Cursor>,
    /// Which entries. Ids may be any text; one that nothing has matches nothing.
    pub(crate) filter: Filter,
}

impl AuditLogQuery {
    /// Reads `limit` (1 to 200, default 100), `cursor`, `objectId`, `actor` and `action`.
    ///
    /// # Errors
    /// [`Error::InvalidQuery`] with every fault.
    pub(crate) fn parse(query: &str) -> Result<Self, Error> {
        let mut params = Params::parse(query);
        let limit = params.number("limit", 1, 200).unwrap_or(100);
        let after = params.cursor("cursor");
        let filter = Filter {
            object_id: params.take("objectId").map(Cow::into_owned),
            actor: params.take("actor").map(Cow::into_owned),
            action: params.one_of("action", &ACTIONS),
        };
        let known = ["limit", "cursor", "objectId", "actor", "action"];
        params.finish(&known, Self { limit, after, filter })
    }
}

/// The query of a token's usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UsageQuery {
    /// The stretch that is asked about.
    pub(crate) span: Span,
}

impl UsageQuery {
    /// Reads `from`, `to` and `by` (`hour` or `day`, which is the default), for an answer at `now`
    /// (contract section 3.12).
    ///
    /// # Errors
    /// [`Error::InvalidQuery`] with every fault.
    pub(crate) fn parse(query: &str, now: Timestamp) -> Result<Self, Error> {
        let mut params = Params::parse(query);
        let (from, to) = (params.moment("from"), params.moment("to"));
        let by = params.one_of("by", &By::ALL).and_then(By::parse).unwrap_or(By::Day);
        // Where something can't be read, that is the fault to be told.
        let is_readable = params.faults.is_empty();
        let span = Span::new(by, from, to, now).unwrap_or_else(|fault| {
            if is_readable {
                params.faults.add("from", Code::OutOfRange, fault);
            }
            Span::latest(by, now)
        });
        params.finish(&["from", "to", "by"], Self { span })
    }
}

/// Refuses every parameter, for endpoints that read none.
///
/// # Errors
/// [`Error::InvalidQuery`] naming every parameter.
pub(crate) fn none(query: &str) -> Result<(), Error> {
    Params::parse(query).finish(&[], ())
}

/// Longer than any list, and within the range of a signed 32-bit integer.
const MAX_OFFSET: u32 = 2_147_483_647;

/// The parameters of a query string that are still to be read, and the faults of the others.
pub(super) struct Params<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    faults: Faults,
}

impl<'a> Params<'a> {
    pub(super) fn parse(query: &'a str) -> Self {
        Self {
            pairs: form_urlencoded::parse(query.as_bytes()).collect(),
            faults: Faults::default(),
        }
    }

    /// The value of the parameter `name`, if it is there; twice is a fault.
    pub(super) fn take(&mut self, name: &str) -> Option<Cow<'a, str>> {
        let at = self.pairs.iter().position(|(n, _)| n == name)?;
        let (_, value) = self.pairs.remove(at);
        if self.pairs.iter().any(|(n, _)| n == name) {
            self.pairs.retain(|(n, _)| n != name);
            self.faults.add(name, Code::DuplicateField, "is there more than once");
        }
        Some(value)
    }

    fn number(&mut self, name: &str, min: u32, max: u32) -> Option<u32> {
        let text = self.take(name)?;
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse().ok().filter(|n| digits && (min..=max).contains(n));
        if number.is_none() {
            let message = format_args!("must be a whole number from {min} to {max}");
            self.faults.add(name, Code::OutOfRange, message);
        }
        number
    }

    fn boolean(&mut self, name: &str) -> Option<bool> {
        let value = self.take(name)?.parse().ok();
        if value.is_none() {
            self.faults.add(name, Code::InvalidEnum, "must be true or false");
        }
        value
    }

    fn one_of(&mut self, name: &str, values: &[&'static str]) -> Option<&'static str> {
        let text = self.take(name)?;
        let found = values.iter().copied().find(|value| *value == text);
        if found.is_none() {
            let suggestion = nearest(&text, values.iter().copied());
            let message = format_args!("must be one of {}", values.join(", "));
            self.faults.add_suggesting(name, Code::InvalidEnum, message, suggestion);
        }
        found
    }

    fn moment(&mut self, name: &str) -> Option<Timestamp> {
        let parsed = Timestamp::parse(&self.take(name)?);
        parsed.map_err(|fault| self.faults.add(name, Code::InvalidFormat, fault)).ok()
    }

    fn page(&mut self) -> Page {
        Page {
            limit: self.number("limit", 1, 100).unwrap_or(20),
            offset: self.number("offset", 0, MAX_OFFSET).unwrap_or(0),
        }
    }

    fn cursor(&mut self, name: &str) -> Option<Cursor> {
        let cursor = Cursor::parse(&self.take(name)?);
        if cursor.is_none() {
            let message = "must be a pagination.nextCursor of an earlier answer, unchanged";
            self.faults.add(name, Code::InvalidFormat, message);
        }
        cursor
    }

    /// Notes a fault of the parameter `name`.
    pub(super) fn fault(&mut self, name: &str, code: Code, message: &str) {
        self.faults.add(name, code, message);
    }

    /// What was parsed, if there is no fault and no parameter but the `known` ones.
    pub(super) fn finish<T>(mut self, known: &[&'static str], parsed: T) -> Result<T, Error> {
        let mut unknown = self.pairs.into_iter();
        for (name, _) in unknown.by_ref() {
            let suggestion = nearest(&name, known.iter().copied());
            let message = "is not a query parameter of this endpoint";
            self.faults.add_suggesting(&name, Code::UnknownField, message, suggestion);
            if self.faults.are_full() {
                break;
            }
        }
        self.faults.add_untold(unknown.count());
        if self.faults.is_empty() { Ok(parsed) } else { Err(Error::InvalidQuery(self.faults)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<(String, Code)> {
        match result {
            Err(Error::InvalidQuery(faults)) => faults
                .into_details()
                .into_iter()
                .map(|d| (d.path.unwrap(), d.code.unwrap()))
                .collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn limits_are_tested_from_both_sides() {
        for (query, limit) in [("", None), ("limit=1", Some(1)), ("limit=200&offset=0", Some(200))]
        {
            assert_eq!(ClientTokensQuery::parse(query).unwrap().limit, limit);
        }
        for query in ["limit=0", "limit=201", "limit=", "limit=+1", "limit=1.0", "limit=0x1"] {
            let wanted = [("limit".to_owned(), Code::OutOfRange)];
            assert_eq!(codes(ClientTokensQuery::parse(query)), wanted, "{query}");
        }
    }

    #[test]
    fn conversations_have_a_default_page() {
        let query = ConversationsQuery::parse("flow_id=flow_a").unwrap();
        assert_eq!(query.page, Page { limit: 20, offset: 0 });
        assert_eq!(query.flow_id.as_deref(), Some("flow_a"));
    }

    #[test]
    fn conversations_are_filtered_by_any_text() {
        let long = "x".repeat(5_000);
        for (sent, read) in [
            ("", ""),
            ("a+b%2Fc", "a b/c"),
            ("%00", "\0"),
            ("%F0%9F%A6%80", "\u{1f980}"),
            (&long, &long),
        ] {
            let query = ConversationsQuery::parse(&format!("flow_id={sent}")).unwrap();
            assert_eq!(query.flow_id.as_deref(), Some(read));
        }
    }

    #[test]
    fn unknown_parameters_beyond_the_hundredth_are_counted() {
        let Err(Error::InvalidQuery(faults)) = none(&"offst=1&".repeat(50_000)) else { panic!() };
        assert_eq!(faults.into_details().last().unwrap().message, "and 49900 more");
    }

    #[test]
    fn messages_are_paged_by_cursor() {
        let query = MessagesQuery::parse("").unwrap();
        assert_eq!(query, MessagesQuery { limit: 100, after: None });
        let query = MessagesQuery::parse(&format!("limit=200&cursor={}", Cursor::after(7)));
        assert_eq!(query.unwrap(), MessagesQuery { limit: 200, after: Some(Cursor::after(7)) });
        assert_eq!(
            codes(MessagesQuery::parse("limit=201&cursor=7")),
            [("limit".into(), Code::OutOfRange), ("cursor".into(), Code::InvalidFormat)]
        );
    }

    #[test]
    fn a_revocation_cascades_only_when_told_so_in_full() {
        for (query, cascade) in [("", false), ("cascade=false", false), ("cascade=true", true)] {
            assert_eq!(RevokeQuery::parse(query), Ok(RevokeQuery { cascade }));
        }
        for query in ["cascade", "cascade=", "cascade=1", "cascade=TRUE", "cascade=true%20"] {
            assert_eq!(codes(RevokeQuery::parse(query)), [("cascade".into(), Code::InvalidEnum)]);
        }
        let twice = codes(RevokeQuery::parse("cascade=true&cascade=true&Cascade=true"));
        let unknown = ("Cascade".into(), Code::UnknownField);
        assert_eq!(twice, [("cascade".into(), Code::DuplicateField), unknown]);
    }

    #[test]
    fn the_audit_log_is_filtered_by_any_id_and_by_actions_that_there_are() {
        let none = AuditLogQuery { limit: 100, after: None, filter: Filter::default() };
        assert_eq!(AuditLogQuery::parse(""), Ok(none));
        let query = "objectId=ct_1&actor=&action=api_key.revoke&limit=1";
        let filter = Filter {
            object_id: Some("ct_1".to_owned()),
            actor: Some(String::new()),
            action: Some("api_key.revoke"),
        };
        assert_eq!(
            AuditLogQuery::parse(query),
            Ok(AuditLogQuery { limit: 1, after: None, filter })
        );
        assert_eq!(
            codes(AuditLogQuery::parse(
                "action=api_key.revok&limit=0&cursor=7&offset=1&actor&actor"
            )),
            [
                ("limit".into(), Code::OutOfRange),
                ("cursor".into(), Code::InvalidFormat),
                ("actor".into(), Code::DuplicateField),
                ("action".into(), Code::InvalidEnum),
                ("offset".into(), Code::UnknownField),
            ]
        );
    }

    #[test]
    fn every_fault_is_told() {
        assert_eq!(
            codes(ConversationsQuery::parse("limit=101&offset=-1&offset=2&flowId=x&flow_id=a")),
            [
                ("limit".into(), Code::OutOfRange),
                ("offset".into(), Code::DuplicateField),
                ("offset".into(), Code::OutOfRange),
                ("flowId".into(), Code::UnknownField),
            ]
        );
    }

    #[test]
    fn a_stretch_of_usage_is_read_and_its_faults_are_told_once() {
        let now = Timestamp::parse("2026-03-10T14:30:00Z").unwrap();
        let parse = |query: &str| UsageQuery::parse(query, now);
        assert_eq!(parse(""), Ok(UsageQuery { span: Span::latest(By::Day, now) }));
        assert_eq!(parse("by=hour"), Ok(UsageQuery { span: Span::latest(By::Hour, now) }));
        let day = "from=2026-03-01T00:00:00%2B01:00&to=2026-03-02T00:00:00Z";
        let moment = |text| Timestamp::parse(text).ok();
        let (from, to) = (moment("2026-02-28T23:00:00Z"), moment("2026-03-02T00:00:00Z"));
        let span = Span::new(By::Day, from, to, now).unwrap();
        assert_eq!(parse(day), Ok(UsageQuery { span }));
        let long = "by=hour&from=2026-01-01T00:00:00Z";
        assert_eq!(codes(parse(long)), [("from".into(), Code::OutOfRange)]);
        let faults = "from=2026-03-01&to=2026-03-02T00:00:00Z&to=&by=week&since=1";
        assert_eq!(
            codes(parse(faults)),
            [
                ("from".into(), Code::InvalidFormat),
                ("to".into(), Code::DuplicateField),
                ("by".into(), Code::InvalidEnum),
                ("since".into(), Code::UnknownField),
            ]
        );
    }

    #[test]
    fn an_endpoint_without_parameters_takes_none() {
        assert!(none("").is_ok());
        assert_eq!(codes(none("a=1")), [("a".into(), Code::UnknownField)]);
    }
}
