//! Warnings: settings that are allowed but probably a mistake (contract section 2).
//!
//! The answers to create and update carry them. They are about the token as it is after the
//! request, not about what the request changed.

#[cfg(test)]
mod golden;

use crate::domain::{
    client_token::{Settings, Targets},
    environment::Environment,
    origin::OriginPattern,
    target::Executable,
    text::{TargetId, TargetIds},
    words::words,
};

words! {
    /// The kind of a warning; there is at most one of each.
    pub enum WarningKind {
        WildcardOrigin = "wildcard_origin",
        NativeOrigin = "native_origin",
        /// Plain http from another machine than the visitor's own.
        InsecureOrigin = "insecure_origin",
        /// Pages from the visitor's own machine, in a live token.
        LoopbackOrigin = "loopback_origin",
        NoTarget = "no_target",
        /// No upstream executes a listed flow or agent yet.
        UnknownTarget = "unknown_target",
        /// Subdomains of a domain under which anybody can have a site.
        SharedSuffix = "shared_suffix",
        /// An idle time of one minute: the widget refuses to send within a minute of a session's end.
        ShortIdleTimeout = "short_idle_timeout",
        NoRateLimit = "no_rate_limit",
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    pub kind: WarningKind,
    /// Tells people what is wrong, which entries are meant and what to do.
    pub message: String,
}

pub fn warnings(
    settings: &Settings,
    environment: Environment,
    executable: &Executable,
) -> Vec<Warning> {
    let mut warnings = origin_warnings(settings, environment);
    warnings.extend(target_warning(&settings.targets, executable));
    let limits = settings.limits;
    let rules = [
        (
            limits.idle_minutes == Some(1),
            WarningKind::ShortIdleTimeout,
            "sessionIdleTimeoutMinutes is 1, and the chat widget refuses to send within 60 \
             seconds of a session's end. Use 2 or more.",
        ),
        (
            limits.per_minute.is_none() && limits.per_hour.is_none(),
            WarningKind::NoRateLimit,
            "rateLimitPerMinute and rateLimitPerHour are both null, so nothing bounds what one \
             visitor can spend. Set at least one.",
        ),
    ];
    for (applies, kind, message) in rules {
        if applies {
            warnings.push(Warning { kind, message: message.to_owned() });
        }
    }
    warnings
}

fn target_warning(targets: &Targets, executable: &Executable) -> Option<Warning> {
    if targets.is_empty() {
        let message = "The token lists neither flows nor agents, so no page can open a session \
                       with it. Add flowIds or agentIds."
            .to_owned();
        return Some(Warning { kind: WarningKind::NoTarget, message });
    }
    let listed = [&targets.flow_ids, &targets.agent_ids].into_iter().flat_map(TargetIds::as_slice);
    let unknown: Vec<&str> =
        listed.filter(|id| !executable.includes(id)).map(TargetId::as_str).collect();
    let message = format!(
        "Nothing executes {} yet. Say what does with PUT /v1/targets/:id, or for all targets with \
         the variable DEFAULT_UPSTREAM.",
        unknown.join(", ")
    );
    (!unknown.is_empty()).then_some(Warning { kind: WarningKind::UnknownTarget, message })
}

fn origin_warnings(settings: &Settings, environment: Environment) -> Vec<Warning> {
    type Test = fn(&OriginPattern) -> bool;
    let rules: [(Test, WarningKind, &str); 5] = [
        (OriginPattern::is_wildcard, WarningKind::WildcardOrigin, "admits every web page"),
        (
            OriginPattern::is_native,
            WarningKind::NativeOrigin,
            "admits every client that sends no Origin, which any program outside a browser can do",
        ),
        (
            OriginPattern::is_insecure,
            WarningKind::InsecureOrigin,
            "admits pages over plain http, which anyone on the network path can change; use https",
        ),
        (
            OriginPattern::is_loopback,
            WarningKind::LoopbackOrigin,
            "admits pages from a developer's own machine in a live token; use a test token there",
        ),
        (
            OriginPattern::is_over_shared_suffix,
            WarningKind::SharedSuffix,
            "admits pages of strangers, since anyone can have a site under that domain; list your \
             own hosts",
        ),
    ];
    rules
        .into_iter()
        .filter(|(_, kind, _)| {
            *kind != WarningKind::LoopbackOrigin || environment == Environment::Live
        })
        .filter_map(|(test, kind, meaning)| {
            let entries: Vec<String> = settings
                .allowed_origins
                .iter()
                .filter(|pattern| test(pattern))
                .map(ToString::to_string)
                .collect();
            let message = format!("{} {meaning}.", entries.join(", "));
            (!entries.is_empty()).then_some(Warning { kind, message })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        client_token::{Targets, tests::settings},
        limits::Limits,
        origin::AllowedOrigins,
    };

    fn of(origins: &[&str], environment: Environment) -> Vec<(&'static str, String)> {
        let patterns = origins.iter().map(|o| OriginPattern::parse(o).unwrap()).collect();
        let settings =
            Settings { allowed_origins: AllowedOrigins::from_patterns(patterns), ..settings() };
        let list = warnings(&settings, environment, &Executable::Every);
        list.into_iter().map(|w| (w.kind.as_str(), w.message)).collect()
    }

    fn kinds(settings: &Settings) -> Vec<&'static str> {
        let list = warnings(settings, Environment::Live, &Executable::Every);
        list.into_iter().map(|w| w.kind.as_str()).collect()
    }

    #[test]
    fn a_careful_token_has_no_warnings() {
        assert_eq!(of(&["https://app.example.com"], Environment::Live), []);
        assert_eq!(of(&["http://localhost:3000"], Environment::Test), []);
    }

    #[test]
    fn one_warning_of_a_kind_names_all_its_entries() {
        let list = of(&["http://a.example", "b.example", "https://c.example"], Environment::Live);
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].0, "insecure_origin");
        assert!(list[0].1.starts_with("http://a.example, b.example admits"));
    }

    #[test]
    fn each_kind_of_origin_has_its_own() {
        let list = of(&["*", "native", "http://x.example", "localhost"], Environment::Live);
        let kinds: Vec<_> = list.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(
            kinds,
            ["wildcard_origin", "native_origin", "insecure_origin", "loopback_origin"]
        );
    }

    #[test]
    fn subdomains_of_a_shared_domain_are_warned_of_and_named() {
        let list = of(
            &["https://*.github.io", "https://*.co.uk:8443", "https://mine.github.io"],
            Environment::Live,
        );
        assert_eq!((list.len(), list[0].0), (1, "shared_suffix"));
        assert!(list[0].1.starts_with("https://*.github.io, https://*.co.uk:8443 admits"));
        assert_eq!(of(&["https://*.mine.github.io"], Environment::Live), []);
        let kinds: Vec<_> =
            of(&["*.workers.dev"], Environment::Live).into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, ["insecure_origin", "shared_suffix"]);
    }

    #[test]
    fn a_token_without_targets_is_warned_of() {
        assert_eq!(kinds(&Settings { targets: Targets::default(), ..settings() }), ["no_target"]);
    }

    #[test]
    fn flows_and_agents_that_nothing_executes_are_named_in_one_warning() {
        let id = |text: &str| TargetId::parse(text).unwrap();
        let ids = |texts: &[&str]| {
            TargetIds::from_ids(texts.iter().map(|text| id(text)).collect()).unwrap()
        };
        let targets = Targets {
            flow_ids: ids(&["flow_a", "flow_b"]),
            agent_ids: ids(&["agent_c", "flow_a"]),
            ..Targets::default()
        };
        let with = |known: &[&str]| {
            let known = Executable::Only(known.iter().map(|text| id(text)).collect());
            warnings(
                &Settings { targets: targets.clone(), ..settings() },
                Environment::Live,
                &known,
            )
        };
        let list = with(&["flow_a"]);
        assert_eq!((list.len(), list[0].kind.as_str()), (1, "unknown_target"));
        assert!(list[0].message.starts_with("Nothing executes flow_b, agent_c yet."));
        assert_eq!(with(&["flow_a", "flow_b", "agent_c"]), []);
    }

    #[test]
    fn an_idle_time_of_one_minute_is_warned_of() {
        let with = |idle| Settings {
            limits: Limits { idle_minutes: Some(idle), ..Limits::default() },
            ..settings()
        };
        assert_eq!(kinds(&with(1)), ["short_idle_timeout"]);
        assert_eq!(kinds(&with(2)), [""; 0]);
    }

    #[test]
    fn one_rate_limit_is_enough() {
        let with = |per_minute, per_hour| Settings {
            limits: Limits { per_minute, per_hour, ..Limits::default() },
            ..settings()
        };
        assert_eq!(kinds(&with(None, None)), ["no_rate_limit"]);
        assert_eq!(kinds(&with(None, Some(1))), [""; 0]);
    }
}
