//! Targets on the wire: the body of a PUT, and the variable for the deployment's default upstream.
//!
//! Both describe an upstream with the same fields, under the same rules: of each field a kind
//! requires, allows or refuses it, and the deployment limits where upstreams may be (contract
//! section 10).

#[cfg(test)]
mod tests;

use crate::{
    api::{
        error::Error,
        faults::{Code, Faults},
        fields::{Fields, Parser, REPEATED},
        values::{self, noted, one_of, text, text_code},
    },
    domain::{
        base_url::{BaseUrl, BaseUrlFault},
        json::{Json, join},
        outbound::Outbound,
        secret_name::SecretName,
        target::{NewTarget, Upstream, UpstreamKind},
        text::{Description, SystemPrompt, TargetId},
    },
};

const FIELDS: [&str; 3] = ["name", "description", "upstream"];

/// Fields of answers that a request can't set. They are ignored, so that a target can be sent back
/// as it was read.
const READ_ONLY_FIELDS: [&str; 3] = ["id", "createdAt", "updatedAt"];

const UPSTREAM_FIELDS: [&str; 5] = ["kind", "baseUrl", "model", "systemPrompt", "apiKeySecret"];

/// Reads a body of `PUT /v1/targets/:id`.
///
/// # Errors
/// [`Error::InvalidJson`], [`Error::NotAnObject`], or [`Error::Invalid`] with every fault.
pub(crate) fn parse(id: TargetId, body: &[u8], outbound: Outbound<'_>) -> Result<NewTarget, Error> {
    let mut faults = Faults::default();
    let mut fields = Fields::open(body, &mut faults)?;
    for name in READ_ONLY_FIELDS {
        fields.take(name);
    }
    let name = fields.nullable("name", values::name).flatten();
    let description = fields.nullable("description", description).flatten();
    let upstream =
        fields.required("upstream", |value, path, faults| upstream(value, path, faults, outbound));
    fields.finish(&FIELDS);
    match upstream {
        Some(upstream) if faults.is_empty() => Ok(NewTarget { id, name, description, upstream }),
        _ => Err(Error::Invalid(faults)),
    }
}

/// Reads the variable `DEFAULT_UPSTREAM`: the word `echo`, or an upstream as JSON.
///
/// # Errors
/// Every fault, as one line of text that names the variable.
pub(crate) fn parse_default_upstream(
    variable: &str,
    outbound: Outbound<'_>,
) -> Result<Upstream, String> {
    const NAME: &str = "DEFAULT_UPSTREAM";
    let variable = variable.trim();
    if variable == UpstreamKind::Echo.as_str() {
        return Ok(Upstream::Echo);
    }
    let json = Json::parse(variable.as_bytes())
        .map_err(|fault| format!("{NAME} is neither the word echo nor JSON: {fault}"))?;
    let mut faults = Faults::default();
    json.each_repeated_key(NAME, &mut |path| {
        faults.add_at(path, Code::DuplicateField, REPEATED);
    });
    let upstream = upstream(json, NAME, &mut faults, outbound).filter(|_| faults.is_empty());
    upstream.ok_or_else(|| {
        let messages = faults.into_details().into_iter().map(|detail| detail.message);
        messages.collect::<Vec<_>>().join("; ")
    })
}

fn upstream(
    value: Json,
    path: &str,
    faults: &mut Faults,
    outbound: Outbound<'_>,
) -> Option<Upstream> {
    let mut fields = Fields::within(value, path, faults)?;
    let kind = fields.required("kind", upstream_kind);
    let base_url = ruled(&mut fields, path, kind, "baseUrl", base_url);
    let model = ruled(&mut fields, path, kind, "model", values::model_name);
    let system_prompt = ruled(&mut fields, path, kind, "systemPrompt", system_prompt);
    let api_key_secret = ruled(&mut fields, path, kind, "apiKeySecret", secret_name);
    let (url, secret) = (base_url.as_ref(), api_key_secret.as_ref());
    let admitted = [
        url.map(|url| outbound.allow_url(url)),
        url.zip(secret).map(|(url, secret)| outbound.allow_secret(secret, url)),
    ];
    for fault in admitted.into_iter().flatten().filter_map(Result::err) {
        fields.faults().add(&join(path, fault.field()), Code::InvalidFormat, fault);
    }
    // With faults, an optional field may be missing from the upstream: callers check the faults.
    fields.finish(&UPSTREAM_FIELDS);
    match kind? {
        UpstreamKind::Echo => Some(Upstream::Echo),
        UpstreamKind::OpenAi => Some(Upstream::OpenAi {
            base_url: base_url?,
            model: model?,
            system_prompt,
            api_key_secret,
        }),
        UpstreamKind::Events => Some(Upstream::Events { base_url: base_url?, api_key_secret }),
    }
}

/// What a kind of upstream says of a field.
enum Rule {
    Needed,
    Allowed,
    /// Only null is taken: answers have it for every field that the kind doesn't have.
    Refused(UpstreamKind),
}

fn rule(kind: Option<UpstreamKind>, field: &str) -> Rule {
    // Without a known kind, no field can be called missing or superfluous.
    let Some(kind) = kind else { return Rule::Allowed };
    match (kind, field) {
        (UpstreamKind::OpenAi, "baseUrl" | "model") | (UpstreamKind::Events, "baseUrl") => {
            Rule::Needed
        }
        (UpstreamKind::OpenAi, _) | (UpstreamKind::Events, "apiKeySecret") => Rule::Allowed,
        (UpstreamKind::Echo | UpstreamKind::Events, _) => Rule::Refused(kind),
    }
}

/// Takes a field by the rule of the upstream's kind.
fn ruled<T>(
    fields: &mut Fields<'_>,
    path: &str,
    kind: Option<UpstreamKind>,
    name: &str,
    parser: impl Parser<T>,
) -> Option<T> {
    match rule(kind, name) {
        Rule::Needed => fields.required(name, parser),
        Rule::Allowed => fields.nullable(name, parser).flatten(),
        Rule::Refused(kind) => {
            if fields.take(name).is_some_and(|value| value != Json::Null) {
                let message = format_args!("is not a field of upstreams of kind {}", kind.as_str());
                fields.faults().add(&join(path, name), Code::UnknownField, message);
            }
            None
        }
    }
}

fn upstream_kind(value: Json, path: &str, faults: &mut Faults) -> Option<UpstreamKind> {
    let words = UpstreamKind::ALL.map(UpstreamKind::as_str);
    one_of(value, path, faults, &words, UpstreamKind::parse)
}

fn base_url(value: Json, path: &str, faults: &mut Faults) -> Option<BaseUrl> {
    let code = |fault: &BaseUrlFault| match fault {
        BaseUrlFault::TooLong => Code::TooLong,
        _ => Code::InvalidFormat,
    };
    let text = text(value, path, faults)?;
    noted(BaseUrl::parse(&text), code, path, faults)
}

fn secret_name(value: Json, path: &str, faults: &mut Faults) -> Option<SecretName> {
    let text = text(value, path, faults)?;
    let name = noted(SecretName::parse(&text), |_| Code::InvalidFormat, path, faults)?;
    if name.is_for_upstreams() {
        return Some(name);
    }
    let meant = format!("{}{}", SecretName::PREFIX, name.as_str());
    let message =
        format_args!("must begin with {}: no other secret goes to an upstream", SecretName::PREFIX);
    faults.add_suggesting(path, Code::InvalidFormat, message, Some(&meant));
    None
}

fn system_prompt(value: Json, path: &str, faults: &mut Faults) -> Option<SystemPrompt> {
    let text = text(value, path, faults)?;
    noted(SystemPrompt::parse(text), text_code, path, faults)
}

fn description(value: Json, path: &str, faults: &mut Faults) -> Option<Description> {
    let text = text(value, path, faults)?;
    noted(Description::parse(text), text_code, path, faults)
}
