//! What judging a value reads: the token, deleted or not, and the target that a page would get, as
//! one row. It speaks of the tokens of the caller's tenant only, in both environments.

use crate::{
    domain::{
        client_token::ClientToken, grant::Grant, id::ClientTokenId, target::Target, text::TargetId,
    },
    store::{
        caller::Caller,
        client_tokens::row::OWNED,
        opening::of_table,
        row::{Columns, CorruptRow, PACKED, Row},
        statement::First,
        targets,
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

const PARTS: Columns = &["token", "target", "deleted_at"];

impl TryFrom<Row> for Verified {
    type Error = CorruptRow;

    fn try_from(mut row: Row) -> Result<Self, CorruptRow> {
        let token = row.inner("token", OWNED, "id")?.ok_or(CorruptRow("token"))?;
        let target = row.inner("target", targets::COLUMNS, "id")?;
        Ok(Self {
            token: token.try_into()?,
            target: target.map(Target::try_from).transpose()?,
            is_deleted: row.moment_or_null("deleted_at")?.is_some(),
        })
    }
}

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
  json_array({token}),
  json_array({target}),
  client_tokens.deleted_at
) as {PACKED}
from client_tokens
left join targets
  on targets.tenant_id = client_tokens.tenant_id
  and targets.id = {chosen}
where client_tokens.id = ?3
  and client_tokens.tenant_id = {tenant}",
        tenant = caller.tenant(),
        token = of_table("client_tokens", OWNED),
        target = of_table("targets", targets::COLUMNS),
    );
    let mut params = vec![token.to_string().into(), wanted.map(TargetId::as_str).into()];
    params.extend(granted);
    caller.read(sql, params).packed(PARTS).first()
}
