//! Who is let in, and to which target.

use proptest::prelude::*;

use super::*;
use crate::{
    chat::testing,
    domain::{
        grant::tests::{HEADERS, IDS, grants, tokens},
        text::TargetIds,
        token_value::Claims,
    },
};

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    // The token is as it is now, which needn't be how it was when the value was minted.
    #[test]
    fn no_minted_value_ever_allows_what_its_token_does_not(
        token in tokens(),
        generation in 0u32..2,
        grant in grants(),
        header in prop::sample::select(&HEADERS[..]),
        wanted in prop::option::of(prop::sample::select(&IDS[..])),
        now in 0i64..100_000,
    ) {
        let now = Timestamp::from_millis(now);
        let own = Proved { claims: Claims { generation, ..token.claims() }, grant: None };
        let minted = Proved { grant: Some(grant.clone()), ..own.clone() };
        let wanted = wanted.map(id);
        let wish = Wish { origin: header, target: wanted.as_ref(), ..Wish::default() };
        let by_token = admit_init(Some(token.clone()), &own, wish, now);
        let by_value = admit_init(Some(token.clone()), &minted, wish, now);
        if let Ok((met, target)) = &by_value {
            prop_assert!(by_token.is_ok());
            prop_assert!(now < grant.expires_at);
            prop_assert!(token.settings.targets.contains(target));
            prop_assert!(met.settings.targets.contains(target));
        }
        // A session of the same value gives no more, whatever target its id names.
        let target = wanted.unwrap_or_else(|| id("flow_a"));
        let session = |grant: Option<Grant>| Session {
            token: token.id,
            generation,
            started_at: now,
            issued_at: now,
            target: target.clone(),
            grant: grant.map(Box::new),
            ..testing::session("flow_a")
        };
        let admit = |grant| {
            let stored = StoredSession::default();
            admit_session(&session(grant), Some(token.clone()), &stored, header, now)
        };
        let by_token = admit(None);
        if let Ok((met, _)) = admit(Some(grant.clone())) {
            prop_assert!(by_token.is_ok());
            prop_assert!(now < grant.expires_at && grant.admits(&RequestOrigin::parse(header).unwrap()));
            let limits = [met.settings.limits, token.settings.limits].map(|limits| {
                [limits.per_minute, limits.per_hour, limits.per_session].map(|most| most.unwrap_or(u32::MAX))
            });
            let [of_value, of_token] = limits;
            prop_assert!(of_value.iter().zip(of_token).all(|(value, token)| *value <= token));
        }
    }
}

fn id(text: &str) -> TargetId {
    TargetId::parse(text).unwrap()
}

fn ids(texts: &[&str]) -> TargetIds {
    TargetIds::from_ids(texts.iter().map(|t| id(t)).collect()).unwrap()
}

#[test]
fn the_target_is_the_wanted_one_or_the_default_or_the_first() {
    let choose = |targets: &Targets, wanted: Option<&str>, previous: Option<&str>| {
        choose_target(targets, wanted.map(id).as_ref(), previous.map(id).as_ref())
    };
    let mut targets = Targets { flow_ids: ids(&["flow_a", "flow_b"]), ..Targets::default() };
    assert_eq!(choose(&targets, None, None), Ok(id("flow_a")));
    targets.default_flow_id = Some(id("flow_b"));
    targets.agent_ids = ids(&["agent_a"]);
    assert_eq!(choose(&targets, None, None), Ok(id("flow_b")));
    assert_eq!(choose(&targets, Some("agent_a"), Some("flow_a")), Ok(id("agent_a")));
    assert_eq!(choose(&targets, None, Some("flow_a")), Ok(id("flow_a")));
    assert_eq!(choose(&targets, None, Some("flow_z")), Ok(id("flow_b")));
    assert_eq!(choose(&targets, Some("flow_z"), None), Err(Refused::TargetNotListed));
    let agents = Targets { agent_ids: ids(&["agent_a"]), ..Targets::default() };
    assert_eq!(choose(&agents, None, None), Ok(id("agent_a")));
    assert_eq!(choose(&Targets::default(), None, None), Err(Refused::NoTarget));
}
