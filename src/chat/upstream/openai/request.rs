//! The request for a chat completion: what a model is told, and by whom. Only the deployment and the
//! site's server speak as the system: what the page says about itself (`inputs`, `context`) comes
//! from the visitor's browser and stands in front of the visitor's last message, as theirs.

use std::borrow::Cow;

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

use crate::{
    chat::{
        execution::{Outgoing, OutgoingHeader},
        message::{Content, Message, Part, Role},
        step::Step,
        tool::{ClientTool, function_names},
        upstream::{
            openai::{
                accent::{Accent, Holds},
                line::{Line, Said, answered, asked, line},
            },
            wait::Patience,
        },
    },
    domain::{
        json::Look,
        text::SystemPrompt,
        upstream::{
            Service,
            header::{AUTHORIZATION, HeaderName},
            settings::{Extra, MaximumName, ModelSettings, SystemRole},
        },
    },
};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) service: &'a Service,
    /// The id of the target that it executes.
    pub(crate) target: &'a str,
    /// The stored transcript, ending with the message to be answered.
    pub(crate) messages: &'a [Message],
    /// What happened since in this execution; empty unless it goes on after a pause.
    pub(crate) steps: &'a [Step],
    pub(crate) tools: &'a [ClientTool],
    /// An object.
    pub(crate) inputs: Option<&'a Value>,
    /// An object.
    pub(crate) context: Option<&'a Value>,
    /// What the site's server says of the user and the page, an object.
    pub(crate) vouched: Option<&'a Value>,
}

impl<'a> Request<'a> {
    /// What is asked; `accent` leaves out what the service has refused.
    pub(crate) fn outgoing(&self, accent: Accent) -> Outgoing {
        let Service { connection, settings, .. } = self.service;
        let key = connection.api_key_secret.as_ref().map(|secret| {
            let name = settings.auth_header.as_ref().map_or(AUTHORIZATION, HeaderName::as_str);
            let prefix = if name == AUTHORIZATION { "Bearer " } else { "" };
            OutgoingHeader::secret(name, secret, prefix)
        });
        let own = connection.settings.headers.iter().map(OutgoingHeader::from);
        Outgoing {
            url: self.url(),
            body: self.body(accent),
            headers: key.into_iter().chain(own).collect(),
            patience: Patience::from_settings(&connection.settings),
            takes_json: true,
        }
    }

    fn url(&self) -> String {
        let url = endpoint(self.service.connection.base_url.as_str());
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.service.settings.query);
        let query = query.finish();
        if query.is_empty() { url } else { format!("{url}?{query}") }
    }

    /// What the service is known by where it is remembered: a target that is changed is another.
    pub(crate) fn key(&self) -> String {
        let Service { connection, model, .. } = self.service;
        [self.target, connection.base_url.as_str(), model.as_str()].join("\n")
    }

    /// What could be left out of it, but for what the target's own settings leave out.
    pub(crate) fn holds(&self) -> Holds {
        let settings = &self.service.settings;
        let has = |is_one: fn(&Part) -> bool| {
            let parts = self.heard().iter().filter_map(|message| match &message.content {
                Content::Parts(parts) if message.role == Role::User => Some(parts),
                Content::Parts(_) | Content::Text(_) => None,
            });
            parts.flatten().any(is_one)
        };
        Holds {
            usage: settings.include_usage != Some(false),
            pictures: settings.pictures != Some(false) && has(|p| matches!(p, Part::Image { .. })),
            files: has(|p| matches!(p, Part::File { .. })),
        }
    }

    pub(crate) fn body(&self, accent: Accent) -> String {
        let settings = &self.service.settings;
        let names = function_names(self.tools);
        let accent = Accent {
            without_pictures: accent.without_pictures || settings.pictures == Some(false),
            ..accent
        };
        let body = Body {
            model: self.service.model.as_str(),
            messages: self.lines(accent),
            includes_usage: settings.include_usage != Some(false) && !accent.without_usage,
            tools: names.iter().zip(self.tools).map(|(name, t)| function(name, t)).collect(),
            settings,
        };
        serde_json::to_string(&body).unwrap_or_default()
    }

    fn lines(&self, accent: Accent) -> Vec<Line<'a>> {
        let mut lines: Vec<Line<'a>> = Vec::with_capacity(self.messages.len() + 2);
        let role = self.service.settings.system_role.unwrap_or_default();
        let prompt = self.prompt().map(|prompt| system(role, Cow::Borrowed(prompt)));
        let vouched = self.vouched_line().map(|line| system(role, Cow::Owned(line)));
        lines.extend([prompt, vouched].into_iter().flatten());
        let heard = self.heard();
        // Behind an answer the page itself speaks: it added something and wants an answer to that.
        let is_answered = heard.last().is_some_and(|message| message.role == Role::Assistant);
        let speaks_last = is_answered && self.steps.is_empty();
        let last = question(heard).filter(|_| !speaks_last);
        for (n, message) in heard.iter().enumerate() {
            let note = if Some(n) == last { self.page_note() } else { None };
            let Some(next) = line(message, note, accent) else { continue };
            let next = match lines.last_mut() {
                Some(before) => before.join(next),
                None => Some(next),
            };
            lines.extend(next);
        }
        if let Some(note) = self.page_note().filter(|_| speaks_last) {
            lines.push(Line::User { content: Said::Text(Cow::Owned(note)) });
        }
        for step in self.steps {
            lines.push(asked(step));
            lines.extend(step.calls.iter().map(answered));
        }
        lines
    }

    /// The messages that are sent: the latest that there is room for, from a visitor's message on,
    /// and the question always.
    fn heard(&self) -> &'a [Message] {
        let Some(question) = question(self.messages) else { return &[] };
        let mut room = self.room();
        let fits = |message: &&Message| {
            let left = room.checked_sub(message.content.text_bytes());
            room = left.unwrap_or_default();
            left.is_some()
        };
        let latest = self.messages.iter().rev().take_while(fits).count();
        let first = (self.messages.len() - latest).min(question);
        let heard = self.messages.get(first..).unwrap_or_default();
        let begin = heard.iter().position(|message| message.role == Role::User);
        heard.get(begin.unwrap_or_default()..).unwrap_or_default()
    }

    /// How many bytes of messages there is room for beside everything else.
    fn room(&self) -> usize {
        let most = self.service.settings.max_input_bytes.unwrap_or(ModelSettings::INPUT_BYTES.1);
        let texts = [self.page_note(), self.vouched_line()].into_iter().flatten();
        let tools = self.tools.iter().map(|tool| {
            tool.name.len() + tool.description.len() + tool.parameters.to_string().len()
        });
        let beside = self.prompt().map_or(0, str::len)
            + texts.map(|text| text.len()).sum::<usize>()
            + tools.sum::<usize>()
            + self.steps.iter().map(Step::bytes).sum::<usize>();
        (most as usize).saturating_sub(beside)
    }

    fn prompt(&self) -> Option<&'a str> {
        let prompt = self.service.system_prompt.as_ref().map(SystemPrompt::as_str);
        prompt.filter(|prompt| !prompt.trim().is_empty())
    }

    fn vouched_line(&self) -> Option<String> {
        let json = told(self.vouched)?;
        Some(format!("Verified by the site's own server: {}", in_one_line(&json.to_string())))
    }

    fn page_note(&self) -> Option<String> {
        #[derive(Serialize)]
        struct PageNote<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            inputs: Option<&'a Value>,
            #[serde(skip_serializing_if = "Option::is_none")]
            context: Option<&'a Value>,
        }
        let page = PageNote { inputs: told(self.inputs), context: told(self.context) };
        if page.inputs.is_none() && page.context.is_none() {
            return None;
        }
        let json = serde_json::to_string(&page).ok()?;
        Some(format!("Data from the web page: {}", in_one_line(&json)))
    }
}

/// JSON with nothing in it that could begin another line or turn the line around: JSON itself
/// escapes only what ASCII has of these.
fn in_one_line(json: &str) -> Cow<'_, str> {
    let is_odd = |found: char| {
        found.is_control()
            || matches!(found, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !json.contains(is_odd) {
        return Cow::Borrowed(json);
    }
    let told = |found: char| {
        if is_odd(found) { format!("\\u{:04x}", u32::from(found)) } else { found.to_string() }
    };
    Cow::Owned(json.chars().map(told).collect())
}

pub(super) fn endpoint(base_url: &str) -> String {
    format!("{}/chat/completions", base_url.trim_end_matches('/'))
}

/// The place of the message that is to be answered.
fn question(messages: &[Message]) -> Option<usize> {
    messages.iter().rposition(|message| message.role == Role::User)
}

fn told(object: Option<&Value>) -> Option<&Value> {
    object.filter(|json| !matches!(json, Value::Object(members) if members.is_empty()))
}

fn system(role: SystemRole, content: Cow<'_, str>) -> Line<'_> {
    match role {
        SystemRole::System => Line::System { content },
        SystemRole::Developer => Line::Developer { content },
    }
}

struct Body<'a> {
    model: &'a str,
    messages: Vec<Line<'a>>,
    includes_usage: bool,
    tools: Vec<Tool<'a>>,
    settings: &'a ModelSettings,
}

impl Serialize for Body<'_> {
    /// What the target adds comes last, and in place of what the settings say under its names.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct StreamOptions {
            include_usage: bool,
        }
        let settings = self.settings;
        let extra = settings.extra.as_ref().map(Extra::members);
        let is_free = |name: &str| extra.is_none_or(|extra| !extra.contains_key(name));
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("model", self.model)?;
        map.serialize_entry("messages", &self.messages)?;
        map.serialize_entry("stream", &true)?;
        if self.includes_usage {
            map.serialize_entry("stream_options", &StreamOptions { include_usage: true })?;
        }
        if !self.tools.is_empty() {
            map.serialize_entry("tools", &self.tools)?;
        }
        if let Some(most) = settings.max_output_tokens {
            let name = settings.max_output_tokens_as.unwrap_or(MaximumName::MaxCompletionTokens);
            map.serialize_entry(name.as_str(), &most)?;
        }
        if let Some(temperature) = settings.temperature.as_ref().filter(|_| is_free("temperature"))
        {
            map.serialize_entry("temperature", temperature)?;
        }
        let effort = settings.reasoning_effort.as_ref().filter(|_| is_free("reasoning_effort"));
        if let Some(effort) = effort {
            map.serialize_entry("reasoning_effort", effort)?;
        }
        for (name, value) in extra.into_iter().flatten() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Tool<'a> {
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    parameters: Cow<'a, Value>,
}

fn function<'a>(name: &'a str, tool: &'a ClientTool) -> Tool<'a> {
    let (description, parameters) = (tool.description.trim(), completed(&tool.parameters));
    Tool { r#type: "function", function: Function { name, description, parameters } }
}

/// A schema with what services insist on and pages leave out: it is of an object, and has
/// properties.
fn completed(schema: &Value) -> Cow<'_, Value> {
    let has = |name, is_one: fn(&Value) -> bool| schema.member(name).is_some_and(is_one);
    let has_type = has("type", |json| matches!(json, Value::String(_) | Value::Array(_)));
    let has_properties = has("properties", |json| matches!(json, Value::Object(_)));
    let Value::Object(members) = schema else { return Cow::Borrowed(schema) };
    if has_type && has_properties {
        return Cow::Borrowed(schema);
    }
    let mut members = members.clone();
    let mut set = |name: &str, value| {
        members.shift_remove(name);
        members.insert(name.to_owned(), value);
    };
    if !has_type {
        set("type", Value::String("object".to_owned()));
    }
    if !has_properties {
        set("properties", Map::new().into());
    }
    Cow::Owned(Value::Object(members))
}
