//! The handler of the audit log.

use crate::{
    api::{audit_log as view, cursor::Cursor, query::AuditLogQuery, reply::Reply},
    handlers::{context::Context, failure::Failure, trip::Permit},
    store::audit_log as store,
};

pub(super) async fn list(cx: &Context, by: &Permit) -> Result<Reply, Failure> {
    let page = |query: &AuditLogQuery| {
        let before = query.after.map(Cursor::position);
        store::page(&by.caller, &query.filter, before, query.limit)
    };
    let (query, entries) = cx.trip(by, cx.query(AuditLogQuery::parse), page).await?;
    Ok(view::list(&entries, &query))
}
