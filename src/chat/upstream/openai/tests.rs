use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::{
    chat::{
        message::{Content, Message, Part, Role},
        step::Step,
        stream::delta::{CallData, MessageData, ToolCall, ToolOrigin},
        tool::ClientTool,
        upstream::openai::accent::Accent,
    },
    domain::{
        base_url::BaseUrl,
        text::{ModelName, SystemPrompt},
        upstream::{Connection, Service, settings::ConnectionSettings},
    },
};

mod calling;
mod forgiving;
mod reading;
mod requests;

pub(super) fn json(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap()
}

pub(super) fn tools() -> Vec<ClientTool> {
    let text = r#"[{"name":"shop.add","description":"Adds","parametersSchema":{"type":"object"},"origin":"webmcp"},
                   {"name":"ask","description":"","parametersSchema":{"type":"object","properties":{}},"origin":"sdk"}]"#;
    serde_json::from_str(text).unwrap()
}

/// A service with these settings, as the database has them, and this prompt.
pub(super) fn service(settings: &str, prompt: Option<&str>) -> Service {
    Service {
        connection: Connection {
            base_url: BaseUrl::parse("https://api.example/v1").unwrap(),
            api_key_secret: None,
            settings: serde_json::from_str::<ConnectionSettings>(settings).unwrap(),
        },
        model: ModelName::parse("gpt-x").unwrap(),
        system_prompt: prompt.map(|prompt| SystemPrompt::parse(prompt).unwrap()),
        settings: serde_json::from_str(settings).unwrap(),
    }
}

static PLAIN: LazyLock<Service> = LazyLock::new(|| service("{}", None));

pub(super) fn request<'a>(messages: &'a [Message], tools: &'a [ClientTool]) -> Request<'a> {
    Request {
        service: &PLAIN,
        target: "agent_a",
        messages,
        steps: &[],
        tools,
        inputs: None,
        context: None,
        vouched: None,
    }
}

pub(super) fn call(id: &str, name: &str, arguments: &str) -> ToolCall {
    let origin = if name == "ask" { ToolOrigin::Sdk } else { ToolOrigin::Webmcp };
    ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        function: name.replace('.', "_"),
        origin,
        arguments: json(arguments),
        given: CallData {
            id: Some(id.to_owned()).filter(|id| !id.is_empty()),
            extra_content: None,
        },
    }
}

fn reader() -> Reader {
    Reader::new(&request(&[], &tools()), "exec_1")
}

/// Everything that comes of a stream: the deltas, and the failure if there is one.
fn read_pieces<'a>(
    pieces: impl Iterator<Item = &'a [u8]>,
) -> (Vec<Delta>, Option<UpstreamFailure>) {
    let mut reader = reader();
    let mut deltas = Vec::new();
    for piece in pieces {
        if let Err(failure) = reader.push(piece, &mut deltas) {
            return (deltas, Some(failure));
        }
    }
    match reader.finish() {
        Ok(last) => deltas.extend(last),
        Err(failure) => return (deltas, Some(failure)),
    }
    (deltas, None)
}

fn read(stream: &str) -> (Vec<Delta>, Option<UpstreamFailure>) {
    read_pieces(std::iter::once(stream.as_bytes()))
}

pub(super) fn stream(chunks: &[&str]) -> String {
    chunks.iter().flat_map(|chunk| ["data: ", chunk, "\n\n"]).collect()
}

pub(super) fn delta(delta: &str) -> String {
    format!(r#"{{"choices":[{{"index":0,"delta":{delta},"finish_reason":null}}]}}"#)
}

pub(super) fn ending(reason: &str) -> String {
    format!(r#"{{"choices":[{{"index":0,"delta":{{}},"finish_reason":"{reason}"}}]}}"#)
}

fn answer(chunks: &[&str]) -> Vec<Delta> {
    let (deltas, failure) = read(&(stream(chunks) + "data: [DONE]\n\n"));
    assert_eq!(failure, None);
    deltas
}

fn failure(chunks: &[&str]) -> UpstreamFailure {
    read(&stream(chunks)).1.unwrap()
}
