//! Bodies, and how much of one is taken.

use super::*;

#[test]
fn an_escape_counts_as_what_it_stands_for() {
    for (text, len) in [
        (r#""abc""#, 5),
        (r#""\u0061""#, 3),
        (r#""\u00e9""#, 4),
        (r#""\u4e2d\uFFFD""#, 8),
        (r#""\ud83e\udd80""#, 6),
        // Another kind of escape, half an escape, and a backslash that is escaped itself.
        (r#""\n\"""#, 6),
        (r#""\u12"#, 5),
        (r#""\u+123""#, 8),
        (r#""\\u0061""#, 9),
        (r#""\\\u0061""#, 5),
    ] {
        assert_eq!(unescaped_len(text.as_bytes()), len, "{text}");
    }
}

#[test]
fn a_management_body_is_bounded_from_both_sides_however_it_is_escaped() {
    for (character, bytes) in [("a", 1), ("\\u0061", 1), ("\\u00e9", 2), ("é", 2)] {
        let of = |len: usize| format!("\"{}\"", character.repeat((len - 2) / bytes));
        assert_eq!(check_management_size(of(MANAGEMENT).as_bytes()), Ok(()), "{character}");
        let over = of(MANAGEMENT + 2);
        assert!(over.len() <= MANAGEMENT_SENT + 16);
        let refused = Err(Error::BodyTooLarge(MANAGEMENT));
        assert_eq!(check_management_size(over.as_bytes()), refused, "{character}");
    }
}

const JSON: Option<&str> = Some("application/json");

/// Takes a body in pieces; only the session `cs_good_flow_a` is genuine.
fn take(kind: &str, body: &[u8], piece: usize) -> Result<usize, Error> {
    taken(kind, body, piece).map(|json| json.len())
}

fn taken(kind: &str, body: &[u8], piece: usize) -> Result<Vec<u8>, Error> {
    let proof: Proof<'_> = &|session| session == "cs_good_flow_a";
    let kind = match kind {
        "management" => Allowance::Management,
        "page" => Allowance::Page,
        _ => Allowance::Chat(proof),
    };
    let mut intake = Intake::new(kind);
    body.chunks(piece).try_for_each(|piece| intake.push(piece))?;
    intake.finish(JSON, None).map(|body| body.json)
}

fn padded(head: &str, len: usize) -> Vec<u8> {
    let mut body = head.as_bytes().to_vec();
    body.resize(len, b' ');
    body
}

#[test]
fn every_kind_of_body_is_bounded_from_both_sides() {
    for (kind, head, most) in [
        ("management", "{}", MANAGEMENT),
        ("page", "{}", BROWSER),
        ("chat", "{}", BROWSER),
        ("chat", r#"{"sessionId":"cs_bad_flow_a","#, BROWSER),
        ("chat", r#"{"messages":[],"sessionId":"cs_good_flow_a","#, BROWSER),
    ] {
        for piece in [1000, 64 * 1024] {
            assert_eq!(take(kind, &padded(head, most), piece), Ok(most), "{kind} {head}");
            let refused = take(kind, &padded(head, most + 1), piece).unwrap_err();
            let expected = match (kind, most) {
                ("chat", BROWSER) => Error::UnprovedBodyTooLarge(BROWSER, PROVED_CHAT),
                _ => Error::BodyTooLarge(most),
            };
            assert_eq!(refused, expected, "{kind} {head}");
        }
    }
}

const PICTURE: &str = r#"{"sessionId":"cs_good_flow_a","messages":[{"content":[{"image":""#;

#[test]
fn behind_a_session_pictures_may_be_64_mib_and_the_rest_8() {
    let take = |head: &str, len: usize| {
        let mut intake = Intake::new(Allowance::Chat(&|_| true));
        let mut left = len;
        let mut body = head.as_bytes().to_vec();
        while left > 0 {
            body.resize(body.len().max(left.min(64 * 1024)), b' ');
            intake.push(&body)?;
            assert!(intake.wants_room().is_none_or(|room| room == KEPT));
            left -= body.len();
            body.clear();
        }
        intake.finish(JSON, None).map(|body| body.json.len())
    };
    assert_eq!(take(PICTURE, PROVED_CHAT), Ok(PICTURE.len() + 1));
    assert_eq!(take(PICTURE, PROVED_CHAT + 1), Err(Error::BodyTooLarge(PROVED_CHAT)));
    let text = r#"{"sessionId":"cs_good_flow_a","#;
    assert_eq!(take(text, KEPT), Ok(KEPT));
    assert_eq!(take(text, KEPT + 1), Err(Error::TextTooLarge(KEPT)));
}

#[test]
fn room_is_asked_for_by_proved_bodies_of_more_than_1_mib() {
    let wants = |announced: Option<usize>, head: &str, len: usize| {
        let mut intake = Intake::new(Allowance::Chat(&|id| id == "cs_good_flow_a"));
        announced.map(|length| intake.announce(length as u64).unwrap());
        padded(head, len).chunks(64 * 1024).try_for_each(|piece| intake.push(piece)).unwrap();
        intake.wants_room()
    };
    let bad = "{\"sessionId\":\"cs_bad\",";
    assert_eq!(wants(None, PICTURE, BROWSER), None);
    assert_eq!(wants(None, PICTURE, BROWSER + 1), Some(KEPT));
    assert_eq!(wants(Some(BROWSER), PICTURE, BROWSER), None);
    assert_eq!(wants(Some(BROWSER + 1), PICTURE, 200), Some(BROWSER + 1));
    assert_eq!(wants(Some(PROVED_CHAT), PICTURE, 200), Some(KEPT));
    assert_eq!(wants(Some(PROVED_CHAT), bad, 200), None);
}

#[test]
fn a_session_is_known_from_pieces_of_a_byte() {
    let mut intake = Intake::new(Allowance::Chat(&|session| session == "cs_good_flow_a"));
    for byte in br#" {"sessionId" : "cs_good_flow_a" "# {
        intake.push(&[*byte]).unwrap();
    }
    assert_eq!(intake.most(), PROVED_CHAT);
}

#[test]
fn a_large_chat_is_judged_once_by_its_session_before_more_is_read() {
    let judged = |announced: Option<usize>, head: &str, len: usize| {
        let mut intake = Intake::new(Allowance::Chat(&|id| id == "cs_good_flow_a"));
        announced.map(|length| intake.announce(length as u64).unwrap());
        let mut at = None;
        for (n, piece) in padded(head, len).chunks(1024).enumerate() {
            intake.push(piece).unwrap();
            if let Some(session) = intake.unjudged() {
                assert_eq!((session, at), ("cs_good_flow_a", None));
                at = Some(n);
            }
        }
        at
    };
    assert_eq!(judged(Some(UNJUDGED + 1), PICTURE, 4096), Some(0));
    assert_eq!(judged(Some(UNJUDGED), PICTURE, 4096), None);
    assert_eq!(judged(None, PICTURE, 2 * UNJUDGED), Some(64));
    assert_eq!(judged(None, "{\"sessionId\":\"cs_bad\",", 2 * UNJUDGED), None);
}

#[test]
fn what_is_announced_is_refused_before_it_comes() {
    let announce = |kind, length| Intake::new(kind).announce(length);
    let proof: Proof<'_> = &|_| true;
    for (kind, most, told) in [
        (Allowance::Management, MANAGEMENT_SENT, MANAGEMENT),
        (Allowance::Page, BROWSER, BROWSER),
        (Allowance::Chat(proof), PROVED_CHAT, PROVED_CHAT),
    ] {
        assert!(announce(kind, most as u64).is_ok());
        assert_eq!(announce(kind, most as u64 + 1), Err(Error::BodyTooLarge(told)));
    }
    assert_eq!(announce(Allowance::Page, BROWSER as u64), Ok(true));
    assert_eq!(announce(Allowance::Chat(proof), UNJUDGED as u64), Ok(true));
    assert_eq!(announce(Allowance::Chat(proof), UNJUDGED as u64 + 1), Ok(false));
}

#[test]
fn an_empty_body_needs_no_headers() {
    let finish = |body: &[u8]| {
        let mut intake = Intake::new(Allowance::Page);
        intake.push(body).unwrap();
        intake.finish(None, Some("gzip")).map(|body| body.json)
    };
    assert_eq!(finish(b""), Ok(Vec::new()));
    assert_eq!(finish(b"{}"), Err(Error::UnsupportedEncoding));
}

#[test]
fn only_json_as_it_is_is_understood() {
    let check = |content_type, encoding| check_headers(Some(content_type), encoding);
    for content_type in
        ["application/json", "Application/JSON; charset=utf-8", "application/ld+json"]
    {
        for encoding in [None, Some(""), Some("identity"), Some("Identity, identity")] {
            assert_eq!(check(content_type, encoding), Ok(()), "{content_type} {encoding:?}");
        }
    }
    for content_type in ["", "text/plain", "text/json", "application/jsonp", "image/x+json"] {
        assert_eq!(check(content_type, None), Err(Error::UnsupportedMediaType));
    }
    assert_eq!(check_headers(None, None), Err(Error::UnsupportedMediaType));
    for encoding in ["gzip", "br", "identity, gzip", "x"] {
        let refused = Err(Error::UnsupportedEncoding);
        assert_eq!(check("application/json", Some(encoding)), refused, "{encoding}");
    }
}

#[test]
fn half_a_surrogate_pair_is_replaced_in_a_body_of_a_page_wherever_it_was_cut() {
    let sent = r#"{"a":"\ud83d","b":"\\\ude00\ud83d\ude00\\ud83d"}"#;
    let read = r#"{"a":"\ufffd","b":"\\\ufffd\ud83d\ude00\\ud83d"}"#;
    for piece in [1, 7, 1000] {
        for kind in ["page", "chat"] {
            assert_eq!(taken(kind, sent.as_bytes(), piece).unwrap(), read.as_bytes(), "{kind}");
        }
        assert_eq!(taken("management", sent.as_bytes(), piece).unwrap(), sent.as_bytes());
    }
}
