//! Every reason against a value, as its owner reads it, and whether an edit goes with it.

use std::collections::BTreeSet;

use super::*;
use crate::{
    chat::testing,
    domain::{limiter::LimitReached, origin::OriginPattern},
    golden::hold,
};

fn judged() -> Judged {
    let mut token = testing::token(&["flow_a"]);
    let pattern = OriginPattern::parse("https://app.example.com").unwrap();
    token.settings.allowed_origins = AllowedOrigins::from_patterns(vec![pattern]);
    Judged { token, is_deleted: false, target: None }
}

/// The same with as many origins as there may be.
fn crowded() -> Judged {
    let mut judged = judged();
    let entry = |n| OriginPattern::parse(&format!("a{n}.example")).unwrap();
    let all = (0..AllowedOrigins::MAX).map(entry).collect();
    judged.token.settings.allowed_origins = AllowedOrigins::from_patterns(all);
    judged
}

fn limits() -> Vec<(&'static str, Reason)> {
    let all =
        [("a minute", Limit::Minute), ("an hour", Limit::Hour), ("a session", Limit::Session)];
    all.map(|(title, by)| {
        let refusal = Some(LimitReached { by, quota: 10, retry_after: 30 });
        (title, limited(&Verdict { refusal, minute: None, hour: None }).unwrap())
    })
    .into()
}

#[rustfmt::skip]
fn refused() -> Vec<(&'static str, Refused)> {
    let origin = |header| RequestOrigin::parse(Some(header)).unwrap();
    let unlisted = |header, no_entry| Refused::OriginNotAllowed(Some(Unlisted { origin: origin(header), no_entry }));
    vec![
        ("a malformed value", Refused::UnknownToken(Flaw::Malformed)),
        ("a forged value", Refused::UnknownToken(Flaw::Forged)),
        ("a value from before a regenerate", Refused::UnknownToken(Flaw::Regenerated)),
        ("a value of a deleted token", Refused::UnknownToken(Flaw::Deleted)),
        ("a value that has ended", Refused::ValueExpired(Timestamp::from_millis(1_750_000_000_000))),
        ("an origin that is none", Refused::OriginNotAllowed(None)),
        ("an origin that could be added", unlisted("https://shop.example.com", None)),
        ("an origin that can't be listed", unlisted("null", Some(NoEntry::Unlistable))),
        ("an origin that the minted value doesn't admit", Refused::OriginNotGranted(origin("https://shop.example.com"))),
        ("a token that is switched off", Refused::TokenInactive),
        ("a target that isn't listed", Refused::TargetNotListed),
        ("a target that the minted value doesn't list", Refused::TargetNotGranted),
        ("a target that nothing executes", Refused::NoUpstream),
    ]
}

#[test]
fn every_reason_is_told_as_it_was() {
    let judged = judged();
    let wanted = TargetId::parse("flow_b").unwrap();
    let wish =
        Wish { origin: Some("https://user@x.example"), target: Some(&wanted), ..Wish::default() };
    let nothing = Wish { target: None, ..wish };
    let test = testing::token(&[]).claims();
    let proved = Proved { claims: test, grant: None };
    let question =
        Question { proved: &proved, wish, default: None, now: Timestamp::from_millis(0) };
    let foreign = explain(&judged, &question, Environment::Test);

    let mut reasons: Vec<_> =
        refused().iter().map(|(title, refused)| (*title, reason(refused, &judged, wish))).collect();
    reasons.push(("a token without targets", reason(&Refused::NoTarget, &judged, nothing)));
    let full = Refused::OriginNotAllowed(Some(Unlisted {
        origin: RequestOrigin::parse(Some("https://shop.example.com")).unwrap(),
        no_entry: Some(NoEntry::Full),
    }));
    reasons.push(("an origin for which there is no room", reason(&full, &crowded(), wish)));
    reasons.extend(foreign.0.into_iter().map(|reason| ("a live value, with a test key", reason)));
    reasons.extend(limits());

    let said: BTreeSet<_> = reasons.iter().map(|(_, reason)| reason.code.word()).collect();
    let words = RefusalCode::ALL.into_iter().filter_map(RefusalCode::verdict);
    let known: BTreeSet<_> = words.chain([Code::EnvironmentMismatch.word()]).collect();
    assert_eq!(said, known);

    let entries: Vec<_> = reasons
        .iter()
        .map(|(title, Reason { code, message, edit })| {
            let edit = if edit.is_some() { "an edit turns it" } else { "no edit turns it" };
            ((*title).to_owned(), format!("{}: {message}\n({edit})", code.word()))
        })
        .collect();
    hold("verify-reasons", "Every reason that verify has against a value.", file!(), &entries);
}
