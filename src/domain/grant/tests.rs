//! Grants: their text, and that none widens its token.

use proptest::{prelude::*, sample::subsequence};

use super::*;
use crate::domain::{
    client_token::{Settings, tests::settings},
    environment::Environment,
    id::ClientTokenId,
    keyring::KeyId,
    origin::OriginPattern,
    text::TargetId,
};

const ENTRIES: [&str; 12] = [
    "*",
    "native",
    "https://*.example.com",
    "*.example.com",
    "https://app.example.com",
    "http://app.example.com",
    "app.example.com",
    "app.example.com:8443",
    "https://app.example.com:8443",
    "https://*.app.example.com",
    "https://other.test",
    "localhost:3000",
];

pub(crate) const HEADERS: [Option<&str>; 10] = [
    None,
    Some("null"),
    Some("https://app.example.com"),
    Some("http://app.example.com"),
    Some("https://app.example.com:8443"),
    Some("https://a.app.example.com"),
    Some("https://example.com"),
    Some("https://other.test"),
    Some("http://localhost:3000"),
    Some("capacitor://localhost"),
];

pub(crate) const IDS: [&str; 4] = ["flow_a", "flow_b", "agent_a", "agent_b"];

fn origins(entries: &[&str]) -> AllowedOrigins {
    let patterns = entries.iter().map(|entry| OriginPattern::parse(entry).unwrap());
    AllowedOrigins::from_patterns(patterns.collect())
}

fn ids(texts: &[&str]) -> TargetIds {
    TargetIds::from_ids(texts.iter().map(|text| TargetId::parse(*text).unwrap()).collect()).unwrap()
}

prop_compose! {
    pub(crate) fn tokens()(
        entries in subsequence(&ENTRIES[..], 1..=4),
        flows in subsequence(&IDS[..], 0..=3),
        agents in subsequence(&IDS[..], 0..=2),
        has_default: bool,
        limits in [prop::option::of(1u32..20), prop::option::of(1u32..20), prop::option::of(1u32..20)],
        is_active in prop::bool::weighted(0.8),
        generation in 0u32..2,
    ) -> ClientToken {
        let [per_minute, per_hour, per_session] = limits;
        let default = flows.last().filter(|_| has_default);
        let targets = Targets {
            flow_ids: ids(&flows),
            agent_ids: ids(&agents),
            default_flow_id: default.map(|id| TargetId::parse(*id).unwrap()),
            ..Targets::default()
        };
        let limits = Limits { per_minute, per_hour, per_session, ..Limits::default() };
        let then = Timestamp::from_millis(0);
        ClientToken {
            id: ClientTokenId::from_bytes([7; 16]),
            environment: Environment::Live,
            generation,
            key: KeyId::from_byte(1),
            product_surface_id: None,
            settings: Settings { targets, limits, allowed_origins: origins(&entries), is_active, ..settings() },
            conversation_count: 0,
            last_used_at: None,
            created_at: then,
            updated_at: then,
        }
    }
}

fn some<S: Strategy>(strategy: S) -> impl Strategy<Value = Option<S::Value>> {
    prop::option::of(strategy)
}

prop_compose! {
    pub(crate) fn grants()(
        expires_at in 0i64..100_000,
        user in some(("[a-z\u{e9}][a-z\u{e9}\\.\" ]{0,8}", some("[A-Z][a-z ]{0,9}"))),
        entries in some(subsequence(&ENTRIES[..], 1..=3)),
        flows in some(subsequence(&IDS[..], 0..=3)),
        agents in some(subsequence(&IDS[..], 0..=2)),
        limits in [some(1u32..20), some(1u32..20), some(1u32..20)],
        metadata in some(Just(r#"{"plan":"pro","seats":12345678901234567890}"#.to_owned())),
    ) -> Grant {
        let [per_minute, per_hour, per_session] = limits;
        Grant {
            expires_at: Timestamp::from_millis(expires_at),
            user: user.map(|(id, name)| EndUser {
                id: EndUserId::parse(id).unwrap(),
                name: name.map(|name| Name::parse(name).unwrap()),
            }),
            allowed_origins: entries.map(|entries| origins(&entries)),
            flow_ids: flows.map(|texts| ids(&texts)),
            agent_ids: agents.map(|texts| ids(&texts)),
            per_minute,
            per_hour,
            per_session,
            metadata,
        }
    }
}

fn within(limit: Option<u32>, most: Option<u32>) -> bool {
    most.is_none_or(|most| limit.is_some_and(|limit| limit <= most))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn the_text_of_a_grant_reads_back(grant in grants()) {
        let text = grant.to_text();
        prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')));
        prop_assert_eq!(Grant::from_text(&text), Some(grant));
    }

    #[test]
    fn a_grant_narrows_its_token_and_nothing_else(token in tokens(), grant in grants()) {
        let narrow = grant.narrow(token.clone());
        let (of_token, of_narrow) = (&token.settings, &narrow.settings);
        for id in IDS.map(|id| TargetId::parse(id).unwrap()) {
            for (of_token, of_narrow, granted) in [
                (&of_token.targets.flow_ids, &of_narrow.targets.flow_ids, &grant.flow_ids),
                (&of_token.targets.agent_ids, &of_narrow.targets.agent_ids, &grant.agent_ids),
            ] {
                let is_granted = granted.as_ref().is_none_or(|ids| ids.contains(&id));
                prop_assert_eq!(of_narrow.contains(&id), of_token.contains(&id) && is_granted);
            }
        }
        prop_assert!(of_narrow.targets.conflicts().is_empty());
        let (most, limits) = (of_token.limits, of_narrow.limits);
        prop_assert!(within(limits.per_minute, most.per_minute) && within(limits.per_minute, grant.per_minute));
        prop_assert!(within(limits.per_hour, most.per_hour) && within(limits.per_hour, grant.per_hour));
        prop_assert!(within(limits.per_session, most.per_session) && within(limits.per_session, grant.per_session));
        let rest = Settings { targets: of_token.targets.clone(), limits: of_token.limits, ..of_narrow.clone() };
        prop_assert_eq!(&rest, of_token);
        prop_assert_eq!(ClientToken { settings: rest, ..narrow }, token);
    }

    #[test]
    fn a_grant_without_excess_admits_no_origin_that_its_token_does_not(
        token in tokens(),
        grant in grants(),
        header in prop::sample::select(&HEADERS[..]),
    ) {
        let Ok(origin) = RequestOrigin::parse(header) else { return Ok(()) };
        let is_within = !grant
            .excesses(&token.settings)
            .iter()
            .any(|excess| matches!(excess, Excess::Origin(..)));
        if is_within && grant.allowed_origins.is_some() && grant.admits(&origin) {
            prop_assert!(token.settings.allowed_origins.admits(&origin));
        }
    }

    #[test]
    fn what_is_narrowed_already_has_no_excess(token in tokens(), grant in grants()) {
        let narrow = grant.narrow(token.clone()).settings;
        let within = Grant {
            allowed_origins: Some(token.settings.allowed_origins.clone()),
            flow_ids: Some(narrow.targets.flow_ids.clone()),
            agent_ids: Some(narrow.targets.agent_ids.clone()),
            per_minute: narrow.limits.per_minute,
            per_hour: narrow.limits.per_hour,
            per_session: narrow.limits.per_session,
            ..grant
        };
        prop_assert_eq!(within.excesses(&token.settings), vec![]);
    }
}

#[test]
fn everything_beyond_the_token_is_told() {
    let mut settings = settings();
    settings.limits.per_session = None;
    let grant = Grant {
        allowed_origins: Some(origins(&["https://app.example.com", "https://evil.test"])),
        flow_ids: Some(ids(&["flow_a", "flow_z"])),
        agent_ids: Some(ids(&["agent_a"])),
        per_minute: Some(11),
        per_hour: Some(100),
        per_session: Some(1_000),
        ..Grant::until(Timestamp::from_millis(0))
    };
    let evil = OriginPattern::parse("https://evil.test").unwrap();
    let [flow, agent] = ["flow_z", "agent_a"].map(|id| TargetId::parse(id).unwrap());
    assert_eq!(
        grant.excesses(&settings),
        [
            Excess::Origin(1, &evil),
            Excess::Flow(1, &flow),
            Excess::Agent(0, &agent),
            Excess::PerMinute(11, 10),
        ]
    );
}

#[test]
fn a_pattern_is_within_one_that_admits_all_it_admits() {
    for (wide, narrow) in [
        ("*", "https://app.example.com"),
        ("*", "*"),
        ("native", "native"),
        ("https://*.example.com", "https://a.b.example.com"),
        ("https://*.example.com", "https://*.a.example.com"),
        ("example.com", "http://example.com:8080"),
        ("example.com:8080", "https://example.com:8080"),
    ] {
        assert!(origins(&[wide]).covers(&OriginPattern::parse(narrow).unwrap()), "{wide} {narrow}");
    }
    for (narrow, wide) in [
        ("https://app.example.com", "*"),
        ("*", "native"),
        ("native", "*"),
        ("https://*.example.com", "https://example.com"),
        ("https://*.example.com", "*.a.example.com"),
        ("https://*.a.example.com", "https://*.example.com"),
        ("https://example.com", "example.com"),
        ("https://example.com", "http://example.com"),
        ("https://example.com", "https://example.com:8443"),
        ("example.com:8080", "example.com"),
        ("https://example.com", "https://evil-example.com"),
    ] {
        assert!(
            !origins(&[narrow]).covers(&OriginPattern::parse(wide).unwrap()),
            "{narrow} {wide}"
        );
    }
}

#[test]
fn what_is_not_understood_grants_nothing() {
    use base64ct::{Base64UrlUnpadded, Encoding};
    let read = |json: &str| Grant::from_text(&Base64UrlUnpadded::encode_string(json.as_bytes()));
    assert!(read(r#"{"expiresAt":"2026-01-31T09:00:00.000Z"}"#).is_some());
    for json in [
        "",
        "{}",
        "7",
        r#"{"expiresAt":"soon"}"#,
        r#"{"expiresAt":"2026-01-31T09:00:00.000Z","flowIds":["a b"]}"#,
        r#"{"expiresAt":"2026-01-31T09:00:00.000Z","flowIds":"flow_a"}"#,
        r#"{"expiresAt":"2026-01-31T09:00:00.000Z","allowedOrigins":["/"]}"#,
        r#"{"expiresAt":"2026-01-31T09:00:00.000Z","rateLimitPerMinute":0}"#,
        r#"{"expiresAt":"2026-01-31T09:00:00.000Z","metadata":[]}"#,
        r#"{"expiresAt":"2026-01-31T09:00:00.000Z","user":{"name":"Ada"}}"#,
        r#"{"expiresAt":"2026-01-31T09:00:00.000Z","onlyOnMondays":true}"#,
    ] {
        assert_eq!(read(json), None, "{json}");
    }
    assert_eq!(Grant::from_text("=="), None);
}

#[test]
fn a_grant_is_over_at_the_instant_of_its_end() {
    let grant = Grant::until(Timestamp::from_millis(1_000));
    assert!(!grant.is_over(Timestamp::from_millis(999)));
    assert!(grant.is_over(Timestamp::from_millis(1_000)));
}
