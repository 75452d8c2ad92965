//! What the first bytes of a chat say, before the rest of it is taken.
//!
//! A body of more than 1 MiB is read only behind a genuine session (contract section 6.2,
//! *Pictures*), so the session must be known while nothing else is. The widget sends it first.

/// The value of `sessionId`, if that is the first member of the object that these bytes begin and
/// all of it is there. A session id needs no escapes, so one that has them isn't looked into.
pub(crate) fn leading_session(head: &[u8]) -> Option<&str> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let rest = behind(head, b"{")?;
    let rest = behind(rest, b"\"sessionId\"")?;
    let rest = behind(rest, b":")?;
    let rest = behind(rest, b"\"")?;
    let end = rest.iter().position(|byte| !is_of_an_id(*byte))?;
    let (id, rest) = rest.split_at_checked(end)?;
    std::str::from_utf8(id).ok().filter(|_| rest.starts_with(b"\""))
}

/// What follows `token` after white space.
fn behind<'a>(text: &'a [u8], token: &[u8]) -> Option<&'a [u8]> {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
    let at = text.iter().position(|byte| !is_space(byte))?;
    text.get(at..)?.strip_prefix(token)
}

fn is_of_an_id(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_comes_first_is_read() {
        for head in [
            r#"{"sessionId":"cs_a_flow-b","messages":[{"#,
            r#"{"sessionId":"cs_a_flow-b""#,
            "\u{feff} {\r\n\t\"sessionId\" :\n \"cs_a_flow-b\" }",
        ] {
            assert_eq!(leading_session(head.as_bytes()), Some("cs_a_flow-b"), "{head}");
        }
        let minted = r#"{"sessionId":"cs_a_flow-b.eyJ-_9""#;
        assert_eq!(leading_session(minted.as_bytes()), Some("cs_a_flow-b.eyJ-_9"));
    }

    #[test]
    fn another_member_first_or_another_value_is_no_session() {
        for head in [
            "",
            "{",
            r#"{"sessionId""#,
            r#"{"sessionId":"cs_a_fl"#,
            r#"{"messages":[],"sessionId":"cs_a""#,
            r#"[{"sessionId":"cs_a"}]"#,
            r#"{"sessionid":"cs_a""#,
            r#"{"x":1,"sessionId":"cs_a""#,
            r#"{"sessionId":7"#,
            r#"{"sessionId":"cs_\u0061""#,
            r#"{"sessionId":"cs_a b""#,
            r#"x{"sessionId":"cs_a""#,
            "{\u{a0}\"sessionId\":\"cs_a\"",
        ] {
            assert_eq!(leading_session(head.as_bytes()), None, "{head}");
        }
    }
}
