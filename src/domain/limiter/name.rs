//! The name of a limiter.
//!
//! It is here because the name *is* the partition: who shares one shares the limits, and two
//! that must not be counted together must never get the same one.

use super::Visitor;
use crate::domain::id::ClientTokenId;

/// What a limiter counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Init and chat requests.
    Chat,
    /// Feedback, counted apart (contract section 6.3).
    Feedback,
}

/// The name under which the requests of `visitor` through `token` are counted. The token's id
/// stays when its value is regenerated, and so do the counts.
#[must_use]
pub fn name(token: ClientTokenId, visitor: Visitor, purpose: Purpose) -> String {
    let purpose = match purpose {
        Purpose::Chat => "chat",
        Purpose::Feedback => "feedback",
    };
    format!("{token} {visitor} {purpose}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_visitor_and_purpose_each_make_another_name() {
        let [one, other] = [1, 2].map(|byte| ClientTokenId::from_bytes([byte; 16]));
        let [here, there] = ["203.0.113.7", "2001:db8::1"].map(Visitor::from_ip);
        let names = [
            name(one, here, Purpose::Chat),
            name(one, here, Purpose::Feedback),
            name(one, there, Purpose::Chat),
            name(other, here, Purpose::Chat),
        ];
        assert_eq!(names[0], "ct_01010101-0101-0101-0101-010101010101 203.0.113.7 chat");
        assert_eq!(names[2], "ct_01010101-0101-0101-0101-010101010101 2001:db8::/64 chat");
        for (at, name) in names.iter().enumerate() {
            assert!(!names[at + 1..].contains(name), "{name}");
        }
    }
}
