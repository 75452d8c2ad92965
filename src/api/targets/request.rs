//! Targets on the wire: the body of a PUT, and the variable for the deployment's default upstream.
//!
//! Both describe an upstream with the same fields, under the same rules: of each field a kind
//! requires, allows or refuses it, and the deployment limits where upstreams may be (contract
//! section 10).

#[cfg(test)]
mod tests;

use std::fmt::Display;

use serde_json::Value;

use crate::{
    api::{
        error::Error,
        faults::{Code, Faults},
        fields::{Fields, Parser, REPEATED},
        targets::settings,
        values::{self, noted, one_of, text, text_code},
    },
    domain::{
        base_url::{BaseUrl, BaseUrlFault},
        json::{self, join},
        outbound::Outbound,
        target::NewTarget,
        text::{Description, SystemPrompt, TargetId},
        upstream::{Connection, Service, Upstream, UpstreamKind},
    },
};

/// Fields of answers that a request can't set. They are ignored, so that a target can be sent back
/// as it was read.
const READ_ONLY_FIELDS: [&str; 3] = ["id", "createdAt", "updatedAt"];

/// Reads a body of `PUT /v1/targets/:id`.
pub(crate) fn parse(id: TargetId, body: &[u8], outbound: Outbound<'_>) -> Result<NewTarget, Error> {
    let mut faults = Faults::default();
    let mut fields = Fields::open(body, &mut faults)?;
    for name in READ_ONLY_FIELDS {
        fields.ignore(name);
    }
    let name = fields.nullable("name", values::name).flatten();
    let description = fields.nullable("description", description).flatten();
    let upstream =
        fields.required("upstream", |value, path, faults| upstream(value, path, faults, outbound));
    fields.finish();
    match upstream {
        Some(upstream) if faults.is_empty() => Ok(NewTarget { id, name, description, upstream }),
        _ => Err(Error::Invalid(faults)),
    }
}

/// Reads the variable `DEFAULT_UPSTREAM`: the word `echo`, or an upstream as JSON. An error is
/// every fault, as one line of text that names the variable.
pub(crate) fn parse_default_upstream(
    variable: &str,
    outbound: Outbound<'_>,
) -> Result<Upstream, String> {
    const NAME: &str = "DEFAULT_UPSTREAM";
    let variable = variable.trim();
    if variable == UpstreamKind::Echo.as_str() {
        return Ok(Upstream::Echo);
    }
    let mut faults = Faults::default();
    let json = json::parse_reporting(variable.as_bytes(), &mut |path| {
        faults.add_at(format_args!("{NAME}.{path}"), Code::DuplicateField, REPEATED);
    });
    let json =
        json.map_err(|fault| format!("{NAME} is neither the word echo nor JSON: {fault}"))?;
    let upstream = upstream(json, NAME, &mut faults, outbound).filter(|_| faults.is_empty());
    upstream.ok_or_else(|| {
        let messages = faults.into_details().into_iter().map(|detail| detail.message);
        messages.collect::<Vec<_>>().join("; ")
    })
}

fn upstream(
    value: Value,
    path: &str,
    faults: &mut Faults,
    outbound: Outbound<'_>,
) -> Option<Upstream> {
    let mut upstream = Ruled { fields: Fields::within(value, path, faults)?, path, kind: None };
    upstream.kind = upstream.fields.required("kind", upstream_kind);
    let base_url = upstream.take("baseUrl", base_url);
    let model = upstream.take("model", values::model_name);
    let system_prompt = upstream.take("systemPrompt", system_prompt);
    let api_key_secret = upstream.take("apiKeySecret", settings::secret_name);
    let model_settings = settings::model(&mut upstream);
    let connection_settings = settings::connection(&mut upstream);
    let key_header = api_key_secret.as_ref().map(|_| model_settings.auth_header.as_ref());
    settings::check_names(&mut upstream, &connection_settings, key_header);

    let Ruled { mut fields, kind, .. } = upstream;
    if let Some(url) = &base_url {
        let key = api_key_secret.iter().map(|secret| ("apiKeySecret".to_owned(), secret));
        let secrets = key.chain(connection_settings.header_secrets());
        let refused = secrets.filter_map(|(field, secret)| {
            outbound.allow_secret(secret, url).err().map(|fault| (field, fault))
        });
        let private = outbound.allow_url(url).err().map(|fault| ("baseUrl".to_owned(), fault));
        for (field, fault) in private.into_iter().chain(refused) {
            if let Some(setting) = fault.setting() {
                fields.faults().advise(setting.place());
            }
            fields.faults().add(&join(path, field), Code::InvalidFormat, fault);
        }
    }
    // With faults, an optional field may be missing from the upstream: callers check the faults.
    fields.finish();
    let kind = kind?;
    if kind == UpstreamKind::Echo {
        return Some(Upstream::Echo);
    }
    let connection =
        Connection { base_url: base_url?, api_key_secret, settings: connection_settings };
    if kind == UpstreamKind::Events {
        return Some(Upstream::Events(connection));
    }
    let settings = model_settings;
    Some(Upstream::OpenAi(Box::new(Service { connection, model: model?, system_prompt, settings })))
}

/// The members of an upstream, taken by the rules of its kind.
pub(super) struct Ruled<'f> {
    fields: Fields<'f>,
    path: &'f str,
    /// Without a known kind, no field can be called missing or superfluous.
    kind: Option<UpstreamKind>,
}

/// What a kind of upstream says of a field.
enum Rule {
    Needed,
    Allowed,
    /// Only null is taken: answers have it for fields that the kind doesn't have.
    Refused(UpstreamKind),
}

/// The fields that a backend of one's own has, beside its URL.
const OF_BACKENDS: [&str; 4] =
    ["apiKeySecret", "headers", "firstWordTimeoutMs", "silenceTimeoutMs"];

fn rule(kind: Option<UpstreamKind>, field: &str) -> Rule {
    let Some(kind) = kind else { return Rule::Allowed };
    match (kind, field) {
        (UpstreamKind::OpenAi, "baseUrl" | "model") | (UpstreamKind::Events, "baseUrl") => {
            Rule::Needed
        }
        (UpstreamKind::OpenAi, _) => Rule::Allowed,
        (UpstreamKind::Events, field) if OF_BACKENDS.contains(&field) => Rule::Allowed,
        (UpstreamKind::Echo | UpstreamKind::Events, _) => Rule::Refused(kind),
    }
}

impl Ruled<'_> {
    pub(super) fn take<T>(&mut self, name: &'static str, parser: impl Parser<T>) -> Option<T> {
        match rule(self.kind, name) {
            Rule::Needed => self.fields.required(name, parser),
            Rule::Allowed => self.fields.nullable(name, parser).flatten(),
            Rule::Refused(kind) => {
                if self.fields.take(name).is_some_and(|value| value != Value::Null) {
                    let kind = kind.as_str();
                    let message = format_args!("is not a field of upstreams of kind {kind}");
                    self.note(name, Code::UnknownField, message);
                }
                None
            }
        }
    }

    pub(super) fn note(&mut self, field: &str, code: Code, message: impl Display) {
        self.fields.faults().add(&join(self.path, field), code, message);
    }
}

fn upstream_kind(value: Value, path: &str, faults: &mut Faults) -> Option<UpstreamKind> {
    let words = UpstreamKind::ALL.map(UpstreamKind::as_str);
    one_of(value, path, faults, &words, UpstreamKind::parse)
}

fn base_url(value: Value, path: &str, faults: &mut Faults) -> Option<BaseUrl> {
    let code = |fault: &BaseUrlFault| match fault {
        BaseUrlFault::TooLong => Code::TooLong,
        _ => Code::InvalidFormat,
    };
    let text = text(value, path, faults)?;
    noted(BaseUrl::parse(&text), code, path, faults)
}

fn system_prompt(value: Value, path: &str, faults: &mut Faults) -> Option<SystemPrompt> {
    let text = text(value, path, faults)?;
    noted(SystemPrompt::parse(text), text_code, path, faults)
}

fn description(value: Value, path: &str, faults: &mut Faults) -> Option<Description> {
    let text = text(value, path, faults)?;
    noted(Description::parse(text), text_code, path, faults)
}
