//! What comes before a change under an idempotency key, and what is answered instead of it when
//! the key was used before.

use crate::{
    api::{error::Error, idempotency as api},
    domain::{api_key::ApiKey, id::ApiKeyId, idempotency::Claim, quotas::Quota},
    handlers::{failure::Failure, management::call::Call},
    store::{
        batch::Batch,
        db_error::DbError,
        idempotency::{self as store, Recorded},
        row::{CorruptRow, Row},
        statement::Statement,
    },
};

/// What comes before what is made under a claim and within a quota, if there is a claim: an old one
/// under the same key is forgotten.
pub(super) fn claimed(
    call: &Call<'_>,
    claim: Option<&Claim>,
    quota: Quota,
) -> Option<Vec<Statement>> {
    claim.map(|claim| {
        let claimed = store::claim(call.writer(), claim, quota).statement;
        vec![store::forget(claim, call.now()).statement, claimed]
    })
}

/// What was done under a key that was used before, and `more` in the same trip.
pub(super) async fn recorded<T, B: Batch>(
    call: &Call<'_>,
    claim: Option<&Claim>,
    more: B,
) -> Result<(T, B::Rows), Failure>
where
    Recorded<T>: TryFrom<Row, Error = CorruptRow>,
{
    let claim = claim.ok_or_else(|| Failure::Broken("a key that wasn't claimed".to_owned()))?;
    let (found, more) = call.authorize((store::find(claim), more)).await?;
    // It was there a moment ago.
    let found: Recorded<T> =
        found.ok_or_else(|| Failure::Broken("a key that was forgotten".to_owned()))?;
    api::is_the_same(claim, &found.request)?;
    Ok((found.outcome, more))
}

/// The row of what makes or regenerates an API key, or the refusal to do so again.
pub(super) async fn made(
    call: &Call<'_>,
    claim: Option<&Claim>,
    key: Result<Option<ApiKey>, DbError>,
) -> Result<Option<ApiKey>, Failure> {
    match key {
        Err(DbError::Repeated(_)) => {
            let (made, ()) = recorded::<ApiKeyId, _>(call, claim, ()).await?;
            Err(Error::ShownOnce(made).into())
        }
        key => Ok(key?),
    }
}
