use super::*;
use crate::{
    chat::stream::{
        decoder::Decoder,
        delta::{CallData, ToolOrigin, Usage},
        kept::MAX_ANSWER_BYTES,
        notice::{BROKEN, FAILED, tests::notices},
    },
    domain::json,
};

const STARTED: &str = "2026-01-31T12:00:00.000Z";
const ENDED: &str = "2026-01-31T12:00:01.500Z";

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn started(kind: TargetKind) -> (Turn, String) {
    saying(kind, Notices::default())
}

fn saying(kind: TargetKind, notices: Notices) -> (Turn, String) {
    Turn::start(kind, "exec_1", notices, at(STARTED))
}

fn text(text: &str) -> Delta {
    Delta::Text(text.to_owned())
}

fn reasoning(text: &str) -> Delta {
    Delta::Reasoning(text.to_owned())
}

fn call(id: &str) -> ToolCall {
    ToolCall {
        id: id.to_owned(),
        name: "add.to.cart".to_owned(),
        function: "add_to_cart".to_owned(),
        origin: ToolOrigin::Webmcp,
        arguments: json::parse(br#"{"sku":"a\nb"}"#).unwrap(),
        given: CallData::default(),
    }
}

/// Each frame as `name data`, with the name checked against the data and the common members,
/// which are checked too, left out.
fn frames(stream: &str, first_seq: u64) -> Vec<String> {
    assert!(!stream.contains('\r') && stream.ends_with("\n\n"), "{stream:?}");
    let events = Decoder::default().push(stream.as_bytes());
    let frame = |(n, event): (u64, Result<crate::chat::stream::decoder::Event, _>)| {
        let event = event.unwrap();
        let seq = first_seq + n;
        let head = format!(r#"{{"type":"{}","executionId":"exec_1","seq":{seq},"#, event.name);
        let rest = event.data.strip_prefix(&head).expect(&event.data);
        format!("{} {{{rest}", event.name)
    };
    (0..).zip(events).map(frame).collect()
}

#[test]
fn an_agent_answers() {
    let (mut turn, mut stream) = started(TargetKind::Agent);
    stream += &turn.push(text("Hel"));
    stream += &turn.push(text("lo \"you\""));
    stream += &turn.push(Delta::Usage(Usage { input_tokens: 3, output_tokens: 2 }));
    stream += &turn.finish(at(ENDED));
    assert_eq!(
        frames(&stream, 1),
        [
            r#"execution_start {"kind":"agent","startedAt":"2026-01-31T12:00:00.000Z"}"#,
            r#"turn_start {"id":"turn_exec_1_1","role":"assistant","iteration":1}"#,
            r#"text_start {"id":"text_exec_1_1"}"#,
            r#"text_delta {"id":"text_exec_1_1","delta":"Hel"}"#,
            r#"text_delta {"id":"text_exec_1_1","delta":"lo \"you\""}"#,
            r#"text_complete {"id":"text_exec_1_1","text":"Hello \"you\""}"#,
            r#"turn_complete {"id":"turn_exec_1_1","role":"assistant","iteration":1,"stopReason":"end_turn"}"#,
            r#"execution_complete {"kind":"agent","success":true,"completedAt":"2026-01-31T12:00:01.500Z"}"#,
        ]
    );
    assert_eq!(turn.text().text(), "Hello \"you\"");
    assert_eq!(turn.usage(), Usage { input_tokens: 3, output_tokens: 2 });
}

#[test]
fn a_flow_answers() {
    let (mut turn, mut stream) = started(TargetKind::Flow);
    stream += &turn.push(text("Hi"));
    stream += &turn.finish(at(ENDED));
    assert_eq!(
        frames(&stream, 1),
        [
            r#"execution_start {"kind":"flow","startedAt":"2026-01-31T12:00:00.000Z"}"#,
            r#"step_start {"id":"step_exec_1_1","stepType":"prompt","name":"Answer"}"#,
            r#"text_start {"id":"text_exec_1_1"}"#,
            r#"text_delta {"id":"text_exec_1_1","delta":"Hi"}"#,
            r#"text_complete {"id":"text_exec_1_1","text":"Hi"}"#,
            r#"step_complete {"id":"step_exec_1_1","stepType":"prompt","success":true,"result":{"response":"Hi"}}"#,
            r#"execution_complete {"kind":"flow","success":true,"completedAt":"2026-01-31T12:00:01.500Z"}"#,
        ]
    );
}

#[test]
fn reasoning_interrupts_the_text_but_never_splits_it() {
    let (mut turn, _) = started(TargetKind::Agent);
    let mut stream = String::new();
    for delta in [reasoning("a"), reasoning("b"), text("1"), reasoning("c"), text("2")] {
        stream += &turn.push(delta);
    }
    stream += &turn.push(reasoning("d"));
    stream += &turn.finish(at(ENDED));
    let names: Vec<String> = frames(&stream, 3)
        .iter()
        .map(|frame| frame.replace("exec_1_1", "").replace("\"id\":", ""))
        .take(14)
        .collect();
    assert_eq!(
        names,
        [
            r#"reasoning_start {"reasoning__1"}"#,
            r#"reasoning_delta {"reasoning__1","delta":"a"}"#,
            r#"reasoning_delta {"reasoning__1","delta":"b"}"#,
            r#"reasoning_complete {"reasoning__1"}"#,
            r#"text_start {"text_"}"#,
            r#"text_delta {"text_","delta":"1"}"#,
            r#"reasoning_start {"reasoning__2"}"#,
            r#"reasoning_delta {"reasoning__2","delta":"c"}"#,
            r#"reasoning_complete {"reasoning__2"}"#,
            r#"text_delta {"text_","delta":"2"}"#,
            r#"reasoning_start {"reasoning__3"}"#,
            r#"reasoning_delta {"reasoning__3","delta":"d"}"#,
            r#"reasoning_complete {"reasoning__3"}"#,
            r#"text_complete {"text_","text":"12"}"#,
        ]
    );
}

#[test]
fn an_error_is_the_last_frame() {
    for (kind, name) in [(TargetKind::Agent, "agent"), (TargetKind::Flow, "flow")] {
        let (mut turn, mut stream) = started(kind);
        stream += &turn.push(text("Hel"));
        stream += &turn.fail("upstream_closed", "It broke.");
        let frames = frames(&stream, 1);
        assert_eq!(frames.len(), 10);
        assert!(frames[4].starts_with("text_complete") && frames[4].contains(r#""text":"Hel""#));
        let notice = r#""id":"service_notice_exec_1_1""#;
        assert_eq!(frames[5], format!("text_start {{{notice}}}"));
        assert_eq!(frames[6], format!(r#"text_delta {{{notice},"delta":"{BROKEN}"}}"#));
        assert_eq!(frames[7], format!(r#"text_complete {{{notice},"text":"{BROKEN}"}}"#));
        assert!(frames[8].contains(r#""stopReason":"error""#), "{}", frames[8]);
        assert!(!frames[8].contains(BROKEN));
        assert_eq!(frames[8].contains(r#""success":false"#), kind == TargetKind::Flow);
        assert_eq!(
            frames[9],
            format!(
                r#"execution_error {{"kind":"{name}","error":{{"code":"upstream_closed","message":"It broke."}}}}"#
            )
        );
        assert_eq!(turn.text().text(), "Hel");
    }
}

#[test]
fn a_token_has_its_own_words_for_what_fails() {
    let own = || notices("<b>Ring</b> us.", "To be\ncontinued.");
    for kind in [TargetKind::Agent, TargetKind::Flow] {
        for is_resumed in [false, true] {
            let resumed = || Turn::resume(kind, "exec_1", own(), 2);
            let begin = || if is_resumed { resumed().0 } else { saying(kind, own()).0 };
            let failed = begin().fail("upstream_closed", "It broke.");
            let mut turn = begin();
            let broken = turn.push(text("Hel")) + &turn.fail("upstream_closed", "It broke.");
            for (frames, words) in [(failed, "<b>Ring</b> us."), (broken, "To be\\ncontinued.")] {
                assert_eq!(frames.matches(&format!("\"{words}\"")).count(), 2, "{frames}");
                assert!(!frames.contains(FAILED) && !frames.contains(BROKEN), "{frames}");
            }
        }
    }
}

#[test]
fn a_turn_that_fails_without_a_word_says_so_and_keeps_nothing_of_it() {
    let said = FAILED;
    for (before, spaces) in [(None, ""), (Some(reasoning("hm")), ""), (Some(text(" \n")), " \n")] {
        for kind in [TargetKind::Agent, TargetKind::Flow] {
            let (mut turn, mut stream) = started(kind);
            stream += &before.clone().map(|delta| turn.push(delta)).unwrap_or_default();
            stream += &turn.fail("upstream_closed", "It broke.");
            let frames = frames(&stream, 1);
            let count = frames.len();
            let id = r#""id":"text_exec_1_1""#;
            let starts = frames.iter().filter(|frame| frame.starts_with("text_start")).count();
            assert_eq!(starts, 1);
            assert_eq!(frames[count - 4], format!(r#"text_delta {{{id},"delta":"{said}"}}"#));
            let whole = serde_json::to_string(&format!("{spaces}{said}")).unwrap();
            assert_eq!(frames[count - 3], format!(r#"text_complete {{{id},"text":{whole}}}"#));
            assert!(frames[count - 2].contains(r#""stopReason":"error""#));
            assert!(frames[count - 1].starts_with("execution_error"));
            assert_eq!(turn.text().text(), spaces);
        }
    }
}

#[test]
fn an_answer_that_is_longer_than_what_is_kept_goes_on_and_ends_without_repeating_it() {
    for kind in [TargetKind::Agent, TargetKind::Flow] {
        let (mut turn, _) = started(kind);
        let half = "a".repeat(MAX_ANSWER_BYTES / 2);
        let mut stream = turn.push(text(&half));
        for word in [&half, "b", "c"] {
            stream += &turn.push(text(word));
        }
        stream += &turn.finish(at(ENDED));
        let frames = frames(&stream, 3);
        assert_eq!(frames[3], r#"text_delta {"id":"text_exec_1_1","delta":"b"}"#);
        assert_eq!(frames[4], r#"text_delta {"id":"text_exec_1_1","delta":"c"}"#);
        assert_eq!(frames[5], r#"text_complete {"id":"text_exec_1_1"}"#);
        assert!(!frames[6].contains("result"), "{}", frames[6]);
        assert!(frames[7].starts_with("execution_complete"));
        assert_eq!((turn.text().text().len(), turn.text().is_whole()), (MAX_ANSWER_BYTES, false));
    }
}

#[test]
fn tools_of_the_page_pause_the_turn() {
    let (mut turn, _) = started(TargetKind::Agent);
    let mut stream = turn.push(text("Wait."));
    for id in ["call_1", "call_2"] {
        assert_eq!(turn.push(Delta::ToolCall(call(id))), "");
    }
    stream += &turn.finish(at(ENDED));
    let frames = frames(&stream, 3);
    assert_eq!(frames.len(), 5);
    assert_eq!(frames[2], r#"text_complete {"id":"text_exec_1_1","text":"Wait."}"#);
    assert_eq!(
        frames[4],
        r#"await {"toolName":"add.to.cart","toolCallId":"call_2","parameters":{"sku":"a\nb"},"origin":"webmcp"}"#
    );
    assert_eq!(turn.calls().len(), 2);
}

#[test]
fn a_resumption_has_no_execution_start_and_ids_of_its_own() {
    let (mut turn, mut stream) = Turn::resume(TargetKind::Flow, "exec_1", Notices::default(), 2);
    stream += &turn.push(text("Done"));
    stream += &turn.finish(at(ENDED));
    assert_eq!(
        frames(&stream, 1),
        [
            r#"step_start {"id":"step_exec_1_2","stepType":"prompt","name":"Answer"}"#,
            r#"text_start {"id":"text_exec_1_2"}"#,
            r#"text_delta {"id":"text_exec_1_2","delta":"Done"}"#,
            r#"text_complete {"id":"text_exec_1_2","text":"Done"}"#,
            r#"step_complete {"id":"step_exec_1_2","stepType":"prompt","success":true,"result":{"response":"Done"}}"#,
            r#"execution_complete {"kind":"flow","success":true,"completedAt":"2026-01-31T12:00:01.500Z"}"#,
        ]
    );
    let (_, agent) = Turn::resume(TargetKind::Agent, "exec_1", Notices::default(), 2);
    let start = r#"turn_start {"id":"turn_exec_1_2","role":"assistant","iteration":2}"#;
    assert_eq!(frames(&agent, 1), [start]);
}

#[test]
fn missing_results_are_asked_for_again() {
    let stream = Turn::ask_again(TargetKind::Agent, "exec_1", 1, &[call("call_2")]);
    let frames = frames(&stream, 1);
    assert_eq!(frames.len(), 1);
    assert!(frames[0].starts_with(r#"await {"toolName":"add.to.cart","toolCallId":"call_2","#));
    // The widget asks the visitor by itself; asked twice, it would take the question away.
    let of_widget = ToolCall { origin: ToolOrigin::Sdk, ..call("call_3") };
    assert_eq!(Turn::ask_again(TargetKind::Agent, "exec_1", 1, &[of_widget]), PING);
}

#[test]
fn an_answer_of_nothing_has_no_text_block() {
    let (mut turn, _) = started(TargetKind::Agent);
    assert_eq!(turn.push(text("")) + &turn.push(reasoning("")), "");
    assert_eq!(frames(&turn.finish(at(ENDED)), 3).len(), 2);
}

#[test]
fn an_unusual_end_is_told() {
    for (kind, stop, told) in [
        (TargetKind::Agent, Stop::Length, r#""stopReason":"length"}"#),
        (TargetKind::Flow, Stop::ContentFilter, r#""stopReason":"content_filter"}"#),
    ] {
        let (mut turn, _) = started(kind);
        turn.push(Delta::Stop(stop));
        let frames = frames(&turn.finish(at(ENDED)), 3);
        assert!(frames[0].ends_with(told), "{}", frames[0]);
    }
}

#[test]
fn nothing_follows_the_end() {
    let end: [fn(&mut Turn); 3] = [
        |turn| _ = turn.finish(at(ENDED)),
        |turn| _ = turn.fail("a", "b"),
        |turn| _ = (turn.push(Delta::ToolCall(call("c"))), turn.finish(at(ENDED))),
    ];
    for end in end {
        let (mut turn, _) = started(TargetKind::Agent);
        end(&mut turn);
        let more = [turn.push(text("x")), turn.finish(at(ENDED)), turn.fail("a", "b")];
        assert_eq!((more.concat().as_str(), turn.text().text()), ("", ""));
    }
}
