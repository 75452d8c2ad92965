//! What is done to client tokens under an `Idempotency-Key`.

use crate::{
    domain::{client_token::Known, id::ClientTokenId, idempotency::Claim},
    store::{caller::Writer, row::Exists, statement::Query},
};

use super::{known_params, one_to_write, row::TokenRow};

/// What [`regenerate`](super::regenerate) and a mint are claimed with, in the place of
/// [`claim`](crate::store::idempotency::claim): only for a token that the change is meant for, or to
/// be refused because the key was used before.
pub fn claim_with(writer: Writer<'_>, known: impl Into<Known>, claim: &Claim) -> Query<Exists> {
    let sql = format!(
        "insert into idempotency_keys (id, request, created_at)
select ?6, ?7, ?2
from {tenant} as owner
where exists (
    select 1
    from idempotency_keys
    where id = ?6
  )
  or exists (
    select 1
    from client_tokens
    where {one}
  )
returning id",
        tenant = writer.tenant(),
        one = one_to_write(writer)
    );
    let mut params = known_params(&known.into());
    params.extend([claim.id.as_str().into(), claim.request.as_str().into()]);
    writer.write(sql, params)
}

/// Records what was done to a token, after it and under the claim before it: the token as it is
/// now, whose row holds no value.
pub fn keep(claim: &Claim, id: ClientTokenId) -> Query<Exists> {
    let sql = format!(
        "update idempotency_keys
set outcome = (
  select {}
  from client_tokens
  where id = ?2
)
where id = ?1
  and outcome is null
returning id",
        TokenRow::COLUMNS.array()
    );
    Query::write(sql, vec![claim.id.as_str().into(), id.to_string().into()])
}
