//! The explanation held to what init answers: the same verdict, and edits that turn what they stand
//! beside.

use std::mem::{Discriminant, discriminant};

use proptest::{prelude::*, sample::subsequence};

use super::*;
use crate::chat::{admission::admit_init, testing};
use crate::domain::{
    client_token::{Settings, tests::settings},
    grant::tests::grants,
    id::ClientTokenId,
    keyring::KeyId,
    origin::OriginPattern,
    target::TargetKind,
    time::Timestamp,
    token_value::Claims,
};

const HEADERS: [Option<&str>; 10] = [
    None,
    Some("null"),
    Some("file://"),
    Some("chrome-extension://abcdefghijklmnop"),
    Some("https://app.example.com"),
    Some("https://a.b.example.org"),
    Some("http://localhost:3000"),
    Some("capacitor://localhost"),
    Some("https://user@x.example/path"),
    Some("HTTPS://SHOP.example.com:8443"),
];

const ENTRIES: [&str; 5] =
    ["https://app.example.com", "*.example.org", "native", "*", "http://localhost:3000"];

const IDS: [&str; 5] = ["flow_a", "flow_b", "agent_a", "agent_b", "plain"];

fn id(text: &str) -> TargetId {
    TargetId::parse(text).unwrap()
}

fn ids(texts: &[&str]) -> TargetIds {
    TargetIds::from_ids(texts.iter().map(|text| id(text)).collect()).unwrap()
}

fn claims(environment: Environment, generation: u32, key: u8) -> Claims {
    let id = ClientTokenId::from_bytes([7; 16]);
    Claims { id, environment, generation, key: KeyId::from_byte(key) }
}

prop_compose! {
    fn tokens()(
        origins in subsequence(&ENTRIES[..], 0..=5),
        is_full in prop::bool::weighted(0.1),
        flows in subsequence(&IDS[..], 0..=3),
        agents in subsequence(&IDS[..], 0..=2),
        is_active in prop::bool::weighted(0.8),
        is_live: bool,
        generation in 0u32..2,
        key in 1u8..3,
        moment in 0i64..4_000_000_000_000,
    ) -> ClientToken {
        let more = (origins.len()..AllowedOrigins::MAX).map(|n| format!("a{n}.example"));
        let more: Vec<_> = more.filter(|_| is_full).collect();
        let texts = origins.into_iter().chain(more.iter().map(String::as_str));
        let patterns = texts.map(|text| OriginPattern::parse(text).unwrap()).collect();
        let targets = Targets { flow_ids: ids(&flows), agent_ids: ids(&agents), ..Targets::default() };
        let allowed_origins = AllowedOrigins::from_patterns(patterns);
        let created_at = Timestamp::from_millis(moment);
        ClientToken {
            id: ClientTokenId::from_bytes([7; 16]),
            environment: if is_live { Environment::Live } else { Environment::Test },
            generation,
            key: KeyId::from_byte(key),
            product_surface_id: None,
            settings: Settings { targets, allowed_origins, is_active, ..settings() },
            conversation_count: 0,
            last_used_at: None,
            created_at,
            updated_at: created_at,
        }
    }
}

fn target(text: &str) -> Option<Target> {
    let id = id(text);
    let kind = TargetKind::of(&id)?;
    let then = Timestamp::from_millis(0);
    let (name, description, upstream) = (None, None, Upstream::Echo);
    Some(Target { id, kind, name, description, upstream, created_at: then, updated_at: then })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn the_explanation_is_what_init_answers_and_each_edit_turns_its_own_reason_alone(
        token in tokens(),
        generation in 0u32..2,
        key in 1u8..3,
        is_deleted in prop::bool::weighted(0.1),
        header in prop::sample::select(&HEADERS[..]),
        wanted in prop::option::of(prop::sample::select(&IDS[..])),
        set_up in prop::option::of(prop::sample::select(&IDS[..])),
        has_default: bool,
        asks_live: bool,
        grant in prop::option::of(grants()),
        now in 0i64..100_000,
    ) {
        let proved = Proved { claims: claims(token.environment, generation, key), grant };
        let now = Timestamp::from_millis(now);
        let wanted = wanted.map(id);
        let wish = Wish { origin: header, target: wanted.as_ref(), ..Wish::default() };
        let default = has_default.then_some(Upstream::Echo);
        let caller = if asks_live { Environment::Live } else { Environment::Test };
        let judged = Judged { token, is_deleted, target: set_up.and_then(target) };
        let question = Question { proved: &proved, wish, default, now };
        let said = explain(&judged, &question, caller);
        if !caller.reaches(judged.token.environment) {
            prop_assert_eq!(said.code(), Code::EnvironmentMismatch);
            prop_assert!(said.reasons().iter().all(|reason| reason.edit.is_none()));
            return Ok(());
        }
        prop_assert_eq!(said.code(), init(&judged, &question));
        let before = kinds(&judged, &question);
        prop_assert_eq!(said.reasons().len(), before.len());
        let mut mended = judged.clone();
        let mut left = before.clone();
        for (reason, kind) in said.reasons().iter().zip(&before) {
            let Some(edit) = &reason.edit else { continue };
            let alone = with(&judged, edit);
            prop_assert_eq!(alone.token.settings.targets.conflicts(), []);
            prop_assert!(alone.token.settings.allowed_origins.len() <= AllowedOrigins::MAX);
            let others: Vec<_> = before.iter().filter(|other| *other != kind).copied().collect();
            prop_assert_eq!(kinds(&alone, &question), others);
            mended = with(&mended, edit);
            left.retain(|other| other != kind);
        }
        // With all edits made, a page meets what has none.
        let after = explain(&mended, &question, caller);
        prop_assert_eq!(kinds(&mended, &question), left);
        prop_assert_eq!(after.code(), init(&mended, &question));
        prop_assert!(after.reasons().iter().all(|reason| reason.edit.is_none()));
    }
}

/// What an init answers, as a verdict.
fn init(judged: &Judged, question: &Question<'_>) -> Code {
    let Question { proved, wish, default, now } = question;
    let token = Some(judged.token.clone()).filter(|_| !judged.is_deleted);
    let live = admit_init(token, proved, *wish, *now)
        .and_then(|(_, id)| upstream_or(default.clone(), &id, judged.target.as_ref()));
    live.map_or_else(|refused| Code::Refused(refused.code()), |_| Code::Valid)
}

fn kinds(judged: &Judged, question: &Question<'_>) -> Vec<Discriminant<Refused>> {
    refusals(judged, question).iter().map(discriminant).collect()
}

fn with(judged: &Judged, edit: &Changes) -> Judged {
    let mut edited = judged.clone();
    edited.token.settings = edit.applied_to(&edited.token.settings);
    edited
}

#[test]
fn everything_that_stands_in_the_way_is_told_in_the_order_in_which_a_page_meets_it() {
    let mut token = testing::token(&["flow_a"]);
    token.settings.is_active = false;
    token.settings.allowed_origins = AllowedOrigins::from_patterns(vec![
        OriginPattern::parse("https://app.example.com").unwrap(),
    ]);
    token.settings.targets = Targets { flow_ids: ids(&["flow_a"]), ..Targets::default() };
    let grant = Grant {
        allowed_origins: Some(token.settings.allowed_origins.clone()),
        flow_ids: Some(ids(&["flow_a"])),
        ..Grant::until(Timestamp::from_millis(5))
    };
    let claims = Claims { generation: token.generation + 1, ..token.claims() };
    let proved = Proved { claims, grant: Some(grant) };
    let wanted = id("flow_b");
    let origin = Some("https://shop.example.com");
    let wish = Wish { origin, target: Some(&wanted), ..Wish::default() };
    let now = Timestamp::from_millis(5);
    let question = Question { proved: &proved, wish, default: None, now };
    let judged = Judged { token, is_deleted: false, target: None };
    let said = explain(&judged, &question, Environment::Live);
    let told: Vec<_> = said.reasons().iter().map(|r| (r.code.word(), r.edit.is_some())).collect();
    assert_eq!(
        told,
        [
            ("expired", false),
            ("regenerated", false),
            ("origin_not_allowed", true),
            ("origin_not_allowed", false),
            ("inactive", true),
            ("target_not_allowed", true),
            ("target_not_allowed", false),
            ("no_upstream", false),
        ]
    );
    let deleted = explain(&Judged { is_deleted: true, ..judged }, &question, Environment::Live);
    let told: Vec<_> = deleted.reasons().iter().map(|reason| reason.code.word()).collect();
    assert_eq!(told, ["expired", "deleted"]);
    assert!(said.has_limits() && !deleted.has_limits());
}

#[test]
fn an_origin_that_only_the_wildcard_admits_has_a_reason_that_says_so_and_no_edit() {
    let token = testing::token(&["flow_a"]);
    let proved = Proved { claims: token.claims(), grant: None };
    for origin in
        ["null", "file://", "capacitor://localhost", "tauri://localhost", "ftp://a.example"]
    {
        let wish = Wish { origin: Some(origin), ..Wish::default() };
        let now = Timestamp::from_millis(5);
        let question = Question { proved: &proved, wish, default: Some(Upstream::Echo), now };
        let mut judged = Judged { token: token.clone(), is_deleted: false, target: None };
        judged.token.settings.allowed_origins = AllowedOrigins::from_patterns(vec![
            OriginPattern::parse("https://app.example.com").unwrap(),
        ]);
        let said = explain(&judged, &question, Environment::Live);
        let [reason] = said.reasons() else { panic!("{origin}: {said:?}") };
        assert_eq!((reason.code.word(), &reason.edit), ("origin_not_allowed", &None));
        for words in [origin, "can't be listed", "\"*\"", "\"native\""] {
            assert!(reason.message.contains(words), "{}", reason.message);
        }
        judged.token.settings.allowed_origins =
            AllowedOrigins::from_patterns(vec![OriginPattern::parse("*").unwrap()]);
        assert_eq!(explain(&judged, &question, Environment::Live).code(), Code::Valid);
    }
}

#[test]
fn a_refusal_by_origin_activity_or_target_offers_the_edit() {
    let origins = AllowedOrigins::from_patterns(Vec::new());
    let origin = RequestOrigin::parse(Some("https://new.example.com")).unwrap();
    let edit = admitting(&origins, &origin).unwrap();
    assert_eq!(edit.allowed_origins.unwrap().len(), 1);
    let targets = Targets { flow_ids: ids(&["flow_a"]), ..Targets::default() };
    assert_eq!(
        listing(&targets, &id("flow_b")).unwrap().flow_ids,
        Some(ids(&["flow_a", "flow_b"]))
    );
    assert_eq!(listing(&targets, &id("agent_b")).unwrap().agent_ids, Some(ids(&["agent_b"])));
    let full: Vec<_> = (0..TargetIds::MAX).map(|n| id(&format!("flow_{n}"))).collect();
    let full = Targets { flow_ids: TargetIds::from_ids(full).unwrap(), ..Targets::default() };
    assert_eq!(listing(&full, &id("flow_new")), None);
}
