//! The place of a page in a list that is paged by offset.

use serde::Serialize;

use crate::{
    api::{
        error::{Error, Noun},
        query::{ListQuery, Page},
    },
    domain::paged::Paged,
};

/// What an answer says of its page. The next one begins at `offset` and `limit` together: a page that
/// is cut, since no more rows fit, has its own number of rows as the limit.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pagination {
    limit: u32,
    offset: u32,
    has_more: bool,
}

impl Pagination {
    /// Of a page of at most `limit` rows; `rows` were found when one more than that was asked for.
    pub(super) fn of(limit: u32, offset: u32, rows: usize) -> Self {
        Self { limit, offset, has_more: rows > limit as usize }
    }

    fn of_paged<T>(Page { limit, offset }: Page, rows: &[Paged<T>]) -> Self {
        let has_more = rows.last().is_some_and(|last| last.is_followed);
        let shown = u32::try_from(rows.len()).unwrap_or(limit);
        Self { limit: if has_more { shown.min(limit) } else { limit }, offset, has_more }
    }

    /// Of an answer to a query; `None` without a limit, which asks for all there are.
    pub(super) fn of_list<T>(
        query: ListQuery,
        rows: &[Paged<T>],
        noun: Noun,
    ) -> Result<Option<Self>, Error> {
        let page = Self::of_paged(query.page(), rows);
        match query.limit {
            Some(_) => Ok(Some(page)),
            None if page.has_more => Err(Error::ListTooLong(noun)),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a page of so many rows, the last of which is followed or not.
    fn told(limit: Option<u32>, rows: usize, has_more: bool) -> Result<Option<Pagination>, Error> {
        let paged = |nth| Paged { row: (), is_followed: has_more || nth < rows };
        let rows: Vec<_> = (1..=rows).map(paged).collect();
        Pagination::of_list(ListQuery { limit, offset: 7 }, &rows, Noun::Target)
    }

    #[test]
    fn the_next_page_begins_at_offset_and_limit_together() {
        let page = |limit, has_more| Ok(Some(Pagination { limit, offset: 7, has_more }));
        assert_eq!(told(Some(5), 5, true), page(5, true));
        assert_eq!(told(Some(5), 2, true), page(2, true), "cut");
        assert_eq!(told(Some(5), 2, false), page(5, false));
        assert_eq!(told(Some(5), 0, false), page(5, false));
    }

    #[test]
    fn a_whole_list_is_whole_or_refused() {
        assert_eq!(told(None, 1000, false), Ok(None));
        assert_eq!(told(None, 1000, true), Err(Error::ListTooLong(Noun::Target)));
        assert_eq!(told(None, 3, true), Err(Error::ListTooLong(Noun::Target)));
    }
}
