//! Tests of reading, writing and bounding JSON.

use proptest::prelude::*;

use super::*;

fn bounded(text: &str) -> Result<Json, JsonFault> {
    Json::parse_body(text.as_bytes())
}

#[test]
fn what_was_sent_is_written_back_in_order() {
    let text =
        r#"{"z":[1,-2,2.5,"\u0000",null,true],"a":{"b":18446744073709551615},"c":[1e2,30.0,-0]}"#;
    let json = Json::parse(text.as_bytes()).unwrap();
    assert_eq!(json.to_string(), text);
}

#[test]
fn repeated_keys_are_found_at_any_depth_once_each() {
    let json = Json::parse(br#"{"a":1,"b":[{"c":1,"c":2,"c":3}],"a":2}"#).unwrap();
    let of = |path| {
        let mut paths = Vec::new();
        json.each_repeated_key(path, &mut |path| paths.push(path.to_string()));
        paths
    };
    assert_eq!(of(""), ["b.0.c", "a"]);
    assert_eq!(of("X"), ["X.b.0.c", "X.a"]);
}

#[test]
fn hostile_text_is_an_error_with_a_place() {
    let deep = "[".repeat(10_000);
    for text in ["", "{", "{\"a\":1e400}", "\"\\ud800\"", "nul", "{} {}", "{'a':1}", &deep] {
        let fault = Json::parse(text.as_bytes()).unwrap_err();
        assert!(fault.contains("line 1"), "{text:.20}: {fault}");
    }
    assert!(Json::parse(b"\"\xff\"").is_err());
    assert!(Json::parse(b"\"a\0b\"").is_err());
}

#[test]
fn a_fault_names_its_line_and_column() {
    let fault = |text: &str| Json::parse(text.as_bytes()).unwrap_err();
    assert_eq!(fault("{\n  \"a\": tru\n}"), "expected a value at line 2 column 8");
    assert_eq!(fault("[1 2]"), "expected a comma or ] at line 1 column 4");
    assert_eq!(fault("\u{feff}1"), "expected a value at line 1 column 1");
}

#[test]
fn the_depth_is_bounded_from_both_sides() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let parsers: [fn(&str) -> bool; 2] =
        [|text| Json::parse(text.as_bytes()).is_ok(), |text| bounded(text).is_ok()];
    for parse in parsers {
        assert!(parse(&nested(127)));
        assert!(!parse(&nested(128)));
    }
    let fault = bounded(&nested(128)).unwrap_err().to_string();
    assert_eq!(fault, "is not valid JSON: more than 127 levels of nesting at line 1 column 128");
}

#[test]
fn the_values_of_a_body_are_bounded_from_both_sides() {
    // The array itself counts as one value.
    let items = |count: usize| format!("[{}]", vec!["0"; count - 1].join(","));
    assert!(bounded(&items(100_000)).is_ok());
    assert_eq!(bounded(&items(100_001)), Err(JsonFault::TooManyValues));
    assert!(Json::parse_page_body(items(100_000).as_bytes()).is_ok());
    let fault = Json::parse_page_body(items(100_001).as_bytes());
    assert_eq!(fault, Err(JsonFault::TooManyValues));
    let members = |count: usize| {
        let members: Vec<String> = (1..count).map(|n| format!("\"{n}\":{{}}")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(bounded(&members(100_000)).is_ok());
    assert_eq!(bounded(&members(100_001)), Err(JsonFault::TooManyValues));
}

#[test]
fn what_is_no_body_is_as_large_as_it_likes() {
    // A list of 1000 tokens has 1000 rows of 23 columns; others are larger.
    let rows =
        format!("[{}]", vec!["[0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2]"; 9_000].join(","));
    assert!(Json::parse(rows.as_bytes()).is_ok());
    let name = format!("{{\"{}\":1}}", "k".repeat(2_000));
    assert!(Json::parse(name.as_bytes()).is_ok());
}

#[test]
fn a_name_is_bounded_from_both_sides_in_bytes() {
    let named = |name: &str| format!("{{\"a\":[{{\"{name}\":1}}]}}");
    assert!(bounded(&named(&"k".repeat(1024))).is_ok());
    assert_eq!(bounded(&named(&"k".repeat(1025))), Err(JsonFault::NameTooLong));
    assert!(bounded(&named(&"é".repeat(512))).is_ok());
    assert_eq!(bounded(&named(&"\\u00e9".repeat(513))), Err(JsonFault::NameTooLong));
}

#[test]
fn a_byte_order_mark_before_a_body_is_skipped_once() {
    assert_eq!(bounded("\u{feff}[1]"), bounded("[1]"));
    assert!(Json::parse_page_body("\u{feff}[1]".as_bytes()).is_ok());
    assert!(bounded("\u{feff}\u{feff}[1]").is_err());
    assert!(Json::parse("\u{feff}[1]".as_bytes()).is_err());
}

#[test]
fn half_a_surrogate_pair_of_a_page_is_replaced() {
    for (sent, read) in [
        (r"\ud800", "\u{fffd}"),
        (r"\udc00", "\u{fffd}"),
        (r"a\ud83db", "a\u{fffd}b"),
        (r"\ud83d\ude00", "\u{1f600}"),
        (r"\uD83D\uDE00", "\u{1f600}"),
        (r"\ud83d\ud83d\ude00", "\u{fffd}\u{1f600}"),
        (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
        (r"\ud83d\u0041", "\u{fffd}A"),
        (r"\ud83d\n", "\u{fffd}\n"),
        (r"\\ud800", "\\ud800"),
    ] {
        let text = format!("\"{sent}\"");
        let json = Json::parse_page_body(text.as_bytes()).unwrap();
        assert_eq!(json, Json::String(read.to_owned()), "{sent}");
        let is_whole = !read.contains('\u{fffd}');
        assert_eq!(Json::parse_body(text.as_bytes()).is_ok(), is_whole, "{sent}");
    }
    assert!(Json::parse_page_body(br#""\ud83d\u12""#).is_err());
}

/// Texts that are JSON, nearly JSON, or neither.
fn texts() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(","),
        Just(":"),
        Just("\""),
        Just(" "),
        Just("\n"),
        Just("\"a\""),
        Just("\"b\":"),
        Just("\"\\u0041\\n\\/\""),
        Just("\\"),
        Just("\"\\ud83d\\ude00\""),
        Just("\"\\ud83d\""),
        Just("\"é\""),
        Just("0"),
        Just("-"),
        Just("12"),
        Just("."),
        Just("e"),
        Just("E+"),
        Just("1.5e3"),
        Just("-0.0"),
        Just("01"),
        Just("1e999"),
        Just("true"),
        Just("false"),
        Just("null"),
        Just("nul"),
        Just("\u{1}"),
    ];
    prop::collection::vec(word, 0..12).prop_map(|words| words.concat())
}

fn values() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

#[test]
fn a_value_within_a_form_is_read_as_it_was_written() {
    let deep = format!("{}1{}", "[".repeat(127), "]".repeat(127));
    for text in ["1E+2", "0.1000000000000000055511151231257827", r#"{"a":1,"b":2,"a":3}"#, &deep] {
        let [within]: [Json; 1] = serde_json::from_str(&format!(" [ {text} ] ")).unwrap();
        assert_eq!(within.to_string(), text);
    }
    for text in [format!("[{deep}]"), r#""\ud83d""#.to_owned()] {
        assert!(serde_json::from_str::<[Json; 1]>(&format!("[{text}]")).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn the_same_texts_are_taken_as_by_serde_json(text in texts()) {
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        let ours = Json::parse(text.as_bytes());
        prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?} {:?}", ours, theirs);
        if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
            // Through text, since a map keeps the last of repeated members.
            let again: serde_json::Value = serde_json::from_str(&ours.to_string()).unwrap();
            prop_assert_eq!(again, theirs);
        }
    }

    #[test]
    fn every_value_is_read_and_written_back(value in values()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let json = Json::parse(text.as_bytes()).unwrap();
            prop_assert_eq!(json.to_string(), value.to_string());
        }
    }
}
