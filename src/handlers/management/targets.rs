//! Handlers of targets.

use crate::{
    api::{
        access::one,
        body::Allowance,
        error::Noun,
        query::{ListQuery, Page},
        reply::Reply,
        targets::{self as view, request},
    },
    domain::{quotas::Stock, text::TargetId},
    handlers::{context::Context, failure::Failure, outbound, trip::Permit},
    store::{paging::page, targets as store, tenants::make_for},
};

type Outcome = Result<Reply, Failure>;

pub(super) async fn list(cx: &Context, by: &Permit) -> Outcome {
    let rows = |query: &ListQuery| {
        let Page { limit, offset } = query.page();
        store::page(&by.caller, limit, offset)
    };
    let (query, rows) = cx.trip(by, cx.query(ListQuery::parse), rows).await?;
    Ok(view::list(&page(rows), query, outbound::sound_default(cx).as_ref())?)
}

pub(super) async fn get(cx: &Context, by: &Permit, id: TargetId) -> Outcome {
    let found = cx.authorize(by, store::find(&by.caller, &id)).await?;
    Ok(view::found(&one(found, Noun::Target)?))
}

pub(super) async fn put(cx: &Context, by: &Permit, id: TargetId) -> Outcome {
    cx.authorize(by, ()).await?;
    view::may_change(by.actor()?)?;
    let body = cx.body(Allowance::Management).await?;
    let target = outbound::ask(cx, |outbound| request::parse(id, &body, outbound))??;
    let quota = cx.quota(Stock::Targets);
    let batch = (make_for(&by.caller), store::put(&by.caller, &target, quota));
    let (_, target) = cx.fetch(by, batch).await?;
    let Some(target) = target else { return Err(cx.unmade(by, quota).await) };
    Ok(view::put(&target))
}

pub(super) async fn delete(cx: &Context, by: &Permit, id: TargetId) -> Outcome {
    cx.authorize(by, ()).await?;
    view::may_change(by.actor()?)?;
    let deleted = cx.fetch(by, store::delete(&by.caller, &id)).await?;
    one(deleted, Noun::Target)?;
    Ok(view::deleted())
}
