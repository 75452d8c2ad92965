//! What several tests of this layer begin with.

use serde_json::Value;

use crate::{
    chat::message::{Bubble, Content, Entry, Speaker, UserMessage},
    domain::{
        client_token::{ClientToken, Settings, Targets},
        environment::Environment,
        id::{ClientTokenId, ConversationId},
        json::{self, Look},
        keyring::KeyId,
        origin::{AllowedOrigins, OriginPattern},
        session::Session,
        text::{Name, TargetId, TargetIds},
        time::Timestamp,
    },
};

/// The moment of every test.
pub(super) fn now() -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000)
}

/// A token for every page, with the default limits and these flows.
pub(super) fn token(flows: &[&str]) -> ClientToken {
    let flows = flows.iter().map(|id| TargetId::parse(*id).unwrap()).collect();
    let origins = AllowedOrigins::from_patterns(vec![OriginPattern::parse("*").unwrap()]);
    let mut settings = Settings::new(Name::parse("Test").unwrap(), origins);
    settings.targets =
        Targets { flow_ids: TargetIds::from_ids(flows).unwrap(), ..Targets::default() };
    ClientToken {
        id: ClientTokenId::from_bytes([2; 16]),
        environment: Environment::Live,
        generation: 0,
        key: KeyId::from_byte(1),
        product_surface_id: None,
        settings,
        conversation_count: 0,
        last_used_at: None,
        created_at: now(),
        updated_at: now(),
    }
}

/// A session of that token, opened now.
pub(super) fn session(target: &str) -> Session {
    Session {
        conversation: ConversationId::from_bytes([1; 16]),
        token: ClientTokenId::from_bytes([2; 16]),
        generation: 0,
        started_at: now(),
        issued_at: now(),
        follows_another_user: false,
        target: TargetId::parse(target).unwrap(),
        grant: None,
    }
}

/// The entries of a list that a page sends, as JSON.
pub(super) fn entries(list: &str) -> Vec<Entry> {
    let Value::Array(list) = json::parse(list.as_bytes()).unwrap() else { panic!("{list}") };
    list.iter().map(entry).collect()
}

fn entry(json: &Value) -> Entry {
    let id = json.text("id").filter(|id| !id.is_empty()).map(str::to_owned);
    let speaker = match json.text("role") {
        Some("assistant") => Speaker::Assistant,
        Some("system") => Speaker::System,
        _ => {
            let content =
                Content::from_stored(&json.member("content").unwrap().to_string()).unwrap();
            let display_content = json.text("displayContent").map(str::to_owned);
            return Entry::User(UserMessage { id, content, display_content });
        }
    };
    let text = json.text("content").unwrap_or_default().to_owned();
    Entry::Other(Bubble { id, speaker, text })
}
