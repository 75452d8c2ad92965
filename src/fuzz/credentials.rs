//! Credentials: no text but the genuine one is taken, however near to it.

use proptest::prelude::*;

use super::{fuzz, mutated_text};
use crate::{
    api::authorization,
    domain::{
        api_key::ApiKeyValue,
        environment::Environment,
        grant::{EndUser, Grant},
        id::{ClientTokenId, ConversationId},
        keyring::{KeyId, Keyring, hex_key},
        session::Session,
        text::{EndUserId, TargetId},
        time::Timestamp,
        token_value::{self, Claims, TokenValue},
    },
};

const GENUINE: usize = 40;

/// Two keys, of which the second has left the place in front.
fn keyring() -> Keyring {
    Keyring::parse(&format!("1:{},2:{}", hex_key(1), hex_key(2))).unwrap()
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000)
}

/// Genuine ones that differ in all that they hold.
fn each<T>(make: impl Fn(u8, Environment) -> T) -> Vec<T> {
    let environment = |n: u8| Environment::ALL[usize::from(n) % Environment::ALL.len()];
    (0..u8::try_from(GENUINE).unwrap()).map(|n| make(n, environment(n))).collect()
}

/// Holds every text near to a genuine one to `takes` refusing it.
pub(super) fn refuse_all_others(
    name: &'static str,
    genuine: &[String],
    takes: impl Fn(&str) -> bool,
) {
    for text in genuine {
        assert!(takes(text), "{name}: a genuine one is refused");
    }
    fuzz(name, &mutated_text(genuine.to_vec()), |text| {
        prop_assert_eq!(takes(&text), genuine.contains(&text), "{}", text);
        Ok(())
    });
}

#[test]
fn no_mutation_of_a_token_value_is_taken() {
    let ring = keyring();
    let genuine = each(|n, environment| {
        let id = ClientTokenId::from_bytes([n; 16]);
        let key = KeyId::from_byte(1 + n % 2);
        let claims = Claims { id, environment, generation: u32::from(n % 3), key };
        TokenValue::derive(&claims, &ring).unwrap().expose().to_owned()
    });
    refuse_all_others("token-values", &genuine, |text| token_value::verify(text, &ring).is_some());
}

/// A grant that differs with `n`, and names everything for some.
fn grant(n: u8) -> Grant {
    let user = EndUser { id: EndUserId::parse(format!("user {n}")).unwrap(), name: None };
    let metadata = n.is_multiple_of(2).then(|| format!(r#"{{"n":{n}}}"#));
    let per_minute = Some(u32::from(n) + 1);
    Grant { user: Some(user), metadata, per_minute, ..Grant::until(now()) }
}

#[test]
fn no_mutation_of_a_minted_value_is_taken() {
    let ring = keyring();
    let genuine = each(|n, environment| {
        let id = ClientTokenId::from_bytes([n; 16]);
        let key = KeyId::from_byte(1 + n % 2);
        let claims = Claims { id, environment, generation: u32::from(n % 3), key };
        TokenValue::mint(&claims, &grant(n), &ring).unwrap().expose().to_owned()
    });
    refuse_all_others("minted-values", &genuine, |text| {
        let taken = token_value::verify(text, &ring).is_some();
        assert!(!taken || token_value::is_well_formed(text));
        taken
    });
}

#[test]
fn no_mutation_of_a_session_id_is_taken() {
    let ring = keyring();
    let genuine = each(|n, _| {
        let session = Session {
            conversation: ConversationId::from_bytes([n; 16]),
            token: ClientTokenId::from_bytes([n ^ 1; 16]),
            generation: u32::from(n),
            started_at: now(),
            issued_at: now(),
            follows_another_user: n.is_multiple_of(2),
            target: TargetId::parse(format!("flow_{n}")).unwrap(),
            grant: n.is_multiple_of(3).then(|| Box::new(grant(n))),
        };
        session.id(&ring).unwrap()
    });
    refuse_all_others("session-ids", &genuine, |text| {
        let taken = Session::verify(text, &ring, now()).is_some();
        assert!(!taken || Session::is_well_formed(text));
        taken
    });
}

#[test]
fn no_mutation_of_an_api_key_is_taken() {
    let ring = keyring();
    let genuine = each(|n, environment| {
        ApiKeyValue::mint(&ring, environment, &[n; 32]).unwrap().expose().to_owned()
    });
    refuse_all_others("api-keys", &genuine, |text| {
        let taken = ApiKeyValue::verify(text, &ring).is_some();
        // The header is split at spaces and trimmed, which gives no other text a chance.
        let header = authorization::parse(Some(&format!("Bearer {text}")), &ring).is_ok();
        assert!(!header || ApiKeyValue::verify(text.trim(), &ring).is_some());
        taken
    });
}

#[test]
fn what_one_kind_is_no_other_kind_takes() {
    let ring = keyring();
    let key = ApiKeyValue::mint(&ring, Environment::Live, &[7; 32]).unwrap().expose().to_owned();
    let claims = Claims {
        id: ClientTokenId::from_bytes([7; 16]),
        environment: Environment::Live,
        generation: 0,
        key: KeyId::from_byte(1),
    };
    let value = TokenValue::derive(&claims, &ring).unwrap().expose().to_owned();
    for (text, prefix, other) in [(&key, "rt_live", "ct_live"), (&value, "ct_live", "rt_live")] {
        let renamed = text.replace(prefix, other);
        assert!(token_value::verify(&renamed, &ring).is_none());
        assert!(ApiKeyValue::verify(&renamed, &ring).is_none());
    }
}
