//! The database of a deployment.

use ::client_tokens::{
    platform::Ran,
    store::{
        batch::{Batch, RowSet},
        db_error::DbError,
        statement::Statement,
    },
};
use rusqlite::{Connection, types};

use super::sqlite;

pub(crate) struct Database(Connection);

impl Database {
    /// An empty database after every migration, in order.
    pub(super) fn migrated() -> Self {
        Self(sqlite::migrated())
    }

    pub(super) fn empty() -> Self {
        Self(Connection::open_in_memory().unwrap())
    }

    /// Runs statements in one transaction.
    pub(super) fn batch(&self, statements: &[&Statement]) -> Result<Ran, DbError> {
        let transaction = self.0.unchecked_transaction().unwrap();
        let sets = statements.iter().map(|statement| self.run(statement));
        let sets = sets.collect::<Result<_, _>>()?;
        transaction.commit().unwrap();
        Ok(Ran { sets, read: 0, written: 0 })
    }

    /// Runs a batch, one statement after the other, and gives its rows.
    pub(super) fn fetch<B: Batch>(&self, batch: &B) -> Result<B::Rows, DbError> {
        let sets = batch.statements().into_iter().map(|statement| self.run(statement));
        batch.rows(&mut sets.collect::<Result<Vec<_>, _>>()?.into_iter())
    }

    fn run(&self, statement: &Statement) -> Result<RowSet, DbError> {
        sqlite::run(&self.0, statement).map(sqlite::row_set).map_err(sqlite::refusal)
    }

    /// All rows of all tables in the order of their keys, without what time alone decides.
    pub(crate) fn dump(&self) -> Vec<String> {
        let query = |sql: &str| -> Vec<String> {
            let mut prepared = self.0.prepare(sql).unwrap();
            let width = prepared.column_count();
            let rows = prepared.query_map([], |row| {
                let cell = |n| row.get::<_, types::Value>(n).map(|value| format!("{value:?}"));
                (0..width).map(cell).collect::<Result<Vec<_>, _>>()
            });
            rows.unwrap().map(|row| row.unwrap().join(" ")).collect()
        };
        let all = self.tables().into_iter().flat_map(|table| {
            let mut rows = query(&format!("select * from {table}"));
            rows.sort();
            rows.into_iter().map(move |row| format!("{table}: {row}")).collect::<Vec<_>>()
        });
        all.collect()
    }

    pub(crate) fn count(&self, sql: &str) -> i64 {
        self.0.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn tables(&self) -> Vec<String> {
        let tables = "select name from sqlite_schema
where type = 'table' and name not like 'sqlite_%' order by name";
        let mut prepared = self.0.prepare(tables).unwrap();
        let names = prepared.query_map([], |row| row.get(0)).unwrap();
        names.map(Result::unwrap).collect()
    }

    /// Deletes all rows of all tables.
    pub(super) fn forget(&self) {
        for table in self.tables() {
            self.execute(&format!("delete from {table}"));
        }
    }

    pub(crate) fn execute(&self, sql: &str) {
        self.0.execute_batch(sql).unwrap();
    }
}
