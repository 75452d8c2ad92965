use proptest::prelude::*;

use super::*;
use crate::chat::{
    message::{Content, Message, Part, Role},
    step::Step,
    stream::delta::{ToolCall, ToolOrigin},
    tool::{self, ClientTool},
};

mod calling;
mod reading;
mod requests;

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes()).unwrap()
}

fn tools() -> Vec<ClientTool> {
    let text = r#"[{"name":"shop.add","description":"Adds","parametersSchema":{"type":"object"},"origin":"webmcp"},
                   {"name":"ask","description":"","parametersSchema":{"type":"object","properties":{}},"origin":"sdk"}]"#;
    tool::from_stored(text).unwrap()
}

fn request<'a>(messages: &'a [Message], tools: &'a [ClientTool]) -> Request<'a> {
    Request {
        model: "gpt-x",
        system_prompt: None,
        messages,
        steps: &[],
        tools,
        inputs: None,
        context: None,
        user: "conv_1",
    }
}

fn call(id: &str, name: &str, arguments: &str) -> ToolCall {
    let origin = if name == "ask" { ToolOrigin::Sdk } else { ToolOrigin::Webmcp };
    ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        function: name.replace('.', "_"),
        origin,
        arguments: json(arguments),
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

fn stream(chunks: &[&str]) -> String {
    chunks.iter().flat_map(|chunk| ["data: ", chunk, "\n\n"]).collect()
}

fn delta(delta: &str) -> String {
    format!(r#"{{"choices":[{{"index":0,"delta":{delta},"finish_reason":null}}]}}"#)
}

fn ending(reason: &str) -> String {
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
