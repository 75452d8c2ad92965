//! Targets on the wire: answers.
//!
//! An upstream is shown with the same keys whatever its kind: those that the kind doesn't have are
//! null, and a PUT takes them back so. Settings beside them are shown where they are set.

pub(crate) mod request;
mod settings;
pub(crate) mod trial;

use serde::Serialize;

use crate::{
    api::{
        error::{Error, Noun},
        pagination::Pagination,
        query::ListQuery,
        reply::{Deleted, Reply},
    },
    domain::{
        actor::Actor,
        environment::Environment,
        paged::Paged,
        secret_name::SecretName,
        target::Target,
        text::{Description, Name, SystemPrompt},
        upstream::{
            Upstream,
            settings::{ConnectionSettings, ModelSettings},
        },
    },
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View<'a> {
    id: &'a str,
    name: Option<&'a str>,
    description: Option<&'a str>,
    upstream: UpstreamView<'a>,
    created_at: String,
    updated_at: String,
}

impl<'a> From<&'a Target> for View<'a> {
    fn from(target: &'a Target) -> Self {
        Self {
            id: target.id.as_str(),
            name: target.name.as_ref().map(Name::as_str),
            description: target.description.as_ref().map(Description::as_str),
            upstream: (&target.upstream).into(),
            created_at: target.created_at.to_string(),
            updated_at: target.updated_at.to_string(),
        }
    }
}

impl View<'_> {
    fn without_prompt(self) -> Self {
        Self { upstream: UpstreamView { system_prompt: None, ..self.upstream }, ..self }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UpstreamView<'a> {
    kind: &'static str,
    base_url: Option<&'a str>,
    model: Option<&'a str>,
    /// Left out of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    system_prompt: Option<Option<&'a str>>,
    api_key_secret: Option<&'a str>,
    #[serde(flatten)]
    model_settings: Option<&'a ModelSettings>,
    #[serde(flatten)]
    connection_settings: Option<&'a ConnectionSettings>,
}

impl<'a> From<&'a Upstream> for UpstreamView<'a> {
    fn from(upstream: &'a Upstream) -> Self {
        let (connection, service) = (upstream.connection(), upstream.service());
        let system_prompt = service.and_then(|service| service.system_prompt.as_ref());
        let secret = connection.and_then(|connection| connection.api_key_secret.as_ref());
        Self {
            kind: upstream.kind().as_str(),
            base_url: connection.map(|connection| connection.base_url.as_str()),
            model: service.map(|service| service.model.as_str()),
            system_prompt: Some(system_prompt.map(SystemPrompt::as_str)),
            api_key_secret: secret.map(SecretName::as_str),
            model_settings: service.map(|service| &service.settings),
            connection_settings: connection.map(|connection| &connection.settings),
        }
    }
}

#[derive(Serialize)]
struct TargetBody<'a> {
    target: View<'a>,
}

/// Whether `actor` may change targets. A test key may not: targets have no environment, so the change
/// would reach the pages of live tokens.
pub(crate) fn may_change(actor: &Actor) -> Result<(), Error> {
    match actor.environment {
        Environment::Live => Ok(()),
        Environment::Test => Err(Error::TargetWithTestKey),
    }
}

pub(crate) fn found(target: &Target) -> Reply {
    Reply::json(200, &TargetBody { target: target.into() })
}

/// 201 with a new target, 200 with one that replaced another.
pub(crate) fn put(target: &Target) -> Reply {
    let status = if target.is_new() { 201 } else { 200 };
    Reply::json(status, &TargetBody { target: target.into() })
}

/// 200 with a list, by id and without prompts, and what answers for ids without a target. Of that the
/// kind alone is told: the rest belongs to whoever runs the deployment.
pub(crate) fn list(
    targets: &[Paged<Target>],
    query: ListQuery,
    default: Option<&Upstream>,
) -> Result<Reply, Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct List<'a> {
        targets: Vec<View<'a>>,
        default_upstream: Option<Kind>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pagination: Option<Pagination>,
    }
    #[derive(Serialize)]
    struct Kind {
        kind: &'static str,
    }
    let pagination = Pagination::of_list(query, targets, Noun::Target)?;
    let default_upstream = default.map(|upstream| Kind { kind: upstream.kind().as_str() });
    let targets = targets.iter().map(|paged| View::from(&paged.row).without_prompt()).collect();
    Ok(Reply::json(200, &List { targets, default_upstream, pagination }))
}

pub(crate) fn deleted() -> Reply {
    Deleted::reply("Target deleted. Only a default upstream still answers for this id.")
}
