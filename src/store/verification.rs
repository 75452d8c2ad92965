//! What judging a value reads: the token, deleted or not, and the target that a page would get, as
//! one row. It speaks of the tokens of the caller's tenant only, in both environments.

use crate::{
    domain::{client_token::ClientToken, id::ClientTokenId, target::Target, text::TargetId},
    store::{
        caller::Caller,
        client_tokens::row::OWNED,
        opening::of_table,
        row::{Columns, CorruptRow, PACKED, Row},
        statement::Query,
        targets,
    },
};

/// A token whose value is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    /// The token.
    pub token: ClientToken,
    /// Whether it was deleted.
    pub is_deleted: bool,
    /// The target, if it is set up, as [`targets::resolve`] finds it.
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
/// token's own choice (contract section 6.1).
#[must_use]
pub fn verified(
    caller: &Caller,
    token: ClientTokenId,
    wanted: Option<&TargetId>,
) -> Query<Verified> {
    let sql = format!(
        "select json_array(
  json_array({token}),
  json_array({target}),
  client_tokens.deleted_at
) as {PACKED}
from client_tokens
left join targets
  on targets.tenant_id = client_tokens.tenant_id
  and targets.id = coalesce(
    ?4,
    client_tokens.default_flow_id,
    client_tokens.flow_ids ->> 0,
    client_tokens.agent_ids ->> 0
  )
where client_tokens.id = ?3
  and client_tokens.tenant_id = {tenant}",
        tenant = caller.tenant(),
        token = of_table("client_tokens", OWNED),
        target = of_table("targets", targets::COLUMNS),
    );
    caller
        .query(sql, vec![token.to_string().into(), wanted.map(TargetId::as_str).into()])
        .packed(PARTS)
}
