use proptest::prelude::*;

use super::*;
use crate::{
    api::{
        stream::{
            decoder::Decoder,
            delta::{Delta, Origin, ToolCall},
            turn::Turn,
        },
        upstream::message::{Content, Role},
    },
    domain::time::Timestamp,
};

fn now() -> Timestamp {
    Timestamp::from_millis(0)
}

fn answered(kind: Kind, words: &[&str]) -> String {
    let (mut turn, mut stream) = Turn::start(kind, "exec_1", now());
    for word in words {
        stream += &turn.push(Delta::Text((*word).to_owned()));
    }
    stream + &turn.finish(now())
}

fn read(stream: &str) -> Reader {
    let mut reader = Reader::new(Kind::Agent, "exec_1");
    reader.push(stream.as_bytes());
    reader
}

fn frame(name: &str, rest: &str) -> String {
    format!("event: {name}\ndata: {{\"type\":\"{name}\",\"seq\":4{rest}}}\n\n")
}

#[test]
fn a_request_has_every_member() {
    let messages = [Message {
        id: "usr_1".to_owned(),
        role: Role::User,
        content: Content::Text("Hi".to_owned()),
    }];
    let context = Json::parse(br#"{"page":"a"}"#).unwrap();
    let request = Request {
        target: Target { id: "flow_1", kind: Kind::Flow },
        conversation_id: "conv_1",
        execution_id: "exec_1",
        assistant_message_id: None,
        messages: &messages,
        inputs: None,
        context: Some(&context),
        metadata: None,
        tools: &[],
    };
    assert_eq!(
        request.body(),
        r#"{"target":{"id":"flow_1","kind":"flow"},"conversationId":"conv_1","executionId":"exec_1","assistantMessageId":null,"messages":[{"id":"usr_1","role":"user","content":"Hi"}],"inputs":{},"context":{"page":"a"},"metadata":{},"clientTools":[]}"#
    );
}

#[test]
fn a_resumption_carries_the_results_as_they_came() {
    let outputs = Json::parse(br#"{"call_1":{"content":[]},"ask":null}"#).unwrap();
    let request = ResumeRequest {
        target: Target { id: "agent_1", kind: Kind::Agent },
        conversation_id: "conv_1",
        execution_id: "exec_1",
        assistant_message_id: Some("ast_1"),
        tool_outputs: &outputs,
        tools: &[],
    };
    assert_eq!(
        request.body(),
        r#"{"target":{"id":"agent_1","kind":"agent"},"conversationId":"conv_1","executionId":"exec_1","assistantMessageId":"ast_1","toolOutputs":{"call_1":{"content":[]},"ask":null},"clientTools":[]}"#
    );
}

#[test]
fn resumptions_go_below_the_base_url() {
    for base in ["https://a.example/agent", "https://a.example/agent/"] {
        assert_eq!(resume_endpoint(base), "https://a.example/agent/resume");
    }
}

#[test]
fn a_complete_answer_is_read_whole() {
    for kind in [Kind::Agent, Kind::Flow] {
        let mut reader = read(&answered(kind, &["Hel", "lo"]));
        assert_eq!(reader.close(), "");
        assert_eq!((reader.text(), reader.ending()), ("Hello", &Ending::Completed));
    }
}

#[test]
fn crlf_and_nameless_frames_are_read_too() {
    let stream = answered(Kind::Agent, &["Hi"]);
    let reader = read(&stream.replace('\n', "\r\n"));
    assert_eq!((reader.text(), reader.ending()), ("Hi", &Ending::Completed));
    let lines: Vec<&str> = stream.lines().filter(|line| !line.starts_with("event:")).collect();
    let reader = read(&(lines.join("\n") + "\n"));
    assert_eq!((reader.text(), reader.ending()), ("Hi", &Ending::Completed));
}

#[test]
fn without_deltas_the_text_is_in_the_completions() {
    let start = frame("text_start", r#","id":"t""#);
    let complete = frame("text_complete", r#","id":"t","text":"Hi""#);
    let step = frame("step_complete", r#","result":{"response":"Hi"}"#);
    for stream in [start.clone() + &complete + &step, start + &step, step] {
        assert_eq!(read(&stream).text(), "Hi", "{stream}");
    }
}

#[test]
fn blocks_are_set_apart() {
    let delta =
        |id: &str, text: &str| frame("text_delta", &format!(r#","id":"{id}","delta":"{text}""#));
    let done = frame("text_complete", r#","id":"a","text":"12""#);
    let stream = delta("a", "1") + &delta("a", "2") + &done + &delta("b", "3");
    assert_eq!(read(&stream).text(), "12\n\n3");
}

#[test]
fn the_text_of_flows_run_as_tools_is_not_the_answer() {
    let stream = frame("text_start", r#","id":"n","parentToolCallId":"c""#)
        + &frame("text_delta", r#","id":"n","delta":"inner""#)
        + &frame("text_complete", r#","id":"n","text":"inner""#)
        + &frame("text_delta", r#","id":"t","delta":"outer""#);
    assert_eq!(read(&stream).text(), "outer");
}

#[test]
fn a_pause_names_its_calls() {
    let (mut turn, mut stream) = Turn::start(Kind::Agent, "their_1", now());
    for id in ["call_1", "call_2"] {
        turn.push(Delta::ToolCall(ToolCall {
            id: id.to_owned(),
            name: "add".to_owned(),
            function: "add".to_owned(),
            origin: Origin::Webmcp,
            arguments: Json::Object(Vec::new()),
        }));
    }
    stream += &turn.finish(now());
    let mut reader = read(&stream);
    let awaited = |id: &str| Awaited { call_id: id.to_owned(), name: "add".to_owned() };
    assert_eq!(reader.ending(), &Ending::Paused(vec![awaited("call_1"), awaited("call_2")]));
    assert_eq!((reader.close(), reader.execution_id()), (String::new(), "their_1"));
}

#[test]
fn failures_are_seen() {
    for stream in [
        frame("execution_error", r#","error":{"code":"a","message":"b"}"#),
        frame("execution_complete", r#","success":false"#),
    ] {
        assert_eq!(read(&stream).ending(), &Ending::Failed);
    }
}

#[test]
fn what_cannot_be_read_is_passed_over() {
    let reader =
        read(&("data: {\n\n: ping\n\ndata: [1]\n\n".to_owned() + &answered(Kind::Agent, &["Hi"])));
    assert_eq!((reader.text(), reader.ending()), ("Hi", &Ending::Completed));
    let mut reader = Reader::new(Kind::Agent, "exec_1");
    reader.push(&b"data: a".repeat(200_000));
    reader.push(b"\n\n");
    reader.push(answered(Kind::Agent, &["Hi"]).as_bytes());
    assert_eq!((reader.text(), reader.ending()), ("Hi", &Ending::Completed));
}

#[test]
fn a_stream_without_an_end_gets_one() {
    let delta = frame("text_delta", r#","id":"t","delta":"Hi""#);
    for (cut, gap) in [(delta.clone(), ""), (delta + "event: te", "\n\n")] {
        let mut reader = read(&cut);
        let closing = reader.close();
        assert_eq!((reader.text(), reader.ending()), ("Hi", &Ending::Failed));
        let message = "The assistant's service stopped before the answer was complete.";
        let data = format!(
            r#"{{"type":"execution_error","executionId":"exec_1","seq":6,"kind":"agent","error":{{"code":"upstream_closed","message":"{message}"}}}}"#
        );
        let sealed =
            r#"{"type":"text_complete","executionId":"exec_1","seq":5,"id":"t","text":"Hi"}"#;
        let ends = format!(
            "{gap}event: text_complete\ndata: {sealed}\n\nevent: execution_error\ndata: {data}\n\n"
        );
        assert_eq!(closing, ends);
        let events = Decoder::default().push((cut + &closing).as_bytes());
        assert_eq!(events.last().unwrap().as_ref().unwrap().data, data);
    }
}

#[test]
fn an_end_that_lacks_only_its_blank_line_is_an_end() {
    let stream = answered(Kind::Agent, &["Hi"]);
    for (cut, rest) in [(stream.trim_end(), "\n\n"), (&stream[..stream.len() - 1], "\n\n")] {
        let mut reader = read(cut);
        assert_eq!((reader.close().as_str(), reader.ending()), (rest, &Ending::Completed));
    }
}

#[test]
fn a_text_that_is_too_long_is_cut_between_characters() {
    let long = "é".repeat(200_000);
    let delta = frame("text_delta", &format!(r#","id":"t","delta":"a{long}""#));
    let mut reader = read(&delta);
    reader.push(delta.as_bytes());
    assert_eq!(reader.text().len(), crate::api::stream::MAX_ANSWER_BYTES);
    assert!(reader.text().ends_with('é'));
}

proptest! {
    #[test]
    fn the_pieces_make_no_difference(
        words in proptest::collection::vec("[é🙂a \n\"]{1,8}", 0..6),
        size in 1_usize..40,
    ) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let stream = answered(Kind::Flow, &words);
        let mut reader = Reader::new(Kind::Flow, "exec_1");
        stream.as_bytes().chunks(size).for_each(|piece| reader.push(piece));
        let whole = words.concat();
        prop_assert_eq!((reader.text(), reader.ending()), (whole.as_str(), &Ending::Completed));
    }
}
