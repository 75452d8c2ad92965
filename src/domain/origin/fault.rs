//! Why an `allowedOrigins` entry is refused (contract section 5). The message goes to whoever
//! typed the entry, so it says what to write instead.

use std::fmt;

/// The most bytes of the entry that a message repeats.
const LONGEST_ECHO: usize = 40;

/// `Display` tells the reason and what to write instead; it doesn't repeat the whole entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginFault {
    #[error("it is empty; write an origin such as \"https://app.example.com\"")]
    Empty,
    #[error("remove the white space or control character inside it; one entry holds one origin")]
    Blank,
    #[error(
        "\"null\" can't be listed, since any sandboxed page or local file sends it; only \"*\" admits it"
    )]
    Null,
    #[error("write \"//\" after the scheme, as in \"https://example.com\"")]
    MissingSlashes,
    #[error(
        "only http and https are allowed, not \"{}:\"; pages of other schemes are admitted by \"*\" alone, requests without an Origin by \"native\"",
        Echo(.0)
    )]
    Scheme(String),
    #[error("remove the user name or password and the \"@\"")]
    UserInfo,
    /// A backslash, which browsers read as a slash.
    #[error("remove the backslash")]
    Backslash,
    /// A path other than `/`.
    #[error("remove the path \"{}\"", Echo(.0))]
    Path(String),
    #[error("remove the \"?\" and what follows it")]
    Query,
    #[error("remove the \"#\" and what follows it")]
    Fragment,
    #[error("the host is missing; write an origin such as \"https://app.example.com\"")]
    EmptyHost,
    /// A host of more than 253 characters or a label of more than 63 (RFC 1035 section 2.3.4).
    #[error("a host has at most 253 characters, and 63 between two dots")]
    TooLong,
    #[error("remove the extra dot: something must stand before and between dots")]
    EmptyLabel,
    #[error("remove the dot at the end of the host")]
    TrailingDot,
    #[error(
        "write the host as browsers send it, in ASCII: \"xn--bcher-kva.example\" for \"b\u{fc}cher.example\""
    )]
    NonAscii,
    #[error("remove the \"%\": a host is written without percent-escapes")]
    PercentEscape,
    /// An ASCII character other than letters, digits, `-`, `_` and `.` in the host.
    #[error("a host name has no \"{0}\"")]
    Character(char),
    /// An `xn--` label that doesn't decode (RFC 3492), or not to characters that browsers send.
    #[error(
        "the label \"{}\" is not valid Punycode; copy the host from location.origin in the browser's console",
        Echo(.0)
    )]
    Punycode(String),
    #[error(
        "a host that ends in a number must be an IPv4 address of four plain decimal numbers, such as \"127.0.0.1\""
    )]
    Ipv4,
    #[error("write an IPv6 address in brackets and without a zone, such as \"[2001:db8::1]\"")]
    Ipv6,
    #[error(
        "\"*\" stands only before the first dot, as in \"https://*.example.com\", or alone, for every origin"
    )]
    MisplacedWildcard,
    #[error("\"*\" needs at least two labels after it, as in \"*.example.com\"")]
    WildcardOverSingleLabel,
    #[error("an IP address has no subdomains; list each address by itself")]
    WildcardOverAddress,
    #[error(
        "the port \"{}\" is not a number from 1 to 65535 without leading zeros; a bare host such as \"example.com\" admits any port",
        Echo(.0)
    )]
    Port(String),
}

/// A part of the entry, cut to a readable length. Only printable ASCII is echoed, so that no
/// invisible or right-to-left character can disguise the message.
struct Echo<'a>(&'a str);

impl fmt::Display for Echo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.bytes().take(LONGEST_ECHO).take_while(u8::is_ascii_graphic).count();
        f.write_str(self.0.get(..end).unwrap_or_default())?;
        if end < self.0.len() {
            f.write_str("\u{2026}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_is_named_so_that_it_can_be_removed() {
        let fault = OriginFault::Path("/app".into());
        assert_eq!(fault.to_string(), "remove the path \"/app\"");
    }

    #[test]
    fn non_ascii_host_is_answered_with_the_xn_form() {
        assert!(OriginFault::NonAscii.to_string().contains("xn--"));
    }

    #[test]
    fn echo_of_forty_characters_is_whole_and_of_forty_one_is_cut() {
        let whole = OriginFault::Path("a".repeat(40)).to_string();
        assert!(whole.ends_with("a\""), "{whole}");
        let cut = OriginFault::Path("a".repeat(41)).to_string();
        assert!(cut.ends_with("a\u{2026}\""), "{cut}");
    }

    #[test]
    fn echo_stops_before_what_is_not_printable_ascii() {
        let fault = OriginFault::Path("/a\u{202e}b".into());
        assert_eq!(fault.to_string(), "remove the path \"/a\u{2026}\"");
    }
}
