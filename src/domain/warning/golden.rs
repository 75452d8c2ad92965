//! Every warning, as callers read it.

use super::*;
use crate::{
    domain::{client_token::tests::settings, limits::Limits, origin::AllowedOrigins},
    golden::{hold, samples},
};

/// Settings that are warned of so.
fn warned_of(kind: WarningKind) -> Settings {
    let listing = |origins: &[&str]| {
        let patterns = origins.iter().map(|text| OriginPattern::parse(text).unwrap()).collect();
        Settings { allowed_origins: AllowedOrigins::from_patterns(patterns), ..settings() }
    };
    let limited = |limits| Settings { limits, ..settings() };
    match kind {
        WarningKind::WildcardOrigin => listing(&["*"]),
        WarningKind::NativeOrigin => listing(&["native"]),
        WarningKind::InsecureOrigin => listing(&["http://a.example", "b.example"]),
        WarningKind::LoopbackOrigin => listing(&["http://localhost:3000", "127.0.0.1"]),
        WarningKind::SharedSuffix => listing(&["https://*.github.io", "https://*.co.uk"]),
        WarningKind::NoTarget => Settings { targets: Targets::default(), ..settings() },
        WarningKind::UnknownTarget => settings(),
        WarningKind::ShortIdleTimeout => {
            limited(Limits { idle_minutes: Some(1), ..Limits::default() })
        }
        WarningKind::NoRateLimit => {
            limited(Limits { per_minute: None, per_hour: None, ..Limits::default() })
        }
    }
}

#[test]
#[rustfmt::skip]
fn every_warning_is_told_as_it_was() {
    use WarningKind as W;
    let kinds = samples! {
        W::WildcardOrigin => { "every page": W::WildcardOrigin }
        W::NativeOrigin => { "no origin": W::NativeOrigin }
        W::InsecureOrigin => { "plain http": W::InsecureOrigin }
        W::LoopbackOrigin => { "the visitor's own machine": W::LoopbackOrigin }
        W::NoTarget => { "no target": W::NoTarget }
        W::UnknownTarget => { "targets that nothing executes": W::UnknownTarget }
        W::SharedSuffix => { "subdomains of strangers": W::SharedSuffix }
        W::ShortIdleTimeout => { "a session of a minute": W::ShortIdleTimeout }
        W::NoRateLimit => { "no limit": W::NoRateLimit }
    };
    let entries: Vec<_> = kinds
        .into_iter()
        .map(|(title, kind)| {
            let list = warnings(&warned_of(kind), Environment::Live, &Executable::Only(Vec::new()));
            let warning = list.into_iter().find(|warning| warning.kind == kind).unwrap();
            (title.to_owned(), format!("{}: {}", kind.as_str(), warning.message))
        })
        .collect();
    hold("warnings", "Every warning about a token's settings.", file!(), &entries);
}
