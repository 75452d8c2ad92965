//! Tests of the rules of hosts: what is taken and what is refused.

use super::*;

fn shown(text: &str) -> String {
    Host::parse(text).expect(text).to_string()
}

fn fault(text: &str) -> OriginFault {
    Host::parse(text).expect_err(text)
}

#[test]
fn domain_is_lower_cased() {
    assert_eq!(shown("App.EXAMPLE.com"), "app.example.com");
}

#[test]
fn single_label_underscore_and_odd_hyphens_are_accepted() {
    for text in ["localhost", "intranet", "a_b.example", "-a-.b--c.example", "ab--cd.example"] {
        assert_eq!(shown(text), text);
    }
}

#[test]
fn domain_of_253_characters_is_accepted_and_of_254_is_refused() {
    let label = "a".repeat(63);
    let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
    assert_eq!(longest.len(), 253);
    assert_eq!(shown(&longest), longest);
    assert_eq!(fault(&format!("{longest}a")), OriginFault::TooLong);
}

#[test]
fn label_of_63_characters_is_accepted_and_of_64_is_refused() {
    assert!(Host::parse(&format!("{}.example", "a".repeat(63))).is_ok());
    assert_eq!(fault(&format!("{}.example", "a".repeat(64))), OriginFault::TooLong);
}

#[test]
fn empty_host_is_refused() {
    assert_eq!(fault(""), OriginFault::EmptyHost);
}

#[test]
fn empty_label_is_refused() {
    assert_eq!(fault("a..example"), OriginFault::EmptyLabel);
    assert_eq!(fault(".example"), OriginFault::EmptyLabel);
}

#[test]
fn trailing_dot_is_refused() {
    for text in ["example.com.", "127.0.0.1.", "."] {
        assert_eq!(fault(text), OriginFault::TrailingDot);
    }
}

#[test]
fn non_ascii_host_is_refused_and_its_xn_form_is_accepted() {
    assert_eq!(fault("b\u{fc}cher.example"), OriginFault::NonAscii);
    assert_eq!(shown("XN--BCHER-KVA.example"), "xn--bcher-kva.example");
}

#[test]
fn xn_label_that_does_not_decode_is_refused_wherever_it_stands() {
    for text in ["xn--", "xn--.example", "a.xn--abc-", "a.xn--99999"] {
        assert!(matches!(fault(text), OriginFault::Punycode(_)), "{text}");
    }
}

#[test]
fn percent_escape_is_refused() {
    assert_eq!(fault("exa%6dple.com"), OriginFault::PercentEscape);
}

#[test]
fn characters_outside_letters_digits_hyphen_and_underscore_are_refused() {
    for found in "!\"$&'()+,;<=>^`{|}~ \t\u{7f}[]:@/\\?#".chars() {
        assert_eq!(fault(&format!("a{found}b")), OriginFault::Character(found));
    }
}

#[test]
fn canonical_ipv4_is_accepted() {
    for text in ["0.0.0.0", "127.0.0.1", "255.255.255.255"] {
        assert!(matches!(Host::parse(text), Ok(Host::Ipv4(_))), "{text}");
        assert_eq!(shown(text), text);
    }
}

#[test]
fn host_that_ends_in_a_number_but_is_no_dotted_quad_is_refused() {
    for text in [
        "127.1",
        "1",
        "2130706433",
        "0x7f000001",
        "0x7F.0.0.1",
        "127.0.0.0x1",
        "127.0.0.01",
        "0127.0.0.1",
        "256.0.0.1",
        "127.0.0.256",
        "1.2.3.4.5",
        "foo.09",
        "foo.0x",
        "foo.0xF",
    ] {
        assert_eq!(fault(text), OriginFault::Ipv4, "{text}");
    }
}

#[test]
fn number_anywhere_but_at_the_end_makes_a_domain() {
    for text in ["1.2.3.4.example", "256.com", "foo.0xg", "a.1b", "0x.a"] {
        assert!(matches!(Host::parse(text), Ok(Host::Domain(_))), "{text}");
    }
}

#[test]
fn ipv6_is_stored_in_the_whatwg_form() {
    for (text, expected) in [
        ("[::1]", "[::1]"),
        ("[0:0:0:0:0:0:0:0]", "[::]"),
        ("[2001:DB8::0001]", "[2001:db8::1]"),
        ("[1:0:0:2:0:0:0:3]", "[1:0:0:2::3]"),
        ("[1:0:0:2:3:0:0:4]", "[1::2:3:0:0:4]"),
        ("[1:0:2:3:4:5:6:7]", "[1:0:2:3:4:5:6:7]"),
        ("[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7:0]"),
        ("[::127.0.0.1]", "[::7f00:1]"),
        ("[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
        ("[::ffff:0:1]", "[::ffff:0:1]"),
        ("[64:ff9b::192.0.2.33]", "[64:ff9b::c000:221]"),
    ] {
        assert_eq!(shown(text), expected);
        assert_eq!(shown(expected), expected);
    }
}

#[test]
fn malformed_ipv6_is_refused() {
    for text in [
        "[]",
        "[:]",
        "[::1",
        "[1::2::3]",
        "[1:2:3:4:5:6:7]",
        "[1:2:3:4:5:6:7:8:9]",
        "[12345::]",
        "[::g]",
        "[fe80::1%eth0]",
        "[fe80::1%25eth0]",
        "[::1.2.3]",
        "[::01.2.3.4]",
        "[[::1]]",
        "[::1]]",
        "[ ::1]",
        "[v1.a]",
        "[127.0.0.1]",
    ] {
        assert_eq!(fault(text), OriginFault::Ipv6, "{text}");
    }
}

#[test]
fn loopback_is_localhost_its_subdomains_and_the_loopback_addresses() {
    for text in [
        "localhost",
        "LOCALHOST",
        "app.localhost",
        "a.b.localhost",
        "127.0.0.1",
        "127.255.255.255",
        "[::1]",
    ] {
        assert!(Host::parse(text).expect(text).is_loopback(), "{text}");
    }
    for text in [
        "localhost.example",
        "notlocalhost",
        "126.255.255.255",
        "128.0.0.1",
        "0.0.0.0",
        "[::2]",
        "[::]",
        "[::ffff:127.0.0.1]",
    ] {
        assert!(!Host::parse(text).expect(text).is_loopback(), "{text}");
    }
}

#[test]
fn subdomain_has_a_label_more_at_any_depth() {
    let is_under = |host: &str, parent: &str| {
        let parse = |text: &str| Host::parse(text).expect(text);
        parse(host).is_subdomain_of(&parse(parent))
    };
    assert!(is_under("a.example.com", "example.com"));
    assert!(is_under("a.b.example.com", "example.com"));
    assert!(!is_under("example.com", "example.com"));
    assert!(!is_under("evil-example.com", "example.com"));
    assert!(!is_under("example.com.evil.io", "example.com"));
    assert!(!is_under("1.127.0.0.1.example", "127.0.0.1"));
}
