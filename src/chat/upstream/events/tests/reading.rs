//! What is gathered from a stream that passes through.

use proptest::prelude::*;

use crate::{
    chat::{
        stream::{
            delta::{Delta, Usage},
            kept::MAX_ANSWER_BYTES,
            notice::Notices,
            turn::Turn,
        },
        upstream::{
            events::{Ending, relay::Relay},
            failure::Cause,
        },
    },
    domain::{target::TargetKind, time::Timestamp},
};

use super::passing::{frame, relay, run};

fn now() -> Timestamp {
    Timestamp::from_millis(0)
}

fn answered(kind: TargetKind, words: &[&str]) -> String {
    let (mut turn, mut stream) = Turn::start(kind, "exec_1", Notices::default(), now());
    for word in words {
        stream += &turn.push(Delta::Text((*word).to_owned()));
    }
    stream + &turn.finish(now())
}

fn read(stream: &str) -> Relay {
    let mut relay = relay();
    relay.push(stream.as_bytes());
    relay
}

fn said(stream: &str) -> String {
    read(stream).said().text().to_owned()
}

fn delta(id: &str, text: &str) -> String {
    frame("text_delta", &format!(r#","id":"{id}","delta":"{text}""#))
}

fn insert(id: &str, rest: &str) -> String {
    frame("transcript_insert", &format!(r#","message":{{"id":"{id}"{rest}}}"#))
}

#[test]
fn what_a_stream_took_is_read_along() {
    let turn = frame("turn_complete", r#","id":"turn_1","tokens":{"input":5,"output":2}"#);
    let whole = frame("execution_complete", r#","totalTokens":{"input":9,"output":8}"#);
    assert_eq!(read(&(turn.clone() + &whole)).usage(), Usage { input_tokens: 5, output_tokens: 2 });
    assert_eq!(read(&whole).usage(), Usage { input_tokens: 9, output_tokens: 8 });
    assert_eq!(read(&delta("t1", "Hi")).usage(), Usage::default());
}

#[test]
fn a_complete_answer_is_read_whole() {
    for kind in [TargetKind::Agent, TargetKind::Flow] {
        let relay = read(&answered(kind, &["Hel", "lo"]));
        assert_eq!((relay.said().text(), relay.ending()), ("Hello", Ending::Completed));
    }
}

#[test]
fn crlf_and_nameless_frames_are_read_too() {
    let stream = answered(TargetKind::Agent, &["Hi"]);
    let relay = read(&stream.replace('\n', "\r\n"));
    assert_eq!((relay.said().text(), relay.ending()), ("Hi", Ending::Completed));
    let lines: Vec<&str> = stream.lines().filter(|line| !line.starts_with("event:")).collect();
    let relay = read(&(lines.join("\n") + "\n"));
    assert_eq!((relay.said().text(), relay.ending()), ("Hi", Ending::Completed));
}

#[test]
fn without_deltas_the_text_is_in_the_completions() {
    let start = frame("text_start", r#","id":"t""#);
    let complete = frame("text_complete", r#","id":"t","text":"Hi""#);
    let step = frame("step_complete", r#","result":{"response":"Hi"}"#);
    for stream in [start.clone() + &complete + &step, start + &step, step] {
        assert_eq!(said(&stream), "Hi", "{stream}");
    }
}

#[test]
fn blocks_are_set_apart() {
    let done = frame("text_complete", r#","id":"a","text":"12""#);
    assert_eq!(said(&(delta("a", "1") + &delta("a", "2") + &done + &delta("b", "3"))), "12\n\n3");
}

#[test]
fn the_end_of_a_block_never_repeats_it() {
    let done = |id: &str, text| frame("text_complete", &format!(r#","id":"{id}","text":"{text}""#));
    let crossed = delta("a", "1") + &delta("b", "2") + &done("a", "1") + &done("b", "2");
    assert_eq!(said(&crossed), "1\n\n2");
}

#[test]
fn what_the_end_of_a_block_says_counts() {
    let done = |text| frame("text_complete", &format!(r#","id":"a","text":"{text}""#));
    let said_first = delta("b", "First") + &delta("a", "draf") + &delta("a", "t");
    assert_eq!(said(&(said_first.clone() + &done("final"))), "First\n\nfinal");
    assert_eq!(said(&(said_first.clone() + &done(""))), "First\n\ndraft");
    let nothing = frame("text_complete", r#","id":"a""#);
    assert_eq!(said(&(said_first.clone() + &nothing)), "First\n\ndraft");
    assert_eq!(said(&(said_first + &done("final") + &delta("c", "!"))), "First\n\nfinal\n\n!");
}

#[test]
fn a_text_that_is_cut_inside_characters_is_whole_again() {
    let end = frame("execution_complete", r#","success":true"#);
    let text = "Hi \u{1f600}\u{1f601}, said \u{1f602}";
    let units: Vec<u16> = text.encode_utf16().collect();
    for size in 1..9 {
        let deltas: String = units
            .chunks(size)
            .map(|units| {
                let escapes: Vec<_> = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
                delta("a", &escapes.concat())
            })
            .collect();
        assert_eq!(said(&(deltas + &end)), text, "{size}");
    }
    let half = delta("a", r"x\ud83d");
    for (stream, text) in [
        (half.clone() + &end, "x\u{fffd}"),
        (half.clone() + &delta("a", "y"), "x\u{fffd}y"),
        (half.clone() + &delta("b", r"\ude00"), "x\u{fffd}\n\n\u{fffd}"),
        (half.clone() + &frame("text_complete", r#","id":"a""#), "x\u{fffd}"),
        (
            half.clone() + &frame("text_complete", r#","id":"a","text":"x\ud83d\ude00""#),
            "x\u{1f600}",
        ),
        (half + &frame("text_complete", r#","id":"a","text":"x\ud83d""#), "x\u{fffd}"),
    ] {
        assert_eq!(said(&stream), text, "{stream}");
    }
}

#[test]
fn the_text_of_flows_run_as_tools_is_not_the_answer() {
    let stream = frame("text_start", r#","id":"n","parentToolCallId":"c""#)
        + &delta("n", "inner")
        + &frame("text_complete", r#","id":"n","text":"inner""#)
        + &delta("t", "outer");
    assert_eq!(said(&stream), "outer");
    for no_parent in ["", r#","parentToolCallId":"""#, r#","parentToolCallId":null"#] {
        let start = frame("text_start", &format!(r#","id":"t"{no_parent}"#));
        assert_eq!(said(&(start + &delta("t", "outer"))), "outer");
    }
}

#[test]
fn open_blocks_inside_tools_are_bounded_and_found_at_once() {
    let nested = |n: usize, what: &str| {
        frame(what, &format!(r#","id":"{n:07}","parentToolCallId":"c","delta":"x""#))
    };
    let closed: String = (0..20_000)
        .map(|n| nested(n, "text_start") + &nested(n, "text_delta") + &nested(n, "text_complete"))
        .collect();
    let (mut whole, most) = (relay(), 64 * 1024 / 8);
    whole.push(closed.as_bytes());
    let open: String = (0..most).map(|n| nested(n, "text_start")).collect();
    assert_eq!(whole.push(open.as_bytes()).next, super::relay::Next::Read);
    let passed = whole.push(nested(most, "text_start").as_bytes());
    let super::relay::Next::Failed(failure) = passed.next else { panic!("{passed:?}") };
    assert_eq!((failure.cause, passed.at_once), (Cause::TooLong, Vec::new()));
    assert_eq!(whole.said().text(), "");
}

#[test]
fn messages_that_are_put_in_are_part_of_the_answer() {
    let text = |text: &str| format!(r#","role":"assistant","content":"{text}""#);
    assert_eq!(said(&insert("m1", &text("Hi"))), "Hi");
    assert_eq!(said(&insert("m1", r#","content":"Hi","variant":"assistant""#)), "Hi");
    let around = delta("a", "1") + &insert("m1", &text("2")) + &delta("a", "3");
    assert_eq!(said(&around), "1\n\n2\n\n3");
}

#[test]
fn a_message_that_is_put_in_anew_is_replaced() {
    let grows = |text: &str| insert("m1", &format!(r#","content":"{text}","streaming":true"#));
    assert_eq!(said(&(delta("a", "0") + &grows("1") + &grows("12") + &grows("123"))), "0\n\n123");
    assert_eq!(said(&(grows("1") + &delta("a", "2") + &grows("13"))), "1\n\n2\n\n13");
}

#[test]
fn a_message_of_somebody_else_or_of_another_kind_is_not_the_answer() {
    for other in [
        r#","role":"user","content":"x""#,
        r#","role":"system","content":"x""#,
        r#","content":"x","variant":"tool""#,
        r#","content":"x","variant":"reasoning""#,
        r#","content":"x","variant":"approval""#,
        r#","content":7"#,
        "",
    ] {
        assert_eq!(said(&insert("m1", other)), "", "{other}");
    }
    assert_eq!(said(&frame("transcript_insert", r#","message":"x""#)), "");
}

#[test]
fn failures_are_seen() {
    for stream in [
        frame("execution_error", r#","error":{"code":"a","message":"b"}"#),
        frame("execution_complete", r#","success":false"#),
    ] {
        assert_eq!(read(&stream).ending(), Ending::Failed);
    }
}

#[test]
fn a_pause_names_its_execution() {
    let relay = read(&frame("await", r#","executionId":"their_1","toolName":"add""#));
    assert_eq!((relay.ending(), relay.execution_id()), (Ending::Paused, "their_1"));
    let relay = read(&frame("await", r#","toolName":"add""#));
    assert_eq!(relay.execution_id(), "exec_1");
}

#[test]
fn what_cannot_be_read_is_passed_over() {
    let deep = format!("data: {}{}\n\n", "[".repeat(200_000), "]".repeat(200_000));
    let stream = "data: {\n\n: ping\n\ndata: [1]\n\n".to_owned() + &deep;
    let relay = read(&(stream + &answered(TargetKind::Agent, &["Hi"])));
    assert_eq!((relay.said().text(), relay.ending()), ("Hi", Ending::Completed));
}

#[test]
fn numbers_never_overflow() {
    let last = format!("data: {{\"type\":\"x\",\"seq\":{}}}\n\n", u64::MAX);
    let rest = read(&last).close(None);
    assert!(String::from_utf8(rest.frames).unwrap().contains("execution_error"));
}

#[test]
fn a_text_that_is_too_long_is_cut_between_characters() {
    let long = "é".repeat(400_000);
    let relay = read(&(delta("t", &format!("a{long}")) + &delta("t", &long)));
    assert_eq!(relay.said().text().len(), MAX_ANSWER_BYTES - 1);
    assert!(!relay.said().is_whole());
}

proptest! {
    #[test]
    fn the_pieces_make_no_difference(
        words in proptest::collection::vec("[é🙂a \n\"]{1,8}", 0..6),
        size in 1_usize..40,
    ) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let stream = answered(TargetKind::Flow, &words);
        let pieces: Vec<&[u8]> = stream.as_bytes().chunks(size).collect();
        let mut relay = relay();
        let heard = run(&mut relay, &pieces);
        prop_assert_eq!(heard, stream);
        let whole = words.concat();
        prop_assert_eq!((relay.said().text(), relay.ending()), (whole.as_str(), Ending::Completed));
    }
}
