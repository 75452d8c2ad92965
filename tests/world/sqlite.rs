//! SQLite as D1 sets it up, binds and answers: the one place that imitates it.

use ::client_tokens::store::{
    batch::RowSet,
    columns::PACKED,
    db_error::DbError,
    statement::{Param, Statement},
};
use rusqlite::{
    Connection, ErrorCode,
    types::{self, ValueRef},
};
use serde_json::Value;

/// A row's columns, in order.
pub(crate) type Columns = Vec<(String, Value)>;

/// An empty database after every migration, in order.
pub(crate) fn migrated() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        connection.execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap();
    }
    connection
}

/// Runs a statement.
#[expect(clippy::cast_precision_loss, reason = "as D1 binds a number")]
pub(crate) fn run(
    connection: &Connection,
    statement: &Statement,
) -> rusqlite::Result<Vec<Columns>> {
    let mut prepared = connection.prepare(&statement.sql)?;
    assert_eq!(statement.writes, !prepared.readonly(), "{}", statement.sql);
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
                ValueRef::Text(text) => Value::String(String::from_utf8(text.to_vec()).unwrap()),
                other => panic!("{name} is {other:?}"),
            };
            Ok((name.clone(), value))
        };
        names.iter().enumerate().map(cell).collect()
    })?;
    rows.collect()
}

/// What a statement is refused with, in the words that D1 puts around SQLite's.
#[expect(clippy::needless_pass_by_value, reason = "a function for map_err")]
pub(crate) fn refusal(words: rusqlite::Error) -> DbError {
    let kind = match words.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => "SQLITE_CONSTRAINT",
        _ => "SQLITE_ERROR",
    };
    DbError::from_sqlite(format!("D1_ERROR: {words}: {kind}"))
}

/// Rows as the Worker's results.js passes them on.
pub(crate) fn row_set(rows: Vec<Columns>) -> RowSet {
    let row = |columns: Columns| match columns.as_slice() {
        [(name, Value::String(text))] if name == PACKED => text.clone(),
        _ => Value::from_iter(columns).to_string(),
    };
    format!("[{}]", rows.into_iter().map(row).collect::<Vec<_>>().join(","))
}
