//! Property tests: rules that hold for every origin.

use proptest::prelude::*;

use super::{AllowedOrigins, OriginPattern, RequestOrigin};

/// The parts of an origin, to be mutated one by one.
#[derive(Debug, Clone, PartialEq)]
struct Parts {
    https: bool,
    host: String,
    port: u16,
}

impl Parts {
    /// With the port always written out.
    fn text(&self) -> String {
        let scheme = if self.https { "https" } else { "http" };
        format!("{scheme}://{}:{}", self.host, self.port)
    }

    fn bare(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

fn label() -> impl Strategy<Value = String> {
    // Nor `n--`, since a mutation may put an `x` in front.
    "[a-z_][a-z0-9_-]{0,8}".prop_filter("is no xn-- label", |label| {
        !label.starts_with("xn--") && !label.starts_with("n--")
    })
}

fn domain() -> impl Strategy<Value = String> {
    prop::collection::vec(label(), 1..5).prop_map(|labels| labels.join("."))
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => domain(),
        1 => any::<[u8; 4]>().prop_map(|quad| std::net::Ipv4Addr::from(quad).to_string()),
        1 => any::<[u16; 8]>().prop_map(|groups| {
            // No group is zero, so std abbreviates nothing and prints what browsers print.
            let groups = groups.map(|group| group | 0x100);
            format!("[{}]", std::net::Ipv6Addr::from(groups))
        }),
    ]
}

fn parts() -> impl Strategy<Value = Parts> {
    let port = prop_oneof![Just(80), Just(443), 1..=u16::MAX];
    (any::<bool>(), host(), port).prop_map(|(https, host, port)| Parts { https, host, port })
}

/// Text that comes close to an entry: the pieces of one in any order.
fn near_entry() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "http",
            "https",
            "ftp",
            ":",
            "/",
            "//",
            "://",
            "*",
            "*.",
            ".",
            "[",
            "]",
            "::",
            "[::1]",
            "1",
            "0",
            "0x",
            "127.0.0.1",
            "255",
            "ffff",
            "443",
            "80",
            ":443",
            "@",
            "\\",
            "?",
            "#",
            "%",
            "%41",
            "native",
            "null",
            "localhost",
            "example",
            "com",
            "xn--",
            "xn--n3h",
            "-",
            "_",
            " ",
            "\t",
            "\u{fc}",
            "\u{0}",
            "A",
            "Z",
        ])
        .prop_map(str::to_owned),
        domain(),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn request(text: &str) -> RequestOrigin {
    RequestOrigin::parse(Some(text)).expect(text)
}

fn pattern(entry: &str) -> OriginPattern {
    OriginPattern::parse(entry).expect(entry)
}

/// The origin and its twins that differ in one part.
fn mutations(parts: &Parts) -> Vec<Parts> {
    let with_host = |host: String| Parts { host, ..parts.clone() };
    let mut twins = vec![
        Parts { https: !parts.https, ..parts.clone() },
        Parts { port: parts.port.checked_add(1).unwrap_or(1), ..parts.clone() },
    ];
    if parts.host.starts_with('[') {
        twins.push(with_host("[::1]".into()));
    } else {
        twins.push(with_host(format!("{}.evil", parts.host)));
        twins.push(with_host(format!("{}z", parts.host)));
    }
    if parts.host.starts_with(|first: char| first.is_ascii_lowercase() || first == '_') {
        twins.push(with_host(format!("www.{}", parts.host)));
        twins.push(with_host(format!("evil-{}", parts.host)));
    }
    twins
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parse_of_display_is_the_same_pattern(
        entry in prop_oneof![near_entry(), parts().prop_map(|parts| parts.text()), parts().prop_map(|parts| parts.bare())]
    ) {
        if let Ok(pattern) = OriginPattern::parse(&entry) {
            let stored = pattern.to_string();
            prop_assert_eq!(OriginPattern::parse(&stored), Ok(pattern), "{}", stored);
        }
    }

    #[test]
    fn header_of_display_is_the_same_origin(header in prop_oneof![near_entry(), parts().prop_map(|parts| parts.text())]) {
        if let Ok(origin) = RequestOrigin::parse(Some(&header)) {
            let text = origin.to_string();
            prop_assert_eq!(RequestOrigin::parse(Some(&text)), Ok(origin), "{}", text);
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>(), near in near_entry()) {
        for text in [text, near] {
            let _ = RequestOrigin::parse(Some(&text));
            if let Err(fault) = OriginPattern::parse(&text) {
                prop_assert!(!fault.to_string().is_empty());
            }
        }
    }

    #[test]
    fn origin_is_admitted_by_its_own_pattern_and_no_mutation_of_it_is(parts in parts()) {
        let own = pattern(&parts.text());
        prop_assert!(own.admits(&request(&parts.text())));
        prop_assert_eq!(own.to_string(), request(&parts.text()).to_string());
        for twin in mutations(&parts) {
            prop_assert!(!own.admits(&request(&twin.text())), "{:?}", twin);
        }
    }

    #[test]
    fn bare_entry_ignores_the_scheme_and_nothing_else(parts in parts()) {
        let own = pattern(&parts.bare());
        prop_assert!(own.admits(&request(&parts.text())));
        for twin in mutations(&parts) {
            let differs_in_scheme = twin.https != parts.https;
            prop_assert_eq!(own.admits(&request(&twin.text())), differs_in_scheme, "{:?}", twin);
        }
    }

    #[test]
    fn subdomain_pattern_admits_what_stands_below_and_nothing_else(
        parent in domain().prop_filter("has two labels", |domain| domain.contains('.')),
        below in domain(),
    ) {
        let own = pattern(&format!("https://*.{parent}"));
        let admits = |host: &str| own.admits(&request(&format!("https://{host}")));
        prop_assert!(admits(&format!("{below}.{parent}")), "below");
        prop_assert!(!admits(&parent), "itself");
        prop_assert!(!admits(&format!("{below}-{parent}")), "a lookalike");
        prop_assert!(!admits(&format!("{below}.{parent}.evil")), "a parent of it");
        prop_assert!(!admits(&format!("{below}.{parent}z")), "a longer one");
    }

    #[test]
    fn list_holds_no_pattern_twice(entries in prop::collection::vec(near_entry(), 0..20)) {
        let patterns: Vec<_> = entries.iter().filter_map(|entry| OriginPattern::parse(entry).ok()).collect();
        let twice = patterns.iter().chain(&patterns).cloned().collect();
        let once = AllowedOrigins::from_patterns(twice);
        let stored: std::collections::HashSet<_> = once.iter().map(ToString::to_string).collect();
        prop_assert_eq!(stored.len(), once.len());
        prop_assert!(patterns.iter().all(|pattern| once.iter().any(|kept| kept == pattern)));
    }
}
