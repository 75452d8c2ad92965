//! The audit log: what was changed or revealed on the management plane, by whom and from where
//! (contract section 3.13).

use std::net::IpAddr;

use sha2::{Digest, Sha256};

use serde_json::Value;

use crate::domain::time::Timestamp;

pub const KEPT_DAYS: u32 = 400;

/// Every action that the log may hold, the ones of an object together.
pub const ACTIONS: [&str; 13] = [
    "client_token.create",
    "client_token.update",
    "client_token.delete",
    "client_token.regenerate",
    "client_token.reveal",
    "conversation.delete",
    "feedback.delete",
    "api_key.create",
    "api_key.revoke",
    "api_key.regenerate",
    "api_key.end_grace",
    "target.put",
    "target.delete",
];

/// The most bytes of a value that an entry holds whole.
pub const WHOLE_BYTES: usize = 1024;

/// The name of the digest in what stands for a value that isn't held whole.
const DIGEST: &str = "sha256";

/// What an entry says of a value beside its length where it doesn't hold it whole: the SHA-256 of the
/// text, or of the JSON as it is stored and shown, in hexadecimal. `None` for a value that is held
/// whole. Of an object that could be taken for a digest there is one, too.
pub fn digest(value: &str) -> Option<String> {
    let looks_like_one = value.starts_with('{') && value.contains(DIGEST);
    let is_whole = value.len() <= WHOLE_BYTES && !looks_like_one;
    (!is_whole).then(|| base16ct::lower::encode_string(&Sha256::digest(value.as_bytes())))
}

/// As the log keeps it; `None` for what isn't an address.
pub fn address(text: &str) -> Option<String> {
    text.parse::<IpAddr>().ok().map(|ip| ip.to_canonical().to_string())
}

/// What stands between a user and the one who acted as that user. No id has a blank.
const BY: &str = " by ";

/// The name of one who acted as somebody else.
pub fn named_together(user: &str, impersonator: &str) -> String {
    format!("{user}{BY}{impersonator}")
}

/// Both ids of such a name; `None` for any other text.
pub fn named_apart(actor: &str) -> Option<(&str, &str)> {
    actor.split_once(BY)
}

/// Takes the entries that have all that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The id of a token, a conversation, feedback, a key or a target.
    pub object_id: Option<String>,
    /// The id of the key or user that did it, or of the user who did it as somebody else; or both, as
    /// an entry names them.
    pub actor: Option<String>,
    /// One of [`ACTIONS`].
    pub action: Option<&'static str>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// 1, 2, 3 … in the tenant's log.
    pub position: u32,
    pub at: Timestamp,
    /// The id of the key or user that did it, or `bootstrap` for whoever had `BOOTSTRAP_KEY`; `None`
    /// for the command line. Somebody who did it as a user is named behind that one
    /// ([`named_together`]).
    pub actor: Option<String>,
    pub action: String,
    pub object_kind: String,
    pub object_id: String,
    /// The fields that changed, as they were; `None` for what was made or only shown.
    pub before: Option<Value>,
    /// The same as they became; `None` for what ended or was only shown.
    pub after: Option<Value>,
    pub request_id: Option<String>,
    /// `None` if it wasn't known.
    pub address: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PagedEntry {
    pub entry: Entry,
    /// Whether an older one follows.
    pub is_followed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_lists_every_action() {
        let readme = include_str!("../../README.md");
        let (_, list) = readme.split_once("\nActions are ").unwrap();
        let (list, _) = list.split_once(" A test key").unwrap();
        let mut kind = "";
        let mut listed = Vec::new();
        for word in list.split('`').skip(1).step_by(2) {
            if word.ends_with('.') {
                kind = word;
            } else {
                listed.push(format!("{kind}{word}"));
            }
        }
        assert_eq!(listed, ACTIONS);
    }

    #[test]
    fn a_value_has_a_digest_when_it_is_long_or_could_be_taken_for_one() {
        assert_eq!(digest(&"a".repeat(1024)), None);
        assert_eq!(digest(&"\u{e9}".repeat(512)), None);
        assert_eq!(
            digest(&"a".repeat(1025)).as_deref(),
            Some("4a82297889eb505cf6b5cbdf69977afab4632d6557539782f657bd7dc78091a5")
        );
        assert!(digest(r#"{"sha256":"x"}"#).is_some());
        assert_eq!(digest(r#"["sha256"]"#), None);
    }

    #[test]
    fn two_who_acted_together_are_told_apart_again() {
        let name = named_together("user_x", "user_y");
        assert_eq!(
            (name.as_str(), named_apart(&name)),
            ("user_x by user_y", Some(("user_x", "user_y")))
        );
        assert_eq!(named_apart("user_x"), None);
    }

    #[test]
    fn an_address_is_kept_in_its_canonical_form_and_other_text_not_at_all() {
        for (text, kept) in [
            ("203.0.113.7", Some("203.0.113.7")),
            ("2001:DB8:0:0::1", Some("2001:db8::1")),
            ("::ffff:203.0.113.7", Some("203.0.113.7")),
            ("", None),
            ("203.0.113.7, 198.51.100.1", None),
            ("<script>", None),
        ] {
            assert_eq!(address(text).as_deref(), kept, "{text}");
        }
    }
}
