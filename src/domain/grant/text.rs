//! The text of a grant: base64url of its JSON.

use base64ct::{Base64UrlUnpadded, Encoding};

use serde_json::Value;

use super::Grant;
use crate::domain::{json, limits::LimitKind};

impl Grant {
    /// The grant as text of `A-Z`, `a-z`, `0-9`, `-` and `_`.
    pub fn to_text(&self) -> String {
        let json = serde_json::to_string(self).unwrap_or_default();
        Base64UrlUnpadded::encode_string(json.as_bytes())
    }

    /// Reads the text of a grant, which a tag has proved. What isn't understood to the last member
    /// grants nothing: it may be a restriction.
    pub fn from_text(text: &str) -> Option<Self> {
        let json = Base64UrlUnpadded::decode_vec(text).ok()?;
        serde_json::from_slice(&json).ok().filter(Self::has_limits_in_range)
    }

    fn has_limits_in_range(&self) -> bool {
        let limits = [
            (self.per_minute, LimitKind::PER_MINUTE),
            (self.per_hour, LimitKind::PER_HOUR),
            (self.per_session, LimitKind::PER_SESSION),
        ];
        let is_in_range = |number: u32, kind: LimitKind| kind.accept(number.into()).is_some();
        limits.into_iter().all(|(limit, kind)| limit.is_none_or(|n| is_in_range(n, kind)))
    }

    pub fn metadata_json(&self) -> Option<Value> {
        self.metadata.as_deref().and_then(|text| json::parse(text.as_bytes()).ok())
    }
}

/// The text of a JSON object as what it says.
pub(super) mod object {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
    use serde_json::value::RawValue;

    #[expect(clippy::ref_option, reason = "what serde calls")]
    pub(in super::super) fn serialize<S: Serializer>(
        text: &Option<String>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let raw = text.clone().map(RawValue::from_string).transpose();
        raw.map_err(ser::Error::custom)?.serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<String>, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let is_object = raw.get().starts_with('{');
        is_object.then(|| Some(raw.get().to_owned())).ok_or_else(|| de::Error::custom("no object"))
    }
}
