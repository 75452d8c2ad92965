use super::*;
use crate::domain::target::parse_id;

const OPENAI: &str = r#""kind":"openai","baseUrl":"https://api.example.com/v1/","model":"m""#;

fn read(body: &str) -> Result<NewTarget, Error> {
    parse(parse_id("flow_a").unwrap(), body.as_bytes())
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
    let secret = r#""systemPrompt":"Be kind.\nBe brief.","apiKeySecret":"KEY""#;
    let openai = put(&format!("{OPENAI},{secret}")).unwrap().upstream;
    assert_eq!(openai.base_url().unwrap().as_str(), "https://api.example.com/v1");
    assert_eq!(openai.system_prompt().unwrap().as_str(), "Be kind.\nBe brief.");
    let events = put(r#""kind":"events","baseUrl":"http://localhost:9","apiKeySecret":"KEY""#);
    assert_eq!(events.unwrap().upstream.api_key_secret().unwrap().as_str(), "KEY");
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
    assert_eq!(parse_default_upstream("echo"), Ok(Upstream::Echo));
    assert_eq!(parse_default_upstream(r#" {"kind":"echo"} "#), Ok(Upstream::Echo));
    let openai = parse_default_upstream(&format!("{{{OPENAI}}}")).unwrap();
    assert_eq!(openai.kind(), UpstreamKind::OpenAi);
}

#[test]
fn a_faulty_default_upstream_names_the_variable_and_every_fault() {
    for text in ["", "openai", "\"echo\"", "[]"] {
        let fault = parse_default_upstream(text).unwrap_err();
        assert!(fault.starts_with("DEFAULT_UPSTREAM "), "{fault}");
    }
    let fault = parse_default_upstream(r#"{"kind":"events","model":"m"}"#).unwrap_err();
    assert_eq!(
        fault,
        "DEFAULT_UPSTREAM.baseUrl is required; \
         DEFAULT_UPSTREAM.model is not a field of upstreams of kind events"
    );
}
