//! What may be minted, and how a request that asks for more is told.

use crate::{
    api::{client_tokens::mint::MintRequest, error::Error},
    domain::{
        client_token::{ClientToken, tests::settings},
        environment::Environment,
        id::ClientTokenId,
        keyring::{KeyId, Keyring, hex_key, ring},
        text::{TargetId, TargetIds},
        time::Timestamp,
        token_value::{self, LONGEST},
    },
};

fn now() -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000)
}

fn token() -> ClientToken {
    ClientToken {
        id: ClientTokenId::from_bytes([7; 16]),
        environment: Environment::Test,
        generation: 3,
        key: ring("a").signing_key(),
        product_surface_id: None,
        settings: settings(),
        conversation_count: 0,
        last_used_at: None,
        created_at: now(),
        updated_at: now(),
    }
}

fn minted(body: &str, token: Option<&ClientToken>, keyring: &Keyring) -> Result<String, Error> {
    let reply = MintRequest::parse(body.as_bytes())?.answer(token, keyring, now())?;
    assert_eq!(reply.status, 201);
    let json: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    Ok(json["token"].as_str().unwrap().to_owned())
}

/// The paths of the faults.
fn paths(body: &str, token: Option<&ClientToken>) -> Vec<String> {
    match minted(body, token, &ring("a")) {
        Err(Error::Invalid(faults)) => {
            faults.into_details().into_iter().map(|detail| detail.path.unwrap()).collect()
        }
        other => panic!("{body}: {other:?}"),
    }
}

#[test]
fn a_value_is_of_its_token_and_lives_an_hour_unless_told() {
    for (body, seconds) in [
        ("", 3_600),
        ("{}", 3_600),
        (r#"{"expiresInSeconds":60}"#, 60),
        (r#"{"expiresInSeconds":86400}"#, 86_400),
    ] {
        let value = minted(body, Some(&token()), &ring("a")).unwrap();
        let proved = token_value::verify(&value, &ring("a")).unwrap();
        assert_eq!(proved.claims, token().claims());
        assert_eq!(proved.grant.unwrap().expires_at, now().plus_seconds(seconds));
    }
}

#[test]
fn faults_of_the_body_and_what_exceeds_the_token_are_told_together() {
    let body = r#"{"expiresInSeconds":59,"user":{"id":"","name":" ","x":1},
        "allowedOrigins":["https://app.example.com","https://*.example.com"],
        "flowIds":["flow_a","flow_z"],"agentIds":["agent_a"],"rateLimitPerMinute":11,
        "rateLimitPerHour":101,"maxMessagesPerSession":null,"metadata":[],"colour":1}"#;
    assert_eq!(
        paths(body, Some(&token())),
        [
            "expiresInSeconds",
            "user.id",
            "user.name",
            "user.x",
            "maxMessagesPerSession",
            "metadata",
            "colour",
            "allowedOrigins.1",
            "flowIds.1",
            "agentIds.0",
            "rateLimitPerMinute",
            "rateLimitPerHour",
        ]
    );
    assert_eq!(paths(r#"{"allowedOrigins":[],"expiresInSeconds":86401}"#, None).len(), 2);
    assert!(matches!(minted("{}", None, &ring("a")), Err(Error::NotFound(_))));
}

#[test]
fn a_dropped_signing_key_mints_nothing() {
    let other = Keyring::parse(&format!("9:{}", hex_key('c'))).unwrap();
    let token = ClientToken { key: KeyId::from_byte(1), ..token() };
    assert!(matches!(minted("{}", Some(&token), &other), Err(Error::ValueUnavailable)));
}

#[test]
fn a_value_has_at_most_2048_characters() {
    let body = |length: usize| {
        let (metadata, name) = ("m".repeat(1_000), "n".repeat(length));
        format!(
            r#"{{"metadata":{{"m":"{metadata}"}},"user":{{"id":"u","name":"{name}"}},"flowIds":["flow_a"]}}"#
        )
    };
    let fits = |length| minted(&body(length), Some(&token()), &ring("a"));
    let longest = (1..=255).take_while(|length| fits(*length).is_ok()).last().unwrap();
    assert_eq!(longest, 255);
    let value = fits(255).unwrap();
    assert!(value.len() <= LONGEST && token_value::verify(&value, &ring("a")).is_some());

    let mut wide = token();
    let ids: Vec<String> = (0..30).map(|n| format!("flow_{n:0>40}")).collect();
    let parsed = ids.iter().map(|id| TargetId::parse(id.as_str()).unwrap());
    wide.settings.targets.flow_ids = TargetIds::from_ids(parsed.collect()).unwrap();
    let body = |count: usize| serde_json::json!({ "flowIds": ids[..count] }).to_string();
    let longest = (1..=30)
        .map_while(|count| minted(&body(count), Some(&wide), &ring("a")).ok())
        .last()
        .unwrap();
    assert!((LONGEST - 100..=LONGEST).contains(&longest.len()), "{}", longest.len());
    assert_eq!(paths(&body(30), Some(&wide)), ["flowIds"]);
}

#[test]
fn metadata_has_at_most_a_kibibyte() {
    let body = |length: usize| format!(r#"{{"metadata":{{"m":"{}"}}}}"#, "m".repeat(length));
    assert!(minted(&body(1_024 - 8), Some(&token()), &ring("a")).is_ok());
    assert_eq!(paths(&body(1_024 - 7), Some(&token())), ["metadata"]);
}
