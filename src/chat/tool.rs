//! The tools that a page offers to the model and runs itself.
//!
//! They have two names: the page's own, free in form, and the one that a
//! model may use, which OpenAI holds to 64 of `[A-Za-z0-9_-]`. The widget sends the list once
//! per session and its fingerprint afterwards; the fingerprint is the widget's affair and is
//! only stored and compared.

use serde::{Deserialize, Serialize};
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};

use crate::{
    chat::{refused::Refused, stream::delta::ToolOrigin},
    domain::json::stored,
};

/// The most bytes of a page's tools as they are stored.
pub(crate) const MAX_STORED: usize = 128 * 1024;

/// The most characters of a function's name.
const MAX_FUNCTION: usize = 64;

/// A tool of the page, as far as this service knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ClientTool {
    /// Its name on the page.
    pub(crate) name: String,
    /// Possibly empty.
    pub(crate) description: String,
    /// A JSON Schema of its arguments, an object.
    #[serde(rename = "parametersSchema", deserialize_with = "stored::value")]
    pub(crate) parameters: Value,
    pub(crate) origin: ToolOrigin,
}

/// A tool as the page gave it.
#[derive(Debug, Serialize)]
pub(crate) struct SentTool {
    #[serde(flatten)]
    pub(crate) tool: ClientTool,
    /// An object of what only one's own backend may know.
    #[serde(flatten)]
    pub(crate) rest: Value,
}

/// The tools of a page, and their JSON with all that the page gave them: what is stored, what counts,
/// and what one's own backend gets.
#[derive(Debug, Clone)]
pub(crate) struct ClientTools {
    list: Vec<ClientTool>,
    json: Box<RawValue>,
}

impl ClientTools {
    pub(crate) fn new(sent: Vec<SentTool>) -> Self {
        let json = to_raw_value(&sent).unwrap_or_default();
        Self { list: sent.into_iter().map(|sent| sent.tool).collect(), json }
    }

    /// Reads [`ClientTools::json`]; nothing else is in storage.
    pub(crate) fn from_stored(text: &str) -> Option<Self> {
        let (list, json) = (serde_json::from_str(text).ok()?, serde_json::from_str(text).ok()?);
        Some(Self { list, json })
    }

    pub(crate) fn list(&self) -> &[ClientTool] {
        &self.list
    }

    pub(crate) fn json(&self) -> &RawValue {
        &self.json
    }
}

impl Default for ClientTools {
    fn default() -> Self {
        Self::new(Vec::new())
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
#[derive(Debug, Clone, Default)]
pub(crate) struct ToolsSent {
    pub(crate) list: Option<ClientTools>,
    pub(crate) fingerprint: Option<String>,
}

/// The page's tools as they were last stored with the conversation.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ToolsStored<'a> {
    /// JSON.
    pub(crate) list: Option<&'a str>,
    pub(crate) fingerprint: Option<&'a str>,
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
    pub(crate) fn resolve(&self, stored: ToolsStored<'_>) -> Result<ClientTools, Refused> {
        match (&self.list, &self.fingerprint) {
            (Some(list), _) => Ok(list.clone()),
            (None, Some(wanted)) => {
                let is_same = stored.fingerprint == Some(wanted);
                let list = stored.list.filter(|_| is_same).and_then(ClientTools::from_stored);
                list.ok_or(Refused::ToolsUnknown)
            }
            (None, None) => Ok(ClientTools::default()),
        }
    }

    /// The tools in force after a pause, where saying nothing means the stored ones.
    pub(crate) fn resolve_after_pause(
        &self,
        stored: ToolsStored<'_>,
    ) -> Result<ClientTools, Refused> {
        if self.list.is_some() || self.fingerprint.is_some() {
            return self.resolve(stored);
        }
        Ok(stored.list.and_then(ClientTools::from_stored).unwrap_or_default())
    }

    /// The JSON of the list sent, for storage.
    pub(crate) fn to_store(&self) -> Option<&str> {
        self.list.as_ref().map(|tools| tools.json().get())
    }
}

#[cfg(test)]
mod tests;
