//! `host[:port]`, the part that origins and patterns have in common.
//!
//! `Origin` headers, `allowedOrigins` entries and upstreams' URLs are all read by these rules.

use super::fault::OriginFault;
use super::host::Host;

/// No port is `None`: what it implies depends on the scheme.
pub(super) fn parse(text: &str) -> Result<(Host, Option<u16>), OriginFault> {
    if text.contains('@') {
        return Err(OriginFault::UserInfo);
    }
    let (host, port) = split(text)?;
    Ok((Host::parse(host)?, port.map(parse_port).transpose()?))
}

fn split(text: &str) -> Result<(&str, Option<&str>), OriginFault> {
    let host_end = match text.rfind(']') {
        Some(bracket) if text.starts_with('[') => bracket + 1,
        _ => text.find(':').unwrap_or(text.len()),
    };
    let (host, rest) = text.split_at(host_end);
    match rest.strip_prefix(':') {
        Some(port) if port.contains(':') => Err(OriginFault::Ipv6),
        Some(port) => Ok((host, Some(port))),
        None if rest.is_empty() => Ok((host, None)),
        None => Err(OriginFault::Ipv6),
    }
}

/// Reads a port from 1 to 65535 as browsers print it: plain digits, no leading zero.
pub(super) fn parse_port(text: &str) -> Result<u16, OriginFault> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| is_plain).ok_or_else(|| OriginFault::Port(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> OriginFault {
        parse(text).expect_err(text)
    }

    #[test]
    fn port_is_none_when_absent_and_read_when_given() {
        assert_eq!(parse("a.example").map(|(_, port)| port), Ok(None));
        assert_eq!(parse("a.example:8080").map(|(_, port)| port), Ok(Some(8080)));
        assert_eq!(parse("[::1]").map(|(_, port)| port), Ok(None));
        assert_eq!(parse("[::1]:8080").map(|(_, port)| port), Ok(Some(8080)));
    }

    #[test]
    fn port_1_and_65535_are_accepted_0_and_65536_are_refused() {
        assert_eq!(parse_port("1"), Ok(1));
        assert_eq!(parse_port("65535"), Ok(65535));
        for port in ["0", "65536", "99999999999999999999"] {
            assert_eq!(parse_port(port), Err(OriginFault::Port(port.into())));
        }
    }

    #[test]
    fn port_that_is_empty_signed_padded_or_not_decimal_is_refused() {
        for port in ["", "+80", "-80", "080", "00", "8o", "0x50", "80 ", "*", "\u{661}"] {
            assert_eq!(parse_port(port), Err(OriginFault::Port(port.into())));
        }
    }

    #[test]
    fn userinfo_is_refused() {
        for text in ["user@a.example", "user:pass@a.example", "@a.example", "a.example:80@b"] {
            assert_eq!(fault(text), OriginFault::UserInfo);
        }
    }

    #[test]
    fn port_without_a_host_is_refused() {
        assert_eq!(fault(":80"), OriginFault::EmptyHost);
    }

    #[test]
    fn ipv6_outside_brackets_is_refused() {
        for text in ["::1", "2001:db8::1", "[::1]8080", "[::1]:80:80", "[::1].a"] {
            assert_eq!(fault(text), OriginFault::Ipv6, "{text}");
        }
    }
}
