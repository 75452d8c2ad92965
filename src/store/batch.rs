//! Queries that travel together, in one transaction, each with its own kind of row.

use serde::de::{DeserializeOwned, IgnoredAny};

use crate::store::{
    db_error::DbError,
    row,
    statement::{First, Query, Statement},
};

/// The rows that one statement gave, as the text of a JSON array, for its query to read.
pub type RowSet = String;

/// The row sets of a batch, in the order of its statements.
pub type RowSets<'a> = &'a mut dyn Iterator<Item = RowSet>;

pub trait Batch {
    type Rows;

    /// In order.
    fn statements(&self) -> Vec<&Statement>;

    /// Takes as many row sets as there are statements.
    fn rows(&self, sets: RowSets<'_>) -> Result<Self::Rows, DbError>;
}

fn next(sets: RowSets<'_>) -> Result<RowSet, DbError> {
    sets.next().ok_or_else(|| DbError::Broken("a statement of the batch has no result".to_owned()))
}

fn read<R: DeserializeOwned>(rows: &str) -> Result<Vec<R>, DbError> {
    row::read_all(rows).map_err(DbError::Broken)
}

/// How many rows there are.
pub fn count(rows: &str) -> Result<usize, DbError> {
    read::<IgnoredAny>(rows).map(|rows| rows.len())
}

/// All rows.
impl<R: DeserializeOwned> Batch for Query<R> {
    type Rows = Vec<R>;

    fn statements(&self) -> Vec<&Statement> {
        vec![&self.statement]
    }

    fn rows(&self, sets: RowSets<'_>) -> Result<Vec<R>, DbError> {
        read(&next(sets)?)
    }
}

/// The one row, if there is one.
impl<R: DeserializeOwned> Batch for First<R> {
    type Rows = Option<R>;

    fn statements(&self) -> Vec<&Statement> {
        vec![&self.statement]
    }

    fn rows(&self, sets: RowSets<'_>) -> Result<Option<R>, DbError> {
        Ok(read(&next(sets)?)?.into_iter().next())
    }
}

/// A statement whose rows nobody reads.
impl Batch for Statement {
    type Rows = ();

    fn statements(&self) -> Vec<&Statement> {
        vec![self]
    }

    fn rows(&self, sets: RowSets<'_>) -> Result<(), DbError> {
        next(sets).map(drop)
    }
}

/// Any number of them.
impl Batch for Vec<Statement> {
    type Rows = ();

    fn statements(&self) -> Vec<&Statement> {
        self.iter().collect()
    }

    fn rows(&self, sets: RowSets<'_>) -> Result<(), DbError> {
        self.iter().try_for_each(|statement| statement.rows(sets))
    }
}

impl<B: Batch> Batch for &B {
    type Rows = B::Rows;

    fn statements(&self) -> Vec<&Statement> {
        B::statements(self)
    }

    fn rows(&self, sets: RowSets<'_>) -> Result<B::Rows, DbError> {
        B::rows(self, sets)
    }
}

/// What isn't always asked.
impl<B: Batch> Batch for Option<B> {
    type Rows = Option<B::Rows>;

    fn statements(&self) -> Vec<&Statement> {
        self.as_ref().map(B::statements).unwrap_or_default()
    }

    fn rows(&self, sets: RowSets<'_>) -> Result<Self::Rows, DbError> {
        self.as_ref().map(|batch| batch.rows(sets)).transpose()
    }
}

/// Nothing at all, beside what stands alone.
impl Batch for () {
    type Rows = ();

    fn statements(&self) -> Vec<&Statement> {
        Vec::new()
    }

    fn rows(&self, _: RowSets<'_>) -> Result<(), DbError> {
        Ok(())
    }
}

/// Writes what makes a batch of a tuple of batches. For `A.0 B.1` that is
///
/// ```ignore
/// impl<A: Batch, B: Batch> Batch for (A, B) {
///     type Rows = (A::Rows, B::Rows);
///
///     fn statements(&self) -> Vec<&Statement> {
///         [self.0.statements(), self.1.statements()].concat()
///     }
///
///     fn rows(&self, sets: RowSets<'_>) -> Result<Self::Rows, DbError> {
///         Ok((self.0.rows(sets)?, self.1.rows(sets)?))
///     }
/// }
/// ```
macro_rules! tuple {
    ($($batch:ident.$place:tt)+) => {
        impl<$($batch: Batch),+> Batch for ($($batch),+) {
            type Rows = ($($batch::Rows),+);

            fn statements(&self) -> Vec<&Statement> {
                [$(self.$place.statements()),+].concat()
            }

            fn rows(&self, sets: RowSets<'_>) -> Result<Self::Rows, DbError> {
                Ok(($(self.$place.rows(sets)?),+))
            }
        }
    };
}

tuple!(A.0 B.1);
tuple!(A.0 B.1 C.2);
tuple!(A.0 B.1 C.2 D.3);
tuple!(A.0 B.1 C.2 D.3 E.4);
tuple!(A.0 B.1 C.2 D.3 E.4 F.5);

#[cfg(test)]
mod tests {
    use super::*;

    row::row! {
        #[derive(Debug, PartialEq)]
        struct Number { n: i64 }
    }

    fn numbers(sql: &str) -> Query<Number> {
        Query::read(sql, Vec::new())
    }

    fn read<B: Batch>(batch: &B, sets: &[&[i64]]) -> Result<B::Rows, DbError> {
        let row = |n: &i64| format!(r#"{{"n":{n}}}"#);
        let rows = |rows: &&[i64]| rows.iter().map(row).collect::<Vec<_>>().join(",");
        let set = |set| format!("[{}]", rows(set));
        batch.rows(&mut sets.iter().map(set))
    }

    #[test]
    fn each_part_of_a_tuple_reads_the_rows_of_its_own_statements() {
        let write = || Statement::write("write", Vec::new());
        let batch = (
            vec![write(), write()],
            numbers("all"),
            None::<Query<Number>>,
            (),
            Some(numbers("first").first()),
            write(),
        );
        let texts: Vec<_> = batch.statements().into_iter().map(|one| one.sql.as_str()).collect();
        assert_eq!(texts, ["write", "write", "all", "first", "write"]);
        let rows = read(&&batch, &[&[1], &[], &[2, 3], &[4, 5], &[6]]);
        let all = vec![Number { n: 2 }, Number { n: 3 }];
        assert_eq!(rows, Ok(((), all, None, (), Some(Some(Number { n: 4 })), ())));
    }

    #[test]
    fn one_row_or_none_is_the_first() {
        let first = || numbers("first").first();
        assert_eq!(read(&first(), &[&[]]), Ok(None));
        assert_eq!(
            read(&(first(), first()), &[&[7, 8], &[9]]),
            Ok((Some(Number { n: 7 }), Some(Number { n: 9 })))
        );
    }

    #[test]
    fn rows_are_counted_whatever_they_hold() {
        assert_eq!(count("[]"), Ok(0));
        assert_eq!(count(r#"[{"id":"a"},[1,[2]]]"#), Ok(2));
        let corrupt = DbError::Broken("a stored row is corrupt".to_owned());
        assert_eq!(count(r#"{"secret":1}"#), Err(corrupt));
    }

    #[test]
    fn a_statement_without_a_result_is_a_fault() {
        let lost = DbError::Broken("a statement of the batch has no result".to_owned());
        assert_eq!(read(&numbers("all"), &[]), Err(lost.clone()));
        let both = (numbers("all"), numbers("first").first());
        assert_eq!(read(&both, &[&[1]]), Err(lost.clone()));
        assert_eq!(read(&vec![Statement::write("write", Vec::new())], &[]), Err(lost));
    }
}
