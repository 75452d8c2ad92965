use proptest::prelude::*;

use super::*;

/// What comes of a body in such pieces, and the most bytes that were kept on the way.
fn filtered(body: &[u8], piece: usize, most: usize) -> (Result<ChatBody, JsonFault>, usize) {
    let (mut filter, mut json, mut kept) = (Filter::new(most), Vec::new(), 0);
    for piece in body.chunks(piece) {
        if let Err(fault) = filter.push(piece, &mut json) {
            return (Err(fault), kept);
        }
        kept = kept.max(json.len() + filter.held);
    }
    (Ok(ChatBody { json, pictures: filter.finish() }), kept)
}

fn taken_out(body: &str) -> (String, Vec<Picture>) {
    let whole = ChatBody::whole(body.as_bytes()).unwrap();
    for piece in 1..4 {
        let (cut, _) = filtered(body.as_bytes(), piece, usize::MAX);
        let cut = cut.unwrap();
        assert_eq!(cut.json, whole.json);
        assert_eq!(cut.pictures.0.borrow().as_slice(), whole.pictures.0.borrow().as_slice());
    }
    (String::from_utf8(whole.json).unwrap(), whole.pictures.0.into_inner())
}

fn held(texts: &[&str]) -> Vec<Picture> {
    texts.iter().map(|text| Picture::Held((*text).to_owned())).collect()
}

/// A message with these pictures.
fn message(images: &[&str]) -> String {
    let parts: Vec<_> =
        images.iter().map(|image| format!(r#"{{"type":"image","image":"{image}"}}"#)).collect();
    format!(r#"{{"role":"user","content":[{}]}}"#, parts.join(","))
}

fn list(messages: &[String]) -> String {
    format!(r#"{{"sessionId":"cs_a","messages":[{}],"x":1}}"#, messages.join(","))
}

#[test]
fn pictures_and_files_are_taken_out_and_the_rest_passes() {
    let body = r#"{"sessionId":"cs_a", "messages" : [ {"content":"image"}, {"role":"user","content":[
        {"type":"text","text":"data:image/png;base64,AA"}, {"type":"image","image" : "data:A","mimeType":"image/png"},
        {"type":"file","data":"B","filename":"data"}]}],"context":{"image":"C"}}"#;
    let (json, pictures) = taken_out(body);
    assert_eq!(json, body.replace("\"data:A\"", "\"0\"").replace("\"B\"", "\"1\""));
    assert_eq!(pictures, held(&["data:A", "B"]));
}

#[test]
fn a_text_elsewhere_is_nobody_s_picture() {
    for body in [
        r#"{"image":"A","data":"A"}"#,
        r#"{"messages":{"content":[{"image":"A"}]}}"#,
        r#"{"messages":[{"image":"A","content":{"image":"A"}}]}"#,
        r#"{"messages":[{"content":["image","A",["image","A"]]}]}"#,
        r#"{"messages":[{"content":[[{"image":"A"}]]}]}"#,
        r#"{"messages":[{"content":[{"image":{"image":"A"},"text":"image"}]}]}"#,
        r#"{"messages":[{"content":[{"image":["A"],"img":"A","Image":"A","":"A"}]}]}"#,
        r#"{"messages":[[{"content":[{"image":"A"}]}]]}"#,
        r#"{"messages":[{"contents":[{"image":"A"}]}],"content":[{"image":"A"}]}"#,
        r#"{"message":[{"content":[{"image":"A"}]}],"x":{"messages":[{"content":[{"image":"A"}]}]}}"#,
        r#"[{"messages":[{"content":[{"image":"A"}]}]}]"#,
        r#"{"messages":[{"content":[{"image":7,"data":null}]}]}"#,
    ] {
        assert_eq!(taken_out(body), (body.to_owned(), Vec::new()));
    }
}

#[test]
fn names_and_texts_may_have_escapes() {
    let body = r#"{"\u006dessages":[{"cont\u0065nt":[{"im\u0061ge":"data:image\/png;\"\\\u0041\ud83d\ude00"}]}]}"#;
    let (json, pictures) = taken_out(body);
    assert!(json.ends_with(r#"{"im\u0061ge":"0"}]}]}"#), "{json}");
    assert_eq!(pictures, held(&["data:image/png;\"\\A\u{1f600}"]));
    let (_, pictures) = taken_out(r#"{"messages":[{"content":[{"x":"\\","image":"\\"}]}]}"#);
    assert_eq!(pictures, held(&["\\"]));
}

#[test]
fn a_text_that_cannot_be_read_is_told_with_its_place() {
    for text in ["\\x", "\\u12", "\n"] {
        let body = list(&[message(&["A"]), message(&["A", text])]);
        let fault = ChatBody::whole(body.as_bytes()).unwrap_err().to_string();
        assert!(fault.contains("in the text of messages.1.content.1: "), "{fault}");
    }
    let body = [b"{\"messages\":[{\"content\":[{\"image\":\"\xff".as_slice(), b"\"}]}]}"].concat();
    assert!(ChatBody::whole(&body).is_err());
}

#[test]
fn members_of_one_name_stay_two() {
    let (json, pictures) =
        taken_out(r#"{"messages":[{"content":[{"image":"A","image":"B"}],"content":[]}]}"#);
    assert!(json.contains(r#"{"image":"0","image":"1"}"#), "{json}");
    assert_eq!(pictures, held(&["A", "B"]));
}

#[test]
fn a_body_that_stops_stays_one_that_stopped() {
    let body = list(&[message(&["AAAA"]), message(&["BBBB", "CC\\n"])]);
    for end in 0..body.len() {
        let body = ChatBody::whole(&body.as_bytes()[..end]).unwrap();
        assert!(json::parse_body(&body.json, &mut |_| {}).is_err(), "{end}");
    }
}

#[test]
fn the_oldest_are_let_go_first_and_no_more_than_must_be() {
    let (a, b, c) = ("A".repeat(500), "B".repeat(500), "C".repeat(500));
    let body = list(&[message(&[&a, "x"]), message(&[&b]), message(&[&c])]);
    for piece in [1, 7, 1000, 10_000] {
        let (taken, kept) = filtered(body.as_bytes(), piece, 1400);
        assert!(kept <= 1400, "{kept}");
        let pictures = taken.unwrap().pictures.0.into_inner();
        let known = Picture::LetGo(Fingerprint::of(&a));
        let x = held(&["x"]).remove(0);
        assert_eq!(pictures, [vec![known, x], held(&[&b, &c])].concat(), "{piece}");
    }
}

#[test]
fn one_that_is_too_much_alone_is_let_go_while_it_comes_and_known_by_the_same() {
    let large = "AB\\/".repeat(1000);
    let body = list(&[message(&["x"]), message(&[&large]), message(&["y"])]);
    for piece in [1, 3, 100, 10_000] {
        let (taken, kept) = filtered(body.as_bytes(), piece, 1000);
        assert!(kept <= 1000 + piece.min(4_000), "{kept}");
        let pictures = taken.unwrap().pictures.0.into_inner();
        let known = |text: &str| Picture::LetGo(Fingerprint::of(text));
        assert_eq!(pictures[..2], [known("x"), known(&large)]);
        assert_eq!(pictures[2..], held(&["y"]));
    }
}

#[test]
fn text_that_passes_makes_pictures_go_too() {
    let text = format!(r#"{{"role":"user","content":"{}"}}"#, "t".repeat(900));
    let body = list(&[message(&["A".repeat(500).as_str()]), text]);
    let (taken, _) = filtered(body.as_bytes(), 64, 1200);
    let pictures = taken.unwrap().pictures.0.into_inner();
    assert_eq!(pictures, [Picture::LetGo(Fingerprint::of(&"A".repeat(500)))]);
}

#[test]
fn there_are_as_many_as_a_body_has_values() {
    let many = message(&vec!["A"; json::MAX_VALUES + 1]);
    let fault = ChatBody::whole(list(&[many]).as_bytes()).unwrap_err();
    assert_eq!(fault, JsonFault::TooManyValues);
}

/// JSON in which names that lead to pictures are frequent.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<String>().prop_map(Value::String),
        Just(Value::Null),
        Just(Value::String("\"\\/\u{1f600}".to_owned())),
    ];
    leaf.prop_recursive(6, 60, 4, |inner| {
        let name = prop_oneof!["messages", "content", "image", "data", "[a-z]{0,3}"];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::vec((name, inner), 0..4).prop_map(Value::from_iter),
        ]
    })
}

/// The same with every text at the place of a picture put back.
fn put_back(json: Value, path: &[&str], pictures: &Pictures) -> Value {
    match (json, path) {
        (Value::String(text), ["messages", "[]", "content", "[]", "image" | "data"]) => {
            match pictures.take(&text) {
                Picture::Held(text) => Value::String(text),
                Picture::LetGo(_) => Value::Null,
            }
        }
        (Value::Array(items), _) => {
            let path = [path, &["[]"]].concat();
            Value::Array(items.into_iter().map(|item| put_back(item, &path, pictures)).collect())
        }
        (Value::Object(members), _) => Value::Object(
            members
                .into_iter()
                .map(|(name, value)| {
                    let value = put_back(value, &[path, &[name.as_str()]].concat(), pictures);
                    (name, value)
                })
                .collect(),
        ),
        (other, _) => other,
    }
}

fn placed(content: Value) -> Value {
    let object = |name: &str, value| Value::from_iter([(name, value)]);
    object("messages", Value::Array(vec![object("content", Value::Array(vec![content]))]))
}

proptest! {
    #[test]
    fn a_body_with_its_pictures_put_back_is_the_body(
        json in prop_oneof![json(), json().prop_map(placed)],
        piece in 1_usize..40,
    ) {
        let body = json.to_string();
        let (taken, _) = filtered(body.as_bytes(), piece, usize::MAX);
        let taken = taken.unwrap();
        let passed = json::parse_body(&taken.json, &mut |_| {}).unwrap();
        prop_assert_eq!(put_back(passed, &[], &taken.pictures), json);
    }

    #[test]
    fn never_more_is_kept_than_may_be(
        json in json().prop_map(placed),
        piece in 1_usize..40,
        most in 0_usize..400,
    ) {
        let body = json.to_string();
        let (mut filter, mut passed) = (Filter::new(most), Vec::new());
        for piece in body.as_bytes().chunks(piece) {
            filter.push(piece, &mut passed).unwrap();
            prop_assert!(filter.held == 0 || passed.len() + filter.held <= most);
        }
    }
}
