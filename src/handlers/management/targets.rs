//! Handlers of targets.

use crate::{
    api::{
        access::one,
        error::Noun,
        query::{ListQuery, Page},
        reply::Reply,
        targets::{self as view, request},
    },
    domain::{quotas::Stock, text::TargetId},
    handlers::{failure::Failure, management::call::Call},
    store::{paging::page, targets as store, tenants::make_for},
};

type Outcome = Result<Reply, Failure>;

pub(super) async fn list(call: &Call<'_>) -> Outcome {
    let query = call.query(ListQuery::parse).await?;
    let Page { limit, offset } = query.page();
    let rows = call.authorize_querying(store::page(&call.caller, limit, offset)).await?;
    Ok(view::list(&page(rows), query, call.sound_default().as_ref())?)
}

pub(super) async fn get(call: &Call<'_>, id: TargetId) -> Outcome {
    let found = call.authorize(store::find(&call.caller, &id)).await?;
    Ok(view::found(&one(found, Noun::Target)?))
}

pub(super) async fn put(call: &Call<'_>, id: TargetId) -> Outcome {
    call.authorize(()).await?;
    view::may_change(call.actor()?)?;
    let body = call.body().await?;
    let target = call.outbound(|outbound| request::parse(id, &body, outbound))??;
    let quota = call.quota(Stock::Targets);
    let batch = (make_for(&call.caller), store::put(&call.caller, &target, quota));
    let (_, target) = call.fetch(batch).await?;
    let Some(target) = target else { return Err(call.unmade(quota).await) };
    Ok(view::put(&target))
}

pub(super) async fn delete(call: &Call<'_>, id: TargetId) -> Outcome {
    call.authorize(()).await?;
    view::may_change(call.actor()?)?;
    let deleted = call.fetch(store::delete(&call.caller, &id)).await?;
    one(deleted, Noun::Target)?;
    Ok(view::deleted())
}
