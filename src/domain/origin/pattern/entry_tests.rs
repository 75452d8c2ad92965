//! Tests of the stored form of entries, and of the faults of refused ones (contract section 5).

use super::*;

fn stored(entry: &str) -> String {
    OriginPattern::parse(entry).expect(entry).to_string()
}

#[test]
fn entry_is_stored_trimmed_and_in_lower_case_without_default_port_and_slash() {
    for (entry, expected) in [
        ("https://app.example.com", "https://app.example.com"),
        (" \t\r\n\u{c}https://a.example \n", "https://a.example"),
        ("HTTPS://App.Example.COM/", "https://app.example.com"),
        ("https://a.example:443", "https://a.example"),
        ("http://a.example:80/", "http://a.example"),
        ("http://a.example:443", "http://a.example:443"),
        ("https://*.Example.com:8443", "https://*.example.com:8443"),
        ("https://*.example.com:443", "https://*.example.com"),
        ("Example.com/", "example.com"),
        ("example.com:443", "example.com:443"),
        ("example.com:80", "example.com:80"),
        ("*.example.com:8080", "*.example.com:8080"),
        ("localhost:3000", "localhost:3000"),
        ("intranet", "intranet"),
        ("[2001:DB8:0::1]:80", "[2001:db8::1]:80"),
        ("http://[::ffff:127.0.0.1]", "http://[::ffff:7f00:1]"),
        ("*", "*"),
        (" * ", "*"),
        ("NATIVE", "native"),
        ("native/", "native"),
        ("native:3000", "native:3000"),
    ] {
        assert_eq!(stored(entry), expected);
        assert_eq!(stored(expected), expected);
    }
}

#[test]
fn every_refused_form_has_its_fault() {
    let path = |path: &str| OriginFault::Path(path.into());
    let port = |port: &str| OriginFault::Port(port.into());
    let scheme = |name: &str| OriginFault::Scheme(name.into());
    for (entry, expected) in [
        ("", OriginFault::Empty),
        (" \t\n", OriginFault::Empty),
        ("https://a.example https://b.example", OriginFault::Blank),
        ("https://a.example\thttps://b.example", OriginFault::Blank),
        ("https:// a.example", OriginFault::Blank),
        ("https://a\n.example", OriginFault::Blank),
        ("a\0.example", OriginFault::Blank),
        ("\u{b}https://a.example", OriginFault::Blank),
        ("https://a.example\u{7f}", OriginFault::Blank),
        ("\u{a0}https://a.example", OriginFault::Blank),
        ("null", OriginFault::Null),
        ("NULL/", OriginFault::Null),
        ("https:a.example", OriginFault::MissingSlashes),
        ("https:/a.example", OriginFault::MissingSlashes),
        ("HTTP:\\\\a.example", OriginFault::MissingSlashes),
        ("https:443", OriginFault::MissingSlashes),
        ("https:", OriginFault::MissingSlashes),
        ("ftp://a.example", scheme("ftp")),
        ("capacitor://localhost", scheme("capacitor")),
        ("mailto:x", scheme("mailto")),
        ("blob:https://a.example", scheme("blob")),
        ("*://a.example", scheme("*")),
        ("https://user@a.example", OriginFault::UserInfo),
        ("https://user:pass@a.example/", OriginFault::UserInfo),
        ("https://@a.example", OriginFault::UserInfo),
        ("user@a.example", OriginFault::UserInfo),
        ("https://a.example\\@evil.io", OriginFault::Backslash),
        ("https://a.example/\\", OriginFault::Backslash),
        ("https://a.example/app?x#y", path("/app")),
        ("https://a.example//", path("//")),
        ("a.example/b://c", path("/b://c")),
        ("https://a.example?x", OriginFault::Query),
        ("https://a.example/?", OriginFault::Query),
        ("https://a.example#x?", OriginFault::Fragment),
        ("a.example/#", OriginFault::Fragment),
        ("https://", OriginFault::EmptyHost),
        ("https:///", OriginFault::EmptyHost),
        ("//a.example", OriginFault::EmptyHost),
        ("https://:80", OriginFault::EmptyHost),
        ("*.", OriginFault::EmptyHost),
        ("https://a..example", OriginFault::EmptyLabel),
        ("*..example", OriginFault::EmptyLabel),
        ("a.example.", OriginFault::TrailingDot),
        ("https://b\u{fc}cher.example", OriginFault::NonAscii),
        ("\u{feff}https://a.example", OriginFault::NonAscii),
        ("https://exa%6dple.com", OriginFault::PercentEscape),
        ("https://a,b.example", OriginFault::Character(',')),
        ("https://xn--a.example", OriginFault::Punycode("xn--a".into())),
        ("127.1", OriginFault::Ipv4),
        ("http://0x7f.0.0.1", OriginFault::Ipv4),
        ("http://::1", OriginFault::Ipv6),
        ("[fe80::1%25eth0]", OriginFault::Ipv6),
        ("https://*", OriginFault::MisplacedWildcard),
        ("*/", OriginFault::MisplacedWildcard),
        ("*:8080", OriginFault::MisplacedWildcard),
        ("https://a.*.example", OriginFault::MisplacedWildcard),
        ("https://a*.example.com", OriginFault::MisplacedWildcard),
        ("https://*a.example.com", OriginFault::MisplacedWildcard),
        ("*.*.example.com", OriginFault::MisplacedWildcard),
        ("https://example.*", OriginFault::MisplacedWildcard),
        ("https://*.com", OriginFault::WildcardOverSingleLabel),
        ("*.com:80", OriginFault::WildcardOverSingleLabel),
        ("*.localhost", OriginFault::WildcardOverSingleLabel),
        ("https://*.127.0.0.1", OriginFault::WildcardOverAddress),
        ("*.[::1]", OriginFault::WildcardOverAddress),
        ("*.1", OriginFault::Ipv4),
        ("https://a.example:", port("")),
        ("a.example:/", port("")),
        ("a.example:0", port("0")),
        ("a.example:65536", port("65536")),
        ("https://a.example:080", port("080")),
        ("https://localhost:abc", port("abc")),
        ("localhost:*", port("*")),
        ("a.example:x", port("x")),
    ] {
        assert_eq!(OriginPattern::parse(entry), Err(expected.clone()), "{entry:?}");
        assert!(expected.to_string().len() > 10, "{entry:?}");
    }
}

#[test]
fn subdomain_pattern_leaves_room_for_a_subdomain() {
    let label = "a".repeat(63);
    let parent = format!("{label}.{label}.{label}.{}", "a".repeat(59));
    assert_eq!(parent.len(), 251);
    let longest = format!("https://*.{parent}");
    assert_eq!(stored(&longest), longest);
    assert_eq!(OriginPattern::parse(&format!("*.{parent}a")), Err(OriginFault::TooLong));
}
