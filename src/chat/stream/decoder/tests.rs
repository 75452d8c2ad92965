use proptest::prelude::*;

use super::*;

fn decode(pieces: &[&[u8]]) -> Vec<(String, String)> {
    let mut decoder = Decoder::default();
    let events = pieces.iter().flat_map(|piece| decoder.push(piece));
    events.map(|event| event.map(|e| (e.name, e.data)).unwrap()).collect()
}

fn all(text: &str) -> Vec<(String, String)> {
    decode(&[text.as_bytes()])
}

fn one(name: &str, data: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), data.to_owned())]
}

#[test]
fn an_event_has_a_name_and_data() {
    assert_eq!(all("event: a\ndata: 1\n\n"), one("a", "1"));
    assert_eq!(all("data: 1\n\n"), one("message", "1"));
}

#[test]
fn every_kind_of_line_end_ends_a_line() {
    for end in ["\n", "\r\n", "\r"] {
        let text = ["event: a", "data: 1", "data: 2", "", ""].join(end);
        assert_eq!(all(&text), one("a", "1\n2"), "{end:?}");
    }
    assert_eq!(all("event: a\r\ndata: 1\rdata: 2\n\r\n"), one("a", "1\n2"));
}

#[test]
fn only_one_space_after_the_colon_is_dropped() {
    assert_eq!(all("data:  1 \n\n"), one("message", " 1 "));
    assert_eq!(all("data:1\n\n"), one("message", "1"));
    assert_eq!(all("data: a: b\n\n"), one("message", "a: b"));
}

#[test]
fn comments_ids_and_unknown_fields_are_dropped() {
    assert_eq!(all(": ping\n\nid: 1\nretry: 5\nDATA: x\ndata: 1\n\n"), one("message", "1"));
}

#[test]
fn an_event_without_data_is_none_and_leaves_no_name_behind() {
    assert_eq!(all("event: a\n\ndata: 1\n\n"), one("message", "1"));
}

#[test]
fn an_event_that_is_called_an_error_needs_no_data() {
    assert_eq!(
        all("event: error\n\ndata: 1\n\n"),
        [one("error", ""), one("message", "1")].concat()
    );
}

#[test]
fn the_last_event_needs_no_blank_line() {
    for (text, data) in [
        ("data: 1\n\ndata: 2", Some("2")),
        ("data: 1\n\ndata: 2\n", Some("2")),
        ("data: 1\n\ndata: 2\r\n", Some("2")),
        ("data: 1\n\ndata: 2\ndata: 3", Some("2\n3")),
        ("data: 1\n\n", None),
        ("data: 1\n\n: ping", None),
        ("data: 1\n\nevent: a", None),
        ("", None),
    ] {
        let mut decoder = Decoder::default();
        decoder.push(text.as_bytes());
        assert_eq!(decoder.finish().map(|event| event.data).as_deref(), data, "{text:?}");
    }
}

#[test]
fn a_field_without_a_colon_has_the_empty_value() {
    assert_eq!(all("data\n\n"), one("message", ""));
    assert_eq!(all("data\ndata\n\n"), one("message", "\n"));
}

#[test]
fn a_byte_order_mark_is_dropped_at_the_start_only() {
    assert_eq!(all("\u{feff}data: 1\n\n"), one("message", "1"));
    assert_eq!(all("data: 1\n\n\u{feff}data: 2\n\n"), one("message", "1"));
}

#[test]
fn what_has_no_blank_line_after_it_never_comes_out() {
    assert_eq!(all("data: 1\n\ndata: 2\n"), one("message", "1"));
}

#[test]
fn a_stream_says_what_it_is() {
    for is in ["text/event-stream", "text/event-stream;charset=utf-8", "Text/Event-Stream ; a=b"] {
        assert!(is_event_stream(Some(is)), "{is}");
    }
    for other in ["application/json", "text/html", "", "text/event-streams", "x;text/event-stream"]
    {
        assert!(!is_event_stream(Some(other)), "{other}");
    }
    assert!(!is_event_stream(None));
}

#[test]
fn broken_utf_8_is_replaced() {
    assert_eq!(decode(&[b"data: a\xff\xe2\x82\n\n"]), one("message", "a\u{fffd}\u{fffd}"));
}

#[test]
fn an_event_may_reach_the_limit_but_not_pass_it() {
    let mut decoder = Decoder::with_limit(10);
    let event = Event { name: "message".to_owned(), data: "4567".to_owned() };
    assert_eq!(decoder.push(b"data: 4567\n\n"), [Ok(event.clone())]);
    assert_eq!(decoder.push(b"data: 45678\ndata: 1\n\ndata: 4567\n\n"), [Err(TooLong), Ok(event)]);
}

#[test]
fn many_small_lines_pass_the_limit_too() {
    let mut decoder = Decoder::with_limit(20);
    let events = decoder.push(&b"data: 1\n".repeat(100));
    assert_eq!(events, [Err(TooLong)]);
    assert!(decoder.line.len() <= 1 && decoder.data.is_empty());
}

proptest! {
    #[test]
    fn the_pieces_make_no_difference(
        lines in proptest::collection::vec("(data|event|id|)[: ]{0,2}[é€🙂a]{0,12}", 0..12),
        ends in proptest::collection::vec("\n|\r\n|\r|\n\n", 12),
        cuts in proptest::collection::vec(0_usize..200, 0..20),
    ) {
        let text: String = lines.iter().zip(&ends).flat_map(|(l, e)| [l.as_str(), e]).collect();
        let bytes = text.as_bytes();
        let mut decoder = Decoder::with_limit(24);
        let whole = decoder.push(bytes);

        let mut by_byte = Decoder::with_limit(24);
        let single: Vec<_> = bytes.chunks(1).flat_map(|b| by_byte.push(b)).collect();
        prop_assert_eq!(&single, &whole);

        let mut places: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
        places.extend([0, bytes.len()]);
        places.sort_unstable();
        let mut by_piece = Decoder::with_limit(24);
        let pieces: Vec<_> =
            places.windows(2).flat_map(|w| by_piece.push(&bytes[w[0]..w[1]])).collect();
        prop_assert_eq!(&pieces, &whole);
    }

    #[test]
    fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        Decoder::default().push(&bytes);
    }
}
