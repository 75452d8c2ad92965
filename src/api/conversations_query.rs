//! Query strings of a token's conversations: those whom an erasure names, and what an export holds.

use std::borrow::Cow;

use crate::{
    api::{error::Error, faults::Code, query::Params},
    domain::{text::EndUserId, time::Timestamp},
};

/// The most characters of a user's id.
const MAX_USER: usize = EndUserId::MAX;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EraseQuery {
    /// The signed-in user whose conversations and feedback go.
    pub(crate) user_id: String,
}

impl EraseQuery {
    /// Reads `userId`, without which nobody's conversations go.
    pub(crate) fn parse(query: &str) -> Result<Self, Error> {
        let mut params = Params::parse(query);
        let user_id = params.take("userId").map(Cow::into_owned).unwrap_or_default();
        if user_id.is_empty() {
            let message = "must name the user whose conversations are deleted";
            params.fault("userId", Code::MissingRequiredField, message);
        } else if user_id.chars().count() > MAX_USER {
            let message = format!("must have at most {MAX_USER} characters");
            params.fault("userId", Code::TooLong, &message);
        }
        params.finish(Self { user_id })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExportQuery {
    /// Only conversations that began then or later.
    pub(crate) from: Timestamp,
    /// Only conversations that began before this.
    pub(crate) to: Timestamp,
    /// Only conversations with this target; any text, as in lists.
    pub(crate) flow_id: Option<String>,
    /// Only conversations of this signed-in user; any text.
    pub(crate) user_id: Option<String>,
}

impl ExportQuery {
    /// Reads `from`, `to` (moments, by default the first one and `now`, so that an export ends),
    /// `flow_id` and `userId`.
    pub(crate) fn parse(query: &str, now: Timestamp) -> Result<Self, Error> {
        let mut params = Params::parse(query);
        let [from, to] = ["from", "to"].map(|name| params.moment(name));
        let from = from.unwrap_or(Timestamp::from_millis(0));
        if to.is_some_and(|to| to < from) {
            params.fault("to", Code::OutOfRange, "must not be before from");
        }
        // A conversation of this very millisecond has begun, too.
        let to = to.unwrap_or(Timestamp::from_millis(now.millis() + 1));
        let flow_id = params.take("flow_id").map(Cow::into_owned);
        let user_id = params.take("userId").map(Cow::into_owned);
        params.finish(Self { from, to, flow_id, user_id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<(String, Code)> {
        let Err(Error::InvalidQuery(faults)) = result else { panic!("{result:?}") };
        let details = faults.into_details().into_iter();
        details.map(|detail| (detail.path.unwrap(), detail.code.unwrap())).collect()
    }

    #[test]
    fn an_erasure_names_somebody() {
        let erase = |query: &str| EraseQuery::parse(query).map(|query| query.user_id);
        assert_eq!(erase("userId=user%2042"), Ok("user 42".to_owned()));
        let longest = "é".repeat(128);
        assert_eq!(erase(&format!("userId={longest}")), Ok(longest));
        let missing = ("userId".to_owned(), Code::MissingRequiredField);
        for query in ["", "userId=", "userId"] {
            assert_eq!(codes(erase(query)), std::slice::from_ref(&missing), "{query}");
        }
        assert_eq!(
            codes(erase("user_id=1")),
            [missing, ("user_id".to_owned(), Code::UnknownField)]
        );
        let long = format!("userId={}", "x".repeat(129));
        assert_eq!(codes(erase(&long)), [("userId".to_owned(), Code::TooLong)]);
        // Nobody is erased by one of two names.
        assert_eq!(codes(erase("userId=1&userId=2")), [("userId".into(), Code::DuplicateField)]);
    }

    #[test]
    fn an_export_has_an_end_that_isnt_before_its_beginning() {
        let now = Timestamp::from_millis(1_000);
        let export = |query: &str| ExportQuery::parse(query, now);
        let all = export("").unwrap();
        assert_eq!((all.from.millis(), all.to.millis()), (0, 1_001));
        assert_eq!((all.flow_id, all.user_id), (None, None));
        let some =
            export("from=1970-01-01T00:00:05Z&to=1970-01-01T01:00:05%2B01:00&flow_id=&userId=u");
        let some = some.unwrap();
        assert_eq!((some.from.millis(), some.to.millis()), (5_000, 5_000));
        assert_eq!((some.flow_id.as_deref(), some.user_id.as_deref()), (Some(""), Some("u")));
        let unescaped = "from=1970-01-01T02:00:05+02:00&to=1970-01-01T01:00:06+01:00";
        let unescaped = export(unescaped).unwrap();
        assert_eq!((unescaped.from.millis(), unescaped.to.millis()), (5_000, 6_000));
        let swapped = "from=1970-01-01T00:00:05Z&to=1970-01-01T00:00:04Z";
        assert_eq!(codes(export(swapped)), [("to".to_owned(), Code::OutOfRange)]);
        // Nothing has begun after now.
        assert_eq!(export("from=2999-01-01T00:00:00Z").unwrap().to.millis(), 1_001);
        assert_eq!(
            codes(export("from=yesterday&to=2026-01-31&limit=1")),
            [
                ("from".to_owned(), Code::InvalidFormat),
                ("to".to_owned(), Code::InvalidFormat),
                ("limit".to_owned(), Code::UnknownField)
            ]
        );
    }
}
