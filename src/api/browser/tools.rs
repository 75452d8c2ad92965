//! Reads the tools that a page offers, in the bodies of chat and resume.

use serde_json::{Map, Value};

use crate::{
    api::{
        browser::values::{object, short_text, unless_empty},
        faults::{Code, Faults},
        fields::Fields,
        values::{array, text},
    },
    chat::{
        refused::Refused,
        stream::delta::ToolOrigin,
        tool::{ClientTool, ClientTools, MAX_STORED, SentTool, ToolsSent},
    },
};

/// The most tools of a page, which is also the most that OpenAI takes.
const MAX_TOOLS: usize = 128;

/// The most characters of a tool's name on the page, as the draft of `WebMCP` has it.
const MAX_NAME: usize = 128;

/// The page's tools, at most 128.
fn client_tools(value: Value, path: &str, faults: &mut Faults) -> Option<ClientTools> {
    let tools = array(value, path, faults, client_tool)?;
    if tools.len() > MAX_TOOLS {
        faults.add(path, Code::TooMany, format_args!("must have at most {MAX_TOOLS} entries"));
        return None;
    }
    Some(ClientTools::new(tools))
}

fn client_tool(value: Value, path: &str, faults: &mut Faults) -> Option<SentTool> {
    let mut fields = Fields::within_page(value, path, faults)?;
    let name = fields.required("name", short_text(MAX_NAME));
    let description = fields.optional("description", text);
    let parameters = fields.optional("parametersSchema", object);
    let origin = fields.optional("origin", origin);
    let tool = ClientTool {
        name: name?,
        description: description.unwrap_or_default(),
        parameters: parameters.unwrap_or_else(any_object),
        // The page registers tools, the widget builds them in and says so.
        origin: origin.unwrap_or(ToolOrigin::Webmcp),
    };
    Some(SentTool { tool, rest: Value::Object(fields.rest()) })
}

fn origin(value: Value, path: &str, faults: &mut Faults) -> Option<ToolOrigin> {
    let origin = ToolOrigin::parse(&text(value, path, faults)?);
    if origin.is_none() {
        let [webmcp, sdk] = ToolOrigin::ALL.map(ToolOrigin::as_str);
        faults.add(path, Code::InvalidEnum, format_args!("must be one of {webmcp}, {sdk}"));
    }
    origin
}

fn any_object() -> Value {
    let member = |name: &str, value| (name.to_owned(), value);
    Value::from_iter([
        member("type", Value::String("object".to_owned())),
        member("properties", Map::new().into()),
    ])
}

pub(super) fn tools_sent(fields: &mut Fields<'_>) -> ToolsSent {
    ToolsSent {
        list: fields.optional("clientTools", client_tools),
        fingerprint: fields.optional("clientToolsFingerprint", fingerprint).flatten(),
    }
}

/// Holds the tools that were sent to the size that is stored.
pub(super) fn hold_to_size(tools: &ToolsSent) -> Result<(), Refused> {
    let bytes = tools.to_store().map_or(0, str::len);
    if bytes > MAX_STORED { Err(Refused::ToolsTooLarge) } else { Ok(()) }
}

/// The fingerprint of a list of tools (contract section 6.2); an empty one is none.
fn fingerprint(value: Value, path: &str, faults: &mut Faults) -> Option<Option<String>> {
    unless_empty(short_text(128))(value, path, faults)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json;

    fn read(text: &str) -> Result<ClientTools, Vec<(String, Code)>> {
        let mut faults = Faults::default();
        let json = json::parse(text.as_bytes()).unwrap();
        client_tools(json, "clientTools", &mut faults).ok_or_else(|| {
            let details = faults.into_details();
            details.into_iter().map(|d| (d.path.unwrap(), d.code.unwrap())).collect()
        })
    }

    #[test]
    fn a_tool_keeps_every_member() {
        let text = r#"[{"name":"add","description":"Adds","parametersSchema":{"type":"object"},"origin":"webmcp","pageOrigin":"https://a.example","annotations":{"readOnlyHint":true}}]"#;
        assert_eq!(read(text).unwrap().json().get(), text);
    }

    #[test]
    fn a_name_is_enough() {
        let tools = read(r#"[{"name":"add","description":null}]"#).unwrap();
        assert_eq!(
            tools.json().get(),
            r#"[{"name":"add","description":"","parametersSchema":{"type":"object","properties":{}},"origin":"webmcp"}]"#
        );
    }

    #[test]
    fn every_fault_is_told_with_its_path() {
        let text = r#"[{"description":1},{"name":"a","parametersSchema":[],"origin":"x"},3]"#;
        assert_eq!(
            read(text).unwrap_err(),
            [
                ("clientTools.0.name".to_owned(), Code::MissingRequiredField),
                ("clientTools.0.description".to_owned(), Code::InvalidType),
                ("clientTools.1.parametersSchema".to_owned(), Code::InvalidType),
                ("clientTools.1.origin".to_owned(), Code::InvalidEnum),
                ("clientTools.2".to_owned(), Code::InvalidType),
            ]
        );
    }

    #[test]
    fn a_page_has_at_most_128_tools() {
        let list = |n: usize| format!("[{}]", vec![r#"{"name":"a"}"#; n].join(","));
        assert_eq!(read(&list(128)).unwrap().list().len(), 128);
        assert_eq!(read(&list(129)).unwrap_err(), [("clientTools".to_owned(), Code::TooMany)]);
        assert_eq!(read("[]").unwrap().json().get(), "[]");
    }
}
