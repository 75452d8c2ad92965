//! Client tokens on the wire: the bodies of create and update (contract sections 3.2 and 3.4).
//!
//! Both have the same fields under different rules. Create fills missing fields with defaults;
//! update leaves them as they are, and takes the resource as an answer shows it, so that a client
//! can read it, modify it and send it back.

#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::{
    api::{
        error::{Error, Noun},
        faults::{Code, Faults, nearest},
        fields::Fields,
        values,
    },
    domain::{
        client_token::{Changes, ClientToken, Conflict, NewClientToken, Settings, Targets},
        environment::Environment,
        id::ClientTokenId,
        keyring::KeyId,
        limits::LimitKind,
        text::{Label, TargetId},
        time::Timestamp,
    },
};

/// Fields of answers that a request can't set. An update ignores them, whatever their values.
const READ_ONLY_FIELDS: [&str; 8] = [
    "id",
    "tokenPrefix",
    "tokenHint",
    "tokenValue",
    "lastUsedAt",
    "createdAt",
    "updatedAt",
    "conversationCount",
];

/// Takes the fields that create and update read by the same rules.
fn take_changes(fields: &mut Fields<'_>) -> Changes {
    Changes {
        flow_ids: fields.optional("flowIds", values::target_ids),
        default_flow_id: fields.nullable("defaultFlowId", values::target_id),
        agent_ids: fields.optional("agentIds", values::target_ids),
        pin_to_version: fields.nullable("pinToVersion", values::pinned_version),
        target_alias: fields.nullable("targetAlias", values::label),
        target_version_id: fields.nullable("targetVersionId", values::label),
        per_minute: fields.nullable("rateLimitPerMinute", values::limit(LimitKind::PER_MINUTE)),
        per_hour: fields.nullable("rateLimitPerHour", values::limit(LimitKind::PER_HOUR)),
        per_session: fields
            .nullable("maxMessagesPerSession", values::limit(LimitKind::PER_SESSION)),
        idle_minutes: fields
            .nullable("sessionIdleTimeoutMinutes", values::limit(LimitKind::IDLE_MINUTES)),
        config: fields.optional("config", values::config),
        ..Changes::default()
    }
}

/// Adds the faults of rules between fields. A rule is skipped if one of its fields has a fault of
/// its own.
fn add_conflicts(targets: &Targets, faults: &mut Faults) {
    for conflict in targets.conflicts() {
        let (fields, code, message) = match conflict {
            Conflict::DefaultFlowNotListed => {
                (["defaultFlowId", "flowIds"], Code::InvalidEnum, "must be one of flowIds")
            }
            Conflict::AliasWithVersion => (
                ["targetAlias", "targetVersionId"],
                Code::InvalidFormat,
                "can't be set together with targetVersionId; set one of them to null",
            ),
            Conflict::VersionNeedsOneAgent => (
                ["targetVersionId", "agentIds"],
                Code::InvalidFormat,
                "is the version of one agent: agentIds must have exactly one entry",
            ),
        };
        let [field, other] = fields;
        if faults.touch(field) || faults.touch(other) {
            continue;
        }
        let listed = targets.flow_ids.as_slice().iter().map(TargetId::as_str);
        let suggestion = match (conflict, &targets.default_flow_id) {
            (Conflict::DefaultFlowNotListed, Some(id)) => nearest(id.as_str(), listed),
            _ => None,
        };
        faults.add_suggesting(field, code, message, suggestion);
    }
}

/// A body of `POST /v1/client-tokens`, without faults.
#[derive(Debug)]
pub(crate) struct CreateRequest {
    settings: Settings,
    environment: Option<Environment>,
    product_surface_id: Option<Label>,
}

impl CreateRequest {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Error> {
        let mut faults = Faults::default();
        let mut fields = Fields::open(body, &mut faults)?;
        let name = fields.required("name", values::name);
        let origins = fields.required("allowedOrigins", values::allowed_origins);
        let environment = fields.optional("environment", values::environment);
        let surface = fields.nullable("productSurfaceId", values::label);
        let changes = take_changes(&mut fields);
        fields.finish();
        add_conflicts(&changes.applied_to_targets(&Targets::default()), &mut faults);
        match (name, origins) {
            (Some(name), Some(origins)) if faults.is_empty() => Ok(Self {
                settings: changes.applied_to(&Settings::new(name, origins)),
                environment,
                product_surface_id: surface.flatten(),
            }),
            _ => Err(Error::Invalid(faults)),
        }
    }

    /// The new token. Its environment is the one of the key that makes it, `maker`, unless the body
    /// names one.
    pub(crate) fn into_new(
        self,
        maker: Environment,
        id: ClientTokenId,
        key: KeyId,
        now: Timestamp,
    ) -> Result<NewClientToken, Error> {
        let environment = self.environment.unwrap_or(maker);
        if !maker.reaches(environment) {
            return Err(Error::LiveWithTestKey);
        }
        Ok(NewClientToken {
            id,
            environment,
            key,
            product_surface_id: self.product_surface_id,
            settings: self.settings,
            created_at: now,
        })
    }
}

/// How often an update is written before it is given up, each time overtaken by another one that
/// changed what a rule joins; the first of them may be written unseen.
pub(crate) const UPDATE_ATTEMPTS: usize = 4;

/// What an update comes to.
#[derive(Debug, PartialEq)]
pub(crate) enum UpdateStep<'a> {
    /// Nothing changes; the answer shows the stored token.
    Unchanged(Box<ClientToken>),
    Write(&'a Changes),
}

/// A body of `PUT /v1/client-tokens/:id`. Its faults are kept: some rules need the stored token,
/// and all faults are reported together.
#[derive(Debug)]
pub(crate) struct UpdateRequest {
    changes: Changes,
    environment: Option<Value>,
    product_surface_id: Option<Value>,
    faults: Faults,
}

impl UpdateRequest {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Error> {
        let mut faults = Faults::default();
        let mut fields = Fields::open(body, &mut faults)?;
        for name in READ_ONLY_FIELDS {
            fields.ignore(name);
        }
        let environment = fields.take("environment");
        let product_surface_id = fields.take("productSurfaceId");
        let changes = Changes {
            name: fields.optional("name", values::name),
            allowed_origins: fields.optional("allowedOrigins", values::allowed_origins),
            is_active: fields.optional("isActive", values::boolean),
            ..take_changes(&mut fields)
        };
        fields.finish();
        Ok(Self { changes, environment, product_surface_id, faults })
    }

    /// What can be written before the stored token was looked at: the changes of a body that has no
    /// fault by itself and names nothing immutable. The table checks the rules between fields.
    pub(crate) fn unseen(&self) -> Option<&Changes> {
        let is_plain = self.environment.is_none()
            && self.product_surface_id.is_none()
            && self.faults.is_empty();
        Some(&self.changes).filter(|changes| is_plain && !changes.is_empty())
    }

    /// [`Error::NotFound`], when nothing is stored, only of a body without faults.
    pub(crate) fn step(&self, stored: Option<ClientToken>) -> Result<UpdateStep<'_>, Error> {
        let mut faults = self.faults.clone();
        if let Some(token) = &stored {
            self.add_immutable(token, &mut faults);
            let targets = self.changes.applied_to_targets(&token.settings.targets);
            add_conflicts(&targets, &mut faults);
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let token = stored.ok_or(Error::NotFound(Noun::ClientToken))?;
        Ok(if self.changes.is_empty() {
            UpdateStep::Unchanged(Box::new(token))
        } else {
            UpdateStep::Write(&self.changes)
        })
    }

    fn add_immutable(&self, token: &ClientToken, faults: &mut Faults) {
        let surface = token.product_surface_id.as_ref().map(Label::as_str);
        for (name, sent, stored) in [
            ("environment", &self.environment, Some(token.environment.as_str())),
            ("productSurfaceId", &self.product_surface_id, surface),
        ] {
            let stored = stored.map_or(Value::Null, |text| Value::String(text.to_owned()));
            if sent.as_ref().is_some_and(|sent| *sent != stored) {
                let message = "never changes; leave it out, or create another token";
                faults.add(name, Code::ImmutableField, message);
            }
        }
    }
}
