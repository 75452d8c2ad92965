use super::*;

fn text(text: &str) -> Delta {
    Delta::Text(text.to_owned())
}

#[test]
fn an_answer_is_its_texts_its_cost_and_its_reason() {
    let deltas = answer(&[
        &delta(r#"{"role":"assistant","content":"","refusal":null}"#),
        &delta(r#"{"content":"Hel"}"#),
        &delta(r#"{"content":"lo"}"#),
        &ending("stop"),
        r#"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}}"#,
    ]);
    let usage = Usage { input_tokens: 7, output_tokens: 2 };
    assert_eq!(deltas, [text("Hel"), text("lo"), Delta::Usage(usage), Delta::Stop(Stop::EndTurn)]);
}

#[test]
fn both_names_of_reasoning_are_known() {
    let thought = |text: &str| Delta::Reasoning(text.to_owned());
    let deltas = answer(&[
        &delta(r#"{"reasoning_content":"a","reasoning":"a"}"#),
        &delta(r#"{"reasoning":"b","content":null}"#),
        &delta(r#"{"content":"c"}"#),
        &ending("stop"),
    ]);
    assert_eq!(deltas[..3], [thought("a"), thought("b"), text("c")]);
}

#[test]
fn an_answer_may_be_longer_than_what_is_kept_of_it() {
    let long = delta(&format!(r#"{{"content":"{}"}}"#, "a".repeat(900_000)));
    let thought = delta(&format!(r#"{{"reasoning":"{}"}}"#, "a".repeat(900_000)));
    assert_eq!(answer(&[&long, &thought, &long, &thought, &long, &ending("stop")]).len(), 6);
}

#[test]
fn a_chunk_is_bounded() {
    let endless = "data: ".to_owned() + &"a".repeat(1024 * 1024);
    assert_eq!(read(&endless).1.unwrap().cause, Cause::TooLong);
}

#[test]
fn an_error_in_the_stream_ends_it() {
    let error = r#"{"error":{"message":"Rate limit for org-secret","code":429},"choices":[]}"#;
    let (deltas, failure) = read(&stream(&[&delta(r#"{"content":"Hel"}"#), error]));
    let failure = failure.unwrap();
    assert_eq!(deltas, [text("Hel")]);
    assert_eq!(
        (failure.cause, failure.detail.as_str()),
        (Cause::Reported, "an error in the stream, code 429")
    );
    assert!(failure.words.contains("org-secret"));
}

#[test]
fn an_object_that_cant_be_read_is_a_failure() {
    for chunk in ["{", r#"{"choices":[{"delta":{"content":"#, "{choices}", "{} {}"] {
        assert_eq!(failure(&[chunk, &ending("stop")]).cause, Cause::Malformed, "{chunk}");
    }
}

#[test]
fn an_answer_may_end_with_a_reason_or_with_done_but_not_with_neither() {
    let said = delta(r#"{"content":"Hi"}"#);
    assert_eq!(read(&stream(&[&said, &ending("stop")])).1, None);
    assert_eq!(read(&stream(&[&said, "[DONE]"])), (vec![text("Hi")], None));
    for cut in [stream(&[&said]), String::new(), stream(&["[DONE]"])] {
        let (_, failure) = read(&cut);
        assert_eq!(failure.unwrap().cause, Cause::ClosedEarly);
    }
    let not_a_stream = r#"{"choices":[{"message":{"content":"Hi"}}]}"#;
    assert_eq!(read(not_a_stream).1.unwrap().cause, Cause::ClosedEarly);
}

#[test]
fn nothing_after_done_counts() {
    let mut reader = reader();
    let mut deltas = Vec::new();
    let said = stream(&["[DONE]", &delta(r#"{"content":"Hi"}"#), "{"]);
    reader.push(said.as_bytes(), &mut deltas).unwrap();
    assert!(reader.is_done() && deltas.is_empty());
}

proptest! {
    #[test]
    fn neither_pieces_nor_line_ends_make_a_difference(
        words in proptest::collection::vec("[é🙂a\\\\\n]{0,6}", 0..5),
        last in 0_usize..5,
        size in 1_usize..30,
    ) {
        let mut chunks: Vec<String> = words
            .iter()
            .map(|word| delta(&format!(r#"{{"content":{}}}"#, serde_json::to_string(word).unwrap())))
            .collect();
        let ends = ["stop", "length"].map(ending);
        let more = [&ends[0], &ends[1], "[DONE]", "{", r#"{"error":"x"}"#];
        chunks.push(more[last].to_owned());
        let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
        let whole = stream(&chunks);
        let expected = read(&whole);
        prop_assert_eq!(&read_pieces(whole.as_bytes().chunks(size)), &expected);
        let crlf = whole.replace('\n', "\r\n");
        prop_assert_eq!(&read_pieces(crlf.as_bytes().chunks(size)), &expected);
    }
}
