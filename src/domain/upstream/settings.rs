//! What a target says to its upstream beside the messages (contract section 10). Everything is
//! optional and sent only when it is set: services refuse what they don't know.
//!
//! The JSON form is the database's; `api::targets` reads and writes the wire's, which is the same.

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::{Map, Number, Value};

use crate::domain::{
    json,
    secret_name::SecretName,
    upstream::header::{Header, HeaderName},
    words::words,
};

/// How long an upstream may be told to take, in milliseconds.
pub const WAIT_MILLIS: (u32, u32) = (1_000, 600_000);

pub const MAX_HEADERS: usize = 10;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConnectionSettings {
    /// Sent with every request, each name once; at most [`MAX_HEADERS`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<Header>,
    /// How long the first byte that carries content is waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_word_timeout_ms: Option<u32>,
    /// How long the next one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silence_timeout_ms: Option<u32>,
}

impl ConnectionSettings {
    /// The secrets of headers, with the paths of the fields that name them.
    pub fn header_secrets(&self) -> impl Iterator<Item = (String, &SecretName)> {
        let secret = |(n, header): (usize, &'_ Header)| {
            header.secret().map(|_| format!("headers.{n}.secret"))
        };
        let paths = self.headers.iter().enumerate().filter_map(secret);
        paths.zip(self.headers.iter().filter_map(Header::secret))
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ModelSettings {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<Temperature>,
    /// The most tokens of an answer, from 1 to [`ModelSettings::MAX_OUTPUT_TOKENS`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u32>,
    /// The name that the maximum goes by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_output_tokens_as: Option<MaximumName>,
    /// How much the model thinks, in the service's own word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_role: Option<SystemRole>,
    /// How many bytes of text the service is sent at the most, from
    /// [`ModelSettings::INPUT_BYTES`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_input_bytes: Option<u32>,
    /// Members of the request that only the service knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra: Option<Extra>,
    /// Whether the service is asked what the answer cost; yes, unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_usage: Option<bool>,
    /// Whether the model has eyes; yes, unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pictures: Option<bool>,
    /// Appended to the URL.
    #[serde(skip_serializing_if = "Vec::is_empty", with = "members")]
    pub query: Vec<(String, String)>,
    /// The header of the key; `authorization`, where `Bearer ` stands before it, unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_header: Option<HeaderName>,
}

impl ModelSettings {
    pub const MAX_OUTPUT_TOKENS: u32 = 200_000;
    /// The fewest and the most bytes that `max_input_bytes` may say; the most is what is sent
    /// without it (contract section 12).
    pub const INPUT_BYTES: (u32, u32) = (4_096, 512 * 1024);
    /// The most characters of `reasoning_effort`.
    pub const MAX_EFFORT: usize = 16;
    /// The most entries of `query`.
    pub const MAX_QUERY: usize = 10;
    /// The most characters of a name in `query`.
    pub const MAX_QUERY_NAME: usize = 64;
    /// The most characters of a value in `query`.
    pub const MAX_QUERY_VALUE: usize = 512;
}

/// From 0 to 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Number")]
pub struct Temperature(Number);

impl Temperature {
    pub fn from_number(number: Number) -> Option<Self> {
        (0.0..=2.0).contains(&number.as_f64()?).then_some(Self(number))
    }
}

impl TryFrom<Number> for Temperature {
    type Error = &'static str;

    fn try_from(number: Number) -> Result<Self, Self::Error> {
        Self::from_number(number).ok_or("out of range")
    }
}

words! {
    /// The member of a request that bounds an answer.
    pub enum MaximumName {
        /// What the original has now.
        MaxCompletionTokens = "max_completion_tokens",
        /// What it had before, and most others have.
        MaxTokens = "max_tokens",
    }
}

words! {
    /// The role of the system prompt.
    #[derive(Default)]
    pub enum SystemRole {
        /// As every service knows it.
        #[default]
        System = "system",
        /// As some models want it.
        Developer = "developer",
    }
}

/// Members that are merged into a request last: an object of at most [`Extra::MAX_BYTES`] without
/// the names that are the request's own.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Extra(Map<String, Value>);

/// Names that the request keeps for itself, whatever their case: some services don't tell cases
/// apart.
const KEPT_NAMES: [&str; 9] = [
    "model",
    "messages",
    "stream",
    "stream_options",
    "tools",
    "max_tokens",
    "max_completion_tokens",
    "n",
    "best_of",
];

impl Extra {
    pub const MAX_BYTES: usize = 4 * 1024;

    pub fn from_json(json: Value) -> Result<Self, Vec<ExtraFault>> {
        let is_too_long = json.to_string().len() > Self::MAX_BYTES;
        let Value::Object(members) = json else { return Err(vec![ExtraFault::NotAnObject]) };
        let is_kept =
            |name: &&String| KEPT_NAMES.iter().any(|kept| name.eq_ignore_ascii_case(kept));
        let names = members.keys().filter(is_kept);
        let mut faults: Vec<_> = names.cloned().map(ExtraFault::Kept).collect();
        faults.extend(is_too_long.then_some(ExtraFault::TooLong));
        if faults.is_empty() { Ok(Self(members)) } else { Err(faults) }
    }

    pub fn members(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Extra {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = json::stored::value(deserializer)?;
        Self::from_json(json).map_err(|_| D::Error::custom("not what a target may add"))
    }
}

/// Why members were refused. `Display` reads on after the field's name: "must …".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExtraFault {
    #[error("must be an object")]
    NotAnObject,
    /// Written compactly, more than [`Extra::MAX_BYTES`].
    #[error("must be at most {} bytes of JSON", Extra::MAX_BYTES)]
    TooLong,
    #[error(
        "is not for a target to set: the request has a model, messages, a stream, tools, a maximum and one answer of its own"
    )]
    Kept(String),
}

/// Pairs as the members of an object, in order.
mod members {
    use serde::{Deserializer, Serializer};
    use serde_json::Value;

    use crate::domain::json;

    pub(super) fn serialize<S: Serializer>(
        pairs: &[(String, String)],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(pairs.iter().map(|(name, value)| (name, value)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<(String, String)>, D::Error> {
        let Value::Object(members) = json::stored::value(deserializer)? else {
            return Ok(Vec::new());
        };
        let text = |(name, value)| match value {
            Value::String(text) => Some((name, text)),
            _ => None,
        };
        Ok(members.into_iter().filter_map(text).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_temperature_is_bounded_from_both_sides() {
        let of = |text| match json(text) {
            Value::Number(number) => Temperature::from_number(number).is_some(),
            _ => false,
        };
        assert!(["0", "2", "0.7", "2.0", "2e0", "-0", "1e-300"].into_iter().all(of));
        assert!(!["-0.1", "2.1", "2.0000001", "1e9", "-1e-9"].into_iter().any(of));
    }

    #[test]
    fn names_of_the_requests_own_are_refused_one_by_one() {
        let faults = |text: &str| Extra::from_json(json(text)).unwrap_err();
        let kept = |names: &[&str]| -> Vec<_> {
            names.iter().map(|name| ExtraFault::Kept((*name).to_owned())).collect()
        };
        assert_eq!(
            faults(r#"{"model":1,"top_p":1,"MAX_tokens":2}"#),
            kept(&["model", "MAX_tokens"])
        );
        for name in KEPT_NAMES {
            assert_eq!(faults(&format!(r#"{{"{name}":null}}"#)), kept(&[name]));
        }
        assert_eq!(faults("[]"), [ExtraFault::NotAnObject]);
        let ok = r#"{"top_p":0.5,"stop":["a"],"seed":1,"streams":true,"temperature":1}"#;
        assert_eq!(serde_json::to_string(&Extra::from_json(json(ok)).unwrap()).unwrap(), ok);
    }

    #[test]
    fn what_is_added_is_bounded_from_both_sides() {
        let of = |bytes: usize| {
            Extra::from_json(json(&format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8))))
        };
        assert!(of(Extra::MAX_BYTES).is_ok());
        assert_eq!(of(Extra::MAX_BYTES + 1), Err(vec![ExtraFault::TooLong]));
    }

    #[test]
    fn settings_read_back_as_they_were_stored() {
        let text = r#"{"temperature":0.2,"maxOutputTokens":100,"maxOutputTokensAs":"max_tokens","reasoningEffort":"low","systemRole":"developer","maxInputBytes":4096,"extra":{"top_p":0.5,"b":{"z":1,"a":null}},"includeUsage":false,"pictures":false,"query":{"z":"1","api-version":"2024"},"authHeader":"api-key"}"#;
        let settings: ModelSettings = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&settings).unwrap(), text);
        let text = r#"{"headers":[{"name":"a","value":"b"}],"firstWordTimeoutMs":1000,"silenceTimeoutMs":2000}"#;
        let settings: ConnectionSettings = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&settings).unwrap(), text);
        assert_eq!(serde_json::from_str::<ModelSettings>(text).unwrap(), ModelSettings::default());
        assert_eq!(serde_json::to_string(&ModelSettings::default()).unwrap(), "{}");
    }

    #[test]
    fn secrets_of_headers_have_their_paths() {
        let text = r#"{"headers":[{"name":"a","value":"b"},{"name":"c","secret":"UPSTREAM_X"}]}"#;
        let settings: ConnectionSettings = serde_json::from_str(text).unwrap();
        let secrets: Vec<_> =
            settings.header_secrets().map(|(path, secret)| (path, secret.as_str())).collect();
        assert_eq!(secrets, [("headers.1.secret".to_owned(), "UPSTREAM_X")]);
    }
}
