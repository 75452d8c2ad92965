//! The origin parser held to the URL suite of web-platform-tests.
//!
//! The URL standard repairs much that this service refuses. So a case of the suite passes in
//! two ways: the entry is stored as the very origin a browser computes, or it is refused for
//! a reason that the case really has (`is_justified`). A refusal for a wrong reason fails.

use client_tokens::domain::origin::{OriginFault, OriginPattern, RequestOrigin};
use serde_json::Value;

const SUITE: &str = include_str!("data/urltestdata.json");

/// A case whose outcome doesn't hang on its base URL.
struct Case {
    input: String,
    /// What a browser makes of it; nothing when it fails.
    url: Option<Url>,
}

struct Url {
    href: String,
    origin: String,
    hostname: String,
    pathname: String,
}

impl Case {
    /// The input without what URL parsing strips before it looks at it.
    fn stripped(&self) -> String {
        let ends = |found: char| found <= ' ';
        self.input.trim_matches(ends).replace(['\t', '\n', '\r'], "")
    }

    fn scheme(&self) -> Option<String> {
        let text = self.stripped();
        let (scheme, _) = text.split_once(':')?;
        let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|found| found.is_ascii_alphanumeric() || "+-.".contains(found));
        is_scheme.then(|| scheme.to_ascii_lowercase())
    }

    fn is_http(&self) -> bool {
        matches!(self.scheme().as_deref(), Some("http" | "https"))
    }

    fn after_scheme(&self) -> String {
        let text = self.stripped();
        text.split_once(':').map_or_else(String::new, |(_, rest)| rest.to_owned())
    }

    /// The raw `user@host:port`.
    fn authority(&self) -> String {
        let rest = self.after_scheme();
        let rest = rest.trim_start_matches(['/', '\\']);
        rest.split(['/', '\\', '?', '#']).next().unwrap_or_default().to_owned()
    }

    fn raw_host(&self) -> String {
        let authority = self.authority();
        let host = authority.rsplit('@').next().unwrap_or_default();
        host.split(':').next().unwrap_or_default().to_owned()
    }

    fn raw_port(&self) -> String {
        let authority = self.authority();
        authority.rsplit_once(':').map_or_else(String::new, |(_, port)| port.to_owned())
    }
}

fn cases() -> serde_json::Result<Vec<Case>> {
    let suite: Vec<Value> = serde_json::from_str(SUITE)?;
    Ok(suite.iter().filter_map(case).collect())
}

/// Leaves comments out, and inputs that are relative to a base.
fn case(value: &Value) -> Option<Case> {
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    value.as_object()?;
    let url = (value["failure"] != true).then(|| Url {
        href: text("href"),
        // Not every case spells it out; under http it is just this.
        origin: match value["origin"].as_str() {
            Some(origin) => origin.to_owned(),
            None => format!("{}//{}", text("protocol"), text("host")),
        },
        hostname: text("hostname"),
        pathname: text("pathname"),
    });
    let case = Case { input: text("input"), url };
    let base = value["base"].as_str();
    let is_absolute = match (base, case.scheme()) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(base), Some(scheme)) => {
            case.after_scheme().starts_with("//") || !base.starts_with(&format!("{scheme}:"))
        }
    };
    is_absolute.then_some(case)
}

/// Whether a URL that browsers accept really has what `fault` complains of.
fn is_justified(fault: &OriginFault, case: &Case, url: &Url) -> bool {
    let host = case.raw_host();
    match fault {
        OriginFault::Blank => case
            .input
            .trim_ascii()
            .contains(|found: char| found.is_whitespace() || found.is_control()),
        OriginFault::MissingSlashes => !case.after_scheme().starts_with("//"),
        OriginFault::UserInfo => case.authority().contains('@'),
        OriginFault::Backslash => case.input.contains('\\'),
        // Dot segments are a path, even where nothing is left of them.
        OriginFault::Path(_) => url.pathname != "/" || case.input.contains("/.."),
        OriginFault::Query => url.pathname == "/" && case.input.contains('?'),
        OriginFault::Fragment => url.pathname == "/" && case.input.contains('#'),
        OriginFault::TooLong => host.len() > 253 || host.split('.').any(|label| label.len() > 63),
        OriginFault::EmptyLabel => host.starts_with('.') || host.contains(".."),
        OriginFault::TrailingDot => host.ends_with('.'),
        OriginFault::NonAscii => !host.is_ascii(),
        OriginFault::PercentEscape => host.contains('%'),
        OriginFault::Character(found) => {
            host.contains(*found) && !found.is_ascii_alphanumeric() && !"-_.".contains(*found)
        }
        OriginFault::Ipv4 => {
            url.hostname.parse::<std::net::Ipv4Addr>().is_ok() && host != url.hostname
        }
        OriginFault::Port(port) => {
            *port == case.raw_port() && (port.is_empty() || port.starts_with('0'))
        }
        // No URL that a browser accepts as http or https has these.
        OriginFault::Empty
        | OriginFault::Null
        | OriginFault::Scheme(_)
        | OriginFault::EmptyHost
        | OriginFault::Punycode(_)
        | OriginFault::Ipv6
        | OriginFault::MisplacedWildcard
        | OriginFault::WildcardOverSingleLabel
        | OriginFault::WildcardOverAddress => false,
    }
}

/// Whether an origin that browsers compute really has what `fault` complains of.
fn is_justified_for_origin(fault: &OriginFault, origin: &str) -> bool {
    match fault {
        OriginFault::TrailingDot => origin.ends_with('.'),
        OriginFault::Character(found) => {
            "!\"$&'()+,;=`{}~".contains(*found) && origin.contains(*found)
        }
        OriginFault::Port(_) => origin.ends_with(":0"),
        _ => false,
    }
}

#[test]
fn url_that_browsers_refuse_is_refused_as_entry_and_as_header() -> serde_json::Result<()> {
    let mut refused = 0;
    for case in cases()?.iter().filter(|case| case.url.is_none() && case.scheme().is_some()) {
        let entry = OriginPattern::parse(&case.input);
        let header = RequestOrigin::parse(Some(&case.input));
        assert!(entry.is_err(), "entry {:?} was read as {entry:?}", case.input);
        assert!(header.is_err(), "header {:?} was read as {header:?}", case.input);
        refused += 1;
    }
    assert_eq!(refused, 254);
    Ok(())
}

#[test]
fn url_that_browsers_accept_is_stored_as_its_origin_or_refused_for_a_reason_it_has()
-> serde_json::Result<()> {
    let (mut stored, mut refused) = (0, 0);
    for case in cases()?.iter().filter(|case| case.is_http()) {
        let Some(url) = &case.url else { continue };
        let entry = OriginPattern::parse(&case.input);
        if let Ok(header) = RequestOrigin::parse(Some(&case.input)) {
            assert_eq!(header.to_string(), url.origin, "{:?}", case.input);
            assert!(entry.is_ok(), "{:?} is a header but no entry", case.input);
        }
        match entry {
            Ok(pattern) => {
                assert_eq!(pattern.to_string(), url.origin, "{:?}", case.input);
                assert_eq!(url.href, format!("{}/", url.origin), "{:?} says more", case.input);
                stored += 1;
            }
            Err(fault) => {
                assert!(is_justified(&fault, case, url), "{:?} has no {fault:?}", case.input);
                refused += 1;
            }
        }
    }
    println!("{stored} stored, {refused} refused");
    assert_eq!((stored, refused), (21, 143));
    Ok(())
}

#[test]
fn origin_that_browsers_compute_is_read_as_itself_in_entry_and_header() -> serde_json::Result<()> {
    let (mut read, mut refused) = (0, 0);
    for case in cases()?.iter().filter(|case| case.is_http()) {
        let Some(Url { origin, .. }) = &case.url else { continue };
        let header = RequestOrigin::parse(Some(origin));
        match OriginPattern::parse(origin) {
            Ok(pattern) => {
                let header = header.unwrap_or_else(|_| panic!("header {origin:?} was refused"));
                assert!(matches!(header, RequestOrigin::Web(_)), "{origin:?}");
                assert_eq!(header.to_string(), *origin);
                assert_eq!(pattern.to_string(), *origin);
                assert!(pattern.admits(&header), "{origin:?}");
                read += 1;
            }
            Err(fault) => {
                assert!(is_justified_for_origin(&fault, origin), "{origin:?} has no {fault:?}");
                assert!(header.is_err(), "header {origin:?} was read as {header:?}");
                refused += 1;
            }
        }
    }
    println!("{read} read, {refused} refused");
    assert_eq!((read, refused), (158, 6));
    Ok(())
}

#[test]
fn url_of_another_scheme_is_refused_as_entry() -> serde_json::Result<()> {
    let mut refused = 0;
    for case in cases()?.iter().filter(|case| case.url.is_some() && !case.is_http()) {
        let entry = OriginPattern::parse(&case.input);
        assert!(entry.is_err(), "{:?} was read as {entry:?}", case.input);
        refused += 1;
    }
    println!("{refused} refused");
    assert_eq!(refused, 224);
    Ok(())
}
