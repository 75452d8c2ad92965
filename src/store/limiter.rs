//! The history of one visitor, in the limiter's own small database. Every number is an integer,
//! every row is known by its key.

use crate::{
    domain::{
        limiter::{Bucket, Change, SessionCount, State},
        time::Timestamp,
    },
    store::{
        row::{CorruptRow, row},
        statement::{Query, Statement},
    },
};

/// The tables, made when a visitor is first seen, both before anything is stored in either.
pub const SCHEMA: [&str; 2] = [
    "create table if not exists buckets (
  second integer primary key,
  chats integer not null,
  feedback integer not null,
  bytes integer not null
) strict",
    "create table if not exists sessions (
  key text primary key,
  count integer not null check (count >= 1),
  ends_at integer not null
) strict, without rowid",
];

/// A row of either table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remembered {
    Bucket(Bucket),
    Session(SessionCount),
}

row! {
    struct HistoryRow for Remembered {
        second: Option<i64>,
        chats: u32,
        feedback: u32,
        bytes: u32,
        key: Option<String> = "null",
        ends_at: Option<Timestamp> = "null",
    }
}

impl TryFrom<HistoryRow> for Remembered {
    type Error = CorruptRow;

    fn try_from(row: HistoryRow) -> Result<Self, CorruptRow> {
        let HistoryRow { second, chats, feedback, bytes, key, ends_at } = row;
        Ok(match second {
            Some(second) => Self::Bucket(Bucket { second, chats, feedback, bytes }),
            None => Self::Session(SessionCount {
                key: key.ok_or(CorruptRow("HistoryRow.key"))?,
                count: chats,
                ends_at: ends_at.ok_or(CorruptRow("HistoryRow.ends_at"))?,
            }),
        })
    }
}

/// All buckets, oldest first, and all sessions: one statement, since a limiter that was asleep
/// runs it before its first answer.
pub fn history() -> Query<Remembered> {
    let sql = format!(
        "select {}
from buckets
union all
select null, count, 0, 0, key, ends_at
from sessions",
        HistoryRow::COLUMNS.select()
    );
    Query::read(sql, Vec::new())
}

/// The state that the rows of [`history`] make.
pub fn state(rows: Vec<Remembered>) -> State {
    let (mut buckets, mut sessions) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        match row {
            Remembered::Bucket(bucket) => buckets.push(bucket),
            Remembered::Session(session) => sessions.push(session),
        }
    }
    State::from_rows(buckets, sessions)
}

/// What an admitted request changes, to be run in one go.
pub fn record(change: &Change) -> Vec<Statement> {
    let Bucket { second, chats, feedback, bytes } = change.bucket;
    let mut statements = vec![Statement::write(
        "insert into buckets (second, chats, feedback, bytes)
values (?1, ?2, ?3, ?4)
on conflict (second) do update
set chats = excluded.chats, feedback = excluded.feedback, bytes = excluded.bytes",
        vec![second.into(), chats.into(), feedback.into(), bytes.into()],
    )];
    statements.extend(change.session.as_ref().map(|session| {
        Statement::write(
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
    statements.extend(change.buckets_from.map(|second| {
        Statement::write("delete from buckets where second < ?1", vec![second.into()])
    }));
    statements.extend(change.sessions_after.map(|moment| {
        Statement::write("delete from sessions where ends_at <= ?1", vec![moment.millis().into()])
    }));
    statements
}
