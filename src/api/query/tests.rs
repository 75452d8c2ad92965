//! Query strings, and all their faults at once.

use super::*;

fn codes<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<(String, Code)> {
    match result {
        Err(Error::InvalidQuery(faults)) => {
            faults.into_details().into_iter().map(|d| (d.path.unwrap(), d.code.unwrap())).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn limits_are_tested_from_both_sides() {
    for (query, limit) in [("", None), ("limit=1", Some(1)), ("limit=200&offset=0", Some(200))] {
        assert_eq!(ListQuery::parse(query).unwrap().limit, limit);
    }
    for query in ["limit=0", "limit=201", "limit=", "limit=+1", "limit=1.0", "limit=0x1"] {
        let wanted = [("limit".to_owned(), Code::OutOfRange)];
        assert_eq!(codes(ListQuery::parse(query)), wanted, "{query}");
    }
}

#[test]
fn conversations_have_a_default_page() {
    let query = ConversationsQuery::parse("flow_id=flow_a").unwrap();
    assert_eq!(query.page, Page { limit: 20, offset: 0 });
    assert_eq!(query.flow_id.as_deref(), Some("flow_a"));
}

#[test]
fn conversations_are_filtered_by_any_text() {
    let long = "x".repeat(5_000);
    for (sent, read) in [
        ("", ""),
        ("a+b%2Fc", "a b/c"),
        ("%00", "\0"),
        ("%F0%9F%A6%80", "\u{1f980}"),
        (&long, &long),
    ] {
        let query = ConversationsQuery::parse(&format!("flow_id={sent}")).unwrap();
        assert_eq!(query.flow_id.as_deref(), Some(read));
    }
}

#[test]
fn feedback_is_listed_by_any_text_of_a_user() {
    let parse = FeedbackQuery::parse;
    let page = Page { limit: 20, offset: 0 };
    assert_eq!(parse(""), Ok(FeedbackQuery { page, user_id: None }));
    for (query, user) in [("userId=ada+b", "ada b"), ("userId=", ""), ("userId=%00", "\0")] {
        assert_eq!(parse(query), Ok(FeedbackQuery { page, user_id: Some(user.to_owned()) }));
    }
    assert_eq!(
        codes(parse("userId=a&userId=b&limit=0&user_id=a")),
        [
            ("limit".into(), Code::OutOfRange),
            ("userId".into(), Code::DuplicateField),
            ("user_id".into(), Code::UnknownField),
        ]
    );
}

#[test]
fn unknown_parameters_beyond_the_hundredth_are_counted() {
    let Err(Error::InvalidQuery(faults)) = none(&"offst=1&".repeat(50_000)) else { panic!() };
    assert_eq!(faults.into_details().last().unwrap().message, "and 49900 more");
}

#[test]
fn messages_are_paged_by_cursor() {
    let query = MessagesQuery::parse("").unwrap();
    assert_eq!(query, MessagesQuery { limit: 100, after: None });
    let query = MessagesQuery::parse(&format!("limit=200&cursor={}", Cursor::after(7)));
    assert_eq!(query.unwrap(), MessagesQuery { limit: 200, after: Some(Cursor::after(7)) });
    assert_eq!(
        codes(MessagesQuery::parse("limit=201&cursor=7")),
        [("limit".into(), Code::OutOfRange), ("cursor".into(), Code::InvalidFormat)]
    );
}

#[test]
fn a_revocation_cascades_only_when_told_so_in_full() {
    for (query, cascade) in [("", false), ("cascade=false", false), ("cascade=true", true)] {
        assert_eq!(RevokeQuery::parse(query), Ok(RevokeQuery { cascade }));
    }
    for query in ["cascade", "cascade=", "cascade=1", "cascade=TRUE", "cascade=true%20"] {
        assert_eq!(codes(RevokeQuery::parse(query)), [("cascade".into(), Code::InvalidEnum)]);
    }
    let twice = codes(RevokeQuery::parse("cascade=true&cascade=true&Cascade=true"));
    let unknown = ("Cascade".into(), Code::UnknownField);
    assert_eq!(twice, [("cascade".into(), Code::DuplicateField), unknown]);
}

#[test]
fn the_audit_log_is_filtered_by_any_id_and_by_actions_that_there_are() {
    let none = AuditLogQuery { limit: 100, after: None, filter: Filter::default() };
    assert_eq!(AuditLogQuery::parse(""), Ok(none));
    let query = "objectId=ct_1&actor=&action=api_key.revoke&limit=1";
    let filter = Filter {
        object_id: Some("ct_1".to_owned()),
        actor: Some(String::new()),
        action: Some("api_key.revoke"),
    };
    assert_eq!(AuditLogQuery::parse(query), Ok(AuditLogQuery { limit: 1, after: None, filter }));
    assert_eq!(
        codes(AuditLogQuery::parse("action=api_key.revok&limit=0&cursor=7&offset=1&actor&actor")),
        [
            ("limit".into(), Code::OutOfRange),
            ("cursor".into(), Code::InvalidFormat),
            ("actor".into(), Code::DuplicateField),
            ("action".into(), Code::InvalidEnum),
            ("offset".into(), Code::UnknownField),
        ]
    );
}

#[test]
fn every_fault_is_told() {
    assert_eq!(
        codes(ConversationsQuery::parse("limit=101&offset=-1&offset=2&flowId=x&flow_id=a")),
        [
            ("limit".into(), Code::OutOfRange),
            ("offset".into(), Code::DuplicateField),
            ("offset".into(), Code::OutOfRange),
            ("flowId".into(), Code::UnknownField),
        ]
    );
}

#[test]
fn a_stretch_of_usage_is_read_and_its_faults_are_told_once() {
    let now = Timestamp::parse("2026-03-10T14:30:00Z").unwrap();
    let parse = |query: &str| UsageQuery::parse(query, now);
    assert_eq!(parse(""), Ok(UsageQuery { span: Span::latest(By::Day, now) }));
    assert_eq!(parse("by=hour"), Ok(UsageQuery { span: Span::latest(By::Hour, now) }));
    let day = "from=2026-03-01T00:00:00%2B01:00&to=2026-03-02T00:00:00Z";
    let moment = |text| Timestamp::parse(text).ok();
    let (from, to) = (moment("2026-02-28T23:00:00Z"), moment("2026-03-02T00:00:00Z"));
    let span = Span::new(By::Day, from, to, now).unwrap();
    assert_eq!(parse(day), Ok(UsageQuery { span }));
    assert_eq!(parse(&day.replace("%2B", "+")), Ok(UsageQuery { span }));
    let long = "by=hour&from=2026-01-01T00:00:00Z";
    assert_eq!(codes(parse(long)), [("from".into(), Code::OutOfRange)]);
    let faults = "from=2026-03-01&to=2026-03-02T00:00:00Z&to=&by=week&since=1";
    assert_eq!(
        codes(parse(faults)),
        [
            ("from".into(), Code::InvalidFormat),
            ("to".into(), Code::DuplicateField),
            ("by".into(), Code::InvalidEnum),
            ("since".into(), Code::UnknownField),
        ]
    );
}

#[test]
fn a_blank_where_an_offset_has_its_sign_is_a_plus() {
    let moment = |text: &str| Params::parse(&format!("at={text}")).moment("at");
    let noon = Timestamp::parse("2026-03-01T12:00:00Z").ok();
    for text in [
        "2026-03-01T12:00:00+00:00",
        "2026-03-01T12:00:00%2B00:00",
        "2026-03-01T12:00:00%2b00%3A00",
        "2026-03-01T12:00:00%2000:00",
        "2026-03-01t13:30:00.000+01:30",
        "2026-03-01+13:00:00+01:00",
        "2026-03-01T11:00:00-01:00",
        "2026-03-01%2012:00:00Z",
    ] {
        assert_eq!(moment(text), noon, "{text}");
    }
    for text in [
        "+2026-03-01T12:00:00Z",
        "2026-03-01T12:00:00Z+",
        "2026-03-01T12:00:00+Z",
        "2026-03-01T12:00:00++00:00",
        "2026-03-01T12:00:00+00:00+",
        "2026-03-01T12:00:00+-00:00",
        "2026-03-01T12:00:00+0000",
        "2026-03-01T12:00:00+0:00",
        "2026-03-01T12:00:00+24:00",
        "2026-03-01T12:00+00:00",
        "2026-03-01T+2:00:00Z",
        "2026-03-01+12:00",
        "+00:00",
        "+",
        "",
        "%F0%9F%A6%80+0:00",
        "2026-03-01T12:00:00%C3%A9+0:00",
    ] {
        let query = format!("at={text}");
        let mut params = Params::parse(&query);
        assert_eq!(params.moment("at"), None, "{text}");
        let code = ("at".to_owned(), Code::InvalidFormat);
        assert_eq!(codes(params.finish(())), [code], "{text}");
    }
}

#[test]
fn an_endpoint_without_parameters_takes_none() {
    assert!(none("").is_ok());
    assert_eq!(codes(none("a=1")), [("a".into(), Code::UnknownField)]);
}
