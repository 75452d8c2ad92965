//! SQLite as D1 sets it up, and as it answers.

use ::client_tokens::{
    platform::Ran,
    store::{
        batch::{Batch, RowSet},
        columns::PACKED,
        db_error::DbError,
        statement::{Param, Statement},
    },
};
use rusqlite::{
    Connection, ErrorCode,
    types::{self, ValueRef},
};
use serde_json::Value;

pub(crate) struct Database(Connection);

impl Database {
    /// An empty database after every migration, in order.
    pub(super) fn migrated() -> Self {
        let database = Self::empty();
        database.0.pragma_update(None, "foreign_keys", true).unwrap();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut files: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files {
            database.0.execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap();
        }
        database
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
        self.rows(statement).map_err(|words| {
            let kind = match words.sqlite_error_code() {
                Some(ErrorCode::ConstraintViolation) => "SQLITE_CONSTRAINT",
                _ => "SQLITE_ERROR",
            };
            DbError::from_sqlite(format!("D1_ERROR: {words}: {kind}"))
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "as D1 binds a number")]
    fn rows(&self, statement: &Statement) -> rusqlite::Result<RowSet> {
        let mut prepared = self.0.prepare(&statement.sql)?;
        let names: Vec<String> = prepared.column_names().map(str::to_owned).collect();
        let params = statement.params.iter().map(|param| match param {
            Param::Null => types::Value::Null,
            Param::Int(number) => types::Value::Real(*number as f64),
            Param::Text(text) => types::Value::Text(text.clone()),
        });
        let rows = prepared.query_map(rusqlite::params_from_iter(params), |row| {
            let cell = |(n, name): (usize, &String)| {
                let value = match row.get_ref(n)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(number) => Value::Number(number.into()),
                    ValueRef::Text(text) => {
                        Value::String(String::from_utf8(text.to_vec()).unwrap())
                    }
                    other => panic!("{name} is {other:?}"),
                };
                Ok((name.clone(), value))
            };
            let columns: rusqlite::Result<Vec<_>> = names.iter().enumerate().map(cell).collect();
            columns.map(unpacked)
        })?;
        let rows = rows.collect::<rusqlite::Result<Vec<String>>>()?;
        Ok(format!("[{}]", rows.join(",")))
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

/// A row as the Worker's results.js passes it on.
fn unpacked(columns: Vec<(String, Value)>) -> String {
    match columns.as_slice() {
        [(name, Value::String(text))] if name == PACKED => text.clone(),
        _ => Value::from_iter(columns).to_string(),
    }
}
