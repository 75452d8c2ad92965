//! Tests of which requests an entry admits (contract section 5).

use super::*;

#[track_caller]
fn admitted(entry: &str, headers: &[&str]) {
    for header in headers {
        assert!(admits(entry, Some(header)), "{entry} must admit {header}");
    }
}

#[track_caller]
fn denied(entry: &str, headers: &[&str]) {
    for header in headers {
        assert!(!admits(entry, Some(header)), "{entry} must deny {header}");
    }
}

fn admits(entry: &str, header: Option<&str>) -> bool {
    let origin = RequestOrigin::parse(header).expect("a well-formed header");
    OriginPattern::parse(entry).expect(entry).admits(&origin)
}

#[test]
fn full_origin_admits_exactly_its_scheme_host_and_port() {
    admitted(
        "https://app.example.com",
        &["https://app.example.com", "https://app.example.com:443"],
    );
    denied(
        "https://app.example.com",
        &[
            "http://app.example.com",
            "http://app.example.com:443",
            "https://app.example.com:8443",
            "https://www.app.example.com",
            "https://example.com",
            "https://app.example.com.evil.io",
            "null",
            "capacitor://app.example.com",
        ],
    );
    admitted("http://localhost:3000", &["http://localhost:3000"]);
    denied(
        "http://localhost:3000",
        &["http://localhost", "https://localhost:3000", "http://127.0.0.1:3000"],
    );
}

#[test]
fn www_twin_is_another_host() {
    denied("https://example.com", &["https://www.example.com"]);
    denied("https://www.example.com", &["https://example.com"]);
    denied("example.com", &["https://www.example.com"]);
}

#[test]
fn subdomain_pattern_admits_any_depth_and_rejects_the_bare_domain() {
    admitted("https://*.example.com", &["https://a.example.com", "https://a.b.example.com"]);
    denied("https://*.example.com", &["https://example.com"]);
}

#[test]
fn subdomain_pattern_rejects_lookalikes_and_other_schemes_and_ports() {
    denied(
        "https://*.example.com",
        &[
            "https://evil-example.com",
            "https://example.com.evil.io",
            "https://a.example.com.evil.io",
            "https://a-example.com",
            "https://a.example.co",
            "https://a.example.comm",
            "http://a.example.com",
            "https://a.example.com:8443",
            "null",
            "capacitor://a.example.com",
        ],
    );
    admitted("https://*.example.com:8443", &["https://a.example.com:8443"]);
    denied("https://*.example.com:8443", &["https://a.example.com"]);
}

#[test]
fn bare_host_admits_http_and_https_on_any_port() {
    admitted(
        "example.com",
        &[
            "http://example.com",
            "https://example.com",
            "http://example.com:8080",
            "https://example.com:8443",
        ],
    );
    denied(
        "example.com",
        &["https://a.example.com", "https://evil-example.com", "app://example.com", "null"],
    );
}

#[test]
fn bare_host_with_a_port_admits_that_port_on_both_schemes() {
    admitted("localhost:3000", &["http://localhost:3000", "https://localhost:3000"]);
    denied("localhost:3000", &["http://localhost", "http://localhost:3001"]);
    admitted("example.com:443", &["https://example.com", "http://example.com:443"]);
    denied("example.com:443", &["http://example.com", "https://example.com:80"]);
}

#[test]
fn bare_subdomain_pattern_admits_http_and_https_on_any_port_unless_one_is_given() {
    admitted("*.example.com", &["http://a.example.com", "https://a.b.example.com:8443"]);
    denied(
        "*.example.com",
        &["https://example.com", "https://evil-example.com", "https://example.com.evil.io"],
    );
    admitted("*.example.com:8080", &["http://a.example.com:8080", "https://a.example.com:8080"]);
    denied("*.example.com:8080", &["http://a.example.com"]);
}

#[test]
fn wildcard_admits_every_origin_but_not_its_absence() {
    admitted(
        "*",
        &[
            "https://a.example",
            "http://127.0.0.1",
            "null",
            "capacitor://localhost",
            "chrome-extension://abc",
        ],
    );
    assert!(!admits("*", None));
}

#[test]
fn native_admits_the_absence_of_an_origin_and_nothing_else() {
    assert!(admits("native", None));
    denied(
        "native",
        &["https://native", "http://native", "null", "native://native", "capacitor://localhost"],
    );
}

#[test]
fn absence_of_an_origin_is_admitted_by_no_site() {
    for entry in ["https://a.example", "a.example", "*.a.example", "localhost", "http://[::1]"] {
        assert!(!admits(entry, None), "{entry}");
    }
}

#[test]
fn address_is_admitted_by_its_value() {
    admitted("http://[0:0::1]:80", &["http://[::1]"]);
    admitted("127.0.0.1", &["http://127.0.0.1:8080"]);
    denied("127.0.0.1", &["http://[::ffff:7f00:1]", "http://localhost"]);
}

#[test]
fn insecure_is_what_admits_plain_http_from_another_machine() {
    let is_insecure = |entry| OriginPattern::parse(entry).expect(entry).is_insecure();
    for entry in [
        "http://a.example",
        "http://*.a.example",
        "a.example",
        "a.example:443",
        "*.a.example",
        "10.0.0.1",
    ] {
        assert!(is_insecure(entry), "{entry}");
    }
    for entry in [
        "https://a.example",
        "https://*.a.example:80",
        "http://localhost:3000",
        "localhost",
        "app.localhost",
        "http://127.0.0.1",
        "[::1]",
        "*",
        "native",
    ] {
        assert!(!is_insecure(entry), "{entry}");
    }
}

#[test]
fn loopback_covers_names_under_localhost_patterns_over_them_and_addresses() {
    let is_loopback = |entry| OriginPattern::parse(entry).expect(entry).is_loopback();
    for entry in [
        "localhost",
        "localhost:3000",
        "https://localhost",
        "http://app.localhost",
        "*.app.localhost",
        "127.0.0.1",
        "http://127.8.9.10:80",
        "[::1]",
    ] {
        assert!(is_loopback(entry), "{entry}");
    }
    for entry in [
        "*",
        "native",
        "https://a.example",
        "localhost.example",
        "*.localhost.example",
        "128.0.0.1",
    ] {
        assert!(!is_loopback(entry), "{entry}");
    }
}

#[test]
fn wildcard_and_native_are_told_apart() {
    let parse = |entry| OriginPattern::parse(entry).expect(entry);
    assert!(parse("*").is_wildcard() && !parse("*").is_native());
    assert!(parse("native").is_native() && !parse("native").is_wildcard());
    assert!(!parse("*.a.example").is_wildcard() && !parse("https://native").is_native());
}
