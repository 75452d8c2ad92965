use super::*;

fn message(role: Role, content: Content) -> Message {
    Message { id: "m".to_owned(), role, content }
}

fn said(role: Role, text: &str) -> Message {
    message(role, Content::Text(text.to_owned()))
}

fn messages_of(request: &Request<'_>) -> String {
    let body = json(&request.body());
    serde_json::to_string(body.get("messages").unwrap()).unwrap()
}

#[test]
fn requests_go_below_the_base_url() {
    for base in ["https://api.openai.com/v1", "https://api.openai.com/v1//"] {
        assert_eq!(endpoint(base), "https://api.openai.com/v1/chat/completions");
    }
}

#[test]
fn a_request_asks_for_a_stream_with_its_usage() {
    let transcript = [said(Role::User, "Hi")];
    assert_eq!(
        request(&transcript, &[]).body(),
        r#"{"model":"gpt-x","messages":[{"role":"user","content":"Hi"}],"stream":true,"stream_options":{"include_usage":true},"user":"conv_1"}"#
    );
}

#[test]
fn the_system_prompt_comes_first_unless_it_is_blank() {
    let transcript =
        [said(Role::User, "Hi"), said(Role::Assistant, "Hello"), said(Role::User, "And?")];
    let rest = r#"{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"},{"role":"user","content":"And?"}]"#;
    let with = |system_prompt| Request { system_prompt, ..request(&transcript, &[]) };
    assert_eq!(
        messages_of(&with(Some("Be kind."))),
        format!(r#"[{{"role":"system","content":"Be kind."}},{rest}"#)
    );
    assert_eq!(messages_of(&with(Some(" \n"))), format!("[{rest}"));
}

#[test]
fn parts_take_the_services_form() {
    let parts = vec![
        Part::Reasoning { text: "hm".to_owned() },
        Part::Text { text: "Look".to_owned() },
        Part::Image { image: "https://a.example/b.png".to_owned(), mime_type: None },
        Part::Image { image: "AA==".to_owned(), mime_type: Some("image/gif".to_owned()) },
        Part::File {
            data: "data:text/plain;base64,AA==".to_owned(),
            mime_type: "text/plain".to_owned(),
            filename: "a.txt".to_owned(),
        },
        Part::File {
            data: "https://a.example/b.pdf".to_owned(),
            mime_type: "application/pdf".to_owned(),
            filename: "b.pdf".to_owned(),
        },
    ];
    let transcript = [message(Role::User, Content::Parts(parts))];
    assert_eq!(
        messages_of(&request(&transcript, &[])),
        r#"[{"role":"user","content":[{"type":"text","text":"Look"},{"type":"image_url","image_url":{"url":"https://a.example/b.png"}},{"type":"image_url","image_url":{"url":"data:image/gif;base64,AA=="}},{"type":"file","file":{"filename":"a.txt","file_data":"data:text/plain;base64,AA=="}},{"type":"text","text":"b.pdf (application/pdf): https://a.example/b.pdf"}]}]"#
    );
}

#[test]
fn a_message_of_which_nothing_is_left_is_left_out() {
    let nothing = || Content::Parts(vec![Part::Reasoning { text: "hm".to_owned() }]);
    let transcript = [
        message(Role::User, nothing()),
        message(Role::Assistant, nothing()),
        said(Role::Assistant, ""),
        said(Role::User, "Hi"),
    ];
    assert_eq!(messages_of(&request(&transcript, &[])), r#"[{"role":"user","content":"Hi"}]"#);
}

#[test]
fn what_the_page_says_is_said_as_the_visitor_and_never_as_the_system() {
    let transcript = [said(Role::User, "One"), said(Role::User, "Two")];
    let (inputs, context) = (json(r#"{"url":"/a"}"#), json("{}"));
    let told = Request {
        system_prompt: Some("Be kind."),
        inputs: Some(&inputs),
        context: Some(&context),
        ..request(&transcript, &[])
    };
    assert_eq!(
        messages_of(&told),
        r#"[{"role":"system","content":"Be kind."},{"role":"user","content":"One"},{"role":"user","content":"Data from the web page: {\"inputs\":{\"url\":\"/a\"}}\n\nTwo"}]"#
    );
    let image = Part::Image { image: "AA==".to_owned(), mime_type: None };
    let transcript = [message(Role::User, Content::Parts(vec![image]))];
    let told = Request { context: Some(&inputs), ..request(&transcript, &[]) };
    assert!(messages_of(&told).starts_with(
        r#"[{"role":"user","content":[{"type":"text","text":"Data from the web page: {\"context\":{\"url\":\"/a\"}}"},{"type":"image_url","#
    ));
}

#[test]
fn empty_objects_of_the_page_say_nothing() {
    let transcript = [said(Role::User, "Hi")];
    let nothing = json("{}");
    let told =
        Request { inputs: Some(&nothing), context: Some(&nothing), ..request(&transcript, &[]) };
    assert_eq!(told.body(), request(&transcript, &[]).body());
}

#[test]
fn the_pages_tools_are_functions() {
    let tools = tools();
    let body = json(&request(&[], &tools).body());
    assert_eq!(
        serde_json::to_string(body.get("tools").unwrap()).unwrap(),
        r#"[{"type":"function","function":{"name":"shop_add","description":"Adds","parameters":{"type":"object"}}},{"type":"function","function":{"name":"ask","description":"","parameters":{"type":"object","properties":{}}}}]"#
    );
}

#[test]
fn a_resumption_repeats_the_calls_and_brings_their_results() {
    let transcript = [said(Role::User, "Hi")];
    let mut first =
        Step::paused("Wait.", &[call("c1", "shop.add", r#"{"sku":1}"#), call("c2", "ask", "{}")]);
    first.answer(json(r#"{"c1":{"content":[{"type":"text","text":"ok"}]},"ask":"yes"}"#));
    let mut second = Step::paused("", &[call("c3", "ask", "{}")]);
    second.answer(json(r#"{"c3":null}"#));
    let steps = [first, second];
    let resumed = Request { steps: &steps, ..request(&transcript, &[]) };
    let expected = [
        r#"{"role":"user","content":"Hi"}"#,
        r#"{"role":"assistant","content":"Wait.","tool_calls":[{"id":"c1","type":"function","function":{"name":"shop_add","arguments":"{\"sku\":1}"}},{"id":"c2","type":"function","function":{"name":"ask","arguments":"{}"}}]}"#,
        r#"{"role":"tool","tool_call_id":"c1","content":"{\"content\":[{\"type\":\"text\",\"text\":\"ok\"}]}"}"#,
        r#"{"role":"tool","tool_call_id":"c2","content":"yes"}"#,
        r#"{"role":"assistant","content":null,"tool_calls":[{"id":"c3","type":"function","function":{"name":"ask","arguments":"{}"}}]}"#,
        r#"{"role":"tool","tool_call_id":"c3","content":"null"}"#,
    ];
    assert_eq!(messages_of(&resumed), format!("[{}]", expected.join(",")));
}
