//! Targets on the wire: what a PUT asks for, and the deployment's default upstream.
//!
//! It is here because both speak of an upstream in the same words, under the same rules: each
//! kind needs some fields, may have some and has no place for the others (contract section 10).

use crate::{
    api::{
        error::Error,
        faults::{Code, Faults},
        fields::{Fields, Parser},
        values::{self, noted, one_of, text, text_code, wrong_type},
    },
    domain::{
        base_url::{BaseUrl, BaseUrlFault},
        json::{Json, join},
        secret_name::SecretName,
        target::{NewTarget, Upstream, UpstreamKind},
        text::{Description, SystemPrompt, TargetId},
    },
};

const FIELDS: [&str; 3] = ["name", "description", "upstream"];

/// What an answer has and a request can't set: ignored, so that what was read can be written.
const READ_ONLY_FIELDS: [&str; 3] = ["id", "createdAt", "updatedAt"];

const UPSTREAM_FIELDS: [&str; 5] = ["kind", "baseUrl", "model", "systemPrompt", "apiKeySecret"];

/// Reads a body of `PUT /v1/targets/:id`.
///
/// # Errors
/// [`Error::InvalidJson`], [`Error::NotAnObject`], or [`Error::Invalid`] with every fault.
pub fn parse(id: TargetId, body: &[u8]) -> Result<NewTarget, Error> {
    let mut fields = Fields::open(body)?;
    for name in READ_ONLY_FIELDS {
        fields.take(name);
    }
    let name = fields.nullable("name", values::name).flatten();
    let description = fields.nullable("description", description).flatten();
    let upstream = fields.required("upstream", upstream);
    let faults = fields.finish(&FIELDS);
    match upstream {
        Some(upstream) if faults.is_empty() => Ok(NewTarget { id, name, description, upstream }),
        _ => Err(Error::Invalid(faults)),
    }
}

/// Reads the variable `DEFAULT_UPSTREAM`: the word `echo`, or an upstream as JSON.
///
/// # Errors
/// Every fault, as one line of text that names the variable.
pub fn parse_default_upstream(variable: &str) -> Result<Upstream, String> {
    const NAME: &str = "DEFAULT_UPSTREAM";
    let variable = variable.trim();
    if variable == UpstreamKind::Echo.as_str() {
        return Ok(Upstream::Echo);
    }
    let json = Json::parse(variable.as_bytes())
        .map_err(|fault| format!("{NAME} is neither the word echo nor JSON: {fault}"))?;
    let mut faults = Faults::default();
    json.each_repeated_key(NAME, &mut |path| {
        faults.add(&path, Code::DuplicateField, "is there more than once");
    });
    let upstream = upstream(json, NAME, &mut faults).filter(|_| faults.is_empty());
    upstream.ok_or_else(|| {
        let messages = faults.into_details().into_iter().map(|detail| detail.message);
        messages.collect::<Vec<_>>().join("; ")
    })
}

fn upstream(value: Json, path: &str, faults: &mut Faults) -> Option<Upstream> {
    let Json::Object(members) = value else {
        return wrong_type("an object", &value, path, faults);
    };
    let mut fields = Fields::within(members, path);
    let kind = fields.required("kind", upstream_kind);
    let base_url = ruled(&mut fields, path, kind, "baseUrl", base_url);
    let model = ruled(&mut fields, path, kind, "model", values::label);
    let system_prompt = ruled(&mut fields, path, kind, "systemPrompt", system_prompt);
    let api_key_secret = ruled(&mut fields, path, kind, "apiKeySecret", secret_name);
    // A fault may leave an optional field out; whoever gets the upstream asks for the faults.
    faults.append(fields.finish(&UPSTREAM_FIELDS));
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

/// What a kind makes of a field.
enum Rule {
    Needed,
    Allowed,
    /// Null is fine: answers say it of every field that a kind hasn't.
    Refused(UpstreamKind),
}

fn rule(kind: Option<UpstreamKind>, field: &str) -> Rule {
    // Of a kind that isn't known nothing is missing and nothing too much.
    let Some(kind) = kind else { return Rule::Allowed };
    match (kind, field) {
        (UpstreamKind::OpenAi, "baseUrl" | "model") | (UpstreamKind::Events, "baseUrl") => {
            Rule::Needed
        }
        (UpstreamKind::OpenAi, _) | (UpstreamKind::Events, "apiKeySecret") => Rule::Allowed,
        (UpstreamKind::Echo | UpstreamKind::Events, _) => Rule::Refused(kind),
    }
}

/// Takes a field by the rule that its kind has for it.
fn ruled<T>(
    fields: &mut Fields,
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
    noted(SecretName::parse(&text), |_| Code::InvalidFormat, path, faults)
}

fn system_prompt(value: Json, path: &str, faults: &mut Faults) -> Option<SystemPrompt> {
    let text = text(value, path, faults)?;
    noted(SystemPrompt::parse(text), text_code, path, faults)
}

fn description(value: Json, path: &str, faults: &mut Faults) -> Option<Description> {
    let text = text(value, path, faults)?;
    noted(Description::parse(text), text_code, path, faults)
}

#[cfg(test)]
mod tests {
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
        let Err(error) = put(&format!("{OPENAI},\"apiKeySecret\":\"sk-0123456789\"")) else {
            panic!()
        };
        assert!(!crate::api::reply::Reply::from(error).body.contains("0123456789"));
    }

    #[test]
    fn an_unknown_kind_is_told_without_guesses_about_the_rest() {
        assert_eq!(
            faults(put(r#""kind":"opanai","model":7"#)),
            [
                ("upstream.kind".into(), Code::InvalidEnum),
                ("upstream.model".into(), Code::InvalidType)
            ]
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
}
