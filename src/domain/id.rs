//! Ids: a prefix for the kind, and a UUID.
//!
//! Each kind is a type of its own, so that the compiler keeps them apart. An id has one spelling:
//! lower case, hyphenated (RFC 9562).

use std::fmt;

use uuid::{Builder, Uuid};

use crate::domain::time::Timestamp;

/// Ten random bytes, enough for one version 7 UUID.
pub type IdEntropy = [u8; 10];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedId;

fn parse_uuid(text: &str) -> Option<Uuid> {
    let uuid = Uuid::try_parse(text).ok()?;
    // try_parse also reads upper case, braces and the form without hyphens.
    let mut canonical = Uuid::encode_buffer();
    (uuid.hyphenated().encode_lower(&mut canonical) == text).then_some(uuid)
}

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            /// UUID version 7 of the moment `now`.
            pub fn new(now: Timestamp, entropy: &IdEntropy) -> Self {
                let millis = u64::try_from(now.millis()).unwrap_or_default();
                Self(Builder::from_unix_timestamp_millis(millis, entropy).into_uuid())
            }

            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            pub fn bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// Reads the one spelling, with a UUID of any version.
            pub fn parse(text: &str) -> Result<Self, MalformedId> {
                text.strip_prefix(Self::PREFIX)
                    .and_then(parse_uuid)
                    .map(Self)
                    .ok_or(MalformedId)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
                Self::parse(&text).map_err(|_| serde::de::Error::custom("not such an id"))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", Self::PREFIX, self.0.hyphenated())
            }
        }
    };
}

id_type!(ClientTokenId, "ct_");
id_type!(ApiKeyId, "key_");
id_type!(ConversationId, "conv_");
id_type!(FeedbackId, "fb_");
id_type!(
    /// An execution's id, `exec_…`. An upstream of kind `events` may use ids of another form.
    ExecutionId, "exec_"
);
id_type!(
    /// The id that is made for a message without one, `msg_…`. A page's own ids may have any form.
    MessageId, "msg_"
);

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "ct_9f8b7a6c-1234-4d56-8e9f-0a1b2c3d4e5f";

    #[test]
    fn serde_writes_and_reads_the_one_spelling() {
        let json = format!("\"{TEXT}\"");
        let id: ClientTokenId = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), json);
        assert!(serde_json::from_str::<ClientTokenId>(&json.to_uppercase()).is_err());
        assert!(serde_json::from_str::<ApiKeyId>(&json).is_err());
    }

    #[test]
    fn any_version_is_well_formed() {
        assert_eq!(ClientTokenId::parse(TEXT).unwrap().to_string(), TEXT);
    }

    #[test]
    fn a_new_id_is_version_7_and_holds_the_moment() {
        let id = ApiKeyId::new(Timestamp::from_millis(0x0123_4567_89ab), &[0xff; 10]);
        assert_eq!(id.to_string(), "key_01234567-89ab-7fff-bfff-ffffffffffff");
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in [
            "",
            "ct_",
            "key_9f8b7a6c-1234-4d56-8e9f-0a1b2c3d4e5f",
            "CT_9f8b7a6c-1234-4d56-8e9f-0a1b2c3d4e5f",
            "ct_9F8B7A6C-1234-4D56-8E9F-0A1B2C3D4E5F",
            "ct_9f8b7a6c12344d568e9f0a1b2c3d4e5f",
            "ct_{9f8b7a6c-1234-4d56-8e9f-0a1b2c3d4e5f}",
            "ct_9f8b7a6c-1234-4d56-8e9f-0a1b2c3d4e5f ",
            "..%2fapi-keys",
        ] {
            assert_eq!(ClientTokenId::parse(text), Err(MalformedId), "{text}");
        }
    }
}
