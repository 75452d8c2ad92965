//! The messages of a chat completion. Every kind of content has another form there than on the page,
//! and some have none.

use std::borrow::Cow;

use serde::Serialize;

use crate::{
    chat::{
        message::{Content, Message, Part, Role},
        part::{is_remote, is_url},
        step::{PausedCall, Step},
    },
    domain::json::Json,
};

/// One message.
#[derive(Serialize)]
#[serde(tag = "role", rename_all = "lowercase")]
pub(super) enum Line<'a> {
    System {
        content: &'a str,
    },
    User {
        content: Said<'a>,
    },
    Assistant {
        content: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        tool_calls: Vec<Called<'a>>,
    },
    Tool {
        tool_call_id: &'a str,
        content: Cow<'a, str>,
    },
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Said<'a> {
    Text(Cow<'a, str>),
    Parts(Vec<SaidPart<'a>>),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum SaidPart<'a> {
    Text { text: Cow<'a, str> },
    ImageUrl { image_url: Url<'a> },
    File { file: File<'a> },
}

#[derive(Serialize)]
pub(super) struct Url<'a> {
    url: Cow<'a, str>,
}

#[derive(Serialize)]
pub(super) struct File<'a> {
    filename: &'a str,
    file_data: Cow<'a, str>,
}

#[derive(Serialize)]
pub(super) struct Called<'a> {
    id: &'a str,
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    arguments: String,
}

/// A stored message, with a note in front of it; none if nothing is left, since services refuse
/// empty messages.
pub(super) fn line(message: &Message, note: Option<String>) -> Option<Line<'_>> {
    match message.role {
        Role::Assistant => {
            let content = filled(Cow::Owned(message.content.text()))?;
            Some(Line::Assistant { content: Some(content), tool_calls: Vec::new() })
        }
        Role::User => said(&message.content, note).map(|content| Line::User { content }),
    }
}

fn filled(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    Some(text).filter(|text| !text.is_empty())
}

fn said(content: &Content, note: Option<String>) -> Option<Said<'_>> {
    match (content, note) {
        (Content::Text(text), None) => Some(Said::Text(Cow::Borrowed(text))),
        (Content::Text(text), Some(note)) => {
            Some(Said::Text(Cow::Owned(format!("{note}\n\n{text}"))))
        }
        (Content::Parts(parts), note) => {
            let note = note.map(|note| SaidPart::Text { text: Cow::Owned(note) });
            let parts: Vec<_> = note.into_iter().chain(parts.iter().filter_map(part)).collect();
            if parts.is_empty() { None } else { Some(Said::Parts(parts)) }
        }
    }
}

fn part(part: &Part) -> Option<SaidPart<'_>> {
    Some(match part {
        Part::Reasoning { .. } => return None,
        Part::Text { text } => SaidPart::Text { text: Cow::Borrowed(text) },
        Part::Image { image, mime_type } => {
            let url = data_url(image, mime_type.as_deref().unwrap_or("image/png"));
            SaidPart::ImageUrl { image_url: Url { url } }
        }
        // Chat completions take the bytes of a file, not its address.
        Part::File { data, mime_type, filename } if is_remote(data) => {
            SaidPart::Text { text: Cow::Owned(format!("{filename} ({mime_type}): {data}")) }
        }
        Part::File { data, mime_type, filename } => {
            SaidPart::File { file: File { filename, file_data: data_url(data, mime_type) } }
        }
    })
}

fn data_url<'a>(source: &'a str, mime_type: &str) -> Cow<'a, str> {
    if is_url(source) {
        Cow::Borrowed(source)
    } else {
        Cow::Owned(format!("data:{mime_type};base64,{source}"))
    }
}

/// What the model called before a pause.
pub(super) fn asked(step: &Step) -> Line<'_> {
    Line::Assistant {
        content: filled(Cow::Borrowed(&step.text)),
        tool_calls: step.calls.iter().map(called).collect(),
    }
}

fn called(PausedCall { call, .. }: &PausedCall) -> Called<'_> {
    let arguments = serde_json::to_string(&call.arguments).unwrap_or_default();
    Called {
        id: &call.id,
        r#type: "function",
        function: Function { name: &call.function, arguments },
    }
}

/// What the page answered.
pub(super) fn answered(call: &PausedCall) -> Line<'_> {
    let content = match &call.output {
        Some(Json::String(text)) => Cow::Borrowed(text.as_str()),
        output => Cow::Owned(serde_json::to_string(output).unwrap_or_default()),
    };
    Line::Tool { tool_call_id: &call.call.id, content }
}
