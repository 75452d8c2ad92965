//! What services do that others don't: passed over where it says nothing, and told where it says
//! that something failed.

use super::*;

fn text(text: &str) -> Delta {
    Delta::Text(text.to_owned())
}

fn thought(text: &str) -> Delta {
    Delta::Reasoning(text.to_owned())
}

const END: Delta = Delta::Stop(Stop::EndTurn);

/// What comes of the bytes of a stream that ends well.
fn heard(stream: &str) -> Vec<Delta> {
    let (deltas, failure) = read(stream);
    assert_eq!(failure, None, "{stream}");
    deltas
}

/// The answer around an event.
fn around(event: &str) -> String {
    let [before, after] = [r#"{"content":"He"}"#, r#"{"content":"llo"}"#].map(delta);
    stream(&[&before]) + event + &stream(&[&after, &ending("stop"), "[DONE]"])
}

#[test]
fn what_keeps_a_line_open_is_passed_over() {
    for event in [
        "data:\n\n",
        "data: \n\n",
        "data\n\n",
        ":\n\n",
        ": OPENROUTER PROCESSING\n\n",
        "event: ping\n\n",
        "event: ping\ndata: {\"type\":\"ping\"}\n\n",
        "event: ping\ndata: ok\n\n",
        "event: heartbeat\ndata: {\"choices\":[{\"delta\":{\"content\":\"no\"}}]}\n\n",
        "data: ping\n\n",
        "data: 1\n\n",
        "data: null\n\n",
        "data: []\n\n",
        "data: \"keep-alive\"\n\n",
        "data: {}\n\n",
        "data: {\"type\":\"ping\"}\n\n",
        "data: {\"choices\":[]}\n\n",
        "data: {\"choices\":null,\"error\":null,\"code\":null}\n\n",
        "data: {\"choices\":[],\"code\":0,\"error\":{}}\n\n",
        "data: {\"code\":200,\"errors\":[],\"error\":\"\"}\n\n",
        "data: {\"choices\":{}}\n\n",
        "data: {\"choices\":[null]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":1,\"tool_calls\":\"x\"},\"finish_reason\":0}]}\n\n",
        "data: {\"choices\":[{\"delta\":null,\"finish_reason\":\"\"}]}\n\n",
        "id: 1\nretry: 5\n\n",
    ] {
        assert_eq!(heard(&around(event)), [text("He"), text("llo"), END], "{event:?}");
    }
}

#[test]
fn content_may_be_a_list_of_parts() {
    for (content, deltas) in [
        (r#"[{"type":"text","text":"a"}]"#, vec![text("a")]),
        (r#"[{"type":"text","text":"a"},{"type":"text","text":"b"}]"#, vec![text("ab")]),
        (r#"["a",{"text":"b"}]"#, vec![text("ab")]),
        (r#"{"type":"text","text":"a"}"#, vec![text("a")]),
        (
            r#"[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"a"}]"#,
            vec![thought("hm"), text("a")],
        ),
        (r#"[{"type":"thinking","thinking":"hm"}]"#, vec![thought("hm")]),
        (
            r#"[{"type":"reference","reference_ids":[1]},{"type":"text","text":"a"}]"#,
            vec![text("a")],
        ),
        (r#"[{"type":"image_url","image_url":{"url":"x","text":"no"}}]"#, vec![]),
        ("[]", vec![]),
        (r#"[[[[[["deep"]]]]]]"#, vec![]),
    ] {
        let chunk = delta(&format!(r#"{{"content":{content}}}"#));
        let mut expected = deltas;
        expected.push(END);
        assert_eq!(answer(&[&chunk, &ending("stop")]), expected, "{content}");
    }
}

#[test]
fn a_failure_is_never_told_as_an_end() {
    let said = stream(&[&delta(r#"{"content":"Hel"}"#)]);
    for event in [
        "event: error\ndata: {\"message\":\"overloaded\"}\n\n",
        "event: error\ndata: overloaded\n\n",
        "event: error\ndata:\n\n",
        "event: error\n\n",
        "event: error\ndata: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n",
        "data: {\"error\":{\"message\":\"x\"}}\n\n",
        "data: {\"error\":\"x\",\"choices\":[{\"delta\":{}}]}\n\n",
        "data: {\"error\":true}\n\n",
        "data: {\"text\":\"NETWORK ERROR\",\"error_code\":50001}\n\n",
        "data: {\"object\":\"error\",\"message\":\"x\",\"code\":40303}\n\n",
        "data: {\"type\":\"error\",\"message\":\"x\"}\n\n",
        "data: {\"code\":\"InternalError\",\"message\":\"x\"}\n\n",
        "data: {\"code\":20012,\"choices\":[]}\n\n",
        "data: {\"errors\":[{\"code\":7009}],\"success\":false}\n\n",
        "data: {\"error_msg\":\"x\"}\n\n",
        "data: {\"detail\":\"Internal error\"}\n\n",
        "data: {\"success\":false,\"result\":null}\n\n",
        "data: {\"status\":\"error\",\"message\":\"x\"}\n\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"error\":{\"code\":502}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"insufficient_system_resource\"}]}\n\n",
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"error\"}]}\n\n",
    ] {
        let (deltas, failure) = read(&(said.clone() + event + &stream(&["[DONE]"])));
        let cause = failure.map(|failure| failure.cause);
        assert_eq!((deltas, cause), (vec![text("Hel")], Some(Cause::Reported)), "{event:?}");
    }
    // Nor is a stream that says nothing at all.
    for empty in [stream(&["[DONE]"]), stream(&[&delta(r#"{"role":"assistant"}"#), "[DONE]"])] {
        assert_eq!(read(&empty).1.unwrap().cause, Cause::ClosedEarly, "{empty}");
    }
}

#[test]
fn an_end_needs_no_blank_line_and_no_exact_spelling() {
    let said = stream(&[&delta(r#"{"content":"Hi"}"#)]);
    let end = ending("length");
    for (last, stop) in [
        (format!("data: {end}"), Some(Stop::Length)),
        (format!("data: {end}\n"), Some(Stop::Length)),
        (format!("data:{end}\r\n"), Some(Stop::Length)),
        ("data: [DONE]".to_owned(), None),
        ("data: [DONE] \n\n".to_owned(), None),
        ("data:   [DONE]\t\n".to_owned(), None),
        ("event: done\ndata: [DONE]\n\n".to_owned(), None),
        (format!("data: {end}\n\ndata: {{\"usa"), Some(Stop::Length)),
    ] {
        let expected: Vec<_> = [text("Hi")].into_iter().chain(stop.map(Delta::Stop)).collect();
        assert_eq!(heard(&(said.clone() + &last)), expected, "{last:?}");
    }
    // One that was cut off in the middle is none.
    let cut = said + "data: {\"choices\":[{\"delta\":{},\"finish_re";
    assert_eq!(read(&cut).1.unwrap().cause, Cause::ClosedEarly);
}

#[test]
fn halves_of_a_character_are_joined_wherever_they_stand() {
    let said = |pieces: &[&str]| {
        let chunks: Vec<_> = pieces.iter().map(|piece| delta(piece)).collect();
        let chunks: Vec<_> = chunks.iter().map(String::as_str).collect();
        heard(&(stream(&chunks) + &stream(&[&ending("stop")])))
    };
    let content = |text: &str| format!(r#"{{"content":"{text}"}}"#);
    assert_eq!(
        said(&[&content(r"a\ud83d"), &content(r"\ude00b")]),
        [text("a"), text("\u{1f600}b"), END]
    );
    assert_eq!(said(&[&content(r"\ud83d")]), [text("\u{fffd}"), END]);
    assert_eq!(said(&[&content(r"\ude00")]), [text("\u{fffd}"), END]);
    assert_eq!(
        said(&[&content(r"\ud83d"), r#"{"reasoning":"hm"}"#, &content(r"\ude00")]),
        [thought("hm"), text("\u{1f600}"), END]
    );
    assert_eq!(
        said(&[r#"{"reasoning_content":"\ud83d"}"#, r#"{"reasoning_content":"\ude00"}"#]),
        [thought("\u{1f600}"), END]
    );
    assert_eq!(
        said(&[r#"{"content":[{"type":"text","text":"\ud83d"},{"type":"text","text":"\ude00"}]}"#]),
        [text("\u{1f600}"), END]
    );
}

/// Names, arguments and given ids of the calls in these deltas.
fn called(chunks: &[&str]) -> Vec<(String, String, Option<String>)> {
    let calls = answer(chunks).into_iter().filter_map(|delta| match delta {
        Delta::ToolCall(call) => Some((call.name, call.arguments.to_string(), call.given.id)),
        _ => None,
    });
    calls.collect()
}

#[test]
fn parallel_calls_with_one_index_are_told_apart() {
    let piece = |id: &str, name: &str, arguments: &str| {
        let id = if id.is_empty() { String::new() } else { format!(r#""id":"{id}","#) };
        let name = if name.is_empty() { String::new() } else { format!(r#""name":"{name}","#) };
        let arguments = serde_json::to_string(arguments).unwrap();
        delta(&format!(
            r#"{{"tool_calls":[{{"index":0,{id}"function":{{{name}"arguments":{arguments}}}}}]}}"#
        ))
    };
    let both = |first: Option<&str>, second: Option<&str>| {
        [(r#"{"a":1}"#, first), (r#"{"b":2}"#, second)]
            .map(|(arguments, id)| ("ask".to_owned(), arguments.to_owned(), id.map(str::to_owned)))
    };
    let end = ending("tool_calls");
    for (pieces, first, second) in [
        // With an id each, whole.
        (
            vec![piece("x", "ask", r#"{"a":1}"#), piece("y", "ask", r#"{"b":2}"#)],
            Some("x"),
            Some("y"),
        ),
        // With the id in the first fragment only.
        (
            vec![
                piece("x", "ask", ""),
                piece("", "", r#"{"a""#),
                piece("", "", ":1}"),
                piece("y", "ask", ""),
                piece("", "", r#"{"b":2}"#),
            ],
            Some("x"),
            Some("y"),
        ),
        // With the id in every fragment, one inside the other.
        (
            vec![
                piece("x", "ask", r#"{"a""#),
                piece("y", "ask", r#"{"b""#),
                piece("x", "", ":1}"),
                piece("y", "", ":2}"),
            ],
            Some("x"),
            Some("y"),
        ),
        // With none.
        (vec![piece("", "ask", r#"{"a":1}"#), piece("", "ask", r#"{"b":2}"#)], None, None),
        (
            vec![
                piece("", "ask", ""),
                piece("", "", r#"{"a":1}"#),
                piece("", "ask", r#"{"b""#),
                piece("", "", ":2}"),
            ],
            None,
            None,
        ),
        (
            vec![
                piece("", "ask", ""),
                piece("", "", r#"{"a":1}"#),
                piece("", "ask", ""),
                piece("", "", r#"{"b":2}"#),
            ],
            None,
            None,
        ),
        // With one id for both.
        (
            vec![piece("x", "ask", r#"{"a":1}"#), piece("x", "ask", r#"{"b":2}"#)],
            Some("x"),
            Some("x"),
        ),
    ] {
        let chunks: Vec<_> = pieces.iter().chain([&end]).map(String::as_str).collect();
        assert_eq!(called(&chunks), both(first, second), "{pieces:?}");
    }
    // A name that every fragment repeats begins no call.
    let repeated = [
        piece("", "ask", ""),
        piece("", "ask", r#"{"a""#),
        piece("", "ask", ":1}"),
        piece("", "ask", ""),
    ];
    let chunks: Vec<_> = repeated.iter().chain([&end]).map(String::as_str).collect();
    assert_eq!(called(&chunks), both(None, None)[..1]);
    // Another name does, also where the first call has no arguments.
    let two = [piece("", "ask", ""), piece("", "shop_add", "{}")];
    let chunks: Vec<_> = two.iter().chain([&end]).map(String::as_str).collect();
    assert_eq!(
        called(&chunks).into_iter().map(|(name, ..)| name).collect::<Vec<_>>(),
        ["ask", "shop.add"]
    );
}

#[test]
fn arguments_may_be_an_object_or_say_null() {
    for (arguments, read) in [
        (r#"{"a":{"b":1}}"#, r#"{"a":{"b":1}}"#),
        ("{}", "{}"),
        ("null", "{}"),
        (r#""null""#, "{}"),
        (r#""""#, "{}"),
        ("[]", "{}"),
        (r#""{\"a\":\"\\ud83d\"}""#, "{\"a\":\"\u{fffd}\"}"),
    ] {
        let call = delta(&format!(
            r#"{{"tool_calls":[{{"index":0,"id":"x","function":{{"name":"ask","arguments":{arguments}}}}}]}}"#
        ));
        let [(_, found, _)] = &called(&[&call, &ending("stop")])[..] else { panic!("{arguments}") };
        assert_eq!(found, read);
    }
}

#[test]
fn what_comes_with_a_call_is_kept() {
    let deltas = answer(&[
        &delta(r#"{"reasoning_content":"Hm, "}"#),
        &delta(r#"{"reasoning_content":"well"}"#),
        &delta(
            r#"{"reasoning_details":[{"type":"reasoning.text","text":"Let","index":0,"format":"f"}]}"#,
        ),
        &delta(r#"{"reasoning_details":[{"type":"reasoning.text","text":" me","index":0}]}"#),
        &delta(
            r#"{"reasoning_details":[{"type":"reasoning.text","signature":"s","index":0},{"type":"reasoning.encrypted","data":"z","index":1},{"type":"reasoning.encrypted","data":"y","index":1}]}"#,
        ),
        &delta(
            r#"{"tool_calls":[{"index":0,"id":"x","function":{"name":"ask","arguments":"{}"},"extra_content":{"google":{"thought_signature":"s"}}}],"extra_content":{"m":1}}"#,
        ),
        &ending("tool_calls"),
    ]);
    let kept = deltas.iter().find_map(|delta| match delta {
        Delta::Keep(data) => Some(data),
        _ => None,
    });
    let MessageData { reasoning_content, reasoning_details, extra_content } = kept.unwrap();
    assert_eq!(reasoning_content.as_deref(), Some("Hm, well"));
    let details: Vec<_> = reasoning_details.iter().map(ToString::to_string).collect();
    assert_eq!(
        details,
        [
            r#"{"type":"reasoning.text","text":"Let me","index":0,"format":"f","signature":"s"}"#,
            r#"{"type":"reasoning.encrypted","data":"z","index":1}"#,
            r#"{"type":"reasoning.encrypted","data":"y","index":1}"#,
        ]
    );
    assert_eq!(extra_content.as_ref().unwrap().to_string(), r#"{"m":1}"#);
    let call = deltas.iter().find_map(|delta| match delta {
        Delta::ToolCall(call) => Some(call),
        _ => None,
    });
    let signature = call.unwrap().given.extra_content.as_ref().unwrap().to_string();
    assert_eq!(signature, r#"{"google":{"thought_signature":"s"}}"#);
}

#[test]
fn an_id_of_any_length_goes_back_and_the_page_sees_a_short_one() {
    let long = "x".repeat(800);
    let call = delta(&format!(
        r#"{{"tool_calls":[{{"index":0,"id":"{long}","function":{{"name":"ask"}}}}]}}"#
    ));
    let deltas = answer(&[&call, &ending("stop")]);
    let Some(Delta::ToolCall(call)) = deltas.get(1) else { panic!("{deltas:?}") };
    assert_eq!((call.id.as_str(), call.given.id.as_deref()), ("call_exec_1_1_1", Some(&*long)));
}

#[test]
fn thoughts_beyond_what_a_pause_holds_are_a_failure_only_where_they_must_go_back() {
    let thought = delta(&format!(r#"{{"reasoning_content":"{}"}}"#, "a".repeat(700_000)));
    let call = delta(r#"{"tool_calls":[{"index":0,"id":"x","function":{"name":"ask"}}]}"#);
    assert_eq!(answer(&[&thought, &thought, &ending("stop")]).len(), 3);
    let failed = failure(&[&thought, &thought, &call, &ending("tool_calls")]);
    assert_eq!(failed.cause, Cause::TooLong);
}

#[test]
fn usage_is_read_wherever_it_stands() {
    let of = |chunks: &[&str]| {
        answer(chunks).into_iter().find_map(|delta| match delta {
            Delta::Usage(usage) => Some((usage.input_tokens, usage.output_tokens)),
            _ => None,
        })
    };
    let end = ending("stop");
    let usage = r#"{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}"#;
    for (chunk, told) in [
        (format!(r#"{{"choices":[],"usage":{usage}}}"#), Some((7, 2))),
        (format!(r#"{{"choices":[{{"delta":{{}},"usage":{usage}}}]}}"#), Some((7, 2))),
        (format!(r#"{{"choices":[],"x_groq":{{"usage":{usage}}}}}"#), Some((7, 2))),
        // Thinking stands outside the answer's tokens.
        (
            r#"{"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":109}}"#.into(),
            Some((7, 102)),
        ),
        (r#"{"usage":{"prompt_tokens":7,"total_tokens":9}}"#.into(), Some((7, 2))),
        (
            r#"{"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":7}}"#.into(),
            Some((7, 5)),
        ),
        (r#"{"usage":{"input_tokens":7,"output_tokens":2}}"#.into(), Some((7, 2))),
        (r#"{"usage":{"prompt_tokens":"7"}}"#.into(), None),
        (r#"{"usage":[]}"#.into(), None),
        (r#"{"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}"#.into(), None),
    ] {
        assert_eq!(of(&[&end, &chunk]), told, "{chunk}");
    }
    // The last one counts, but for one that says nothing.
    let growing = r#"{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":7,"completion_tokens":1}}"#;
    let empty = r#"{"usage":{"prompt_tokens":0,"completion_tokens":0}}"#;
    let last = format!(r#"{{"usage":{usage}}}"#);
    assert_eq!(of(&[growing, &end, &last, empty]), Some((7, 2)));
}

#[test]
fn a_line_that_is_held_open_is_known_to_be_over() {
    let pushed = |chunks: &[&str]| {
        let mut reader = reader();
        reader.push(stream(chunks).as_bytes(), &mut Vec::new()).unwrap();
        (reader.has_stopped(), reader.is_done())
    };
    let said = delta(r#"{"content":"a"}"#);
    assert_eq!(pushed(&[&said]), (false, false));
    assert_eq!(pushed(&[&said, &ending("stop")]), (true, false));
    assert_eq!(pushed(&[&said, &ending("stop"), "[DONE]"]), (true, true));
}

/// What comes of an answer in one piece, and its failure.
fn whole(body: &str) -> (Vec<Delta>, Option<UpstreamFailure>) {
    let mut reader = reader();
    reader.expect_whole();
    let mut deltas = Vec::new();
    for piece in body.as_bytes().chunks(7) {
        if let Err(failure) = reader.push(piece, &mut deltas) {
            return (deltas, Some(failure));
        }
    }
    match reader.finish() {
        Ok(last) => (last, None),
        Err(failure) => (deltas, Some(failure)),
    }
}

#[test]
fn an_answer_may_come_in_one_piece() {
    let usage = Delta::Usage(Usage { input_tokens: 7, output_tokens: 2 });
    let body = r#"{"object":"chat.completion","choices":[{"message":{"role":"assistant","content":"Hi","reasoning_content":"hm"},"finish_reason":"length"}],"usage":{"prompt_tokens":7,"completion_tokens":2}}"#;
    let stop = Delta::Stop(Stop::Length);
    assert_eq!(whole(body), (vec![thought("hm"), text("Hi"), usage, stop], None));
    let calling = r#"{"choices":[{"message":{"content":null,"tool_calls":[{"id":"x","function":{"name":"ask","arguments":{"a":1}}}]}}]}"#;
    let (deltas, failure) = whole(calling);
    assert_eq!((deltas.len(), failure), (3, None));
    // Some send it as the only event of a stream.
    assert_eq!(heard(&stream(&[body]))[..2], [thought("hm"), text("Hi")]);
    for (body, cause) in [
        (r#"{"error":{"message":"x"}}"#, Cause::NotAStream),
        (r#"{"code":7,"message":"x"}"#, Cause::NotAStream),
        (r#"{"choices":[{"message":{"content":"a"},"error":{"code":1}}]}"#, Cause::Reported),
        (r#"{"hello":"world"}"#, Cause::NotAStream),
        ("[]", Cause::NotAStream),
        ("{", Cause::Malformed),
        ("", Cause::Malformed),
    ] {
        assert_eq!(whole(body).1.map(|failure| failure.cause), Some(cause), "{body}");
    }
    let long =
        format!(r#"{{"choices":[{{"message":{{"content":"{}"}}}}]}}"#, "a".repeat(1024 * 1024));
    assert_eq!(whole(&long).1.map(|failure| failure.cause), Some(Cause::TooLong));
}

#[test]
fn hostile_streams_are_bounded() {
    // An event that never ends.
    let endless = "data: {\"choices\":[".to_owned() + &"1,".repeat(1024 * 1024);
    assert_eq!(read(&endless).1.unwrap().cause, Cause::TooLong);
    // Ten thousand calls.
    let call = delta(r#"{"tool_calls":[{"function":{"name":"ask","arguments":"{}"}}]}"#);
    assert_eq!(failure(&vec![call.as_str(); 10_000]).cause, Cause::TooLong);
    // Ten megabytes of events that say nothing, of each kind.
    for nothing in ["data:\n\n", "event: ping\n\n", "data: 1\n\n", ":\n", "\n"] {
        let (deltas, failure) =
            read(&(nothing.repeat(10_000_000 / nothing.len()) + "data: [DONE]\n\n"));
        assert_eq!((deltas.len(), failure.unwrap().cause), (0, Cause::ClosedEarly));
    }
    // Halves whose others never come.
    let half = delta(r#"{"content":"\ud83d"}"#);
    let halves = read(&(stream(&vec![half.as_str(); 50_000]) + &stream(&[&ending("stop")]))).0;
    assert_eq!(halves.len(), 50_001);
    // A call whose name every one of many fragments repeats.
    let piece = delta(r#"{"tool_calls":[{"function":{"name":"ask","arguments":"["}}]}"#);
    let failed = read(&(stream(&vec![piece.as_str(); 50_000]) + &stream(&[&ending("stop")]))).1;
    assert_eq!(failed.unwrap().cause, Cause::InvalidToolCall);
}
