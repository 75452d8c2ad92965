use super::*;
use crate::domain::{setting::Setting, target::parse_id, tenant::TenantId};

const OPENAI: &str = r#""kind":"openai","baseUrl":"https://api.example.com/v1/","model":"m""#;

/// The variables of a deployment with one secret, which allows private addresses or not.
fn within<T>(allows_private: bool, use_it: impl FnOnce(Outbound<'_>) -> T) -> T {
    let tenant = TenantId::parse("acme").unwrap();
    let variable = |name: &str| match name {
        "UPSTREAM_KEY_HOSTS" => Some("api.example.com,localhost".to_owned()),
        "UPSTREAM_BROKEN_HOSTS" => Some("https://a.example".to_owned()),
        "UPSTREAM_OTHERS_HOSTS" => Some("a.example".to_owned()),
        "UPSTREAM_OTHERS_TENANTS" => Some("others".to_owned()),
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
    let service = openai.service().unwrap();
    assert_eq!(service.connection.base_url.as_str(), "https://api.example.com/v1");
    assert_eq!(service.system_prompt.as_ref().unwrap().as_str(), "Be kind.\nBe brief.");
    let events =
        put(r#""kind":"events","baseUrl":"http://localhost:9","apiKeySecret":"UPSTREAM_KEY""#);
    let events = events.unwrap().upstream;
    let secret = events.connection().unwrap().api_key_secret.as_ref();
    assert_eq!(secret.unwrap().as_str(), "UPSTREAM_KEY");
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
fn a_refusal_for_want_of_a_setting_says_where_it_is_set() {
    let hint = |allows_private, upstream: &str| {
        let body = format!(r#"{{"upstream":{{"kind":"events",{upstream}}}}}"#);
        let id = parse_id("flow_a").unwrap();
        let read = within(allows_private, |outbound| parse(id, body.as_bytes(), outbound));
        let Err(Error::Invalid(told)) = read else { panic!("{read:?}") };
        told.hint()
    };
    let with = |url: &str, secret: &str| {
        format!(r#""baseUrl":"https://{url}","apiKeySecret":"UPSTREAM_{secret}""#)
    };
    let variable = Some(Setting::Variable.place());
    assert_eq!(hint(true, &with("evil.example", "KEY")), variable);
    assert_eq!(hint(true, &with("a.example", "BROKEN")), variable);
    assert_eq!(hint(true, &with("a.example", "OTHERS")), variable);
    assert_eq!(hint(false, r#""baseUrl":"http://localhost:9""#), variable);
    let key = format!(r#""baseUrl":"https://a.example","apiKeySecret":"sk-{}""#, "a".repeat(30));
    assert_eq!(hint(true, &key), Some(Setting::Secret.place()));
    let named = r#""baseUrl":"https://a.example","apiKeySecret":"OPENAI_API_KEY""#;
    assert_eq!(hint(true, named), None);
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

/// The faults of settings, which are added to an upstream that has none.
fn faults_of(settings: &str) -> Vec<(String, Code)> {
    faults(put(&format!("{OPENAI},{settings}")))
}

#[test]
fn every_setting_is_shown_as_it_was_sent() {
    let settings = r#""temperature":0.2,"maxOutputTokens":100,"maxOutputTokensAs":"max_tokens","reasoningEffort":"low","systemRole":"developer","maxInputBytes":4096,"extra":{"top_p":0.5,"stop":["a"],"seed":1},"includeUsage":false,"pictures":false,"query":{"api-version":"2024-10-21"},"authHeader":"api-key","headers":[{"name":"x-title","value":"Shop"},{"name":"x-other","secret":"UPSTREAM_KEY","prefix":"Key "}],"firstWordTimeoutMs":1000,"silenceTimeoutMs":600000"#;
    let target = put(&format!("{OPENAI},{settings}")).unwrap();
    let Upstream::OpenAi(service) = &target.upstream else { panic!() };
    let shown = serde_json::to_string(&service.settings).unwrap();
    let reached = serde_json::to_string(&service.connection.settings).unwrap();
    let body = format!("{},{}", shown.trim_end_matches('}'), reached.trim_start_matches('{'));
    assert_eq!(body, format!("{{{settings}}}"));
    // Null says that nothing is set.
    let names: Vec<String> = serde_json::from_str::<serde_json::Value>(&body)
        .unwrap()
        .as_object()
        .unwrap()
        .keys()
        .map(|name| format!("\"{name}\":null"))
        .collect();
    let nothing = put(&format!("{OPENAI},{}", names.join(","))).unwrap();
    assert_eq!(nothing.upstream, put(OPENAI).unwrap().upstream);
}

#[test]
fn settings_are_bounded_from_both_sides() {
    for (name, good, bad) in [
        ("temperature", &["0", "2", "1e-1"][..], &["-0.1", "2.1"][..]),
        ("maxOutputTokens", &["1", "200000"], &["0", "200001", "1.5"]),
        ("maxInputBytes", &["4096", "524288"], &["4095", "524289"]),
        ("firstWordTimeoutMs", &["1000", "600000"], &["999", "600001"]),
        ("silenceTimeoutMs", &["1000", "600000"], &["999", "600001"]),
    ] {
        for value in good {
            assert!(put(&format!("{OPENAI},\"{name}\":{value}")).is_ok(), "{name} {value}");
        }
        for value in bad {
            let fault = (format!("upstream.{name}"), Code::OutOfRange);
            assert_eq!(faults_of(&format!("\"{name}\":{value}")), [fault], "{value}");
        }
        let fault = (format!("upstream.{name}"), Code::InvalidType);
        assert_eq!(faults_of(&format!("\"{name}\":\"1\"")), [fault]);
    }
    let letters = |n: usize| format!("\"reasoningEffort\":\"{}\"", "x".repeat(n));
    assert!(put(&format!("{OPENAI},{}", letters(16))).is_ok());
    let fault = ("upstream.reasoningEffort".to_owned(), Code::InvalidFormat);
    for bad in [letters(17), letters(0), "\"reasoningEffort\":\"LOW\"".to_owned()] {
        assert_eq!(faults_of(&bad), std::slice::from_ref(&fault), "{bad}");
    }
}

#[test]
fn words_of_settings_are_known_words() {
    for (setting, code) in [
        (r#""maxOutputTokensAs":"max_token""#, Code::InvalidEnum),
        (r#""systemRole":"user""#, Code::InvalidEnum),
        (r#""includeUsage":"no""#, Code::InvalidType),
        (r#""pictures":0"#, Code::InvalidType),
        (r#""authHeader":"X Key""#, Code::InvalidFormat),
        (r#""authHeader":"Cookie""#, Code::InvalidFormat),
        (r#""headers":{}"#, Code::InvalidType),
        (r#""query":[]"#, Code::InvalidType),
        (r#""extra":"{}""#, Code::InvalidType),
    ] {
        let name = setting.split('"').nth(1).unwrap();
        assert_eq!(faults_of(setting), [(format!("upstream.{name}"), code)], "{setting}");
    }
}

#[test]
fn what_is_added_names_each_member_that_it_may_not_have() {
    let paths: Vec<_> = faults_of(r#""extra":{"Model":1,"n":2,"top_p":1,"stream_options":{}}"#);
    let fault = |name: &str| (format!("upstream.extra.{name}"), Code::ImmutableField);
    assert_eq!(paths, ["Model", "n", "stream_options"].map(fault));
    let long = format!("\"extra\":{{\"a\":\"{}\"}}", "x".repeat(4_096));
    assert_eq!(faults_of(&long), [("upstream.extra".to_owned(), Code::TooLong)]);
    let twice = ("upstream.extra.a.b".to_owned(), Code::DuplicateField);
    assert_eq!(faults_of(r#""extra":{"a":{"b":1,"b":2}}"#), [twice]);
}

#[test]
fn a_query_has_ten_plain_names_with_printable_values() {
    let of = |n: usize| {
        let pairs: Vec<_> = (0..n).map(|n| format!("\"a{n}\":\"b\"")).collect();
        format!("\"query\":{{{}}}", pairs.join(","))
    };
    assert!(put(&format!("{OPENAI},{}", of(10))).is_ok());
    assert_eq!(faults_of(&of(11)), [("upstream.query".to_owned(), Code::TooMany)]);
    for (pair, path, code) in [
        (r#""a b":"c""#, "a b", Code::InvalidFormat),
        (r#""a&b":"c""#, "a&b", Code::InvalidFormat),
        (r#""a":1"#, "a", Code::InvalidType),
        (r#""a":"\n""#, "a", Code::InvalidFormat),
        (r#""a":"""#, "a", Code::InvalidFormat),
    ] {
        let query = format!("\"query\":{{{pair}}}");
        assert_eq!(faults_of(&query), [(format!("upstream.query.{path}"), code)], "{pair}");
    }
}

#[test]
fn every_fault_of_a_header_is_told_at_its_place() {
    let of = |headers: &str| faults_of(&format!("\"headers\":[{headers}]"));
    for (header, path, code) in [
        ("1", "", Code::InvalidType),
        (r#"{"value":"x"}"#, ".name", Code::MissingRequiredField),
        (r#"{"name":"x"}"#, ".value", Code::MissingRequiredField),
        (r#"{"name":"x","value":null,"secret":null}"#, ".value", Code::MissingRequiredField),
        (r#"{"name":"x y","value":"x"}"#, ".name", Code::InvalidFormat),
        (r#"{"name":"Host","value":"x"}"#, ".name", Code::InvalidFormat),
        (r#"{"name":"x","value":"a\nb"}"#, ".value", Code::InvalidFormat),
        (r#"{"name":"x","value":"é"}"#, ".value", Code::InvalidFormat),
        (r#"{"name":"x","value":1}"#, ".value", Code::InvalidType),
        (r#"{"name":"x","secret":"sk-123"}"#, ".secret", Code::InvalidFormat),
        (r#"{"name":"x","secret":"OPENAI"}"#, ".secret", Code::InvalidFormat),
        (r#"{"name":"x","secret":"UPSTREAM_NONE"}"#, ".secret", Code::InvalidFormat),
        (r#"{"name":"x","secret":"UPSTREAM_KEY","value":"x"}"#, ".value", Code::UnknownField),
        (r#"{"name":"x","secret":"UPSTREAM_KEY","prefix":"é"}"#, ".prefix", Code::InvalidFormat),
        (r#"{"name":"x","value":"x","prefix":"x"}"#, ".prefix", Code::UnknownField),
        (r#"{"name":"x","value":"x","valeu":"x"}"#, ".valeu", Code::UnknownField),
        (r#"{"name":"Authorization","value":"Bearer x"}"#, ".value", Code::InvalidFormat),
        (r#"{"name":"X-API-Key","value":"x"}"#, ".value", Code::InvalidFormat),
    ] {
        let fine = r#"{"name":"fine","value":"x"}"#;
        let fault = (format!("upstream.headers.1{path}"), code);
        assert_eq!(of(&format!("{fine},{header}")), [fault], "{header}");
    }
    let long = |n: usize| format!(r#"{{"name":"x","value":"{}"}}"#, "x".repeat(n));
    assert!(put(&format!("{OPENAI},\"headers\":[{}]", long(1_024))).is_ok());
    assert_eq!(of(&long(1_025)), [("upstream.headers.0.value".to_owned(), Code::TooLong)]);
    let many: Vec<_> = (0..11).map(|n| format!(r#"{{"name":"x{n}","value":"x"}}"#)).collect();
    assert!(put(&format!("{OPENAI},\"headers\":[{}]", many[..10].join(","))).is_ok());
    assert_eq!(of(&many.join(",")), [("upstream.headers".to_owned(), Code::TooMany)]);
}

#[test]
fn a_header_is_sent_once() {
    let key = r#""apiKeySecret":"UPSTREAM_KEY""#;
    let header = |name: &str| format!(r#"{{"name":"{name}","secret":"UPSTREAM_KEY"}}"#);
    let of = |before: &str, names: &[&str]| {
        let headers: Vec<_> = names.iter().map(|name| header(name)).collect();
        put(&format!("{OPENAI},{before}\"headers\":[{}]", headers.join(",")))
    };
    let twice = |n: usize| vec![(format!("upstream.headers.{n}.name"), Code::DuplicateField)];
    assert_eq!(faults(of("", &["X-A", "x-a"])), twice(1));
    assert_eq!(faults(of(&format!("{key},"), &["Authorization"])), twice(0));
    assert!(of("", &["Authorization"]).is_ok());
    let other = format!(r#"{key},"authHeader":"Api-Key","#);
    assert!(of(&other, &["Authorization"]).is_ok());
    assert_eq!(faults(of(&other, &["x-a", "API-KEY"])), twice(1));
}

#[test]
fn a_setting_that_a_kind_hasnt_is_refused() {
    let events = r#""kind":"events","baseUrl":"https://a.example""#;
    for (name, value) in [
        ("temperature", "1"),
        ("maxOutputTokens", "1"),
        ("maxOutputTokensAs", "\"max_tokens\""),
        ("reasoningEffort", "\"low\""),
        ("systemRole", "\"system\""),
        ("maxInputBytes", "5000"),
        ("extra", "{}"),
        ("includeUsage", "true"),
        ("pictures", "true"),
        ("query", "{}"),
        ("authHeader", "\"api-key\""),
    ] {
        let fault = (format!("upstream.{name}"), Code::UnknownField);
        let with = |upstream: &str, value: &str| put(&format!("{upstream},\"{name}\":{value}"));
        assert_eq!(faults(with(events, value)), std::slice::from_ref(&fault), "{name}");
        assert_eq!(faults(with(r#""kind":"echo""#, value)), [fault], "{name}");
        assert!(with(events, "null").is_ok() && with(r#""kind":"echo""#, "null").is_ok());
    }
    for (name, value) in
        [("headers", "[]"), ("firstWordTimeoutMs", "1000"), ("silenceTimeoutMs", "1000")]
    {
        assert!(put(&format!("{events},\"{name}\":{value}")).is_ok(), "{name}");
        let fault = (format!("upstream.{name}"), Code::UnknownField);
        assert_eq!(faults(put(&format!(r#""kind":"echo","{name}":{value}"#))), [fault]);
    }
}
