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
        paged::WHOLE_MAX,
        time::Timestamp,
    },
};

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) limit: u32,
    pub(crate) offset: u32,
}

/// The query of a list that may be asked for whole: tokens, targets or API keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ListQuery {
    /// The most rows; `None` for the whole list.
    pub(crate) limit: Option<u32>,
    pub(crate) offset: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConversationsQuery {
    pub(crate) page: Page,
    /// Only conversations with this target. Any text is taken; one that is no target's id matches
    /// nothing.
    pub(crate) flow_id: Option<String>,
    /// Only conversations of this signed-in user; any text, as above.
    pub(crate) user_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MessagesQuery {
    pub(crate) limit: u32,
    /// Only messages after this place; `None` for the beginning.
    pub(crate) after: Option<Cursor>,
}

impl ListQuery {
    /// Reads `limit` (1 to 200) and `offset` (contract sections 3.1 and 4).
    pub(crate) fn parse(query: &str) -> Result<Self, Error> {
        let mut params = Params::parse(query);
        let limit = params.number("limit", 1, 200);
        let offset = params.number("offset", 0, MAX_OFFSET).unwrap_or(0);
        params.finish(Self { limit, offset })
    }

    pub(crate) fn page(self) -> Page {
        Page { limit: self.limit.unwrap_or(WHOLE_MAX), offset: self.offset }
    }
}

impl ConversationsQuery {
    /// Reads `limit` (1 to 100, default 20), `offset`, `flow_id` (contract section 3.8) and
    /// `userId` (section 3.9).
    pub(crate) fn parse(query: &str) -> Result<Self, Error> {
        let mut params = Params::parse(query);
        let page = params.page();
        let flow_id = params.take("flow_id").map(Cow::into_owned);
        let user_id = params.take("userId").map(Cow::into_owned);
        params.finish(Self { page, flow_id, user_id })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FeedbackQuery {
    pub(crate) page: Page,
    /// Only what this signed-in user gave; any text, and one that is no user's id matches nothing.
    pub(crate) user_id: Option<String>,
}

impl FeedbackQuery {
    /// Reads `limit` (1 to 100, default 20), `offset` and `userId` (contract section 3.11).
    pub(crate) fn parse(query: &str) -> Result<Self, Error> {
        let mut params = Params::parse(query);
        let page = params.page();
        let user_id = params.take("userId").map(Cow::into_owned);
        params.finish(Self { page, user_id })
    }
}

impl MessagesQuery {
    /// Reads `limit` (1 to 200, default 100) and `cursor`.
    pub(crate) fn parse(query: &str) -> Result<Self, Error> {
        let mut params = Params::parse(query);
        let limit = params.number("limit", 1, 200).unwrap_or(100);
        let after = params.cursor("cursor");
        params.finish(Self { limit, after })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RevokeQuery {
    /// Whether the keys that it made are revoked too.
    pub(crate) cascade: bool,
}

impl RevokeQuery {
    /// Reads `cascade` (`true` or `false`, which is the default).
    pub(crate) fn parse(query: &str) -> Result<Self, Error> {
        let mut params = Params::parse(query);
        let cascade = params.boolean("cascade").unwrap_or(false);
        params.finish(Self { cascade })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuditLogQuery {
    pub(crate) limit: u32,
    /// Only entries after this place, which are older ones; `None` for the newest.
    pub(crate) after: Option<Cursor>,
    /// Which entries. Ids may be any text; one that nothing has matches nothing.
    pub(crate) filter: Filter,
}

impl AuditLogQuery {
    /// Reads `limit` (1 to 200, default 100), `cursor`, `objectId`, `actor` and `action`.
    pub(crate) fn parse(query: &str) -> Result<Self, Error> {
        let mut params = Params::parse(query);
        let limit = params.number("limit", 1, 200).unwrap_or(100);
        let after = params.cursor("cursor");
        let filter = Filter {
            object_id: params.take("objectId").map(Cow::into_owned),
            actor: params.take("actor").map(Cow::into_owned),
            action: params.one_of("action", &ACTIONS),
        };
        params.finish(Self { limit, after, filter })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UsageQuery {
    pub(crate) span: Span,
}

impl UsageQuery {
    /// Reads `from`, `to` and `by` (`hour` or `day`, which is the default), for an answer at `now`
    /// (contract section 3.12).
    pub(crate) fn parse(query: &str, now: Timestamp) -> Result<Self, Error> {
        let mut params = Params::parse(query);
        let (from, to) = (params.moment("from"), params.moment("to"));
        let by =
            params.one_of("by", &By::ALL.map(By::as_str)).and_then(By::parse).unwrap_or(By::Day);
        // Where something can't be read, that is the fault to be told.
        let is_readable = params.faults.is_empty();
        let span = Span::new(by, from, to, now).unwrap_or_else(|fault| {
            if is_readable {
                params.faults.add("from", Code::OutOfRange, fault);
            }
            Span::latest(by, now)
        });
        params.finish(Self { span })
    }
}

/// Refuses every parameter, for endpoints that read none.
pub(crate) fn none(query: &str) -> Result<(), Error> {
    Params::parse(query).finish(())
}

/// Longer than any list, and within the range of a signed 32-bit integer.
const MAX_OFFSET: u32 = 2_147_483_647;

/// The parameters of a query string that are still to be read, and the faults of the others. What was
/// asked for is what is known, so nothing lists it.
pub(super) struct Params<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    known: Vec<&'static str>,
    faults: Faults,
}

impl<'a> Params<'a> {
    pub(super) fn parse(query: &'a str) -> Self {
        Self {
            pairs: form_urlencoded::parse(query.as_bytes()).collect(),
            known: Vec::new(),
            faults: Faults::default(),
        }
    }

    /// The value of the parameter `name`, if it is there; twice is a fault.
    pub(super) fn take(&mut self, name: &'static str) -> Option<Cow<'a, str>> {
        self.known.push(name);
        let at = self.pairs.iter().position(|(n, _)| n == name)?;
        let (_, value) = self.pairs.remove(at);
        if self.pairs.iter().any(|(n, _)| n == name) {
            self.pairs.retain(|(n, _)| n != name);
            self.faults.add(name, Code::DuplicateField, "is there more than once");
        }
        Some(value)
    }

    fn number(&mut self, name: &'static str, min: u32, max: u32) -> Option<u32> {
        let text = self.take(name)?;
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse().ok().filter(|n| digits && (min..=max).contains(n));
        if number.is_none() {
            let message = format_args!("must be a whole number from {min} to {max}");
            self.faults.add(name, Code::OutOfRange, message);
        }
        number
    }

    fn boolean(&mut self, name: &'static str) -> Option<bool> {
        let value = self.take(name)?.parse().ok();
        if value.is_none() {
            self.faults.add(name, Code::InvalidEnum, "must be true or false");
        }
        value
    }

    fn one_of(&mut self, name: &'static str, values: &[&'static str]) -> Option<&'static str> {
        let text = self.take(name)?;
        let found = values.iter().copied().find(|value| *value == text);
        if found.is_none() {
            let suggestion = nearest(&text, values.iter().copied());
            let message = format_args!("must be one of {}", values.join(", "));
            self.faults.add_suggesting(name, Code::InvalidEnum, message, suggestion);
        }
        found
    }

    pub(super) fn moment(&mut self, name: &'static str) -> Option<Timestamp> {
        let parsed = Timestamp::parse(&with_sign(self.take(name)?));
        parsed.map_err(|fault| self.faults.add(name, Code::InvalidFormat, fault)).ok()
    }

    fn page(&mut self) -> Page {
        Page {
            limit: self.number("limit", 1, 100).unwrap_or(20),
            offset: self.number("offset", 0, MAX_OFFSET).unwrap_or(0),
        }
    }

    fn cursor(&mut self, name: &'static str) -> Option<Cursor> {
        let cursor = Cursor::parse(&self.take(name)?);
        if cursor.is_none() {
            let message = "must be a pagination.nextCursor of an earlier answer, unchanged";
            self.faults.add(name, Code::InvalidFormat, message);
        }
        cursor
    }

    pub(super) fn fault(&mut self, name: &str, code: Code, message: &str) {
        self.faults.add(name, code, message);
    }

    /// What was parsed, if there is no fault and no parameter that nobody asked for.
    pub(super) fn finish<T>(mut self, parsed: T) -> Result<T, Error> {
        let mut unknown = self.pairs.into_iter();
        for (name, _) in unknown.by_ref() {
            let suggestion = nearest(&name, self.known.iter().copied());
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

/// A timestamp with the plus sign of its offset, which arrives as a blank unless it was escaped. In
/// that place a timestamp never has a blank.
fn with_sign(text: Cow<'_, str>) -> Cow<'_, str> {
    let place = text.len().checked_sub("+00:00".len());
    match place.and_then(|place| text.split_at_checked(place)) {
        Some((local, offset)) if offset.starts_with(' ') => {
            Cow::Owned(format!("{local}+{}", &offset[1..]))
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests;
