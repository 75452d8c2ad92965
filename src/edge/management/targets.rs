//! Handlers of targets.

use crate::{
    api::{
        access::one,
        error::{Error, Noun},
        reply::Reply,
        targets::{self as view, request},
    },
    domain::{target::Target, text::TargetId},
    edge::{failure::Failure, management::call::Call},
    store::{targets as store, tenants::make_for},
};

type Outcome = Result<Reply, Failure>;

pub(super) async fn list(call: &Call<'_>) -> Outcome {
    let targets = call.authorize(store::all(&call.caller)).await?;
    Ok(view::list(&targets, call.sound_default().as_ref()))
}

pub(super) async fn get(call: &Call<'_>, id: TargetId) -> Outcome {
    let rows = call.authorize(store::find(&call.caller, &id)).await?;
    Ok(view::found(&one(rows, Noun::Target)?))
}

pub(super) async fn put(call: &Call<'_>, id: TargetId) -> Outcome {
    call.authorize(()).await?;
    view::may_change(call.actor()?)?;
    let body = call.body().await?;
    let target = call.outbound(|outbound| request::parse(id, &body, outbound))??;
    let batch = (make_for(&call.caller), store::put(&call.caller, &target));
    let (_, rows) = call.fetch(batch).await?;
    Ok(view::put(rows.first().ok_or(Error::TooManyTargets(Target::MAX))?))
}

pub(super) async fn delete(call: &Call<'_>, id: TargetId) -> Outcome {
    call.authorize(()).await?;
    view::may_change(call.actor()?)?;
    let rows = call.fetch(store::delete(&call.caller, &id)).await?;
    one(rows, Noun::Target)?;
    Ok(view::deleted())
}
