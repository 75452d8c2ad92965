//! The explanation held to what init answers: the same verdict, and an edit that turns it.

use proptest::{prelude::*, sample::subsequence};

use super::*;
use crate::domain::{
    client_token::{Settings, tests::settings},
    grant::tests::grants,
    id::ClientTokenId,
    keyring::KeyId,
    target::TargetKind,
    time::Timestamp,
    token_value::Claims,
};

const HEADERS: [Option<&str>; 8] = [
    None,
    Some("null"),
    Some("https://app.example.com"),
    Some("https://a.b.example.org"),
    Some("http://localhost:3000"),
    Some("capacitor://localhost"),
    Some("https://user@x.example/path"),
    Some("HTTPS://SHOP.example.com:8443"),
];

const ENTRIES: [&str; 5] =
    ["https://app.example.com", "*.example.org", "native", "null", "http://localhost:3000"];

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
        flows in subsequence(&IDS[..], 0..=3),
        agents in subsequence(&IDS[..], 0..=2),
        is_active in prop::bool::weighted(0.8),
        is_live: bool,
        generation in 0u32..2,
        key in 1u8..3,
        moment in 0i64..4_000_000_000_000,
    ) -> ClientToken {
        let patterns = origins.iter().filter_map(|text| OriginPattern::parse(text).ok()).collect();
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

/// The code that a refusal of init stands for.
fn code_of(refused: &Refused, is_deleted: bool) -> Code {
    match refused {
        Refused::OriginNotAllowed(_) | Refused::OriginNotGranted(_) => Code::OriginNotAllowed,
        Refused::TokenInactive => Code::Inactive,
        Refused::ValueExpired(_) => Code::Expired,
        Refused::TargetNotListed | Refused::NoTarget | Refused::TargetNotGranted => {
            Code::TargetNotAllowed
        }
        Refused::NoUpstream => Code::NoUpstream,
        Refused::UnknownToken if is_deleted => Code::Deleted,
        Refused::UnknownToken => Code::Regenerated,
        other => panic!("an init isn't refused by {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn the_explanation_is_what_init_answers_and_its_edit_turns_it(
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
        let question = Question { proved: &proved, wish, default: default.clone(), now };
        let said = explain(&judged, &question, caller);
        prop_assert_eq!(said.code == Code::Valid, said.reason.is_none());
        if !caller.reaches(judged.token.environment) {
            prop_assert_eq!(said.code, Code::EnvironmentMismatch);
            return Ok(());
        }
        let token = Some(judged.token.clone()).filter(|_| !is_deleted);
        let live = admit_init(token, &proved, wish, now)
            .and_then(|(_, id)| upstream_or(default.clone(), &id, judged.target.as_ref()));
        let expected = live.map_or_else(|refused| code_of(&refused, is_deleted), |_| Code::Valid);
        prop_assert_eq!(said.code, expected);
        if let Some(edit) = said.reason.and_then(|reason| reason.edit) {
            let mut edited = judged;
            edited.token.settings = edit.applied_to(&edited.token.settings);
            prop_assert_eq!(edited.token.settings.targets.conflicts(), []);
            let after = explain(&edited, &question, caller);
            prop_assert!(after.code != said.code, "{:?} stays", said.code);
        }
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
