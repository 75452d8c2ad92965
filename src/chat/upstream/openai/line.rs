//! The messages of a chat completion. Every kind of content has another form there than on the page,
//! and some have none.

use std::borrow::Cow;

use serde::Serialize;

use serde_json::Value;

use crate::chat::{
    message::{Content, Message, Part, Role},
    part::{is_remote, is_url},
    step::{PausedCall, Step},
    upstream::openai::accent::Accent,
};

#[derive(Serialize)]
#[serde(tag = "role", rename_all = "lowercase")]
pub(super) enum Line<'a> {
    System {
        content: Cow<'a, str>,
    },
    Developer {
        content: Cow<'a, str>,
    },
    User {
        content: Said<'a>,
    },
    Assistant {
        content: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        tool_calls: Vec<Called<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reasoning_content: Option<&'a str>,
        #[serde(skip_serializing_if = "<[Value]>::is_empty")]
        reasoning_details: &'a [Value],
        #[serde(skip_serializing_if = "Option::is_none")]
        extra_content: Option<&'a Value>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    extra_content: Option<&'a Value>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    arguments: String,
}

/// A stored message, with a note in front of it; none if nothing is left, since services refuse
/// empty messages.
pub(super) fn line(message: &Message, note: Option<String>, accent: Accent) -> Option<Line<'_>> {
    match message.role {
        Role::Assistant => {
            let content = filled(Cow::Owned(message.content.text()))?;
            Some(Line::answer(Some(content)))
        }
        Role::User => said(&message.content, note, accent).map(|content| Line::User { content }),
    }
}

impl<'a> Line<'a> {
    fn answer(content: Option<Cow<'a, str>>) -> Self {
        Self::Assistant {
            content,
            tool_calls: Vec::new(),
            reasoning_content: None,
            reasoning_details: &[],
            extra_content: None,
        }
    }

    /// Adds a line to those of the same role before it, where roles must alternate: messages of the
    /// visitor, and answers that call no tool. Gives it back where it stands for itself.
    pub(super) fn join(&mut self, next: Line<'a>) -> Option<Line<'a>> {
        match (self, next) {
            (Line::User { content }, Line::User { content: more }) => {
                content.join(more);
                None
            }
            (
                Line::Assistant { content: Some(text), tool_calls, .. },
                Line::Assistant { content: Some(more), tool_calls: called, .. },
            ) if tool_calls.is_empty() && called.is_empty() => {
                join_texts(text, &more);
                None
            }
            (_, next) => Some(next),
        }
    }
}

fn join_texts(text: &mut Cow<'_, str>, more: &str) {
    let text = text.to_mut();
    text.push_str("\n\n");
    text.push_str(more);
}

impl<'a> Said<'a> {
    fn join(&mut self, more: Said<'a>) {
        match (self, more) {
            (Self::Text(text), Self::Text(more)) => join_texts(text, &more),
            (said, more) => {
                let mut parts = std::mem::replace(said, Self::Parts(Vec::new())).into_parts();
                parts.extend(more.into_parts());
                *said = Self::Parts(parts);
            }
        }
    }

    fn into_parts(self) -> Vec<SaidPart<'a>> {
        match self {
            Self::Text(text) => vec![SaidPart::Text { text }],
            Self::Parts(parts) => parts,
        }
    }
}

fn filled(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    Some(text).filter(|text| !text.is_empty())
}

fn said(content: &Content, note: Option<String>, accent: Accent) -> Option<Said<'_>> {
    let parts: Vec<_> = match content {
        Content::Text(text) => vec![SaidPart::Text { text: Cow::Borrowed(text) }],
        Content::Parts(parts) => parts.iter().filter_map(|sent| part(sent, accent)).collect(),
    };
    let is_text = |part: &SaidPart<'_>| matches!(part, SaidPart::Text { .. });
    if parts.iter().all(is_text) {
        return only_text(parts, note).map(Said::Text);
    }
    let note = note.map(|note| SaidPart::Text { text: Cow::Owned(note) });
    Some(Said::Parts(note.into_iter().chain(parts).collect()))
}

/// Texts as one, which every service takes.
fn only_text(parts: Vec<SaidPart<'_>>, note: Option<String>) -> Option<Cow<'_, str>> {
    let mut texts = parts.into_iter().filter_map(|part| match part {
        SaidPart::Text { text } => Some(text),
        SaidPart::ImageUrl { .. } | SaidPart::File { .. } => None,
    });
    let first = texts.next();
    let said = texts.fold(first, |said, more| match said {
        Some(said) => Some(Cow::Owned(format!("{said}\n{more}"))),
        None => Some(more),
    });
    match (note, said.and_then(filled)) {
        (None, said) => said,
        (Some(note), None) => Some(Cow::Owned(note)),
        (Some(note), Some(said)) => Some(Cow::Owned(format!("{note}\n\n{said}"))),
    }
}

fn part(part: &Part, accent: Accent) -> Option<SaidPart<'_>> {
    let has_no_place = match part {
        Part::Image { .. } => accent.without_pictures,
        Part::File { .. } => accent.without_files,
        Part::Text { .. } | Part::LetGo { .. } | Part::Reasoning { .. } => false,
    };
    if has_no_place {
        return part.name().map(|name| SaidPart::Text { text: Cow::Owned(name) });
    }
    Some(match part {
        Part::Reasoning { .. } => return None,
        // The widget sends an empty text beside a picture, and services refuse it.
        Part::Text { text } if text.is_empty() => return None,
        Part::Text { text } => SaidPart::Text { text: Cow::Borrowed(text) },
        Part::LetGo { name, .. } => SaidPart::Text { text: Cow::Borrowed(name) },
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

/// What the model called before a pause, with what the service gave then.
pub(super) fn asked(step: &Step) -> Line<'_> {
    Line::Assistant {
        content: filled(Cow::Borrowed(&step.text)),
        tool_calls: step.calls.iter().map(called).collect(),
        reasoning_content: step.given.reasoning_content.as_deref(),
        reasoning_details: &step.given.reasoning_details,
        extra_content: step.given.extra_content.as_ref(),
    }
}

/// The id that the service knows a call by.
fn id_of(PausedCall { call, .. }: &PausedCall) -> &str {
    call.given.id.as_ref().unwrap_or(&call.id)
}

fn called(paused: &PausedCall) -> Called<'_> {
    let call = &paused.call;
    let arguments = serde_json::to_string(&call.arguments).unwrap_or_default();
    Called {
        id: id_of(paused),
        r#type: "function",
        function: Function { name: &call.function, arguments },
        extra_content: call.given.extra_content.as_ref(),
    }
}

/// What the page answered.
pub(super) fn answered(call: &PausedCall) -> Line<'_> {
    let content = match &call.output {
        Some(Value::String(text)) => Cow::Borrowed(text.as_str()),
        output => Cow::Owned(serde_json::to_string(output).unwrap_or_default()),
    };
    Line::Tool { tool_call_id: id_of(call), content }
}
