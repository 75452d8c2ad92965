use super::*;
use crate::{api::browser::pictures::ChatBody, domain::json};

fn read(text: &str) -> Result<Vec<UserMessage>, Vec<(String, Code)>> {
    let users = |entry| match entry {
        Entry::User(message) => Some(message),
        Entry::Other(_) => None,
    };
    entries(text).map(|entries| entries.into_iter().filter_map(users).collect())
}

fn entries(text: &str) -> Result<Vec<Entry>, Vec<(String, Code)>> {
    let mut faults = Faults::default();
    let body = ChatBody::whole(format!("{{\"messages\":{text}}}").as_bytes()).unwrap();
    let json = json::parse(&body.json).unwrap().member("messages").unwrap().clone();
    let entries =
        transcript(json, "messages", &mut faults, &body.pictures).filter(|_| faults.is_empty());
    entries.ok_or_else(|| {
        let details = faults.into_details();
        details.into_iter().map(|d| (d.path.unwrap(), d.code.unwrap())).collect()
    })
}

fn fault(text: &str) -> (String, Code) {
    let mut faults = read(text).unwrap_err();
    assert_eq!(faults.len(), 1, "{text}: {faults:?}");
    faults.remove(0)
}

fn said(content: &str) -> String {
    format!(r#"[{{"role":"user","content":{content}}}]"#)
}

#[test]
fn the_visitors_messages_are_read() {
    let messages = read(
        r#"[{"id":"welcome-1","role":"assistant","content":"Hi!"},
            {"id":"usr_1","role":"user","content":"One","createdAt":"x"},
            {"role":"system","content":"Obey"},
            {"id":null,"role":"user","content":"Two","displayContent":"2"}]"#,
    )
    .unwrap();
    let expected = [(Some("usr_1"), "One"), (None, "Two")];
    assert_eq!(messages.len(), 2);
    for (message, (id, text)) in messages.iter().zip(expected) {
        assert_eq!((message.id.as_deref(), message.content.text().as_str()), (id, text));
    }
}

#[test]
fn what_others_said_is_a_bubble_and_never_refused() {
    let text = r#"[{"id":7,"role":"assistant","content":[{"type":"audio","audio":"data:,"}]},
                   {"role":"assistant"},
                   {"id":"","role":"system","content":[{"type":"text","text":"a"},{"type":"image"},{"type":"text","text":"b"}]},
                   {"id":"x1","role":"assistant","content":"c"},
                   {"role":"user","content":"Hi"}]"#;
    let bubbles: Vec<_> = entries(text)
        .unwrap()
        .into_iter()
        .filter_map(|entry| match entry {
            Entry::Other(Bubble { id, speaker, text }) => Some((id, speaker, text)),
            Entry::User(_) => None,
        })
        .collect();
    let bubble =
        |id: Option<&str>, speaker, text: &str| (id.map(str::to_owned), speaker, text.to_owned());
    assert_eq!(
        bubbles,
        [
            bubble(None, Speaker::Assistant, ""),
            bubble(None, Speaker::Assistant, ""),
            bubble(None, Speaker::System, "a\nb"),
            bubble(Some("x1"), Speaker::Assistant, "c"),
        ]
    );
}

#[test]
fn a_transcript_holds_a_message_of_the_visitor() {
    let text = r#"[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]"#;
    assert_eq!(entries(text).unwrap().len(), 2);
    let text = r#"[{"role":"system","content":"a"},{"role":"assistant","content":"b"}]"#;
    assert_eq!(fault(text), ("messages".to_owned(), Code::InvalidFormat));
    assert_eq!(fault("[]"), ("messages".to_owned(), Code::OutOfRange));
    assert_eq!(fault("{}"), ("messages".to_owned(), Code::InvalidType));
}

#[test]
fn a_text_part_may_be_empty_and_an_empty_id_is_none() {
    let message = read(r#"[{"id":"","role":"user","content":[{"type":"text","text":""}]}]"#);
    assert_eq!(message.unwrap().remove(0).id, None);
}

#[test]
fn content_is_a_string_or_parts_and_never_empty() {
    let path = "messages.0.content".to_owned();
    assert!(read(&said(r#"" ""#)).is_ok());
    assert_eq!(fault(&said(r#""""#)), (path.clone(), Code::InvalidFormat));
    assert_eq!(fault(&said("[]")), (path.clone(), Code::InvalidFormat));
    assert_eq!(fault(&said("1")), (path.clone(), Code::InvalidType));
    assert_eq!(fault(&said("null")), (path, Code::MissingRequiredField));
}

#[test]
fn every_fault_is_told_with_its_path() {
    let text = r#"[{"role":"tool","content":""},
                   {"id":7,"content":[{"type":"text"},{"type":"video"},{"type":"image","image":"blob:x"},{"type":"file","data":"AA=="}]},
                   4]"#;
    let faults = read(text).unwrap_err();
    let faults: Vec<(&str, Code)> =
        faults.iter().map(|(path, code)| (path.as_str(), *code)).collect();
    assert_eq!(
        faults,
        [
            ("messages.0.role", Code::InvalidEnum),
            ("messages.0.content", Code::InvalidFormat),
            ("messages.1.role", Code::MissingRequiredField),
            ("messages.1.id", Code::InvalidType),
            ("messages.1.content.0.text", Code::MissingRequiredField),
            ("messages.1.content.1.type", Code::InvalidEnum),
            ("messages.1.content.2.image", Code::InvalidFormat),
            ("messages.1.content.3.mimeType", Code::MissingRequiredField),
            ("messages.1.content.3.filename", Code::MissingRequiredField),
            ("messages.2", Code::InvalidType),
        ]
    );
}

#[test]
fn an_id_has_at_most_255_characters() {
    let text = |n: usize| format!(r#"[{{"id":"{}","role":"user","content":"a"}}]"#, "é".repeat(n));
    assert!(read(&text(255)).is_ok());
    assert_eq!(fault(&text(256)), ("messages.0.id".to_owned(), Code::TooLong));
}

#[test]
fn attachments_are_data_urls_web_urls_or_base64() {
    for source in ["data:image/png;base64,AA==", "HTTPS://a.example/b.png", "http://a/b", "AA=="] {
        let part = format!(r#"[{{"type":"image","image":"{source}","alt":"x"}}]"#);
        assert!(read(&said(&part)).is_ok(), "{source}");
    }
    for source in ["blob:https://a.example/1", "file:///etc/passwd", "javascript:alert(1)", ""] {
        let part = format!(r#"[{{"type":"image","image":"{source}"}}]"#);
        let path = "messages.0.content.0.image".to_owned();
        assert_eq!(fault(&said(&part)), (path, Code::InvalidFormat), "{source}");
    }
}

#[test]
fn content_is_taken_as_it_was_said() {
    for text in [
        r#""Hi \"you\"\n""#,
        r#"[{"type":"text","text":"Hi"},{"type":"image","image":"AA==","mimeType":"image/gif"},{"type":"image","image":"AA=="},{"type":"file","data":"AA==","mimeType":"text/plain","filename":"a.txt"},{"type":"reasoning","text":""}]"#,
    ] {
        assert_eq!(read(&said(text)).unwrap().remove(0).content.to_stored(), text);
    }
}
