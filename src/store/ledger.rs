//! A token's ledger, in its own small database. Every row is known by its key; a batch is added in
//! one transaction, its number included.

use crate::{
    domain::{
        ledger::{Bounds, Change, Counts, Delivery, Held, Oldest, Refusal, Sighting},
        time::Timestamp,
    },
    store::{
        row::{Flag, row},
        statement::{First, Param, Query, Statement},
    },
};

/// The tables, made before anything is first stored.
pub const SCHEMA: [&str; 5] = [
    "create table if not exists hours (
  hour integer primary key,
  inits integer not null,
  chats integer not null,
  messages integer not null,
  tokens_in integer not null,
  tokens_out integer not null
) strict",
    "create table if not exists refusals (
  hour integer not null,
  reason text not null,
  count integer not null check (count >= 1),
  primary key (hour, reason)
) strict, without rowid",
    "create table if not exists origins (
  origin text primary key,
  allowed integer not null check (allowed in (0, 1)),
  count integer not null check (count >= 1),
  first_seen_at integer not null,
  last_seen_at integer not null
) strict, without rowid",
    "create table if not exists held (
  id integer primary key check (id = 1),
  bytes integer not null check (bytes >= 0),
  looked_at integer
) strict",
    "create table if not exists senders (
  id text primary key,
  last_number integer not null,
  heard_at integer not null
) strict, without rowid",
];

/// A number that SQLite can hold and JavaScript can tell.
fn number(count: u64) -> Param {
    const MOST: i64 = 9_007_199_254_740_991;
    Param::Int(i64::try_from(count).unwrap_or(MOST).min(MOST))
}

row! {
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct LastNumber {
        pub last_number: u64,
    }
}

/// The number of the last batch of `sender` that was added, if one was.
pub fn last_number(sender: &str) -> First<LastNumber> {
    let sql = "select last_number
from senders
where id = ?1";
    Query::read(sql, vec![sender.into()]).first()
}

row! {
    /// An origin as it is stored; between the Worker and the ledger it has another form.
    pub struct StoredOrigin {
        origin: String,
        allowed: Flag,
        count: u64,
        first_seen_at: Timestamp,
        last_seen_at: Timestamp,
    }
}

impl From<StoredOrigin> for Sighting {
    fn from(row: StoredOrigin) -> Self {
        let StoredOrigin { origin, allowed, count, first_seen_at, last_seen_at } = row;
        Self { origin, allowed: allowed.into(), count, first_seen_at, last_seen_at }
    }
}

/// All origins, the latest seen first.
pub fn origins() -> Query<StoredOrigin> {
    let sql = format!(
        "select {}
from origins
order by last_seen_at desc, origin",
        StoredOrigin::COLUMNS.select()
    );
    Query::read(sql, Vec::new())
}

/// What adds a batch of `sender`, of which `change` is what becomes of the origins.
pub fn add(sender: &str, delivery: &Delivery, change: &Change) -> Vec<Statement> {
    let hours = delivery.batch.hours.iter();
    let counted = hours.flat_map(|(hour, counts)| {
        std::iter::once(count(*hour, counts)).chain(refuse(*hour, counts))
    });
    let gone = change.gone.iter().map(|origin| forget(origin));
    let put = change.put.iter().map(put);
    let stored = delivery.batch.stored_bytes;
    let stored = (stored > 0).then(|| store(stored));
    counted.chain(gone).chain(put).chain(stored).chain([hear(sender, delivery)]).collect()
}

fn store(bytes: u64) -> Statement {
    let sql = "insert into held (id, bytes)
values (1, ?1)
on conflict (id) do update
set bytes = min(bytes + excluded.bytes, 9007199254740991)";
    Statement::write(sql, vec![number(bytes)])
}

row!(Held { bytes, looked_at });

/// What the token holds; no row where nothing was stored and the database never looked into.
pub fn held() -> First<Held> {
    let sql = format!("select {}\nfrom held", Held::COLUMNS.select());
    Query::read(sql, Vec::new()).first()
}

/// Notes that the database is looked into, before it is: of several at once one looks.
pub fn look(now: Timestamp) -> Statement {
    let sql = "insert into held (id, bytes, looked_at)
values (1, 0, ?1)
on conflict (id) do update
set looked_at = excluded.looked_at";
    Statement::write(sql, vec![now.millis().into()])
}

/// Takes over what the look found that began when the ledger had summed `before`; what was added
/// meanwhile stays.
pub fn found(bytes: u64, before: u64) -> Statement {
    let sql = "update held
set bytes = max(bytes - ?2, 0) + ?1";
    Statement::write(sql, vec![number(bytes), number(before)])
}

fn count(hour: i64, counts: &Counts) -> Statement {
    let sql = "insert into hours (hour, inits, chats, messages, tokens_in, tokens_out)
values (?1, ?2, ?3, ?4, ?5, ?6)
on conflict (hour) do update
set
  inits = inits + excluded.inits,
  chats = chats + excluded.chats,
  messages = messages + excluded.messages,
  tokens_in = tokens_in + excluded.tokens_in,
  tokens_out = tokens_out + excluded.tokens_out";
    let Counts { inits, chats, messages, tokens_in, tokens_out, refused: _ } = *counts;
    let numbers = [inits, chats, messages, tokens_in, tokens_out].map(number);
    Statement::write(sql, std::iter::once(hour.into()).chain(numbers).collect())
}

fn refuse(hour: i64, counts: &Counts) -> impl Iterator<Item = Statement> {
    let sql = "insert into refusals (hour, reason, count)
values (?1, ?2, ?3)
on conflict (hour, reason) do update
set count = count + excluded.count";
    counts.refused.iter().filter(|(_, count)| *count > 0).map(move |(refusal, count)| {
        Statement::write(sql, vec![hour.into(), refusal.as_str().into(), number(count)])
    })
}

fn forget(origin: &str) -> Statement {
    let sql = "delete from origins
where origin = ?1";
    Statement::write(sql, vec![origin.into()])
}

fn put(sighting: &Sighting) -> Statement {
    let sql = "insert into origins (origin, allowed, count, first_seen_at, last_seen_at)
values (?1, ?2, ?3, ?4, ?5)
on conflict (origin) do update
set
  allowed = excluded.allowed,
  count = excluded.count,
  first_seen_at = excluded.first_seen_at,
  last_seen_at = excluded.last_seen_at";
    let params = vec![
        sighting.origin.as_str().into(),
        sighting.allowed.into(),
        number(sighting.count),
        sighting.first_seen_at.millis().into(),
        sighting.last_seen_at.millis().into(),
    ];
    Statement::write(sql, params)
}

fn hear(sender: &str, delivery: &Delivery) -> Statement {
    let sql = "insert into senders (id, last_number, heard_at)
values (?1, ?2, ?3)
on conflict (id) do update
set last_number = excluded.last_number, heard_at = excluded.heard_at";
    let sent_at = delivery.sent_at.millis().into();
    Statement::write(sql, vec![sender.into(), number(delivery.number), sent_at])
}

/// The counts of an hour, or those of one reason in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub hour: i64,
    pub counts: Counts,
}

row! {
    struct CountedRow for Counted {
        hour: i64,
        inits: u64,
        chats: u64,
        messages: u64,
        tokens_in: u64,
        tokens_out: u64,
        reason: Option<Refusal> = "null",
        refused: u64 = "0",
    }
}

impl From<CountedRow> for Counted {
    fn from(row: CountedRow) -> Self {
        let CountedRow { hour, inits, chats, messages, tokens_in, tokens_out, reason, refused } =
            row;
        let none = Counts::default().refused;
        let mut counts = Counts { inits, chats, messages, tokens_in, tokens_out, refused: none };
        if let Some(reason) = reason {
            counts.refused.add(reason, refused);
        }
        Self { hour, counts }
    }
}

/// What was counted from an hour to another, which isn't in it: for each hour a row, and one for
/// each reason for which requests were refused.
pub fn counted(from: i64, to: i64) -> Query<Counted> {
    let sql = format!(
        "select {}
from hours
where hour >= ?1
  and hour < ?2
union all
select hour, 0, 0, 0, 0, 0, reason, count
from refusals
where hour >= ?1
  and hour < ?2",
        CountedRow::COLUMNS.select()
    );
    Query::read(sql, vec![from.into(), to.into()])
}

pub fn expire(bounds: &Bounds) -> Vec<Statement> {
    let delete = |table: &str, over: &str, bound: i64| {
        Statement::write(format!("delete from {table}\nwhere {over} ?1"), vec![bound.into()])
    };
    vec![
        delete("hours", "hour <", bounds.hour),
        delete("refusals", "hour <", bounds.hour),
        delete("origins", "last_seen_at <=", bounds.origin.millis()),
        delete("senders", "heard_at <=", bounds.sender.millis()),
    ]
}

row!(Oldest {
    hour = "(select min(hour) from hours)",
    origin = "(select min(last_seen_at) from origins)",
    sender = "(select min(heard_at) from senders)",
});

/// The oldest rows. An hour in which requests were refused has a row of its own, too.
pub fn oldest() -> First<Oldest> {
    Query::read(format!("select {}", Oldest::COLUMNS.select()), Vec::new()).first()
}
