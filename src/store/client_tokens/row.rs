//! A token's row, up and down. Lists of ids and origins are JSON in one column, since they are
//! always read and written whole.

use crate::{
    domain::{
        client_token::{ClientToken, Settings, Targets},
        config::Config,
        environment::Environment,
        id::ClientTokenId,
        keyring::KeyId,
        limits::Limits,
        origin::AllowedOrigins,
        text::{Label, Name, TargetId, TargetIds},
        time::Timestamp,
    },
    store::row::{CorruptRow, Flag, JsonText, JsonValue, row},
};

row! {
    pub(in crate::store) struct TokenRow for ClientToken {
        id: ClientTokenId,
        environment: Environment,
        generation: u32,
        signing_key_id: KeyId,
        product_surface_id: Option<Label>,
        name: Name,
        flow_ids: JsonText<TargetIds>,
        default_flow_id: Option<TargetId>,
        agent_ids: JsonText<TargetIds>,
        target_alias: Option<Label>,
        target_version_id: Option<Label>,
        allowed_origins: JsonText<AllowedOrigins>,
        pin_to_version: Option<Label>,
        rate_limit_per_minute: Option<u32>,
        rate_limit_per_hour: Option<u32>,
        max_messages_per_session: Option<u32>,
        session_idle_timeout_minutes: Option<u32>,
        config: JsonValue,
        is_active: Flag,
        conversation_count: u32,
        last_used_at: Option<Timestamp>,
        created_at: Timestamp,
        updated_at: Timestamp,
    }
}

impl TryFrom<TokenRow> for ClientToken {
    type Error = CorruptRow;

    fn try_from(row: TokenRow) -> Result<Self, CorruptRow> {
        let config =
            Config::from_json(row.config.into()).map_err(|_| CorruptRow("TokenRow.config"))?;
        Ok(Self {
            id: row.id,
            environment: row.environment,
            generation: row.generation,
            key: row.signing_key_id,
            product_surface_id: row.product_surface_id,
            settings: Settings {
                name: row.name,
                targets: Targets {
                    flow_ids: row.flow_ids.into(),
                    default_flow_id: row.default_flow_id,
                    agent_ids: row.agent_ids.into(),
                    alias: row.target_alias,
                    version_id: row.target_version_id,
                },
                allowed_origins: row.allowed_origins.into(),
                pin_to_version: row.pin_to_version,
                limits: Limits {
                    per_minute: row.rate_limit_per_minute,
                    per_hour: row.rate_limit_per_hour,
                    per_session: row.max_messages_per_session,
                    idle_minutes: row.session_idle_timeout_minutes,
                },
                config,
                is_active: row.is_active.into(),
            },
            conversation_count: row.conversation_count,
            last_used_at: row.last_used_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

pub(in crate::store) fn target_ids_json(ids: &TargetIds) -> String {
    json_array(ids.as_slice().iter().map(|id| id.as_str().to_owned()))
}

pub(super) fn origins_json(origins: &AllowedOrigins) -> String {
    json_array(origins.iter().map(ToString::to_string))
}

fn json_array(texts: impl Iterator<Item = String>) -> String {
    serde_json::to_string(&texts.collect::<Vec<_>>()).unwrap_or_default()
}
