//! What comes before a change under an idempotency key, and what is answered instead of it when
//! the key was used before.

use serde::de::DeserializeOwned;

use crate::{
    api::{error::Error, idempotency as api},
    domain::{api_key::ApiKey, id::ApiKeyId, idempotency::Claim, quotas::Quota},
    handlers::{context::Context, failure::Failure, trip::Permit},
    store::{
        batch::Batch,
        db_error::DbError,
        idempotency::{self as store, Recorded},
        statement::Statement,
    },
};

/// The claim of a request under its idempotency key, if it has one.
pub(super) fn claim_of(cx: &Context, by: &Permit, body: &[u8]) -> Result<Option<Claim>, Error> {
    let (path, _) = cx.path_and_query();
    let scope = [by.names(), vec![cx.method().to_owned(), path]].concat();
    let scope: Vec<&str> = scope.iter().map(String::as_str).collect();
    api::claim(cx.header("Idempotency-Key").as_deref(), &scope, body)
}

/// What comes before what is made under a claim and within a quota, if there is a claim: an old one
/// under the same key is forgotten.
pub(super) fn claimed(
    cx: &Context,
    by: &Permit,
    claim: Option<&Claim>,
    quota: Quota,
) -> Option<Vec<Statement>> {
    claim.map(|claim| {
        let claimed = store::claim(by.writer(), claim, quota).statement;
        vec![store::forget(claim, cx.now).statement, claimed]
    })
}

/// What was done under a key that was used before, and `more` in the same trip.
pub(super) async fn recorded<T: DeserializeOwned, B: Batch>(
    cx: &Context,
    by: &Permit,
    claim: Option<&Claim>,
    more: B,
) -> Result<(Recorded<T>, B::Rows), Failure> {
    let claim = claim.ok_or_else(|| Failure::Broken("a key that wasn't claimed".to_owned()))?;
    let (found, more) = cx.authorize(by, (store::find(claim), more)).await?;
    // It was there a moment ago.
    let found: Recorded<T> =
        found.ok_or_else(|| Failure::Broken("a key that was forgotten".to_owned()))?;
    api::is_the_same(claim, &found.request)?;
    Ok((found, more))
}

/// The row of what makes or regenerates an API key, or the refusal to do so again.
pub(super) async fn made(
    cx: &Context,
    by: &Permit,
    claim: Option<&Claim>,
    key: Result<Option<ApiKey>, DbError>,
) -> Result<Option<ApiKey>, Failure> {
    match key {
        Err(DbError::Repeated(_)) => {
            let (made, ()) = recorded::<ApiKeyId, _>(cx, by, claim, ()).await?;
            Err(Error::ShownOnce(made.outcome).into())
        }
        key => Ok(key?),
    }
}
