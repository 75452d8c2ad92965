//! The handler of the audit log.

use crate::{
    api::{audit_log as view, cursor::Cursor, query::AuditLogQuery, reply::Reply},
    handlers::{failure::Failure, management::call::Call},
    store::audit_log as store,
};

pub(super) async fn list(call: &Call<'_>) -> Result<Reply, Failure> {
    let query = call.query(AuditLogQuery::parse).await?;
    let before = query.after.map(Cursor::position);
    let page = store::page(&call.caller, &query.filter, before, query.limit);
    let entries = call.authorize_querying(page).await?;
    Ok(view::list(&entries, &query))
}
