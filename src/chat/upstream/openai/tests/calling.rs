use super::*;

#[test]
fn calls_are_put_together_by_their_index() {
    let deltas = answer(&[
        &delta(
            r#"{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"shop_add","arguments":""}}]}"#,
        ),
        &delta(
            r#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"sku\""}},{"index":1,"id":"c2","function":{"name":"ask","arguments":""}}]}"#,
        ),
        &delta(
            r#"{"tool_calls":[{"index":0,"id":"c1","function":{"name":"shop_add","arguments":":1}"}}]}"#,
        ),
        &ending("tool_calls"),
    ]);
    let calls = [call("c1", "shop.add", r#"{"sku":1}"#), call("c2", "ask", "{}")];
    assert_eq!(deltas[0], Delta::Keep(MessageData::default()));
    assert_eq!(deltas[1..3], calls.map(Delta::ToolCall));
}

#[test]
fn without_an_index_a_new_id_begins_a_new_call() {
    let deltas = answer(&[
        &delta(r#"{"tool_calls":[{"id":"c1","function":{"name":"ask","arguments":"{"}}]}"#),
        &delta(r#"{"tool_calls":[{"function":{"arguments":"}"}}]}"#),
        &delta(r#"{"tool_calls":[{"id":"c2","function":{"name":"ask","arguments":"{}"}}]}"#),
        &ending("stop"),
    ]);
    let calls = [call("c1", "ask", "{}"), call("c2", "ask", "{}")];
    assert_eq!(deltas[0], Delta::Keep(MessageData::default()));
    assert_eq!(deltas[1..3], calls.map(Delta::ToolCall));
}

#[test]
fn a_call_without_an_id_of_its_own_gets_one() {
    let long = "x".repeat(129);
    let mut first = Step::paused("", &[call("used", "ask", "{}")]);
    first.answer(json(r#"{"used":1}"#));
    let (tools, steps) = (tools(), [first]);
    let resumed = Request { steps: &steps, ..request(&[], &tools) };
    let mut reader = Reader::new(&resumed, "exec_1");
    let calls: Vec<String> = ["", "c", "c", "used", &long]
        .iter()
        .enumerate()
        .map(|(n, id)| format!(r#"{{"index":{n},"id":"{id}","function":{{"name":"ask"}}}}"#))
        .collect();
    let chunk = delta(&format!(r#"{{"tool_calls":[{}]}}"#, calls.join(",")));
    reader.push(stream(&[&chunk, &ending("stop")]).as_bytes(), &mut Vec::new()).unwrap();
    let ids = reader.finish().unwrap().into_iter().filter_map(|delta| match delta {
        Delta::ToolCall(call) => Some(call.id),
        _ => None,
    });
    assert_eq!(
        ids.collect::<Vec<_>>(),
        ["call_exec_1_2_1", "c", "call_exec_1_2_3", "call_exec_1_2_4", "call_exec_1_2_5"]
    );
}

#[test]
fn calls_that_nobody_can_run_are_failures() {
    let called = |function: &str| {
        let calls = delta(&format!(r#"{{"tool_calls":[{{"index":0,"function":{function}}}]}}"#));
        failure(&[&calls, &ending("tool_calls")]).cause
    };
    assert_eq!(called(r#"{"name":"shop.add"}"#), Cause::UnknownTool);
    assert_eq!(called(r#"{"arguments":"{}"}"#), Cause::Malformed);
    for arguments in ["{", "[]", "1", "{} {}"] {
        let function = format!(r#"{{"name":"ask","arguments":"{arguments}"}}"#);
        assert_eq!(called(&function), Cause::InvalidToolCall, "{arguments}");
    }
}

#[test]
fn calls_are_bounded() {
    let calls = |n: usize| {
        let call = |n| format!(r#"{{"index":{n},"function":{{"name":"ask"}}}}"#);
        let calls: Vec<String> = (0..n).map(call).collect();
        delta(&format!(r#"{{"tool_calls":[{}]}}"#, calls.join(",")))
    };
    assert_eq!(answer(&[&calls(32), &ending("stop")]).len(), 34);
    assert_eq!(failure(&[&calls(33)]).cause, Cause::TooLong);
}

#[test]
fn arguments_are_bounded_in_length() {
    let called = |size: usize| {
        let piece = "a".repeat(size / 2);
        let fragment = |arguments: &str| {
            let arguments = serde_json::to_string(arguments).unwrap();
            delta(&format!(
                r#"{{"tool_calls":[{{"index":0,"function":{{"name":"ask","arguments":{arguments}}}}}]}}"#
            ))
        };
        read(&stream(&[
            &fragment(&format!(r#"{{"a":"{piece}"#)),
            &fragment(&format!(r#"{piece}"}}"#)),
            &ending("tool_calls"),
        ]))
    };
    // The name comes twice, and there are eight bytes of JSON around the text.
    let most = 512 * 1024 - 2 * "ask".len() - 8;
    assert_eq!(called(most).1, None);
    assert_eq!(called(most + 2).1.unwrap().cause, Cause::TooLong);
}

#[test]
fn arguments_are_bounded_in_depth() {
    let called = |depth: usize| {
        let nested = format!("{}1{}", r#"{\"a\":"#.repeat(depth), "}".repeat(depth));
        let call = delta(&format!(
            r#"{{"tool_calls":[{{"index":0,"function":{{"name":"ask","arguments":"{nested}"}}}}]}}"#
        ));
        read(&stream(&[&call, &ending("tool_calls")])).1
    };
    assert_eq!(called(64), None);
    assert_eq!(called(65).unwrap().cause, Cause::InvalidToolCall);
}
