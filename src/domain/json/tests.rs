//! Tests of reading, writing and bounding JSON.

use proptest::prelude::*;

use super::*;

fn bounded(text: &str) -> Result<Value, JsonFault> {
    parse_body(text.as_bytes(), &mut |_| {})
}

fn page(text: &str) -> Result<Value, JsonFault> {
    let mut body = text.as_bytes().to_vec();
    replace_halves(&mut body);
    parse_body(&body, &mut |_| {})
}

#[test]
fn what_was_sent_is_written_back_in_order() {
    let text = r#"{"z":[1,-2,2.5,"\u0000",null,true],"a":{"b":18446744073709551615},"c":[100.0,30.0,-0.0]}"#;
    let json = parse(text.as_bytes()).unwrap();
    assert_eq!(json.to_string(), text);
}

#[test]
fn names_that_are_repeated_are_told_at_any_depth_once_each() {
    let told = |text: &str| {
        let mut paths = Vec::new();
        let value = parse_body(text.as_bytes(), &mut |path| paths.push(path.to_string()));
        (value.unwrap().to_string(), paths)
    };
    let (value, paths) = told(r#"{"a":1,"b":[{"d":0,"c":1,"c":2,"d":0,"c":3}],"a":2}"#);
    assert_eq!(paths, ["b.0.c", "b.0.d", "a"]);
    assert_eq!(value, r#"{"a":1,"b":[{"d":0,"c":1}]}"#);
    assert_eq!(told(r#"{"a":1,"A":2,"\u0061":[],"":{"":1,"":2}}"#).1, [".", "a"]);
    assert!(told(r#"[{"a":1},{"a":1}]"#).1.is_empty());
}

#[test]
fn a_number_is_what_javascript_reads() {
    for (text, value) in [
        ("1E+2", "100.0"),
        ("1.50", "1.5"),
        ("0.1000000000000000055511151231257827", "0.1"),
        // What a quick reader takes for the double beside it.
        ("31.245270191439438", "31.245270191439438"),
        ("121.48791951161945", "121.48791951161945"),
        ("100.78399658203125", "100.78399658203125"),
        ("1e-400", "0.0"),
        ("-0", "-0.0"),
        ("9007199254740993", "9007199254740993"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("18446744073709551615", "18446744073709551615"),
        ("18446744073709551616", "1.8446744073709552e+19"),
    ] {
        assert_eq!(parse(text.as_bytes()).unwrap().to_string(), value, "{text}");
        let read: f64 = text.parse().unwrap();
        let written: f64 = value.parse().unwrap();
        assert_eq!(read.to_bits(), written.to_bits(), "{text}");
    }
}

#[test]
fn a_number_is_the_integer_that_it_equals() {
    let of = |text: &str| match parse(text.as_bytes()) {
        Ok(Value::Number(number)) => (whole::<i64>(&number), whole::<u64>(&number)),
        other => panic!("{other:?}"),
    };
    for text in ["30", "30.0", "3e1", "3E+1", "300e-1", "0.30e2"] {
        assert_eq!(of(text), (Some(30), Some(30)), "{text}");
    }
    for text in ["0", "-0", "0.000", "0e999999999999999999999", "1e-400"] {
        assert_eq!(of(text), (Some(0), Some(0)), "{text}");
    }
    assert_eq!(of("-1.50e1"), (Some(-15), None));
    assert_eq!(of("9223372036854775807"), (Some(i64::MAX), Some(i64::MAX.unsigned_abs())));
    assert_eq!(of("-9223372036854775808"), (Some(i64::MIN), None));
    assert_eq!(of("18446744073709551615"), (None, Some(u64::MAX)));
    // As JavaScript reads it, one more.
    assert_eq!(of("9223372036854775807.0"), (None, Some(1 << 63)));
    for text in ["18446744073709551616", "-9223372036854775809", "1e20", "1e300", "30.5", "1e-1"] {
        let (_, unsigned) = of(text);
        assert_eq!(unsigned, None, "{text}");
    }
    for text in ["1e20", "1e300", "-1e300", "30.5", "-0.1"] {
        assert_eq!(of(text), (None, None), "{text}");
    }
}

#[test]
fn no_name_means_anything_to_the_reader() {
    let text = r#"{"$serde_json::private::RawValue":"[1]"}"#;
    for nested in [text.to_owned(), format!("[{text}]"), format!("{{\"a\":{text}}}")] {
        assert_eq!(parse(nested.as_bytes()).unwrap().to_string(), nested);
        assert_eq!(bounded(&nested).unwrap().to_string(), nested);
        assert_eq!(page(&nested).unwrap().to_string(), nested);
    }
}

#[test]
fn hostile_text_is_an_error_with_a_place() {
    let deep = "[".repeat(10_000);
    for text in ["", "{", "{\"a\":1e400}", "\"\\ud800\"", "nul", "{} {}", "{'a':1}", &deep] {
        let fault = parse(text.as_bytes()).unwrap_err();
        assert!(fault.contains("line 1"), "{text:.20}: {fault}");
    }
    assert!(parse(b"\"\xff\"").is_err());
    assert!(parse(b"\"a\0b\"").is_err());
}

#[test]
fn a_fault_names_its_line_and_column() {
    let fault = |text: &str| parse(text.as_bytes()).unwrap_err();
    assert_eq!(fault("{\n  \"a\": truth\n}"), "expected a value at line 2 column 11");
    assert_eq!(fault("[1 2]"), "expected a comma or ] at line 1 column 4");
    assert_eq!(fault("\u{feff}1"), "expected a value at line 1 column 1");
}

#[test]
fn a_fault_says_what_was_expected() {
    let half = "half a surrogate pair at line 1 column ";
    for (text, fault) in [
        ("", "expected a value, found the end at line 1 column 1"),
        ("{\"a\":", "expected a value, found the end at line 1 column 6"),
        ("[1", "expected a closing ], found the end at line 1 column 3"),
        ("{\"a\":1", "expected a closing }, found the end at line 1 column 7"),
        ("\"a", "expected a closing quote, found the end at line 1 column 3"),
        ("{a:1}", "expected a name in quotes at line 1 column 2"),
        ("{\"a\" 1}", "expected a colon at line 1 column 6"),
        ("{\"a\":1 2}", "expected a comma or } at line 1 column 8"),
        ("[1 2]", "expected a comma or ] at line 1 column 4"),
        ("\n x", "expected a value at line 2 column 2"),
        ("1 2", "expected nothing behind the value at line 1 column 3"),
        ("\"\\ud800\"", &format!("{half}8")),
        ("\"\\ud800\\n\"", &format!("{half}9")),
    ] {
        assert_eq!(parse(text.as_bytes()), Err(fault.to_owned()), "{text}");
    }
    for (text, fault) in [
        ("[nul]", "expected a value at"),
        ("1e400", "a number beyond every double at"),
        ("\"a\0\"", "a control character must be escaped at"),
        ("\"\\x\"", "unknown escape at"),
        ("\"\\u12g4\"", "unknown escape at"),
        ("[1,]", "expected something behind the comma at"),
        ("01", "invalid number at"),
    ] {
        let told = parse(text.as_bytes()).unwrap_err();
        assert!(told.starts_with(fault), "{text}: {told}");
    }
    assert_eq!(parse(b"[\n\"\xff\"]").unwrap_err(), "expected UTF-8 at line 2 column 2");
}

#[test]
fn the_depth_is_bounded_from_both_sides() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let parsers: [fn(&str) -> bool; 2] =
        [|text| parse(text.as_bytes()).is_ok(), |text| bounded(text).is_ok()];
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
    assert!(page(&items(100_000)).is_ok());
    let fault = page(&items(100_001));
    assert_eq!(fault, Err(JsonFault::TooManyValues));
    // 101 values of 100 names each, and the list.
    let members = format!("{{{}}}", vec!["\"a\":{}"; 100].join(","));
    let objects = |count: usize| format!("[{}]", vec![members.as_str(); count].join(","));
    assert!(bounded(&objects(990)).is_ok());
    assert_eq!(bounded(&objects(991)), Err(JsonFault::TooManyValues));
}

#[test]
fn the_names_of_an_object_are_bounded_from_both_sides() {
    let others = |count: usize| (0..count).map(|n| format!("\"{n}\":{{}}")).collect::<Vec<_>>();
    for names in [others, |count| vec!["\"a\":1".to_owned(); count]] {
        let object = |count: usize| format!("[{{{}}}]", names(count).join(","));
        assert!(bounded(&object(1000)).is_ok() && page(&object(1000)).is_ok());
        assert_eq!(bounded(&object(1001)), Err(JsonFault::TooManyNames));
        assert_eq!(page(&object(1001)), Err(JsonFault::TooManyNames));
        assert!(parse(object(1001).as_bytes()).is_ok());
    }
    // As many of another object are none of its.
    let both = others(1000).join(",");
    assert!(bounded(&format!("[{{{both}}},{{{both},\"0\":{{}}}}]")).is_err());
    assert!(bounded(&format!("[{{{both}}},{{{both}}}]")).is_ok());
}

#[test]
fn what_is_no_body_is_as_large_as_it_likes() {
    // A list of 1000 tokens has 1000 rows of 23 columns; others are larger.
    let rows =
        format!("[{}]", vec!["[0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2]"; 9_000].join(","));
    assert!(parse(rows.as_bytes()).is_ok());
    let name = format!("{{\"{}\":1}}", "k".repeat(2_000));
    assert!(parse(name.as_bytes()).is_ok());
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
    assert!(page("\u{feff}[1]").is_ok());
    assert!(bounded("\u{feff}\u{feff}[1]").is_err());
    assert!(parse("\u{feff}[1]".as_bytes()).is_err());
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
        let json = page(&text).unwrap();
        assert_eq!(json, Value::String(read.to_owned()), "{sent}");
        let is_whole = !read.contains('\u{fffd}');
        assert_eq!(bounded(&text).is_ok(), is_whole, "{sent}");
    }
    assert!(page(r#""\ud83d\u12""#).is_err());
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

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
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
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

#[test]
fn a_value_within_a_form_is_read_as_it_was_written() {
    #[derive(serde::Deserialize)]
    struct Form {
        #[serde(deserialize_with = "stored::value")]
        value: Value,
        #[serde(default, deserialize_with = "stored::option")]
        option: Option<Value>,
        #[serde(default, deserialize_with = "stored::even_null")]
        null: Option<Value>,
        #[serde(default, deserialize_with = "stored::list")]
        list: Vec<Value>,
    }
    let deep = format!("{}1{}", "[".repeat(127), "]".repeat(127));
    let raw = r#"{"$serde_json::private::RawValue":"[1]"}"#;
    for text in ["[0.1,null]", raw, &deep] {
        let form =
            format!(r#"{{"value": {text},"option": {text} ,"null":{text},"list":[{text}]}}"#);
        let form: Form = serde_json::from_str(&form).unwrap();
        let all = [form.value, form.option.unwrap(), form.null.unwrap(), form.list[0].clone()];
        assert_eq!(all.map(|value| value.to_string()), [text; 4]);
    }
    let form: Form = serde_json::from_str(r#"{"value":null,"option":null,"null":null}"#).unwrap();
    assert_eq!((form.value, form.option, form.null), (Value::Null, None, Some(Value::Null)));
    assert!(form.list.is_empty());
    for text in [format!("[{deep}]"), r#""\ud83d""#.to_owned()] {
        assert!(serde_json::from_str::<Form>(&format!("{{\"value\":{text}}}")).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn the_same_texts_are_taken_as_by_serde_json(text in texts()) {
        let theirs = serde_json::from_str::<Value>(&text);
        let ours = parse(text.as_bytes());
        // Of repeated members they keep the last.
        let has_repeated = {
            let mut has_repeated = false;
            let _ = parse_reporting(text.as_bytes(), &mut |_| has_repeated = true);
            has_repeated
        };
        if has_repeated {
            prop_assert!(ours.is_ok() && theirs.is_ok());
        } else {
            prop_assert_eq!(ours.ok(), theirs.ok());
        }
    }

    #[test]
    fn every_value_is_read_and_written_back(value in values()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let json = parse(text.as_bytes()).unwrap();
            prop_assert_eq!(json.to_string(), value.to_string());
        }
    }
}
