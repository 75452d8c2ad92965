//! Session ids, and how long a session lives.

use super::*;
use crate::domain::{grant::EndUser, keyring::ring, text::EndUserId};

fn session() -> Session {
    Session {
        conversation: ConversationId::from_bytes([1; 16]),
        token: ClientTokenId::from_bytes([2; 16]),
        generation: 3,
        started_at: Timestamp::from_millis(1_800_000_000_000),
        issued_at: Timestamp::from_millis(1_800_000_000_001),
        follows_another_user: false,
        target: TargetId::parse("flow_a_b-c").unwrap(),
        grant: None,
    }
}

/// So many milliseconds after the issue.
fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_001 + millis)
}

#[test]
fn an_id_is_of_no_use_thirty_days_after_its_issue() {
    let id = session().id(&ring("a")).unwrap();
    let end = 30 * 86_400_000;
    assert_eq!(Session::verify(&id, &ring("a"), at(end - 1)), Some(session()));
    assert_eq!(Session::verify(&id, &ring("a"), at(end)), None);
    assert!(Session::is_well_formed(&id));
}

#[test]
fn an_id_reads_back() {
    let id = session().id(&ring("a")).unwrap();
    assert!(id.starts_with("cs_") && id.ends_with("_flow_a_b-c"));
    assert_eq!(Session::verify(&id, &ring("a"), at(0)), Some(session()));
    assert!(Session::is_well_formed(&id));
}

#[test]
fn that_another_user_was_there_before_is_signed() {
    let id = |follows_another_user| {
        Session { follows_another_user, ..session() }.id(&ring("a")).unwrap()
    };
    let read = |text: &str| Session::read(text, &ring("a"));
    assert!(read(&id(true)).unwrap().follows_another_user);
    assert!(!read(&id(false)).unwrap().follows_another_user);
    let marked = id(true);
    let (body, context) = parts(&marked).unwrap();
    let bytes: [u8; LENGTH] = base62::decode(body).unwrap();
    for at in 0..LENGTH {
        let mut forged = bytes;
        forged[at] ^= 1;
        assert_eq!(read(&format!("{PREFIX}{}_{context}", base62::encode(&forged))), None, "{at}");
    }
}

#[test]
fn an_old_id_still_tells_whose_it_was() {
    let id = session().id(&ring("a")).unwrap();
    assert_eq!(Session::verify(&id, &ring("a"), at(31 * 86_400_000)), None);
    assert_eq!(Session::read(&id, &ring("a")), Some(session()));
    assert_eq!(Session::read(&id, &ring("b")), None);
}

#[test]
fn a_user_leaves_words_to_everybody_else_and_nobody_known_leaves_none() {
    let now = Timestamp::from_millis(1_800_000_000_001);
    let of = |id: &str| {
        let user = EndUser { id: EndUserId::parse(id).unwrap(), name: None };
        Grant { user: Some(user), ..Grant::until(now) }
    };
    let left = |grant: Option<Grant>, follows_another_user, to| {
        let grant = grant.map(Box::new);
        Session { follows_another_user, grant, ..session() }.leaves_words_to(to)
    };
    for nobody in [None, Some(Grant::until(now))] {
        assert!(!left(nobody.clone(), false, None));
        assert!(!left(nobody.clone(), false, Some("bob")));
        // Signed out in between, or not: the words are still there.
        assert!(left(nobody.clone(), true, None));
        assert!(left(nobody, true, Some("bob")));
    }
    assert!(!left(Some(of("ada")), false, Some("ada")));
    assert!(left(Some(of("ada")), false, Some("bob")));
    assert!(left(Some(of("ada")), false, None));
    assert!(left(Some(of("ada")), true, Some("ada")));
}

#[test]
fn the_target_is_signed() {
    let id = session().id(&ring("a")).unwrap();
    let forged = id.replace("flow_a_b-c", "flow_a_b-d");
    assert_eq!(Session::verify(&forged, &ring("a"), at(0)), None);
    assert!(Session::is_well_formed(&forged));
}

#[test]
fn other_texts_and_other_rings_are_refused() {
    let id = session().id(&ring("a")).unwrap();
    assert_eq!(Session::verify(&id, &ring("b"), at(0)), None);
    for text in ["", "cs_", "cs__flow_a", "cs_abc_flow_a", &id[3..], &id[..id.len() - 11]] {
        assert_eq!(Session::verify(text, &ring("a"), at(0)), None, "{text}");
        assert!(!Session::is_well_formed(text), "{text}");
    }
}

#[test]
fn the_later_of_issue_and_chat_counts_and_the_end_is_over() {
    let session = session();
    assert_eq!(session.expires_at(None, Some(1)), at(60_000));
    assert_eq!(session.expires_at(Some(at(5)), Some(1)), at(60_005));
    assert_eq!(session.expires_at(Some(at(-1)), Some(1)), at(60_000));
    assert_eq!(session.expires_at(None, None), at(1440 * 60_000));
}
