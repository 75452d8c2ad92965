//! The document against what the service does: its examples are read by the types that read
//! requests, and its words are those of the types that write answers.

use std::collections::BTreeSet;

use serde_json::Value;

use super::TEXT;
use crate::{
    api::{
        api_keys,
        bootstrap::BootstrapRequest,
        browser::feedback::FeedbackRequest,
        browser::init::InitRequest,
        browser::pictures::ChatBody,
        client_tokens::{mint::MintRequest, request as client_tokens, verification::VerifyRequest},
        error::Error,
        faults::Code,
        targets,
    },
    chat::request::{ChatRequest, ResumeRequest},
    domain::{
        api_key::ApiKey,
        environment::Environment,
        feedback::FeedbackKind,
        id::ApiKeyId,
        outbound::Outbound,
        permission::{Permission, Permissions},
        refusal_code::RefusalCode,
        target,
        tenant::TenantId,
        text::Name,
        time::Timestamp,
        warning::WarningKind,
    },
};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// An operation of the document.
pub(in crate::api) struct Operation {
    pub(in crate::api) method: String,
    pub(in crate::api) path: String,
    pub(in crate::api) value: Value,
}

impl Operation {
    pub(in crate::api) fn id(&self) -> &str {
        self.value["operationId"].as_str().unwrap()
    }
}

fn document() -> Value {
    serde_json::from_str(TEXT).unwrap()
}

/// Every operation, in the document's order.
pub(in crate::api) fn operations() -> Vec<Operation> {
    let document = document();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, value) in item.as_object().unwrap() {
            assert!(METHODS.contains(&method.as_str()), "{method} {path}");
            let (method, path, value) = (method.to_uppercase(), path.clone(), value.clone());
            operations.push(Operation { method, path, value });
        }
    }
    operations
}

fn maker() -> ApiKey {
    ApiKey {
        id: ApiKeyId::new(Timestamp::from_millis(1), &[1; 10]),
        name: Name::parse("A key").unwrap(),
        environment: Environment::Live,
        permissions: Permissions::from_list(vec![Permission::parse("*").unwrap()]),
        hint: "abcd".to_owned(),
        created_at: Timestamp::from_millis(1),
        last_used_at: None,
        expires_at: None,
        created_by: None,
        previous: None,
    }
}

fn put_target(body: &[u8]) -> Result<(), Error> {
    let tenant = TenantId::parse("acme").unwrap();
    let hosts = |name: &str| match name {
        "UPSTREAM_OPENAI_HOSTS" => Some("api.openai.com".to_owned()),
        "UPSTREAM_AZURE_HOSTS" => Some("example.openai.azure.com".to_owned()),
        _ => None,
    };
    let outbound = Outbound { tenant: &tenant, variable: &hosts };
    let id = target::parse_id("flow_support").unwrap();
    targets::request::parse(id, body, outbound).map(drop)
}

/// Reads the body of an operation as its handler does.
fn read(operation: &str, body: &[u8]) -> Result<(), Error> {
    let now = Timestamp::parse("2026-01-31T09:00:00Z").unwrap();
    match operation {
        "createClientToken" => client_tokens::CreateRequest::parse(body).map(drop),
        "updateClientToken" => {
            let request = client_tokens::UpdateRequest::parse(body)?;
            // Without a stored token, what is left of the faults are the body's own.
            request.step(None).map(drop).or_else(|error| match error {
                Error::NotFound(_) => Ok(()),
                fault => Err(fault),
            })
        }
        "mintTokenValue" => MintRequest::parse(body)?.faults().map_or(Ok(()), Err),
        "verifyTokenValue" => VerifyRequest::parse(body).map(drop),
        "createApiKey" => api_keys::CreateRequest::parse(body, &(&maker()).into(), now).map(drop),
        "regenerateApiKey" => api_keys::RegenerateRequest::parse(body).map(drop),
        "putTarget" => put_target(body),
        "tryTarget" => targets::trial::parse(body).map(drop),
        "bootstrap" => BootstrapRequest::parse(body).map(drop),
        "init" => InitRequest::parse(body).map(drop),
        "chat" => ChatRequest::parse(&ChatBody::whole(body)?).map(drop),
        "resume" => ResumeRequest::parse(body).map(drop),
        "giveFeedback" => FeedbackRequest::parse(body).map(drop),
        other => panic!("no type reads the body of {other}"),
    }
}

#[test]
fn every_example_of_a_request_is_read_by_the_type_that_reads_requests() {
    let mut count = 0;
    for operation in operations() {
        let Some(body) = operation.value.get("requestBody") else { continue };
        let examples = &body["content"]["application/json"]["examples"];
        for (name, example) in examples.as_object().unwrap() {
            let read = read(operation.id(), example["value"].to_string().as_bytes());
            assert_eq!(read, Ok(()), "{} {name}", operation.id());
            count += 1;
        }
    }
    assert!(count >= 15, "{count} examples");
}

#[test]
fn what_the_document_requires_is_missed_and_what_it_does_not_know_is_refused() {
    let document = document();
    for (operation, schema) in [
        ("createClientToken", "ClientTokenCreate"),
        ("updateClientToken", "ClientTokenUpdate"),
        ("createApiKey", "ApiKeyCreate"),
        ("putTarget", "TargetPut"),
        ("init", "Init"),
        ("chat", "Chat"),
        ("resume", "Resume"),
    ] {
        let schema = &document["components"]["schemas"][schema];
        let required = schema["required"].as_array().unwrap();
        let mut expected: Vec<_> =
            required.iter().map(|name| (name.as_str(), Code::MissingRequiredField)).collect();
        if schema["additionalProperties"] == false {
            expected.push((Some("zzz"), Code::UnknownField));
        }
        let Err(Error::Invalid(faults)) = read(operation, br#"{"zzz":1}"#) else {
            assert_eq!(expected, [], "{operation}");
            continue;
        };
        let details = faults.into_details();
        let told: BTreeSet<_> = details.iter().map(|detail| detail.path.as_deref()).collect();
        let named: BTreeSet<_> = expected.iter().map(|(name, _)| *name).collect();
        assert_eq!(told, named, "{operation}");
    }
}

/// The words of an `enum` at a JSON pointer below the schemas.
fn words(pointer: &str) -> Vec<String> {
    let document = document();
    let list = document.pointer(&format!("/components/schemas/{pointer}/enum"));
    let list = list.unwrap_or_else(|| panic!("{pointer}")).as_array().unwrap();
    list.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

#[test]
fn its_words_are_those_of_the_types() {
    assert_eq!(words("Permission"), Permission::ALL);
    assert_eq!(words("Environment").len(), Environment::ALL.len());
    for word in words("Environment") {
        assert!(Environment::parse(&word).is_some(), "{word}");
    }
    assert_eq!(words("Feedback/properties/type"), FeedbackKind::ALL.map(FeedbackKind::as_str));
    let on_messages = words("Message/properties/feedback/items");
    assert_eq!(on_messages, FeedbackKind::ALL.map(FeedbackKind::as_str));
    let warnings = [
        WarningKind::WildcardOrigin,
        WarningKind::NativeOrigin,
        WarningKind::InsecureOrigin,
        WarningKind::LoopbackOrigin,
        WarningKind::NoTarget,
        WarningKind::UnknownTarget,
        WarningKind::SharedSuffix,
        WarningKind::ShortIdleTimeout,
        WarningKind::NoRateLimit,
    ];
    assert_eq!(words("Warning/properties/type"), warnings.map(WarningKind::as_str));
    let mut codes = RefusalCode::ALL.map(|code| serde_json::to_value(code).unwrap()).to_vec();
    codes.dedup();
    assert_eq!(words("RefusalCode"), codes);
    let first = serde_json::to_value(Code::MissingRequiredField).unwrap();
    assert_eq!(words("Code").first().map(String::as_str), first.as_str());
}

#[test]
fn every_reference_leads_somewhere() {
    fn each<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| each(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| each(item, found)),
            _ => {}
        }
    }
    let document = document();
    let mut references = Vec::new();
    each(&document, &mut references);
    for reference in &references {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
    // And nothing stands there that nothing refers to.
    for kind in ["schemas", "responses", "headers"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            let reference = format!("#/components/{kind}/{name}");
            assert!(references.contains(&reference.as_str()), "{reference} isn't used");
        }
    }
}

#[test]
fn every_operation_says_how_it_succeeds_and_how_it_fails() {
    for operation in operations() {
        let responses = operation.value["responses"].as_object().unwrap();
        let example = |status: &str| {
            let content = responses.get(status)?["content"].as_object()?.values().next()?.clone();
            content.get("example").cloned()
        };
        assert!(responses.keys().any(|status| status.starts_with('2')), "{}", operation.id());
        if operation.id() == "getDocument" {
            continue;
        }
        assert!(example("200").or(example("201")).is_some(), "{}", operation.id());
        for status in ["400", "401", "403", "429", "500"] {
            // Who has BOOTSTRAP_KEY lacks no right.
            let has = !(operation.id() == "bootstrap" && status == "403");
            assert_eq!(responses.contains_key(status), has, "{} {status}", operation.id());
        }
        // A PUT of a target makes what isn't there.
        let names_something = operation.path.contains('{') && operation.id() != "putTarget";
        for (status, has) in [
            ("413", operation.value.get("requestBody").is_some()),
            ("415", operation.value.get("requestBody").is_some()),
            ("404", names_something || operation.path.contains("/client/")),
        ] {
            assert_eq!(responses.contains_key(status), has, "{} {status}", operation.id());
        }
    }
}

#[test]
fn whatever_names_a_version_names_the_same() {
    let read = |name: &str| {
        let path = format!("{}/{name}", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str::<Value>(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let (package, lock) = (read("package.json"), read("package-lock.json"));
    let named = [
        &document()["info"]["version"],
        &package["version"],
        &lock["version"],
        &lock["packages"][""]["version"],
    ];
    for version in named {
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
    }
}
