//! The audit log in the database. Its rows are written by triggers, within the very statement that
//! changes something; what is here tells those triggers about the request, records that a value
//! was revealed, and reads.

use std::fmt::Write;

use crate::{
    domain::{
        audit::{Entry, Filter, KEPT_DAYS, PAGE_BYTES, PagedEntry},
        id::ClientTokenId,
        json::Json,
        keyring::Keyring,
        time::Timestamp,
    },
    store::{
        caller::{Caller, Writer},
        client_tokens::one_to_write,
        row::{CorruptRow, Row},
        statement::{Param, Query, Statement},
    },
};

/// What the log says of a request beside what it changed: statements that stand around all others
/// of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    open: Statement,
    close: Statement,
}

impl Context {
    /// The context of the writer's request; nothing for a key that is dead or lacks the right.
    #[must_use]
    pub fn of(writer: Writer<'_>, request_id: &str, address: Option<&str>) -> Self {
        let sql = format!(
            "insert into audit_context (only_row, actor, request_id, address, at)
select 1, actor, ?4, ?5, ?2
from {}",
            writer.actor()
        );
        let params = vec![request_id.into(), address.into()];
        Self { open: writer.query::<Entry>(sql, params).statement, close: close() }
    }

    /// The context of a request with `BOOTSTRAP_KEY`, which is named instead of a caller.
    #[must_use]
    pub fn of_bootstrap(now: Timestamp, request_id: &str, address: Option<&str>) -> Self {
        let sql = "insert into audit_context (only_row, actor, request_id, address, at)
values (1, 'bootstrap', ?1, ?2, ?3)"
            .to_owned();
        let params = vec![request_id.into(), address.into(), now.millis().into()];
        Self { open: Statement { sql, params }, close: close() }
    }

    /// The statements within their context.
    #[must_use]
    pub fn within(self, mut statements: Vec<Statement>) -> Vec<Statement> {
        statements.insert(0, self.open);
        statements.push(self.close);
        statements
    }

    /// The statements within their context, which is one statement before and one behind them;
    /// `None` when none of them writes, and so none needs it.
    #[must_use]
    pub fn around<'a>(&'a self, statements: &[&'a Statement]) -> Option<Vec<&'a Statement>> {
        let writes = statements.iter().any(|statement| statement.writes());
        writes.then(|| [&[&self.open], statements, &[&self.close]].concat())
    }
}

fn close() -> Statement {
    Statement { sql: "delete from audit_context".to_owned(), params: Vec::new() }
}

/// Records that the value of a token is revealed, if the writer reaches the token and the ring has
/// the key that signed the value. No rows come back: what is revealed is read beside it.
#[must_use]
pub fn reveal(writer: Writer<'_>, token: ClientTokenId, keyring: &Keyring) -> Query<Entry> {
    let sql = format!(
        "insert into audited (tenant_id, environment, action, object_kind, object_id)
select tenant_id, environment, 'client_token.reveal', 'client_token', id
from client_tokens
where {one}
  and signing_key_id in (
    select ring.value
    from json_each(?6) as ring
  )",
        one = one_to_write(writer)
    );
    let ring = keyring.ids().map(|id| Json::Number(u32::from(id.byte()).into())).collect();
    let versions = Param::Null;
    let ring = Json::Array(ring).to_string().into();
    writer.query(sql, vec![token.to_string().into(), versions, ring])
}

const COLUMNS: &str = "position, at, actor, action, object_kind, object_id, fields_before, \
                       fields_after, request_id, address";

impl TryFrom<Row> for Entry {
    type Error = CorruptRow;

    fn try_from(mut row: Row) -> Result<Self, CorruptRow> {
        let row = &mut row;
        Ok(Self {
            position: row.count("position")?,
            at: row.moment("at")?,
            actor: row.text_or_null("actor")?,
            action: row.text("action")?,
            object_kind: row.text("object_kind")?,
            object_id: row.text("object_id")?,
            before: row.json_or_null("fields_before")?,
            after: row.json_or_null("fields_after")?,
            request_id: row.text_or_null("request_id")?,
            address: row.text_or_null("address")?,
        })
    }
}

impl TryFrom<Row> for PagedEntry {
    type Error = CorruptRow;

    fn try_from(mut row: Row) -> Result<Self, CorruptRow> {
        let is_followed = row.int("is_followed")? != 0;
        Ok(Self { is_followed, entry: row.try_into()? })
    }
}

/// A stretch of the log of the caller's tenant, newest first: entries of objects within the
/// caller's reach, older than the one at the position `before`, at most `limit` and as many as fit
/// [`PAGE_BYTES`], but one at least.
#[must_use]
pub fn page(
    caller: &Caller,
    filter: &Filter,
    before: Option<u32>,
    limit: u32,
) -> Query<PagedEntry> {
    let mut params: Vec<Param> = vec![before.into(), limit.into()];
    let wanted = [
        ("object_id", filter.object_id.as_deref(), "\n  indexed by audit_log_by_object"),
        ("actor", filter.actor.as_deref(), "\n  indexed by audit_log_by_actor"),
        ("action", filter.action, "\n  indexed by audit_log_by_action"),
    ];
    let mut filters = String::new();
    // Without statistics, SQLite takes the primary key and steps over what isn't wanted.
    let mut index = "";
    for (name, value, own_index) in wanted {
        if let Some(value) = value {
            params.push(value.into());
            let _ = write!(filters, "\n    and {name} = ?{}", params.len() + 2);
            index = if index.is_empty() { own_index } else { index };
        }
    }
    let tenant = caller.tenant();
    let sql = format!(
        "with stretch as (
  select {COLUMNS}
  from audit_log{index}
  where tenant_id = {tenant}
    and position < coalesce(?3, 4294967296)
    {reach}{filters}
  order by position desc
  limit ?4 + 1
),
weighed as (
  select
    {COLUMNS},
    row_number() over in_order as nth,
    sum(coalesce(length(fields_before), 0) + coalesce(length(fields_after), 0)) over in_order
      as weight,
    lead(position) over in_order is not null as is_followed
  from stretch
  window in_order as (order by position desc rows unbounded preceding)
)
select {COLUMNS}, is_followed
from weighed
where nth = 1
  or nth <= ?4 and weight <= {PAGE_BYTES}",
        reach = caller.reach()
    );
    caller.query(sql, params)
}

/// Removes entries that are older than [`KEPT_DAYS`] at `now`; at most 500 at once, and a row for
/// each.
#[must_use]
pub fn purge(now: Timestamp) -> Statement {
    Statement {
        sql: "delete from audit_log
where (tenant_id, position) in (
  select tenant_id, position
  from audit_log
  where at <= ?1
  limit 500
)
returning position"
            .to_owned(),
        params: vec![now.minus_days(KEPT_DAYS).millis().into()],
    }
}
