//! The history of one visitor, in the limiter's own small database.
//!
//! It is here because these statements, too, are values: the Durable Object runs them on its
//! SQLite, the tests on theirs. Every number is an integer, every row is known by its key.

use crate::{
    domain::limiter::{Bucket, Change, SessionCount},
    store::{
        row::{CorruptRow, Row},
        statement::{Param, Query, Statement},
    },
};

/// The tables, made when a visitor is first seen.
pub const SCHEMA: [&str; 2] = [
    "create table if not exists buckets (
  second integer primary key,
  count integer not null check (count >= 1)
) strict",
    "create table if not exists sessions (
  key text primary key,
  count integer not null check (count >= 1),
  ends_at integer not null
) strict, without rowid",
];

impl TryFrom<Row> for Bucket {
    type Error = CorruptRow;

    fn try_from(mut row: Row) -> Result<Self, CorruptRow> {
        Ok(Self { second: row.int("second")?, count: row.count("count")? })
    }
}

impl TryFrom<Row> for SessionCount {
    type Error = CorruptRow;

    fn try_from(mut row: Row) -> Result<Self, CorruptRow> {
        let row = &mut row;
        Ok(Self {
            key: row.text("key")?,
            count: row.count("count")?,
            ends_at: row.moment("ends_at")?,
        })
    }
}

/// All buckets, oldest first.
#[must_use]
pub fn buckets() -> Query<Bucket> {
    Query::new("select second, count from buckets order by second", Vec::new())
}

/// All sessions.
#[must_use]
pub fn sessions() -> Query<SessionCount> {
    Query::new("select key, count, ends_at from sessions", Vec::new())
}

/// What an admitted request changes, to be run in one go.
#[must_use]
pub fn record(change: &Change) -> Vec<Statement> {
    let statement = |sql: &str, params: Vec<Param>| Statement { sql: sql.to_owned(), params };
    let mut statements = vec![statement(
        "insert into buckets (second, count)
values (?1, ?2)
on conflict (second) do update set count = excluded.count",
        vec![change.bucket.second.into(), change.bucket.count.into()],
    )];
    statements.extend(change.session.as_ref().map(|session| {
        statement(
            "insert into sessions (key, count, ends_at)
values (?1, ?2, ?3)
on conflict (key) do update set count = excluded.count, ends_at = excluded.ends_at",
            vec![
                session.key.as_str().into(),
                session.count.into(),
                session.ends_at.millis().into(),
            ],
        )
    }));
    statements
        .push(statement("delete from buckets where second < ?1", vec![change.buckets_from.into()]));
    statements.push(statement(
        "delete from sessions where ends_at <= ?1",
        vec![change.sessions_after.millis().into()],
    ));
    statements
}
