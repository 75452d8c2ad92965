//! The settings of an upstream in a request: what is said to it beside the messages.

use serde_json::Value;

use crate::{
    api::{
        faults::{Code, Faults},
        fields::Fields,
        targets::request::Ruled,
        values::{array, boolean, noted, one_of, text, whole_number, wrong_type},
    },
    domain::{
        json::{Look, join},
        secret_name::{SecretName, SecretNameFault},
        setting::Setting,
        upstream::{
            header::{AUTHORIZATION, Header, HeaderFault, HeaderName, check_text},
            settings::{
                ConnectionSettings, Extra, ExtraFault, MAX_HEADERS, MaximumName, ModelSettings,
                SystemRole, Temperature, WAIT_MILLIS,
            },
        },
    },
};

/// The most characters of a header's value, and of what stands before a secret.
const MAX_VALUE: usize = 1_024;
const MAX_PREFIX: usize = 64;

/// What an OpenAI-compatible service is asked for.
pub(super) fn model(upstream: &mut Ruled<'_>) -> ModelSettings {
    let (fewest, most) = ModelSettings::INPUT_BYTES;
    ModelSettings {
        temperature: upstream.take("temperature", temperature),
        max_output_tokens: upstream
            .take("maxOutputTokens", whole_number(1, ModelSettings::MAX_OUTPUT_TOKENS)),
        max_output_tokens_as: upstream.take("maxOutputTokensAs", maximum_name),
        reasoning_effort: upstream.take("reasoningEffort", reasoning_effort),
        system_role: upstream.take("systemRole", system_role),
        max_input_bytes: upstream.take("maxInputBytes", whole_number(fewest, most)),
        extra: upstream.take("extra", extra),
        include_usage: upstream.take("includeUsage", boolean),
        pictures: upstream.take("pictures", boolean),
        query: upstream.take("query", query).unwrap_or_default(),
        auth_header: upstream.take("authHeader", header_name),
    }
}

/// How an upstream is reached.
pub(super) fn connection(upstream: &mut Ruled<'_>) -> ConnectionSettings {
    let (shortest, longest) = WAIT_MILLIS;
    ConnectionSettings {
        headers: upstream.take("headers", headers).unwrap_or_default(),
        first_word_timeout_ms: upstream.take("firstWordTimeoutMs", whole_number(shortest, longest)),
        silence_timeout_ms: upstream.take("silenceTimeoutMs", whole_number(shortest, longest)),
    }
}

/// Notes headers of one name; `key_header` is the one of the key, if there is a key.
pub(super) fn check_names(
    upstream: &mut Ruled<'_>,
    settings: &ConnectionSettings,
    key_header: Option<Option<&HeaderName>>,
) {
    let key_header = key_header.map(|name| name.map_or(AUTHORIZATION, HeaderName::as_str));
    let mut names: Vec<&str> = key_header.into_iter().collect();
    for (n, header) in settings.headers.iter().enumerate() {
        let name = header.name().as_str();
        if names.contains(&name) {
            let message = if key_header == Some(name) {
                "is the header of the key, which apiKeySecret names"
            } else {
                "is there more than once"
            };
            upstream.note(&format!("headers.{n}.name"), Code::DuplicateField, message);
        }
        names.push(name);
    }
}

pub(super) fn secret_name(value: Value, path: &str, faults: &mut Faults) -> Option<SecretName> {
    let text = text(value, path, faults)?;
    let name = SecretName::parse(&text);
    if name == Err(SecretNameFault::LooksLikeAKey) {
        faults.advise(Setting::Secret.place());
    }
    let name = noted(name, |_| Code::InvalidFormat, path, faults)?;
    if name.is_for_upstreams() {
        return Some(name);
    }
    let meant = format!("{}{}", SecretName::PREFIX, name.as_str());
    let message =
        format_args!("must begin with {}: no other secret goes to an upstream", SecretName::PREFIX);
    faults.add_suggesting(path, Code::InvalidFormat, message, Some(&meant));
    None
}

fn temperature(value: Value, path: &str, faults: &mut Faults) -> Option<Temperature> {
    let Value::Number(number) = value else {
        return wrong_type("a number", &value, path, faults);
    };
    let temperature = Temperature::from_number(number);
    if temperature.is_none() {
        faults.add(path, Code::OutOfRange, "must be a number from 0 to 2");
    }
    temperature
}

fn maximum_name(value: Value, path: &str, faults: &mut Faults) -> Option<MaximumName> {
    one_of(value, path, faults, &MaximumName::ALL.map(MaximumName::as_str), MaximumName::parse)
}

fn system_role(value: Value, path: &str, faults: &mut Faults) -> Option<SystemRole> {
    one_of(value, path, faults, &SystemRole::ALL.map(SystemRole::as_str), SystemRole::parse)
}

fn reasoning_effort(value: Value, path: &str, faults: &mut Faults) -> Option<String> {
    let text = text(value, path, faults)?;
    let most = ModelSettings::MAX_EFFORT;
    if (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase()) {
        return Some(text);
    }
    let message = format_args!("must have 1 to {most} lower-case letters, such as low");
    faults.add(path, Code::InvalidFormat, message);
    None
}

fn extra(value: Value, path: &str, faults: &mut Faults) -> Option<Extra> {
    let kind = value.kind();
    let found = match Extra::from_json(value) {
        Ok(extra) => return Some(extra),
        Err(found) => found,
    };
    for fault in found {
        match &fault {
            ExtraFault::NotAnObject => {
                faults.add(path, Code::InvalidType, format_args!("{fault}, not {kind}"));
            }
            ExtraFault::TooLong => faults.add(path, Code::TooLong, fault),
            ExtraFault::Kept(name) => {
                faults.add(&join(path, name), Code::ImmutableField, &fault);
            }
        }
    }
    None
}

fn query(value: Value, path: &str, faults: &mut Faults) -> Option<Vec<(String, String)>> {
    let Value::Object(members) = value else {
        return wrong_type("an object", &value, path, faults);
    };
    if members.len() > ModelSettings::MAX_QUERY {
        let message = format_args!("must have at most {} members", ModelSettings::MAX_QUERY);
        faults.add(path, Code::TooMany, message);
        return None;
    }
    let pairs: Vec<_> =
        members.into_iter().map(|(name, value)| query_pair(name, value, path, faults)).collect();
    pairs.into_iter().collect()
}

fn query_pair(
    name: String,
    value: Value,
    path: &str,
    faults: &mut Faults,
) -> Option<(String, String)> {
    let path = &join(path, &name);
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    let most = ModelSettings::MAX_QUERY_NAME;
    if !(1..=most).contains(&name.len()) || !name.bytes().all(is_plain) {
        let message = format_args!("must have a name of 1 to {most} letters, digits, _, . and -");
        faults.add(path, Code::InvalidFormat, message);
        return None;
    }
    let value = printable(value, path, ModelSettings::MAX_QUERY_VALUE, faults)?;
    Some((name, value))
}

fn headers(value: Value, path: &str, faults: &mut Faults) -> Option<Vec<Header>> {
    let headers = array(value, path, faults, header)?;
    if headers.len() > MAX_HEADERS {
        faults.add(path, Code::TooMany, format_args!("must have at most {MAX_HEADERS} entries"));
        return None;
    }
    Some(headers)
}

fn header(value: Value, path: &str, faults: &mut Faults) -> Option<Header> {
    let mut fields = Fields::within(value, path, faults)?;
    let name = fields.required("name", header_name);
    let mut take = |member| fields.take(member).filter(|value| *value != Value::Null);
    let (value, secret, prefix) = (take("value"), take("secret"), take("prefix"));
    fields.finish();
    let at = |member| join(path, member);
    match (value, secret) {
        (Some(value), None) => {
            if prefix.is_some() {
                faults.add(&at("prefix"), Code::UnknownField, "stands before a secret only");
            }
            let value = printable(value, &at("value"), MAX_VALUE, faults);
            let name = name?;
            if name.is_credential() {
                faults.add(&at("value"), Code::InvalidFormat, NO_KEYS);
            }
            Some(Header::Text { name, value: value? })
        }
        (None, Some(secret)) => {
            let secret = secret_name(secret, &at("secret"), faults);
            let prefix = prefix.map(|prefix| printable(prefix, &at("prefix"), MAX_PREFIX, faults));
            Some(Header::Secret { name: name?, secret: secret?, prefix: prefix.flatten() })
        }
        (Some(_), Some(_)) => {
            faults.add(&at("value"), Code::UnknownField, "can't stand beside a secret");
            None
        }
        (None, None) => {
            let message = "is required, unless secret names a Worker secret";
            faults.add(&at("value"), Code::MissingRequiredField, message);
            None
        }
    }
}

/// A target is shown to whoever may read it, and its changes are logged.
const NO_KEYS: &str = "must not hold a key, which everybody who may read targets would see: store it as a Worker secret and name that in secret, with \"Bearer \" in prefix where that stands before it";

fn header_name(value: Value, path: &str, faults: &mut Faults) -> Option<HeaderName> {
    let text = text(value, path, faults)?;
    noted(HeaderName::parse(&text), |_| Code::InvalidFormat, path, faults)
}

fn printable(value: Value, path: &str, max: usize, faults: &mut Faults) -> Option<String> {
    let text = text(value, path, faults)?;
    let code = |fault: &HeaderFault| match fault {
        HeaderFault::TooLong(_) => Code::TooLong,
        _ => Code::InvalidFormat,
    };
    noted(check_text(&text, max), code, path, faults).map(|()| text)
}
