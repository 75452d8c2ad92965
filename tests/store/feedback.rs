//! Feedback, as its token's owner lists it.

use ::client_tokens::{
    domain::{
        environment::Environment::{Live, Test},
        feedback::{Feedback, FeedbackKind},
        id::{ClientTokenId, FeedbackId},
        time::Timestamp,
    },
    store::{
        caller::Caller, client_tokens, conversations, feedback as store, statement::Statement,
    },
};

use crate::database::{Database, START, conversation_id, new_token, writer};

fn id(nth: u8) -> FeedbackId {
    FeedbackId::new(Timestamp::from_millis(START + i64::from(nth)), &[nth; 10])
}

/// The `nth` feedback of a token, `nth` milliseconds after the start.
fn give(database: &Database, token: ClientTokenId, nth: u8, columns: [&str; 4]) {
    let [kind, message_id, rating, comment] = columns;
    let sql = "insert into feedback (
                 id, client_token_id, conversation_id, session_started_at, type, message_id,
                 rating, comment, created_at, updated_at
               )
               values (?1, ?2, ?3, ?4, ?5, ?6, nullif(?7, ''), nullif(?8, ''), ?4, ?4 + 9)";
    let conversation = conversation_id(1).to_string();
    let at = START + i64::from(nth);
    let params = rusqlite::params![
        id(nth).to_string(),
        token.to_string(),
        conversation,
        at,
        kind,
        message_id,
        rating,
        comment
    ];
    database.0.execute(sql, params).unwrap();
}

fn page(database: &Database, caller: &Caller, limit: u32, offset: u32) -> Vec<Feedback> {
    database.fetch(&store::page(caller, new_token(1, Live).id, None, limit, offset))
}

#[test]
fn feedback_is_newest_first_and_paged() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    database.insert(&caller, &token);
    for nth in 1..=5 {
        give(&database, token.id, nth, ["upvote", "m1", "", ""]);
    }
    let ids = |limit, offset| -> Vec<FeedbackId> {
        page(&database, &caller, limit, offset).into_iter().map(|feedback| feedback.id).collect()
    };
    assert_eq!(ids(2, 0), [id(5), id(4)]);
    assert_eq!(ids(10, 3), [id(2), id(1)]);
}

#[test]
fn what_is_kept_of_feedback_is_a_part_of_what_its_token_holds() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let [token, other] = [1, 2].map(|nth| new_token(nth, Live));
    database.insert(&caller, &token);
    database.insert(&caller, &other);
    let held = |id| database.fetch(&conversations::held(id))[0].bytes;
    assert_eq!(held(token.id), 0);
    give(&database, token.id, 1, ["nps", "", "0", "It's fine."]);
    give(&database, token.id, 2, ["upvote", "wélcome", "", ""]);
    assert_eq!((held(token.id), held(other.id)), (18, 0));
}

#[test]
fn what_a_kind_has_not_is_none() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    database.insert(&caller, &token);
    give(&database, token.id, 1, ["upvote", "welcome-1", "", ""]);
    give(&database, token.id, 2, ["nps", "", "0", "It's fine."]);
    let rows = page(&database, &caller, 10, 0);
    let vote = Feedback {
        id: id(1),
        kind: FeedbackKind::Upvote,
        rating: None,
        comment: None,
        message_id: Some("welcome-1".into()),
        conversation_id: conversation_id(1),
        user_id: None,
        created_at: Timestamp::from_millis(START + 1),
    };
    assert_eq!(rows[1], vote);
    assert_eq!((rows[0].kind, rows[0].rating), (FeedbackKind::Nps, Some(0)));
    assert_eq!((rows[0].comment.as_deref(), &rows[0].message_id), (Some("It's fine."), &None));
}

#[test]
fn one_user_s_feedback_is_listed_by_itself() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let (token, other) = (new_token(1, Live), new_token(2, Live));
    database.insert(&caller, &token);
    database.insert(&caller, &other);
    for nth in 1..=6 {
        give(&database, if nth == 6 { other.id } else { token.id }, nth, ["nps", "", "9", ""]);
    }
    let name = "update feedback set user_id = 'ada' where id in (?1, ?2, ?3)";
    let ids = [1, 3, 6].map(|nth| id(nth).to_string());
    database.0.execute(name, ids).unwrap();
    let of = |caller: &Caller, user, limit, offset| -> Vec<FeedbackId> {
        let page = store::page(caller, token.id, Some(user), limit, offset);
        let rows = database.fetch(&page);
        assert!(rows.iter().all(|row| row.user_id.as_deref() == Some(user)));
        rows.into_iter().map(|row| row.id).collect()
    };
    assert_eq!(of(&caller, "ada", 9, 0), [id(3), id(1)]);
    assert_eq!((of(&caller, "ada", 1, 0), of(&caller, "ada", 1, 1)), (vec![id(3)], vec![id(1)]));
    for nobody in ["", "ADA", "ada ", "eve"] {
        assert!(of(&caller, nobody, 9, 0).is_empty(), "{nobody}");
    }
    for stranger in [database.caller("other", Live, 2), database.caller("acme", Test, 3)] {
        assert!(of(&stranger, "ada", 9, 0).is_empty());
    }
    let page = store::page(&caller, token.id, Some("ada"), 20, 0).statement;
    let plan = Statement { sql: format!("explain query plan {}", page.sql), ..page };
    let plan = format!("{:?}", database.run(&plan));
    assert!(plan.contains("USING INDEX feedback_by_user"), "{plan}");
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[test]
fn feedback_is_reached_through_a_reachable_token_only() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    database.insert(&caller, &token);
    give(&database, token.id, 1, ["upvote", "m1", "", ""]);
    for stranger in [database.caller("other", Live, 2), database.caller("acme", Test, 3)] {
        assert!(page(&database, &stranger, 10, 0).is_empty());
    }
    assert_eq!(page(&database, &caller, 10, 0).len(), 1);
    database.fetch(&client_tokens::delete(writer(&caller), token.id));
    assert!(page(&database, &caller, 10, 0).is_empty());
}
