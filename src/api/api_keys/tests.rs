//! API keys on the wire.

use super::*;
use crate::domain::{actor::UserId, api_key::Previous, id::ApiKeyId};

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn key(nth: u8, permissions: &[&str], expires_at: Option<i64>) -> ApiKey {
    let permissions = permissions.iter().map(|text| Permission::parse(text).unwrap());
    ApiKey {
        id: ApiKeyId::new(at(1), &[nth; 10]),
        name: Name::parse("A key").unwrap(),
        environment: Environment::Live,
        permissions: Permissions::from_list(permissions.collect()),
        hint: "abcd".to_owned(),
        created_at: at(1),
        last_used_at: None,
        expires_at: expires_at.map(at),
        created_by: None,
        previous: None,
    }
}

fn asked(maker: &ApiKey, end: &str) -> Result<Option<Timestamp>, Vec<(String, Code)>> {
    let body = format!(r#"{{"name":"A","permissions":["API_KEYS:READ"]{end}}}"#);
    match CreateRequest::parse(body.as_bytes(), &maker.into(), at(1000)) {
        Ok(request) => Ok(request.expires_at),
        Err(Error::Invalid(faults)) => Err(faults
            .into_details()
            .into_iter()
            .map(|detail| (detail.path.unwrap(), detail.code.unwrap()))
            .collect()),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_key_ends_after_now_and_no_later_than_its_maker() {
    let (star, expiring) = (key(1, &["*"], None), key(2, &["*"], Some(5000)));
    let end = |millis: i64| format!(r#","expiresAt":"{}""#, at(millis));
    let fault = |code| Err(vec![("expiresAt".to_owned(), code)]);
    for (maker, end, wanted) in [
        (&star, String::new(), Ok(None)),
        (&star, r#","expiresAt":null"#.to_owned(), Ok(None)),
        (&star, end(1001), Ok(Some(at(1001)))),
        (&star, end(1000), fault(Code::OutOfRange)),
        (&expiring, end(5000), Ok(Some(at(5000)))),
        (&expiring, end(5001), fault(Code::OutOfRange)),
        (&expiring, r#","expiresAt":null"#.to_owned(), fault(Code::OutOfRange)),
        (&expiring, String::new(), fault(Code::MissingRequiredField)),
        (&expiring, r#","expiresAt":7"#.to_owned(), fault(Code::InvalidType)),
        (&expiring, r#","expiresAt":"soon""#.to_owned(), fault(Code::InvalidFormat)),
    ] {
        assert_eq!(asked(maker, &end), wanted, "{end}");
    }
}

#[test]
fn a_period_of_grace_is_none_unless_asked_for_and_a_day_at_most() {
    let asked = |body: &str| match RegenerateRequest::parse(body.as_bytes()) {
        Ok(request) => Ok(request.grace_seconds),
        Err(Error::Invalid(faults)) => Err(faults.into_details().remove(0).code.unwrap()),
        Err(Error::NotAnObject(_)) => Err(Code::InvalidType),
        Err(other) => panic!("{other:?}"),
    };
    let grace = |value: &str| asked(&format!(r#"{{"gracePeriodSeconds":{value}}}"#));
    assert_eq!((asked(""), asked("{}"), asked("[]")), (Ok(0), Ok(0), Err(Code::InvalidType)));
    assert_eq!((grace("0"), grace("1"), grace("86400")), (Ok(0), Ok(1), Ok(86_400)));
    for value in ["-1", "86401", "0.5", "4294967296", "1e99"] {
        assert_eq!(grace(value), Err(Code::OutOfRange), "{value}");
    }
    for value in ["null", "true", "\"60\"", "[60]"] {
        assert_eq!(grace(value), Err(Code::InvalidType), "{value}");
    }
    assert_eq!(asked(r#"{"gracePeriod":1}"#), Err(Code::UnknownField));
}

/// A key whose old value has a period of grace until 3000 and was last used at 1500.
fn in_grace(expires_at: Option<i64>) -> ApiKey {
    let previous = Previous { until: at(3000), last_used_at: Some(at(1500)) };
    ApiKey { previous: Some(previous), ..key(1, &["*"], expires_at) }
}

#[test]
fn an_old_value_ends_with_its_grace_or_with_its_key() {
    let end = |expires, now| in_grace(expires).in_grace(at(now)).map(|value| value.until);
    assert_eq!((end(None, 2999), end(None, 3000)), (Some(at(3000)), None));
    assert_eq!((end(Some(2999), 2998), end(Some(2999), 2999)), (Some(at(2999)), None));
    assert_eq!(end(Some(3001), 2999), Some(at(3000)));
    assert_eq!(key(1, &["*"], None).in_grace(at(1)), None);
}

#[test]
fn every_answer_with_a_key_shows_its_period_of_grace_while_it_runs() {
    let ring = crate::domain::keyring::ring("a");
    let value = ApiKeyValue::mint(&ring, Environment::Live, &[9; 32]).unwrap();
    let shown = |key: &ApiKey, now| {
        [
            found(key, at(now)),
            created(key, &value, at(now)),
            regenerated(key, &value, at(now)),
            list(std::slice::from_ref(key), ListQuery { limit: None, offset: 0 }, at(now)).unwrap(),
        ]
        .map(|reply| reply.body)
    };
    let runs = format!(
        r#""previousKeyExpiresAt":"{}","previousKeyLastUsedAt":"{}"}}"#,
        at(3000),
        at(1500)
    );
    let over = r#""previousKeyExpiresAt":null,"previousKeyLastUsedAt":null}"#;
    for body in shown(&in_grace(None), 2999) {
        assert!(body.contains(&runs), "{body}");
    }
    for (key, now) in [(in_grace(None), 3000), (in_grace(Some(2000)), 2000), (key(1, &[], None), 1)]
    {
        for body in shown(&key, now) {
            assert!(body.contains(over), "{body}");
        }
    }
    let beside = format!(r#","previousKeyExpiresAt":"{}"}}"#, at(3000));
    assert!(shown(&in_grace(None), 1)[2].ends_with(&beside));
    assert!(!shown(&in_grace(None), 3000)[2].ends_with(&beside));
}

#[test]
fn a_use_of_the_old_value_is_news_by_itself() {
    let minute = 60_000;
    let used = |last: Option<i64>, of_previous: Option<i64>| {
        let previous = Previous { until: at(9), last_used_at: of_previous.map(at) };
        let last_used_at = last.map(at);
        ApiKey { previous: Some(previous), last_used_at, ..key(1, &["*"], None) }
    };
    let news = |key: &ApiKey, now| [false, true].map(|of| key.use_is_news(at(now), of));
    assert_eq!(news(&used(Some(0), None), 1), [false, true]);
    assert_eq!(news(&used(Some(0), Some(0)), minute - 1), [false, false]);
    assert_eq!(news(&used(Some(1), Some(0)), minute), [false, true]);
    assert_eq!(news(&used(Some(0), Some(1)), minute), [true, true]);
    assert_eq!(news(&ApiKey { last_used_at: Some(at(0)), ..key(1, &[], None) }, 1), [false; 2]);
}

#[test]
fn no_key_regenerates_one_that_may_more_works_longer_or_is_dead() {
    let caller = key(1, &["API_KEYS:*"], Some(5000));
    let actor = Actor::from(&caller);
    let result = |permission, end| may_regenerate(&actor, &key(2, &[permission], end), at(1000));
    assert_eq!(result("API_KEYS:READ", Some(5000)), Ok(()));
    assert_eq!(result("API_KEYS:READ", Some(1001)), Ok(()));
    assert_eq!(result("API_KEYS:READ", Some(1000)), Err(Error::KeyExpired));
    assert_eq!(result("API_KEYS:READ", Some(5001)), Err(Error::KeyOutlives(at(5000))));
    assert_eq!(result("API_KEYS:READ", None), Err(Error::KeyOutlives(at(5000))));
    assert!(matches!(result("*", Some(5000)), Err(Error::CannotGrant(_))));
    assert_eq!(may_regenerate(&actor, &caller, at(1000)), Ok(()));
}

#[test]
fn no_key_revokes_one_that_may_more_itself_aside() {
    let caller = key(1, &["API_KEYS:WRITE", "TARGETS:*"], Some(5000));
    let actor = Actor::from(&caller);
    let refused = |permissions: &[&str]| match may_revoke(&actor, &key(2, permissions, None)) {
        Err(Error::CannotRevoke(permission)) => Some(permission.as_str()),
        other => {
            assert_eq!(other, Ok(()));
            None
        }
    };
    assert_eq!(refused(&["TARGETS:READ", "API_KEYS:WRITE"]), None);
    assert_eq!(refused(&["TARGETS:*"]), None);
    assert_eq!(refused(&["TARGETS:*", "API_KEYS:READ"]), Some("API_KEYS:READ"));
    assert_eq!(refused(&["*"]), Some("*"));
    assert_eq!(may_revoke(&actor, &caller), Ok(()));
}

#[test]
fn a_user_makes_keys_of_its_role_that_may_last_and_none_that_may_more() {
    let permissions = ["API_KEYS:*", "CLIENT_TOKENS:READ"].map(|p| Permission::parse(p).unwrap());
    let permissions = Permissions::from_list(permissions.to_vec());
    let user = Actor::user(UserId::parse("user_a").unwrap(), permissions);
    let body = |permission| format!(r#"{{"name":"A","permissions":["{permission}"]}}"#);
    let made = |permission| CreateRequest::parse(body(permission).as_bytes(), &user, at(1000));
    let request = made("API_KEYS:READ").unwrap();
    assert_eq!((request.expires_at, request.environment), (None, Environment::Live));
    assert!(matches!(made("CLIENT_TOKENS:*"), Err(Error::CannotGrant(_))));
    assert_eq!(may_regenerate(&user, &key(2, &["API_KEYS:*"], None), at(1000)), Ok(()));
    assert!(matches!(may_revoke(&user, &key(2, &["*"], None)), Err(Error::CannotRevoke(_))));
}
