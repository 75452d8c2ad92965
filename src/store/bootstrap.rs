//! The exchange of `BOOTSTRAP_KEY` for an API key, in the database.
//!
//! The mark of the value goes first, under a primary key: of many requests at once one is carried
//! out, and every other one is refused whole
//! ([`UsedUp`](crate::store::db_error::DbError::UsedUp)). Mark, tenant, key and audit log are one
//! transaction, so a crash leaves all of them or none.

use crate::{
    domain::{
        api_key::NewApiKey,
        bootstrap::{BootstrapKey, Exchanged},
        tenant::TenantId,
    },
    store::{
        api_keys::insert_first,
        audit_log::Context,
        row::row,
        statement::{First, Query, Statement},
    },
};

/// Stores an API key for a tenant, made if new, and that the value is used up.
pub fn exchange(
    value: &BootstrapKey,
    tenant: &TenantId,
    key: &NewApiKey,
    context: Context,
) -> Vec<Statement> {
    let sql = "insert into bootstrap_uses (mark, api_key_id, used_at)
values (?1, ?2, ?3)";
    let params =
        vec![value.mark().into(), key.id.to_string().into(), key.created_at.millis().into()];
    let mut statements = vec![Statement::write(sql, params)];
    statements.extend(insert_first(tenant, key));
    context.within(statements)
}

row!(Exchanged { key = "api_key_id", at = "used_at" });

/// What came of a value that is used up.
pub fn find(value: &BootstrapKey) -> First<Exchanged> {
    let sql = format!(
        "select {}
from bootstrap_uses
where mark = ?1",
        Exchanged::COLUMNS.select()
    );
    Query::read(sql, vec![value.mark().into()]).first()
}
