//! Upstreams: what executes a target, and how it is asked.
//!
//! The fields of an upstream depend on its kind (contract section 10); each variant has those of
//! its own kind only.

pub mod header;
pub mod known;
pub mod settings;

use crate::domain::{
    base_url::BaseUrl,
    secret_name::SecretName,
    text::{ModelName, SystemPrompt},
    upstream::{
        header::Header,
        settings::{ConnectionSettings, ModelSettings},
    },
    words::words,
};

words! {
    pub enum UpstreamKind {
        /// Built in: answers with the visitor's own words.
        Echo = "echo",
        /// An OpenAI-compatible service.
        OpenAi = "openai",
        /// The tenant's own backend, which answers with the event stream of contract section 7.
        Events = "events",
    }
}

/// What executes a target.
#[derive(Debug, Clone, PartialEq)]
pub enum Upstream {
    Echo,
    OpenAi(Box<Service>),
    Events(Connection),
}

/// An OpenAI-compatible service.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// Its URL without `/chat/completions`, and how it is reached.
    pub connection: Connection,
    /// As the service calls it.
    pub model: ModelName,
    /// Sent as the first message.
    pub system_prompt: Option<SystemPrompt>,
    pub settings: ModelSettings,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    pub base_url: BaseUrl,
    /// The Worker secret that holds the key.
    pub api_key_secret: Option<SecretName>,
    pub settings: ConnectionSettings,
}

impl Connection {
    /// Every Worker secret that is sent, with the path of the field that names it.
    pub fn secrets(&self) -> impl Iterator<Item = (String, &SecretName)> {
        let key = self.api_key_secret.iter().map(|secret| ("apiKeySecret".to_owned(), secret));
        key.chain(self.settings.header_secrets())
    }
}

/// What must not be told of an upstream, though it may repeat it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hidden {
    /// Worker secrets that it is sent.
    pub secrets: Vec<SecretName>,
    /// Texts that it is sent under names that promise a key.
    pub texts: Vec<String>,
}

impl Hidden {
    fn of(connection: &Connection, query: &[(String, String)]) -> Self {
        let headers = connection.settings.headers.iter().filter_map(|header| match header {
            Header::Text { name, value } => Some((name.as_str(), value)),
            Header::Secret { .. } => None,
        });
        let query = query.iter().map(|(name, value)| (name.as_str(), value));
        let texts = headers.chain(query).filter(|(name, _)| promises_a_key(name));
        Self {
            secrets: connection.secrets().map(|(_, name)| name.clone()).collect(),
            texts: texts.map(|(_, value)| value.clone()).collect(),
        }
    }
}

/// Whether what stands under this name of a header or in a query is likely to open a door.
fn promises_a_key(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let signs = ["key", "token", "secret", "pass", "auth", "credential", "signature"];
    signs.iter().any(|sign| name.contains(sign)) || matches!(name.as_str(), "sig" | "code" | "pwd")
}

impl Service {
    pub fn hidden(&self) -> Hidden {
        Hidden::of(&self.connection, &self.settings.query)
    }
}

impl Upstream {
    pub fn hidden(&self) -> Hidden {
        match self {
            Self::Echo => Hidden::default(),
            Self::OpenAi(service) => service.hidden(),
            Self::Events(connection) => Hidden::of(connection, &[]),
        }
    }

    pub fn kind(&self) -> UpstreamKind {
        match self {
            Self::Echo => UpstreamKind::Echo,
            Self::OpenAi(_) => UpstreamKind::OpenAi,
            Self::Events(_) => UpstreamKind::Events,
        }
    }

    /// `None` for the built-in one.
    pub fn connection(&self) -> Option<&Connection> {
        match self {
            Self::Echo => None,
            Self::OpenAi(service) => Some(&service.connection),
            Self::Events(connection) => Some(connection),
        }
    }

    /// If it is of kind `openai`.
    pub fn service(&self) -> Option<&Service> {
        match self {
            Self::OpenAi(service) => Some(service),
            Self::Echo | Self::Events(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_a_door_is_hidden() {
        let settings = r#"{"headers":[{"name":"x-title","value":"Shop"},{"name":"x-auth","value":"a"},{"name":"y","secret":"UPSTREAM_Y"}]}"#;
        let query =
            r#"{"query":{"api-version":"2024","Subscription-Key":"b","code":"c","encoding":"d"}}"#;
        let connection = Connection {
            base_url: BaseUrl::parse("https://a.example").unwrap(),
            api_key_secret: SecretName::parse("UPSTREAM_X").ok(),
            settings: serde_json::from_str(settings).unwrap(),
        };
        let names: Vec<_> =
            ["UPSTREAM_X", "UPSTREAM_Y"].map(|name| SecretName::parse(name).unwrap()).into();
        let service = Service {
            connection: connection.clone(),
            model: ModelName::parse("m").unwrap(),
            system_prompt: None,
            settings: serde_json::from_str(query).unwrap(),
        };
        for (upstream, texts) in [
            (Upstream::OpenAi(Box::new(service)), &["a", "b", "c"][..]),
            (Upstream::Events(connection), &["a"]),
        ] {
            let Hidden { secrets, texts: hidden } = upstream.hidden();
            assert_eq!(
                (secrets, hidden),
                (names.clone(), texts.iter().map(|t| (*t).to_owned()).collect())
            );
        }
        assert_eq!(Upstream::Echo.hidden(), Hidden::default());
    }
}
