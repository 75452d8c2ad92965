//! How an update is written: unseen where the table's own checks suffice, else after a look.

use super::{UpdateRequest, UpdateStep};
use crate::{
    api::error::{Error, Noun},
    domain::{
        client_token::{ClientToken, Settings},
        environment::Environment,
        id::ClientTokenId,
        keyring::KeyId,
        origin::{AllowedOrigins, OriginPattern},
        text::Name,
        time::Timestamp,
    },
};

fn request(body: &str) -> UpdateRequest {
    UpdateRequest::parse(body.as_bytes()).unwrap()
}

fn stored() -> ClientToken {
    let at = Timestamp::from_millis(0);
    let origin = OriginPattern::parse("https://app.example.com").unwrap();
    ClientToken {
        id: ClientTokenId::new(at, &[1; 10]),
        environment: Environment::Test,
        generation: 0,
        key: KeyId::from_byte(1),
        product_surface_id: None,
        settings: Settings::new(
            Name::parse("A token").unwrap(),
            AllowedOrigins::from_patterns(vec![origin]),
        ),
        conversation_count: 0,
        last_used_at: None,
        created_at: at,
        updated_at: at,
    }
}

#[test]
fn only_changes_without_a_fault_of_their_own_are_written_unseen() {
    assert!(request(r#"{"name":"B"}"#).unseen().is_some());
    assert!(request(r#"{"name":"B","id":"x","updatedAt":1}"#).unseen().is_some());
    assert!(request(r#"{"defaultFlowId":"flow_a"}"#).unseen().is_some(), "the table checks that");
    for body in [
        "{}",
        r#"{"updatedAt":1}"#,
        r#"{"name":""}"#,
        r#"{"name":"B","nmae":"B"}"#,
        r#"{"name":"B","environment":"test"}"#,
        r#"{"name":"B","productSurfaceId":null}"#,
    ] {
        assert!(request(body).unseen().is_none(), "{body}");
    }
}

#[test]
fn what_is_stored_decides_the_step() {
    let rename = request(r#"{"name":"B","environment":"test"}"#);
    assert_eq!(rename.step(Some(stored())), Ok(UpdateStep::Write(&rename.changes)));
    assert_eq!(rename.step(None), Err(Error::NotFound(Noun::ClientToken)));
    let nothing = request(r#"{"environment":"test"}"#);
    assert_eq!(nothing.step(Some(stored())), Ok(UpdateStep::Unchanged(Box::new(stored()))));
    for body in [r#"{"environment":"live"}"#, r#"{"defaultFlowId":"flow_a"}"#, r#"{"name":""}"#] {
        let request = request(body);
        assert!(matches!(request.step(Some(stored())), Err(Error::Invalid(_))), "{body}");
    }
    let faulty = request(r#"{"name":""}"#);
    assert!(matches!(faulty.step(None), Err(Error::Invalid(_))), "its own faults come first");
}
