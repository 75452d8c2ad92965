//! Pages of lists whose rows may be large: as many rows as fit, one at least.
//!
//! Usually all fit, and one sum over the sizes says so. Only where they don't are they added up row by
//! row, which costs several times as many rows read. What doesn't fit is never read.

use crate::{
    domain::paged::{PAGE_BYTES, Paged},
    store::{columns::PACKED, row::row},
};

/// A list as SQL.
pub(super) struct List<'a> {
    /// The columns that put its rows into order.
    pub(super) keys: &'a str,
    /// Those columns with their directions.
    pub(super) order: &'a str,
    /// `from` and `where`.
    pub(super) source: &'a str,
    /// The JSON of a row, whose length is nearly that of what is written of it.
    pub(super) array: &'a str,
}

/// What is written of a row beside the values that are weighed, such as their names, is shorter than
/// this.
pub(super) const NAMES_BYTES: u32 = 768;

impl List<'_> {
    /// A page of at most `?3` rows behind the first `?4`, each a [`Fitted`] one, and one row more than
    /// fits.
    pub(super) fn page(&self) -> String {
        let Self { keys, order, source, array } = self;
        let sizes = format!(
            "select {keys}, length(cast({array} as blob)) + {NAMES_BYTES} as bytes
      {source}
      order by {order}
      limit ?3 offset ?4"
        );
        format!(
            "with room (fits) as materialized (
  select iif(
    (select sum(bytes) from (
      {sizes}
    )) > {PAGE_BYTES},
    max(1, (select count(*) from (
      select sum(bytes) over (order by {order} rows unbounded preceding) as weight from (
      {sizes}
      )
    ) where weight <= {PAGE_BYTES})),
    -- A parameter is a float, which isn't read as a count.
    cast(?3 as integer)
  )
)
select json_array({array}, (select fits from room)) as {PACKED}
{source}
order by {order}
limit (select fits from room) + 1 offset ?4"
        )
    }
}

/// A row as it comes, which says how many rows of its page fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted<T> {
    row: T,
    fits: u32,
}

row!(Fitted<T> { row, fits });

/// The page that those rows are: one row may be too much, which says that more follow.
pub fn page<T>(rows: Vec<Fitted<T>>) -> Vec<Paged<T>> {
    let found = rows.len();
    let paged = |(nth, Fitted { row, fits }): (usize, Fitted<T>)| {
        (nth <= fits as usize).then_some(Paged { row, is_followed: nth < found })
    };
    (1..).zip(rows).map_while(paged).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_more_than_fits_says_that_more_follow() {
        let told = |fits, found: u8| -> Vec<(u8, bool)> {
            let rows = (1..=found).map(|row| Fitted { row, fits }).collect();
            page(rows).into_iter().map(|paged| (paged.row, paged.is_followed)).collect()
        };
        assert_eq!(told(2, 3), [(1, true), (2, true)]);
        assert_eq!(told(2, 2), [(1, true), (2, false)]);
        assert_eq!(told(9, 1), [(1, false)]);
        assert!(told(9, 0).is_empty());
    }
}
