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
        origin::{AllowedOrigins, OriginPattern},
        text::{Label, Name, TargetId, TargetIds},
    },
    store::{
        paging::FITS,
        row::{Columns, CorruptRow, Row, column},
    },
};

/// A token with its owner and its place in a list.
const ALL: Columns = &[
    "tenant_id",
    "id",
    "environment",
    "generation",
    "signing_key_id",
    "product_surface_id",
    "name",
    "flow_ids",
    "default_flow_id",
    "agent_ids",
    "target_alias",
    "target_version_id",
    "allowed_origins",
    "pin_to_version",
    "rate_limit_per_minute",
    "rate_limit_per_hour",
    "max_messages_per_session",
    "session_idle_timeout_minutes",
    "config",
    "is_active",
    "conversation_count",
    "last_used_at",
    "created_at",
    "updated_at",
    FITS,
];

/// A token with its owner, in the order in which they are read.
pub(in crate::store) const OWNED: Columns = ALL.split_at(ALL.len() - 1).0;

pub(super) const COLUMNS: Columns = OWNED.split_at(1).1;

pub(super) const PAGED: Columns = ALL.split_at(1).1;

impl TryFrom<Row> for ClientToken {
    type Error = CorruptRow;

    fn try_from(mut row: Row) -> Result<Self, CorruptRow> {
        let row = &mut row;
        Ok(Self {
            id: column("id", ClientTokenId::parse(&row.text("id")?))?,
            environment: environment(row)?,
            generation: row.count("generation")?,
            key: key(row)?,
            product_surface_id: label(row, "product_surface_id")?,
            settings: Settings {
                name: column("name", Name::parse(row.text("name")?))?,
                targets: Targets {
                    flow_ids: target_ids(row, "flow_ids")?,
                    default_flow_id: row
                        .text_or_null("default_flow_id")?
                        .map(|id| column("default_flow_id", TargetId::parse(id)))
                        .transpose()?,
                    agent_ids: target_ids(row, "agent_ids")?,
                    alias: label(row, "target_alias")?,
                    version_id: label(row, "target_version_id")?,
                },
                allowed_origins: origins(row)?,
                pin_to_version: label(row, "pin_to_version")?,
                limits: limits(row)?,
                config: column("config", Config::from_json(row.json("config")?))?,
                is_active: row.int("is_active")? != 0,
            },
            conversation_count: row.count("conversation_count")?,
            last_used_at: row.moment_or_null("last_used_at")?,
            created_at: row.moment("created_at")?,
            updated_at: row.moment("updated_at")?,
        })
    }
}

fn environment(row: &mut Row) -> Result<Environment, CorruptRow> {
    Environment::parse(&row.text("environment")?).ok_or(CorruptRow("environment"))
}

fn key(row: &mut Row) -> Result<KeyId, CorruptRow> {
    column("signing_key_id", u8::try_from(row.int("signing_key_id")?)).map(KeyId::from_byte)
}

fn limits(row: &mut Row) -> Result<Limits, CorruptRow> {
    Ok(Limits {
        per_minute: row.count_or_null("rate_limit_per_minute")?,
        per_hour: row.count_or_null("rate_limit_per_hour")?,
        per_session: row.count_or_null("max_messages_per_session")?,
        idle_minutes: row.count_or_null("session_idle_timeout_minutes")?,
    })
}

fn label(row: &mut Row, name: &'static str) -> Result<Option<Label>, CorruptRow> {
    row.text_or_null(name)?.map(|text| column(name, Label::parse(text))).transpose()
}

fn target_ids(row: &mut Row, name: &'static str) -> Result<TargetIds, CorruptRow> {
    let ids: Result<Vec<_>, _> = row.texts(name)?.into_iter().map(TargetId::parse).collect();
    column(name, TargetIds::from_ids(column(name, ids)?))
}

fn origins(row: &mut Row) -> Result<AllowedOrigins, CorruptRow> {
    const NAME: &str = "allowed_origins";
    let patterns: Result<Vec<_>, _> =
        row.texts(NAME)?.iter().map(|text| OriginPattern::parse(text)).collect();
    column(NAME, patterns).map(AllowedOrigins::from_patterns)
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
