//! Tests of what is told of a failing upstream, and to whom.

use super::*;

fn head(status: u16) -> Head {
    Head {
        status,
        content_type: Some("application/json; charset=utf-8".to_owned()),
        retry_after: Some(7),
    }
}

#[test]
fn neither_the_page_nor_the_log_hears_the_upstreams_words() {
    let body = br#"{"error":{"message":"No such key: sk-secret","type":"invalid_request_error","code":401}}"#;
    let failure = UpstreamFailure::from_status(&head(401), body);
    assert_eq!(
        failure.detail,
        "status 401, application/json, 88 bytes, type invalid_request_error, code 401"
    );
    assert_eq!(failure.cause.to_string(), "The assistant's service answered with status 401.");
    assert_eq!(failure.cause.code(), "upstream_status");
    assert!(failure.words.contains("sk-secret"));
    assert_eq!((failure.status, failure.retry_after), (Some(401), None));
}

#[test]
fn type_and_code_are_told_as_far_as_they_are_words() {
    let named = |body: &str| {
        let detail = UpstreamFailure::from_status(&head(500), body.as_bytes()).detail;
        detail.split_once(" bytes").unwrap().1.to_owned()
    };
    let long = "x".repeat(65);
    for (body, told) in [
        (r#"{"error":{"type":"a.b-c_D","code":"E1"}}"#, ", type a.b-c_D, code E1"),
        (r#"{"type":"error","code":"x","message":"m"}"#, ", type error, code x"),
        (r#"{"error":"busy","code":7}"#, ", code 7"),
        (r#"{"error":{"type":"my name is Ada","code":""}}"#, ""),
        (&format!(r#"{{"error":{{"type":"{long}","code":["x"]}}}}"#), ""),
        ("<b>oh</b>", ""),
        ("", ""),
    ] {
        assert_eq!(named(body), told, "{body}");
    }
}

#[test]
fn another_type_than_a_stream_is_told_with_its_length() {
    let html = Head { content_type: Some("text/html".to_owned()), ..head(200) };
    let failure = UpstreamFailure::from_type(&html, b"<h1>Gateway of acme</h1>");
    assert_eq!(failure.detail, "status 200, text/html, 24 bytes");
    assert_eq!(failure.cause.code(), "upstream_not_a_stream");
    for (content_type, told) in [
        (None, "no content type"),
        (Some("my name is Ada"), "an odd content type"),
        (Some("<script>"), "an odd content type"),
    ] {
        let head = Head { content_type: content_type.map(str::to_owned), ..head(200) };
        let detail = UpstreamFailure::from_type(&head, b"").detail;
        assert_eq!(detail, format!("status 200, {told}, 0 bytes"));
    }
}

#[test]
fn only_a_busy_service_is_asked_again_when_it_says() {
    for (status, retry_after) in [(429, Some(7)), (503, Some(7)), (500, None), (401, None)] {
        assert_eq!(UpstreamFailure::from_status(&head(status), b"").retry_after, retry_after);
    }
}

#[test]
fn what_stands_in_the_way_is_told_apart() {
    for (words, reason) in [
        ("internal error; DNS lookup failed", Some("dns")),
        ("getaddrinfo ENOTFOUND a.example", Some("dns")),
        ("TLS peer's certificate is not trusted", Some("tls")),
        ("connect ECONNREFUSED 127.0.0.1:9", Some("refused")),
        ("Network connection lost.", None),
        ("internal error; reference = dnstls1016", None),
    ] {
        let failure = UpstreamFailure::unreachable(words);
        assert_eq!(failure.cause.reason(), reason, "{words}");
        assert_eq!(failure.cause.advice().is_some(), reason.is_some());
        assert_eq!(failure.cause.code(), "upstream_unreachable");
        assert_eq!(failure.cause.to_string(), "The assistant can't be reached.");
    }
    for (status, reason) in [
        (521, Some("refused")),
        (522, Some("timeout")),
        (525, Some("tls")),
        (526, Some("tls")),
        (530, Some("dns")),
        (502, None),
    ] {
        let failure = UpstreamFailure::from_status(&head(status), b"error code: 1016");
        assert_eq!(failure.cause.reason(), reason, "{status}");
    }
    assert_eq!(UpstreamFailure::from_status(&head(530), b"1033").cause.reason(), None);
}

#[test]
fn any_body_is_kept_within_bounds() {
    let failure = UpstreamFailure::from_status(&head(502), "<é>".repeat(10_000).as_bytes());
    assert!(failure.words.len() <= MAX_WORDS && failure.words.starts_with("<é>"));
    assert_eq!(UpstreamFailure::new(Cause::Malformed, "é".repeat(500)).detail.chars().count(), 200);
}

#[test]
fn the_log_hears_of_the_runtimes_words_what_is_known() {
    for (words, told) in [
        ("Network connection lost.", "Network connection lost, 24 characters"),
        ("internal error; reference = a1b2-c3", "internal error, reference a1b2-c3, 35 characters"),
        ("internal error; reference = my name is Ada", "internal error, 42 characters"),
        ("Invalid URL: https://a.example/?key=hidden", "Invalid URL, 42 characters"),
        (
            "Fetch API cannot load: https://a.example/?key=hidden",
            "no words that are known, 52 characters",
        ),
        ("DNS lookup of hidden.example failed", "no address, 35 characters"),
        ("TLS: hidden", "no secure connection, 11 characters"),
        ("connect ECONNREFUSED hidden", "refused, 27 characters"),
        ("", "no words that are known, 0 characters"),
    ] {
        assert_eq!(UpstreamFailure::unreachable(words).detail, told);
        let broken = UpstreamFailure::broken_off(words);
        assert_eq!((broken.cause, broken.detail.as_str()), (Cause::ClosedEarly, told));
        assert_eq!(broken.words, "");
    }
}

#[test]
fn the_log_hears_no_secret_even_as_a_type_or_a_code() {
    let secrets = ["sk-secret-key".to_owned()];
    let body = br#"{"error":{"type":"x.sk-secret-key","code":"sk-secret"}}"#;
    let odd = Head { content_type: Some("text/sk-secret-key".to_owned()), ..head(401) };
    assert_eq!(
        UpstreamFailure::from_status(&odd, body).logged(&secrets),
        "upstream_status: status 401, text/[secret], 55 bytes, type x.[secret], code [secret]"
    );
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    let now = Timestamp::parse("2015-10-21T07:28:00Z").unwrap();
    for (header, seconds) in [
        ("7", Some(7)),
        (" 7 ", Some(7)),
        ("0", Some(1)),
        ("1.2", Some(2)),
        ("999999999", Some(86_400)),
        ("Wed, 21 Oct 2015 07:28:30 GMT", Some(30)),
        ("Wed, 21 Oct 2015 07:27:30 GMT", Some(1)),
        ("-1", None),
        ("soon", None),
        ("", None),
        ("NaN", None),
    ] {
        assert_eq!(retry_after(header, now), seconds, "{header}");
    }
}

#[test]
fn a_connection_tells_what_the_runtimes_words_dont() {
    let (broken, lost) = ("internal error; reference = abc", "Network connection lost.");
    for (words, url, is_made, obstacle) in [
        (broken, "https://a.example", false, Obstacle::Dns),
        (broken, "http://ollama:11434", false, Obstacle::Dns),
        (broken, "https://a.example", true, Obstacle::Tls),
        (lost, "https://a.example", false, Obstacle::Refused),
        (lost, "http://127.0.0.1:9", false, Obstacle::Refused),
        (broken, "https://127.0.0.1:9", false, Obstacle::Refused),
        (lost, "http://127.0.0.1:9", true, Obstacle::Other),
        (lost, "https://a.example", true, Obstacle::Other),
    ] {
        let url = crate::domain::base_url::BaseUrl::parse(url).unwrap();
        let found = Obstacle::from_connection(words, url.origin(), is_made);
        assert_eq!(found, obstacle, "{words} {url:?} {is_made}");
    }
}
