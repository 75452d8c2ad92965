//! What judging a value reads: the token, deleted or not, and the target that a page would get, as
//! one row. It speaks of the tokens of the caller's tenant only, in both environments.

use crate::{
    domain::{
        client_token::ClientToken, grant::Grant, id::ClientTokenId, target::Target, text::TargetId,
    },
    store::{
        caller::Caller,
        client_tokens::row::TokenRow,
        columns::PACKED,
        row::{Flag, row},
        statement::First,
        targets::{self, TargetRow},
    },
};

/// A token whose value is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    pub token: ClientToken,
    pub is_deleted: bool,
    /// The target that a page would get, if it is set up.
    pub target: Option<Target>,
}

row!(Verified { token, is_deleted as Flag, target });

/// The token of the caller's tenant that a proved value names, with its target: `wanted`, else the
/// first that the token lists and the `grant` of the value allows (contract sections 3.9 and 6.1).
pub fn verified(
    caller: &Caller,
    token: ClientTokenId,
    grant: Option<&Grant>,
    wanted: Option<&TargetId>,
) -> First<Verified> {
    let (chosen, granted) = targets::chosen("?4", grant);
    let sql = format!(
        "select json_array(
  {token},
  client_tokens.deleted_at is not null,
  iif(targets.id is null, null, {target})
) as {PACKED}
from client_tokens
left join targets
  on targets.tenant_id = client_tokens.tenant_id
  and targets.id = {chosen}
where client_tokens.id = ?3
  and client_tokens.tenant_id = {tenant}",
        tenant = caller.tenant(),
        token = TokenRow::COLUMNS.of_table("client_tokens").array(),
        target = TargetRow::COLUMNS.of_table("targets").array(),
    );
    let mut params = vec![token.to_string().into(), wanted.map(TargetId::as_str).into()];
    params.extend(granted);
    caller.read(sql, params).first()
}
