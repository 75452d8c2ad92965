//! The audit log in the database. Its rows are written by triggers, within the very statement that
//! changes something; what is here tells those triggers about the request, records that a value
//! was revealed, and reads.

use serde_json::Value;

use crate::{
    domain::{
        audit::{Entry, Filter, KEPT_DAYS, PagedEntry, digest, named_apart, named_together},
        id::ClientTokenId,
        keyring::Keyring,
        paged::PAGE_BYTES,
        time::Timestamp,
    },
    store::{
        caller::{Caller, Writer},
        client_tokens::one_to_write,
        columns::PACKED,
        paging::NAMES_BYTES,
        row::{Flag, JsonValue, row},
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
    pub fn of(writer: Writer<'_>, request_id: &str, address: Option<&str>) -> Self {
        let sql = format!(
            "insert into audit_context (only_row, actor, impersonator, request_id, address, at)
select 1, actor, impersonator, ?4, ?5, ?2
from {}",
            writer.actor()
        );
        let params = vec![request_id.into(), address.into()];
        Self { open: writer.write::<Entry>(sql, params).statement, close: close() }
    }

    /// The context of a request with `BOOTSTRAP_KEY`, which is named instead of a caller.
    pub fn of_bootstrap(now: Timestamp, request_id: &str, address: Option<&str>) -> Self {
        let sql = "insert into audit_context (only_row, actor, request_id, address, at)
values (1, 'bootstrap', ?1, ?2, ?3)";
        let params = vec![request_id.into(), address.into(), now.millis().into()];
        Self { open: Statement::write(sql, params), close: close() }
    }

    pub fn within(self, mut statements: Vec<Statement>) -> Vec<Statement> {
        statements.insert(0, self.open);
        statements.push(self.close);
        statements
    }

    /// The statements within their context, which is one statement before and one behind them;
    /// `None` when none of them writes, and so none needs it.
    pub fn around<'a>(&'a self, statements: &[&'a Statement]) -> Option<Vec<&'a Statement>> {
        let writes = statements.iter().any(|statement| statement.writes);
        writes.then(|| [&[&self.open], statements, &[&self.close]].concat())
    }
}

fn close() -> Statement {
    Statement::write("delete from audit_context", Vec::new())
}

/// Records that the value of a token is revealed, if the writer reaches the token and the ring has
/// the key that signed the value. No rows come back: what is revealed is read beside it.
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
    let ring = keyring.ids().map(|id| Value::Number(u32::from(id.byte()).into())).collect();
    let versions = Param::Null;
    let ring = Value::Array(ring).to_string().into();
    writer.write(sql, vec![token.to_string().into(), versions, ring])
}

/// The digests of the values that the log doesn't hold whole, by the fields' names there.
pub(super) fn digests(fields: &[(&'static str, Option<&str>)]) -> Value {
    let digest = |(name, value): &(&'static str, Option<&str>)| {
        Some(((*name).to_owned(), Value::String(digest((*value)?)?)))
    };
    Value::Object(fields.iter().filter_map(digest).collect())
}

/// The same with a null for every other field: what makes the digests of before those of now.
pub(super) fn patch_of_digests(fields: &[(&'static str, &str)]) -> Value {
    let digest = |value| digest(value).map_or(Value::Null, Value::String);
    Value::Object(fields.iter().map(|(name, value)| ((*name).to_owned(), digest(value))).collect())
}

row! {
    struct EntryRow for Entry {
        position: u32,
        at: Timestamp,
        actor: Option<String>,
        impersonator: Option<String>,
        action: String,
        object_kind: String,
        object_id: String,
        fields_before: Option<JsonValue>,
        fields_after: Option<JsonValue>,
        request_id: Option<String>,
        address: Option<String>,
    }
}

impl From<EntryRow> for Entry {
    fn from(row: EntryRow) -> Self {
        let actor = match (row.actor, row.impersonator) {
            (Some(user), Some(impersonator)) => Some(named_together(&user, &impersonator)),
            (actor, _) => actor,
        };
        Self {
            position: row.position,
            at: row.at,
            actor,
            action: row.action,
            object_kind: row.object_kind,
            object_id: row.object_id,
            before: row.fields_before.map(JsonValue::into),
            after: row.fields_after.map(JsonValue::into),
            request_id: row.request_id,
            address: row.address,
        }
    }
}

row!(PagedEntry { entry, is_followed as Flag });

/// A way into the log: the index that leads there, and what else an entry must have.
type Way = (Option<&'static str>, Vec<String>);

/// The ways to what a filter asks for, one or two, whose entries are apart; its values join `params`,
/// which begin at `?3`. Without statistics, SQLite takes the primary key and steps over what isn't
/// wanted.
fn ways(filter: &Filter, params: &mut Vec<Param>) -> Vec<Way> {
    let mut is = |column: &str, value: &str| {
        params.push(value.into());
        format!("{column} = ?{}", params.len() + 2)
    };
    let object = filter.object_id.as_deref().map(|id| is("object_id", id));
    let action = filter.action.map(|action| is("action", action));
    let actors = match filter.actor.as_deref().map(|actor| (actor, named_apart(actor))) {
        None => Vec::new(),
        Some((_, Some((user, impersonator)))) => {
            let both = [is("impersonator", impersonator), is("actor", user)].join(" and ");
            vec![("audit_log_by_impersonator", both)]
        }
        Some((actor, None)) => {
            vec![
                ("audit_log_by_actor", is("actor", actor)),
                ("audit_log_by_impersonator", is("impersonator", actor)),
            ]
        }
    };
    if object.is_none() && !actors.is_empty() {
        let way = |(index, actor)| (Some(index), [Some(actor), action.clone()]);
        let ways = actors.into_iter().map(way);
        return ways.map(|(index, all)| (index, all.into_iter().flatten().collect())).collect();
    }
    let index = match (&object, &action) {
        (Some(_), _) => Some("audit_log_by_object"),
        (None, Some(_)) => Some("audit_log_by_action"),
        (None, None) => None,
    };
    let either: Vec<_> = actors.into_iter().map(|(_, actor)| actor).collect();
    let either = (!either.is_empty()).then(|| format!("({})", either.join(" or ")));
    vec![(index, [object, action, either].into_iter().flatten().collect())]
}

/// A stretch of the log of the caller's tenant, newest first: entries of objects within the
/// caller's reach, older than the one at the position `before`, at most `limit` and as many as fit
/// [`PAGE_BYTES`], but one at least.
pub fn page(
    caller: &Caller,
    filter: &Filter,
    before: Option<u32>,
    limit: u32,
) -> Query<PagedEntry> {
    let mut params: Vec<Param> = vec![before.into(), limit.into()];
    let (tenant, reach) = (caller.tenant(), caller.reach());
    let columns = EntryRow::COLUMNS.select();
    let along = |(index, conditions): Way| {
        let index = index.map(|index| format!("\n  indexed by {index}")).unwrap_or_default();
        let wanted: String =
            conditions.iter().flat_map(|condition| ["\n    and ", condition]).collect();
        format!(
            "select {columns}
  from audit_log{index}
  where tenant_id = {tenant}
    and position < coalesce(?3, 4294967296)
    {reach}{wanted}"
        )
    };
    // Each way is in order by its index, so that two are merged as they come.
    let ways: Vec<_> = ways(filter, &mut params).into_iter().map(along).collect();
    let stretch = ways.join("\n  union all\n  ");
    let sql = format!(
        "with stretch as (
  {stretch}
  order by position desc
  limit ?4 + 1
),
weighed as (
  select
    {columns},
    row_number() over in_order as nth,
    sum(
      length(cast(coalesce(fields_before, '') as blob))
        + length(cast(coalesce(fields_after, '') as blob)) + {NAMES_BYTES}
    ) over in_order as weight,
    lead(position) over in_order is not null as is_followed
  from stretch
  window in_order as (order by position desc rows unbounded preceding)
)
select json_array({entry}, is_followed) as {PACKED}
from weighed
where nth = 1
  or nth <= ?4 and weight <= {PAGE_BYTES}",
        entry = EntryRow::COLUMNS.array()
    );
    caller.read(sql, params)
}

/// Removes entries that are older than [`KEPT_DAYS`] at `now`; at most 500 at once, and a row for
/// each.
pub fn purge(now: Timestamp) -> Statement {
    Statement::write(
        "delete from audit_log
where (tenant_id, position) in (
  select tenant_id, position
  from audit_log
  where at <= ?1
  limit 500
)
returning position",
        vec![now.minus_days(KEPT_DAYS).millis().into()],
    )
}
