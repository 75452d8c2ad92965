//! Conversations and the counter that the database keeps.

use ::client_tokens::{
    domain::{
        environment::Environment::{Live, Test},
        text::TargetId,
    },
    store::{caller::Caller, client_tokens, conversations as store},
};

use crate::database::{Database, START, new_token};

fn times(database: &Database, caller: &Caller, target: Option<&str>, page: [u32; 2]) -> Vec<i64> {
    let target = target.map(|id| TargetId::parse(id).unwrap());
    let [limit, offset] = page;
    let query = store::page(caller, new_token(1, Live).id, target.as_ref(), limit, offset);
    let rows = database.fetch(&query).into_iter();
    rows.map(|row| row.updated_at.millis() - START).collect()
}

#[test]
fn pages_are_latest_first_and_filtered_by_target() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    database.insert(&caller, &token);
    for nth in 1..=5 {
        database.conversation(token.id, nth, if nth % 2 == 0 { "flow_a" } else { "flow_b" });
    }
    assert_eq!(times(&database, &caller, None, [2, 0]), [5, 4]);
    assert_eq!(times(&database, &caller, None, [10, 3]), [2, 1]);
    assert_eq!(times(&database, &caller, Some("flow_a"), [10, 0]), [4, 2]);
    assert!(times(&database, &caller, Some("flow_c"), [10, 0]).is_empty());
}

#[test]
fn a_conversation_is_reached_through_a_reachable_token_only() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    database.insert(&caller, &token);
    database.conversation(token.id, 1, "flow_a");
    for stranger in [database.caller("other", Live, 2), database.caller("acme", Test, 3)] {
        assert!(times(&database, &stranger, None, [10, 0]).is_empty());
    }
    database.fetch(&client_tokens::delete(&caller, token.id));
    assert!(times(&database, &caller, None, [10, 0]).is_empty());
}

#[test]
fn the_counter_follows_every_insert_and_delete() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    database.insert(&caller, &token);
    let count = || database.fetch(&client_tokens::find(&caller, token.id))[0].conversation_count;
    for nth in 1..=3 {
        database.conversation(token.id, nth, "flow_a");
    }
    assert_eq!(count(), 3);
    database.0.execute("delete from conversations where updated_at = ?1", [START + 2]).unwrap();
    assert_eq!(count(), 2);
    database.0.execute("delete from conversations", []).unwrap();
    assert_eq!(count(), 0);
}
