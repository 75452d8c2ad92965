//! The tools that a page offers to the model and runs itself.
//!
//! They have two names: the page's own, free in form, and the one that a
//! model may use, which OpenAI holds to 64 of `[A-Za-z0-9_-]`. The widget sends the list once
//! per session and its fingerprint afterwards; the fingerprint is the widget's affair and is
//! only stored and compared.

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    api::{
        faults::{Code, Faults},
        stream::delta::Origin,
        upstream::{
            message::{object, unless_empty},
            shape::{Members, array, label, string},
        },
    },
    domain::json::Json,
};

/// The most tools of a page, which is also the most that OpenAI takes.
const MAX_TOOLS: usize = 128;

/// The most characters of a tool's name on the page, as the draft of `WebMCP` has it.
const MAX_NAME: usize = 128;

/// The most characters of a function's name.
const MAX_FUNCTION: usize = 64;

/// A tool of the page. Its JSON form is the widget's, members unknown here included, so that
/// one's own backend sees all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientTool {
    /// Its name on the page.
    pub name: String,
    /// What it does, possibly empty.
    pub description: String,
    /// A JSON Schema of its arguments, an object.
    pub parameters: Json,
    /// Where it lives.
    pub origin: Origin,
    rest: Vec<(String, Json)>,
}

/// The page's tools, at most 128.
pub fn client_tools(value: Json, path: &str, faults: &mut Faults) -> Option<Vec<ClientTool>> {
    let tools = array(value, path, faults, client_tool)?;
    if tools.len() > MAX_TOOLS {
        faults.add(path, Code::TooMany, format_args!("must have at most {MAX_TOOLS} entries"));
        return None;
    }
    Some(tools)
}

fn client_tool(value: Json, path: &str, faults: &mut Faults) -> Option<ClientTool> {
    let mut members = Members::open(value, path, faults)?;
    let name = members.required("name", faults, label(MAX_NAME));
    let description = members.optional("description", faults, string).ok();
    let parameters = members.optional("parametersSchema", faults, object).ok();
    let origin = members.optional("origin", faults, origin).ok();
    Some(ClientTool {
        name: name?,
        description: description?.unwrap_or_default(),
        parameters: parameters?.unwrap_or_else(any_object),
        // The page registers tools, the widget builds them in and says so.
        origin: origin?.unwrap_or(Origin::Webmcp),
        rest: members.rest,
    })
}

pub(super) fn origin(value: Json, path: &str, faults: &mut Faults) -> Option<Origin> {
    let origin = Origin::parse(&string(value, path, faults)?);
    if origin.is_none() {
        let [webmcp, sdk] = Origin::ALL;
        faults.add(path, Code::InvalidEnum, format_args!("must be one of {webmcp}, {sdk}"));
    }
    origin
}

fn any_object() -> Json {
    let member = |name: &str, value| (name.to_owned(), value);
    Json::Object(vec![
        member("type", Json::String("object".to_owned())),
        member("properties", Json::Object(Vec::new())),
    ])
}

/// The fingerprint of a list of tools (contract section 6.2); an empty one is none.
pub fn fingerprint(value: Json, path: &str, faults: &mut Faults) -> Option<Option<String>> {
    unless_empty(label(128))(value, path, faults)
}

/// The form for one column of text: JSON.
#[must_use]
pub fn to_stored(tools: &[ClientTool]) -> String {
    serde_json::to_string(tools).unwrap_or_default()
}

/// Reads what [`to_stored`] wrote; nothing else is in storage.
#[must_use]
pub fn from_stored(text: &str) -> Option<Vec<ClientTool>> {
    client_tools(Json::parse(text.as_bytes()).ok()?, "clientTools", &mut Faults::default())
}

impl Serialize for ClientTool {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("parametersSchema", &self.parameters)?;
        map.serialize_entry("origin", self.origin.as_str())?;
        self.rest.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
        map.end()
    }
}

/// For each tool, in order, the name under which a model knows it: no two alike, and the same
/// list always gives the same names.
#[must_use]
pub fn function_names(tools: &[ClientTool]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(tools.len());
    for tool in tools {
        let plain = function_name(&tool.name, MAX_FUNCTION);
        let numbered = |n: usize| {
            let suffix = format!("_{n}");
            function_name(&tool.name, MAX_FUNCTION - suffix.len()) + &suffix
        };
        let is_free = |name: &String| !names.contains(name);
        // One of as many candidates as there are names, and one more, must be free.
        let name = std::iter::once(plain).chain((2..names.len() + 3).map(numbered)).find(is_free);
        names.extend(name);
    }
    names
}

fn function_name(name: &str, max: usize) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    name.chars().take(max).map(allowed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<ClientTool>, Vec<(String, Code)>> {
        let mut faults = Faults::default();
        let json = Json::parse(text.as_bytes()).unwrap();
        client_tools(json, "clientTools", &mut faults).ok_or_else(|| {
            let details = faults.into_details();
            details.into_iter().map(|d| (d.path.unwrap(), d.code.unwrap())).collect()
        })
    }

    fn named(names: &[&str]) -> Vec<String> {
        let tools: Vec<String> = names.iter().map(|n| format!(r#"{{"name":"{n}"}}"#)).collect();
        function_names(&read(&format!("[{}]", tools.join(","))).unwrap())
    }

    #[test]
    fn a_tool_keeps_every_member_in_storage() {
        let text = r#"[{"name":"add","description":"Adds","parametersSchema":{"type":"object"},"origin":"webmcp","pageOrigin":"https://a.example","annotations":{"readOnlyHint":true}}]"#;
        let tools = read(text).unwrap();
        assert_eq!(to_stored(&tools), text);
        assert_eq!(from_stored(text).unwrap(), tools);
    }

    #[test]
    fn a_name_is_enough() {
        let tools = read(r#"[{"name":"add","description":null}]"#).unwrap();
        assert_eq!(
            to_stored(&tools),
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
        assert_eq!(read(&list(128)).unwrap().len(), 128);
        assert_eq!(read(&list(129)).unwrap_err(), [("clientTools".to_owned(), Code::TooMany)]);
        assert_eq!(read("[]").unwrap(), []);
    }

    #[test]
    fn functions_have_names_that_models_may_use() {
        assert_eq!(named(&["add_to-cart", "shop.add/é"]), ["add_to-cart", "shop_add__"]);
        assert_eq!(named(&[&"a".repeat(128)]), ["a".repeat(64)]);
    }

    #[test]
    fn no_two_functions_have_the_same_name() {
        assert_eq!(named(&["a.b", "a_b", "a_b_2", "a b"]), ["a_b", "a_b_2", "a_b_2_2", "a_b_3"]);
        let long = "a".repeat(65);
        assert_eq!(named(&[&long, &long]), ["a".repeat(64), "a".repeat(62) + "_2"]);
    }
}
