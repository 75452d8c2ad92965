//! The tools that a page offers to the model and runs itself.
//!
//! They have two names: the page's own, free in form, and the one that a
//! model may use, which OpenAI holds to 64 of `[A-Za-z0-9_-]`. The widget sends the list once
//! per session and its fingerprint afterwards; the fingerprint is the widget's affair and is
//! only stored and compared.

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    chat::{refused::Refused, stream::delta::ToolOrigin},
    domain::json::Json,
};

/// The most bytes of a page's tools as they are stored.
pub(crate) const MAX_STORED: usize = 128 * 1024;

/// The most characters of a function's name.
const MAX_FUNCTION: usize = 64;

/// A tool of the page. Its JSON form is the widget's, members unknown here included, so that
/// one's own backend sees all of them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ClientTool {
    /// Its name on the page.
    pub(crate) name: String,
    /// Possibly empty.
    pub(crate) description: String,
    /// A JSON Schema of its arguments, an object.
    pub(crate) parameters: Json,
    pub(crate) origin: ToolOrigin,
    /// Members that only one's own backend may know.
    pub(crate) rest: Vec<(String, Json)>,
}

/// The form for one column of text: JSON.
pub(crate) fn to_stored(tools: &[ClientTool]) -> String {
    serde_json::to_string(tools).unwrap_or_default()
}

/// Reads what [`to_stored`] wrote; nothing else is in storage.
pub(crate) fn from_stored(text: &str) -> Option<Vec<ClientTool>> {
    let Json::Array(tools) = Json::parse(text.as_bytes()).ok()? else { return None };
    tools.into_iter().map(stored_tool).collect()
}

fn stored_tool(json: Json) -> Option<ClientTool> {
    let Json::Object(mut rest) = json else { return None };
    let mut take = |name: &str| rest.extract_if(.., |(n, _)| n == name).next().map(|(_, v)| v);
    let mut text = |name: &str| match take(name)? {
        Json::String(text) => Some(text),
        _ => None,
    };
    let (name, description, origin) = (text("name")?, text("description")?, text("origin")?);
    let (parameters, origin) = (take("parametersSchema")?, ToolOrigin::parse(&origin)?);
    Some(ClientTool { name, description, parameters, origin, rest })
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
pub(crate) fn function_names(tools: &[ClientTool]) -> Vec<String> {
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

/// What a request says about the page's tools: all of them, that they are the stored ones, or
/// nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ToolsSent {
    pub(crate) list: Option<Vec<ClientTool>>,
    pub(crate) fingerprint: Option<String>,
}

/// The page's tools as they were last stored with the conversation.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ToolsStored<'a> {
    /// What [`to_stored`] wrote.
    pub(crate) list: Option<&'a str>,
    pub(crate) fingerprint: Option<&'a str>,
}

/// The tools that a request may use.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Tools {
    pub(crate) list: Vec<ClientTool>,
    /// Their stored form, if they aren't stored yet.
    pub(crate) to_store: Option<String>,
}

impl ToolsSent {
    /// Refuses a fingerprint that isn't `known`: that of the stored tools, if there are any.
    pub(crate) fn hold_to_known(&self, known: Option<Option<&str>>) -> Result<(), Refused> {
        let is_known = known == Some(self.fingerprint.as_deref());
        if self.means_stored() && !is_known { Err(Refused::ToolsUnknown) } else { Ok(()) }
    }

    pub(crate) fn means_stored(&self) -> bool {
        self.list.is_none() && self.fingerprint.is_some()
    }

    /// The tools in force for a chat: the list sent, else the stored one if its fingerprint is
    /// meant, else none.
    pub(crate) fn resolve(&self, stored: ToolsStored<'_>) -> Result<Tools, Refused> {
        match (&self.list, &self.fingerprint) {
            (Some(list), _) => Ok(Tools { list: list.clone(), to_store: Some(to_stored(list)) }),
            (None, Some(wanted)) => {
                let is_same = stored.fingerprint == Some(wanted);
                let list = stored.list.filter(|_| is_same).and_then(from_stored);
                list.map(|list| Tools { list, to_store: None }).ok_or(Refused::ToolsUnknown)
            }
            (None, None) => Ok(Tools::default()),
        }
    }

    /// The tools in force after a pause, where saying nothing means the stored ones.
    pub(crate) fn resolve_after_pause(&self, stored: ToolsStored<'_>) -> Result<Tools, Refused> {
        if self.list.is_some() || self.fingerprint.is_some() {
            return self.resolve(stored);
        }
        let list = stored.list.and_then(from_stored).unwrap_or_default();
        Ok(Tools { list, to_store: None })
    }
}

#[cfg(test)]
mod tests;
