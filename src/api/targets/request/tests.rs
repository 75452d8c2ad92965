use super::*;
use crate::domain::{target::parse_id, tenant::TenantId};

const OPENAI: &str = r#""kind":"openai","baseUrl":"https://api.example.com/v1/","model":"m""#;

/// The variables of a deployment with one secret, which allows private addresses or not.
fn within<T>(allows_private: bool, use_it: impl FnOnce(Outbound<'_>) -> T) -> T {
    let tenant = TenantId::parse("acme").unwrap();
    let variable = |name: &str| match name {
        "UPSTREAM_KEY_HOSTS" => Some("api.example.com,localhost".to_owned()),
        "ALLOW_PRIVATE_UPSTREAMS" if allows_private => Some("on".to_owned()),
        _ => None,
    };
    use_it(Outbound { tenant: &tenant, variable: &variable })
}

fn read(body: &str) -> Result<NewTarget, Error> {
    within(true, |outbound| parse(parse_id("flow_a").unwrap(), body.as_bytes(), outbound))
}

fn default_upstream(variable: &str) -> Result<Upstream, String> {
    within(false, |outbound| parse_default_upstream(variable, outbound))
}

fn put(upstream: &str) -> Result<NewTarget, Error> {
    read(&format!(r#"{{"upstream":{{{upstream}}}}}"#))
}

fn faults(result: Result<NewTarget, Error>) -> Vec<(String, Code)> {
    let Err(Error::Invalid(faults)) = result else { panic!("{result:?}") };
    let details = faults.into_details().into_iter();
    details.map(|detail| (detail.path.unwrap(), detail.code.unwrap())).collect()
}

#[test]
fn each_kind_has_its_fields() {
    assert_eq!(put(r#""kind":"echo""#).unwrap().upstream, Upstream::Echo);
    let secret = r#""systemPrompt":"Be kind.\nBe brief.","apiKeySecret":"UPSTREAM_KEY""#;
    let openai = put(&format!("{OPENAI},{secret}")).unwrap().upstream;
    assert_eq!(openai.base_url().unwrap().as_str(), "https://api.example.com/v1");
    assert_eq!(openai.system_prompt().unwrap().as_str(), "Be kind.\nBe brief.");
    let events =
        put(r#""kind":"events","baseUrl":"http://localhost:9","apiKeySecret":"UPSTREAM_KEY""#);
    assert_eq!(events.unwrap().upstream.api_key_secret().unwrap().as_str(), "UPSTREAM_KEY");
}

#[test]
fn what_was_read_can_be_written_back() {
    let nulls = r#""baseUrl":null,"model":null,"systemPrompt":null,"apiKeySecret":null"#;
    let body = format!(
        r#"{{"id":"flow_a","name":null,"description":null,
        "upstream":{{"kind":"echo",{nulls}}},"createdAt":"x","updatedAt":"x"}}"#
    );
    assert_eq!(read(&body).unwrap().upstream, Upstream::Echo);
}

#[test]
fn what_a_kind_needs_is_missed_by_its_path() {
    let missing = |path: &str| (path.to_owned(), Code::MissingRequiredField);
    let [base_url, model] = ["upstream.baseUrl", "upstream.model"].map(missing);
    assert_eq!(faults(put(r#""kind":"openai""#)), [base_url.clone(), model]);
    assert_eq!(faults(put(r#""kind":"events""#)), [base_url]);
    assert_eq!(faults(put("")), [missing("upstream.kind")]);
    assert_eq!(faults(read("{}")), [missing("upstream")]);
}

#[test]
fn what_a_kind_has_no_place_for_is_refused() {
    let unknown = |path: &str| (path.to_owned(), Code::UnknownField);
    assert_eq!(
        faults(put(r#""kind":"echo","baseUrl":"https://a.example","model":"m""#)),
        [unknown("upstream.baseUrl"), unknown("upstream.model")]
    );
    assert_eq!(
        faults(put(r#""kind":"events","baseUrl":"https://a.example","systemPrompt":"x""#)),
        [unknown("upstream.systemPrompt")]
    );
}

#[test]
fn every_fault_is_told_with_its_nested_path() {
    let body = r#"{"name":"","colour":1,"description":7,"upstream":{"kind":"openai",
        "baseURL":"https://a.example","baseUrl":"http://a.example","model":"",
        "apiKeySecret":"sk-123","model":"m"}}"#;
    assert_eq!(
        faults(read(body)),
        [
            ("upstream.model".into(), Code::DuplicateField),
            ("name".into(), Code::InvalidFormat),
            ("description".into(), Code::InvalidType),
            ("upstream.baseUrl".into(), Code::InvalidFormat),
            ("upstream.model".into(), Code::InvalidFormat),
            ("upstream.apiKeySecret".into(), Code::InvalidFormat),
            ("upstream.baseURL".into(), Code::UnknownField),
            ("colour".into(), Code::UnknownField),
        ]
    );
    let Err(Error::Invalid(told)) = read(body) else { panic!() };
    let unknown = told.into_details().into_iter().nth(6).unwrap();
    assert_eq!(unknown.suggestion.as_deref(), Some("baseUrl"));
}

#[test]
fn a_key_in_place_of_its_name_is_never_repeated() {
    let Err(error) = put(&format!("{OPENAI},\"apiKeySecret\":\"sk-0123456789\"")) else { panic!() };
    assert!(!crate::api::reply::Reply::from(error).body.contains("0123456789"));
}

#[test]
fn an_unknown_kind_is_told_without_guesses_about_the_rest() {
    assert_eq!(
        faults(put(r#""kind":"opanai","model":7"#)),
        [("upstream.kind".into(), Code::InvalidEnum), ("upstream.model".into(), Code::InvalidType)]
    );
}

#[test]
fn the_default_upstream_is_the_word_echo_or_an_upstream() {
    assert_eq!(default_upstream("echo"), Ok(Upstream::Echo));
    assert_eq!(default_upstream(r#" {"kind":"echo"} "#), Ok(Upstream::Echo));
    let openai = default_upstream(&format!("{{{OPENAI}}}")).unwrap();
    assert_eq!(openai.kind(), UpstreamKind::OpenAi);
}

#[test]
fn a_faulty_default_upstream_names_the_variable_and_every_fault() {
    for text in ["", "openai", "\"echo\"", "[]"] {
        let fault = default_upstream(text).unwrap_err();
        assert!(fault.starts_with("DEFAULT_UPSTREAM "), "{fault}");
    }
    let fault = default_upstream(r#"{"kind":"events","model":"m"}"#).unwrap_err();
    assert_eq!(
        fault,
        "DEFAULT_UPSTREAM.baseUrl is required; \
         DEFAULT_UPSTREAM.model is not a field of upstreams of kind events"
    );
}

#[test]
fn a_secret_that_is_none_of_upstreams_is_refused_with_the_name_it_could_have() {
    let Err(Error::Invalid(told)) = put(&format!("{OPENAI},\"apiKeySecret\":\"OPENAI_API_KEY\""))
    else {
        panic!()
    };
    let [detail] = &told.into_details()[..] else { panic!() };
    assert_eq!(detail.path.as_deref(), Some("upstream.apiKeySecret"));
    assert!(detail.message.contains("must begin with UPSTREAM_"));
    assert_eq!(detail.suggestion.as_deref(), Some("UPSTREAM_OPENAI_API_KEY"));
}

#[test]
fn a_secret_is_refused_for_a_host_that_its_variable_doesnt_list() {
    let message = |upstream: &str| match put(upstream) {
        Err(Error::Invalid(told)) => told.into_details().remove(0).message,
        other => panic!("{other:?}"),
    };
    let of = |url: &str, name: &str| {
        format!(r#""kind":"events","baseUrl":"{url}","apiKeySecret":"{name}""#)
    };
    assert!(put(&of("https://api.example.com:99/v1", "UPSTREAM_KEY")).is_ok());
    for (url, name, variable) in [
        ("https://evil.example", "UPSTREAM_KEY", "UPSTREAM_KEY_HOSTS"),
        ("https://api.example.com", "UPSTREAM_OTHER", "UPSTREAM_OTHER_HOSTS"),
        ("https://api.example.com", "UPSTREAM_KEY_HOSTS", "UPSTREAM_KEY_HOSTS_HOSTS"),
    ] {
        let told = message(&of(url, name));
        assert!(told.starts_with("upstream.apiKeySecret may be sent only"), "{told}");
        assert!(told.contains(&format!("{variable} ")), "{told}");
    }
}

#[test]
fn a_private_address_and_a_secret_for_another_host_are_told_at_once() {
    let upstream =
        r#"{"kind":"events","baseUrl":"https://10.0.0.1","apiKeySecret":"UPSTREAM_KEY"}"#;
    let body = format!(r#"{{"upstream":{upstream}}}"#);
    let read = |allows_private| {
        let id = parse_id("flow_a").unwrap();
        faults(within(allows_private, |outbound| parse(id, body.as_bytes(), outbound)))
    };
    let fault = |path: &str| (path.to_owned(), Code::InvalidFormat);
    let [url, secret] = ["upstream.baseUrl", "upstream.apiKeySecret"].map(fault);
    assert_eq!(read(false), [url, secret.clone()]);
    assert_eq!(read(true), [secret]);
}

#[test]
fn the_default_upstream_is_held_to_the_same_rules() {
    let of = |url: &str, name: &str| {
        let secret = format!(r#""apiKeySecret":"{name}""#);
        default_upstream(&format!(r#"{{"kind":"events","baseUrl":"{url}",{secret}}}"#))
    };
    assert!(of("https://api.example.com", "UPSTREAM_KEY").is_ok());
    for (url, name, told) in [
        ("https://api.example.com", "OPENAI_API_KEY", "DEFAULT_UPSTREAM.apiKeySecret must begin"),
        ("https://evil.example", "UPSTREAM_KEY", "UPSTREAM_KEY_HOSTS"),
        ("http://localhost:9", "UPSTREAM_KEY", "ALLOW_PRIVATE_UPSTREAMS"),
    ] {
        let fault = of(url, name).unwrap_err();
        assert!(fault.starts_with("DEFAULT_UPSTREAM.") && fault.contains(told), "{fault}");
    }
}
