//! The request for a chat completion: what a model is told, and by whom. Only the deployment speaks
//! as the system: what the page says about itself (`inputs`, `context`) comes
//! from the visitor's browser and stands in front of the visitor's last message, as theirs.

use serde::Serialize;

use crate::{
    chat::{
        message::{Message, Role},
        step::Step,
        tool::{ClientTool, function_names},
        upstream::openai::line::{Line, answered, asked, line},
    },
    domain::json::Json,
};

/// Everything that makes up a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    /// The model's name.
    pub(crate) model: &'a str,
    /// The deployment's instructions.
    pub(crate) system_prompt: Option<&'a str>,
    /// The stored transcript, ending with the message to be answered.
    pub(crate) messages: &'a [Message],
    /// What happened since in this execution; empty unless it goes on after a pause.
    pub(crate) steps: &'a [Step],
    /// The page's tools.
    pub(crate) tools: &'a [ClientTool],
    /// The page's inputs, an object.
    pub(crate) inputs: Option<&'a Json>,
    /// The page's context, an object.
    pub(crate) context: Option<&'a Json>,
    /// Who asks, for tracing and abuse reports: an opaque id.
    pub(crate) user: &'a str,
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Line<'a>>,
    stream: bool,
    stream_options: StreamOptions,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    user: &'a str,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
struct Tool<'a> {
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    description: &'a str,
    parameters: &'a Json,
}

#[derive(Serialize)]
struct PageNote<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    inputs: Option<&'a Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a Json>,
}

impl<'a> Request<'a> {
    /// The body, JSON.
    #[must_use]
    pub(crate) fn body(&self) -> String {
        let names = function_names(self.tools);
        let body = Body {
            model: self.model,
            messages: self.lines(),
            stream: true,
            stream_options: StreamOptions { include_usage: true },
            tools: names.iter().zip(self.tools).map(|(name, t)| function(name, t)).collect(),
            user: self.user,
        };
        serde_json::to_string(&body).unwrap_or_default()
    }

    fn lines(&self) -> Vec<Line<'a>> {
        let mut lines = Vec::with_capacity(self.messages.len() + 1);
        let prompt = self.system_prompt.filter(|prompt| !prompt.trim().is_empty());
        lines.extend(prompt.map(|content| Line::System { content }));
        let last = self.messages.iter().rposition(|message| message.role == Role::User);
        for (n, message) in self.messages.iter().enumerate() {
            let note = if Some(n) == last { self.page_note() } else { None };
            lines.extend(line(message, note));
        }
        for step in self.steps {
            lines.push(asked(step));
            lines.extend(step.calls.iter().map(answered));
        }
        lines
    }

    fn page_note(&self) -> Option<String> {
        let page = PageNote { inputs: told(self.inputs), context: told(self.context) };
        if page.inputs.is_none() && page.context.is_none() {
            return None;
        }
        serde_json::to_string(&page).ok().map(|json| format!("Data from the web page: {json}"))
    }
}

fn told(object: Option<&Json>) -> Option<&Json> {
    object.filter(|json| !matches!(json, Json::Object(members) if members.is_empty()))
}

fn function<'a>(name: &'a str, tool: &'a ClientTool) -> Tool<'a> {
    let (description, parameters) = (tool.description.as_str(), &tool.parameters);
    Tool { r#type: "function", function: Function { name, description, parameters } }
}
