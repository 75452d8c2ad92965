//! Parsers of single JSON values into the domain's types: a rule's message and code are the same in
//! every body that has the field.

use std::fmt::{Display, Write};

use serde_json::Value;

use crate::{
    api::faults::{Code, Faults, nearest},
    domain::{
        config::{Config, ConfigFault},
        environment::Environment,
        json::{self, Look, join},
        limits::LimitKind,
        origin::{AllowedOrigins, OriginPattern},
        permission::{Permission, Permissions},
        tenant::TenantId,
        text::{EndUserId, FailureWords, Label, ModelName, Name, TargetId, TargetIds, TextFault},
        time::Timestamp,
    },
};

/// Notes that `value` is of another type than `wanted`, which has its article.
pub(super) fn wrong_type<T>(
    wanted: &str,
    value: &Value,
    path: &str,
    faults: &mut Faults,
) -> Option<T> {
    faults.add(path, Code::InvalidType, format_args!("must be {wanted}, not {}", value.kind()));
    None
}

/// The value, or its fault noted under a code.
pub(super) fn noted<T, E: Display>(
    result: Result<T, E>,
    code: impl FnOnce(&E) -> Code,
    path: &str,
    faults: &mut Faults,
) -> Option<T> {
    result.map_err(|fault| faults.add(path, code(&fault), fault)).ok()
}

pub(super) fn text_code(fault: &TextFault) -> Code {
    match fault {
        TextFault::TooLong(_) | TextFault::TooManyBytes(_) => Code::TooLong,
        TextFault::Empty
        | TextFault::Blank
        | TextFault::Control
        | TextFault::Misleading(_)
        | TextFault::NotAnId => Code::InvalidFormat,
    }
}

/// A text, whatever it says.
pub(crate) fn text(value: Value, path: &str, faults: &mut Faults) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        other => wrong_type("a string", &other, path, faults),
    }
}

/// A list; every entry is read, so that every fault is told, before any is missed.
pub(super) fn array<T>(
    value: Value,
    path: &str,
    faults: &mut Faults,
    item: impl Fn(Value, &str, &mut Faults) -> Option<T>,
) -> Option<Vec<T>> {
    let Value::Array(items) = value else {
        return wrong_type("an array", &value, path, faults);
    };
    // None from the first fault on, while the other entries are still read for theirs.
    let mut parsed = Some(Vec::with_capacity(items.len()));
    // One text for the paths of all entries, so that a path costs its last step.
    let mut at = join(path, "");
    let stem = at.len();
    for (n, value) in items.into_iter().enumerate() {
        at.truncate(stem);
        let _ = write!(at, "{n}");
        match (item(value, &at, faults), &mut parsed) {
            (Some(entry), Some(parsed)) => parsed.push(entry),
            _ => parsed = None,
        }
    }
    parsed
}

pub(super) fn one_of<T>(
    value: Value,
    path: &str,
    faults: &mut Faults,
    known: &[&'static str],
    parse: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let text = text(value, path, faults)?;
    let parsed = parse(&text);
    if parsed.is_none() && faults.are_full() {
        faults.add_untold(1);
    } else if parsed.is_none() {
        let message = format_args!("must be one of {}", known.join(", "));
        let suggestion = nearest(&text, known.iter().copied());
        faults.add_suggesting(path, Code::InvalidEnum, message, suggestion);
    }
    parsed
}

pub(crate) fn name(value: Value, path: &str, faults: &mut Faults) -> Option<Name> {
    let text = text(value, path, faults)?;
    noted(Name::parse(text), text_code, path, faults)
}

pub(crate) fn end_user_id(value: Value, path: &str, faults: &mut Faults) -> Option<EndUserId> {
    let text = text(value, path, faults)?;
    noted(EndUserId::parse(text), text_code, path, faults)
}

pub(crate) fn label(value: Value, path: &str, faults: &mut Faults) -> Option<Label> {
    let text = text(value, path, faults)?;
    noted(Label::parse(text), text_code, path, faults)
}

pub(crate) fn model_name(value: Value, path: &str, faults: &mut Faults) -> Option<ModelName> {
    let text = text(value, path, faults)?;
    noted(ModelName::parse(text), text_code, path, faults)
}

/// A version to pin to: a label, but not an agent's version.
pub(crate) fn pinned_version(value: Value, path: &str, faults: &mut Faults) -> Option<Label> {
    let version = label(value, path, faults)?;
    if version.as_str().starts_with("agentver_") {
        let message = "must not be an agent version; put it into targetVersionId";
        faults.add_suggesting(path, Code::InvalidFormat, message, Some("targetVersionId"));
        return None;
    }
    Some(version)
}

pub(crate) fn target_id(value: Value, path: &str, faults: &mut Faults) -> Option<TargetId> {
    let text = text(value, path, faults)?;
    noted(TargetId::parse(text), text_code, path, faults)
}

pub(crate) fn tenant(value: Value, path: &str, faults: &mut Faults) -> Option<TenantId> {
    let text = text(value, path, faults)?;
    noted(TenantId::parse(text), text_code, path, faults)
}

pub(crate) fn target_ids(value: Value, path: &str, faults: &mut Faults) -> Option<TargetIds> {
    let ids = array(value, path, faults, target_id)?;
    let result = TargetIds::from_ids(ids)
        .map_err(|count| format!("must have at most {} entries, not {count}", TargetIds::MAX));
    noted(result, |_| Code::TooMany, path, faults)
}

pub(crate) fn allowed_origins(
    value: Value,
    path: &str,
    faults: &mut Faults,
) -> Option<AllowedOrigins> {
    let patterns = array(value, path, faults, origin_pattern)?;
    let origins = AllowedOrigins::from_patterns(patterns);
    let (code, message) = match origins.len() {
        0 => (Code::OutOfRange, "must have at least 1 entry; \"*\" admits every web page"),
        n if n > AllowedOrigins::MAX => (Code::TooMany, "must have at most 100 entries"),
        _ => return Some(origins),
    };
    faults.add(path, code, message);
    None
}

fn origin_pattern(value: Value, path: &str, faults: &mut Faults) -> Option<OriginPattern> {
    let text = text(value, path, faults)?;
    let result = OriginPattern::parse(&text).map_err(|fault| {
        // Shown cut and without what would break the line.
        let printable = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        let head: String = text.chars().take(80).map(printable).collect();
        format!("\"{head}\": {fault}")
    });
    noted(result, |_| Code::InvalidOrigin, path, faults)
}

pub(crate) fn whole_number(min: u32, max: u32) -> impl Fn(Value, &str, &mut Faults) -> Option<u32> {
    move |value, path, faults| {
        let Value::Number(number) = value else {
            return wrong_type("a whole number", &value, path, faults);
        };
        let number = json::whole(&number).filter(|n| (min..=max).contains(n));
        if number.is_none() {
            let message = format_args!("must be a whole number from {min} to {max}");
            faults.add(path, Code::OutOfRange, message);
        }
        number
    }
}

pub(crate) fn limit(kind: LimitKind) -> impl Fn(Value, &str, &mut Faults) -> Option<u32> {
    move |value, path, faults| {
        let Value::Number(number) = value else {
            return wrong_type("a whole number or null", &value, path, faults);
        };
        let limit = json::whole(&number).and_then(|n| kind.accept(n));
        if limit.is_none() {
            let message = format_args!("must be a whole number from 1 to {}, or null", kind.max);
            faults.add(path, Code::OutOfRange, message);
        }
        limit
    }
}

/// The widget's configuration; of its members those are checked that the service reads itself.
pub(crate) fn config(value: Value, path: &str, faults: &mut Faults) -> Option<Config> {
    let kind = value.kind();
    let has_sound_words = [Config::FAILURE, Config::BROKEN]
        .map(|name| check_failure_words(&value, name, path, faults));
    let (code, message) = match Config::from_json(value) {
        Ok(config) => return Some(config).filter(|_| !has_sound_words.contains(&false)),
        Err(ConfigFault::TooLong) => {
            (Code::TooLong, format!("must be at most {} bytes of JSON", Config::MAX_BYTES))
        }
        Err(ConfigFault::NotAnObject) => {
            (Code::InvalidType, format!("must be an object, not {kind}"))
        }
    };
    faults.add(path, code, message);
    None
}

/// Notes the fault of the member `name` of a configuration: a text or, for the service's own words,
/// null.
fn check_failure_words(config: &Value, name: &str, path: &str, faults: &mut Faults) -> bool {
    let path = &join(path, name);
    let words = match config.member(name) {
        None => return true,
        Some(Value::String(words)) => FailureWords::parse(words),
        Some(other) => return wrong_type::<()>("a string or null", other, path, faults).is_some(),
    };
    noted(words, text_code, path, faults).is_some()
}

pub(crate) fn boolean(value: Value, path: &str, faults: &mut Faults) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(value),
        other => wrong_type("a boolean", &other, path, faults),
    }
}

pub(crate) fn environment(value: Value, path: &str, faults: &mut Faults) -> Option<Environment> {
    one_of(value, path, faults, &Environment::ALL.map(Environment::as_str), Environment::parse)
}

/// A list of permissions, at least one.
pub(crate) fn permissions(value: Value, path: &str, faults: &mut Faults) -> Option<Permissions> {
    let list = array(value, path, faults, |value, path, faults| {
        one_of(value, path, faults, &Permission::ALL, Permission::parse)
    })?;
    if list.is_empty() {
        faults.add(path, Code::OutOfRange, "must have at least 1 entry");
        return None;
    }
    Some(Permissions::from_list(list))
}

pub(crate) fn timestamp(value: Value, path: &str, faults: &mut Faults) -> Option<Timestamp> {
    let text = text(value, path, faults)?;
    noted(Timestamp::parse(&text), |_| Code::InvalidFormat, path, faults)
}
