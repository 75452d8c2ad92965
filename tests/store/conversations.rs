//! Conversations and the counter that the database keeps.

use ::client_tokens::{
    domain::{
        environment::Environment::{Live, Test},
        message::{Role, Status},
        time::Timestamp,
    },
    store::{caller::Caller, client_tokens, conversations as store},
};

use crate::database::{Database, START, conversation_id, new_token, writer};

fn times(database: &Database, caller: &Caller, target: Option<&str>, page: [u32; 2]) -> Vec<i64> {
    let [limit, offset] = page;
    let filter = store::Filter { target, user: None };
    let query = store::page(caller, new_token(1, Live).id, filter, limit, offset);
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
fn a_user_s_conversations_are_listed_with_one_target_or_any() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    database.insert(&caller, &token);
    for nth in 1..=4 {
        database.conversation(token.id, nth, if nth % 2 == 0 { "flow_a" } else { "flow_b" });
        let user = if nth == 3 { None } else { Some("ada") };
        let of_user = "update conversations set user_id = ?1 where id = ?2";
        database.0.execute(of_user, (user, conversation_id(nth).to_string())).unwrap();
    }
    let found = |user, target| -> Vec<_> {
        let filter = store::Filter { target, user };
        let rows = database.fetch(&store::page(&caller, token.id, filter, 10, 0));
        assert!(rows.iter().all(|row| row.user_id.as_deref() == user));
        rows.into_iter().map(|row| row.id).collect()
    };
    assert_eq!(found(Some("ada"), None), [4, 2, 1].map(conversation_id));
    assert_eq!(found(Some("ada"), Some("flow_b")), [1].map(conversation_id));
    assert!(found(Some("eve"), None).is_empty());
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
    database.fetch(&client_tokens::delete(writer(&caller), token.id));
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

fn positions(database: &Database, caller: &Caller, nth: i64, after: u32, limit: u32) -> Vec<u32> {
    let query = store::messages(caller, new_token(1, Live).id, conversation_id(nth), after, limit);
    database.fetch(&query).into_iter().map(|paged| paged.message.position).collect()
}

#[test]
fn messages_are_oldest_first_and_go_on_behind_a_position() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    database.insert(&caller, &token);
    for nth in 1..=2 {
        database.conversation(token.id, nth, "flow_a");
        database.fill(nth, 5);
    }
    assert_eq!(positions(&database, &caller, 1, 0, 3), [1, 2, 3]);
    assert_eq!(positions(&database, &caller, 1, 3, 3), [4, 5]);
    assert!(positions(&database, &caller, 1, 5, 3).is_empty());
    let found = database.fetch(&store::find(&caller, token.id, conversation_id(1))).remove(0);
    assert_eq!((found.id, found.message_count), (conversation_id(1), 5));
    let query = store::messages(&caller, token.id, conversation_id(1), 0, 1);
    let paged = database.fetch(&query).remove(0);
    assert!(paged.is_followed);
    let message = paged.message;
    assert_eq!((message.role, message.status), (Role::User, Status::Complete));
    assert_eq!((message.content.as_str(), message.reply_to), ("\"Hello\"", None));
    assert_eq!(message.created_at, Timestamp::from_millis(START));
}

#[test]
fn messages_are_reached_through_their_own_token_and_tenant_only() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let (token, other) = (new_token(1, Live), new_token(2, Live));
    database.insert(&caller, &token);
    database.insert(&caller, &other);
    database.conversation(token.id, 1, "flow_a");
    database.fill(1, 1);
    let strangers = [database.caller("other", Live, 2), database.caller("acme", Test, 3)];
    for stranger in &strangers {
        assert!(positions(&database, stranger, 1, 0, 9).is_empty());
        assert!(database.fetch(&store::find(stranger, token.id, conversation_id(1))).is_empty());
    }
    let by_other = store::messages(&caller, other.id, conversation_id(1), 0, 9);
    assert!(database.fetch(&by_other).is_empty());
    assert!(database.fetch(&store::find(&caller, other.id, conversation_id(1))).is_empty());
    assert_eq!(positions(&database, &caller, 1, 0, 9), [1]);
}

#[test]
fn a_deleted_conversation_is_hidden_and_no_longer_counted() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    database.insert(&caller, &token);
    for nth in 1..=3 {
        database.conversation(token.id, nth, "flow_a");
        database.fill(nth, 1);
    }
    let count = || database.fetch(&client_tokens::find(&caller, token.id))[0].conversation_count;
    let hide = "update conversations set deleted_at = ?1 where id = ?2";
    for at in [START, START + 1] {
        let id = conversation_id(2).to_string();
        database.0.execute(hide, rusqlite::params![at, id]).unwrap();
        assert_eq!(count(), 2);
    }
    // Messages raise a conversation's time to theirs at least, so the order stays.
    assert_eq!(times(&database, &caller, None, [10, 0]), [3, 1]);
    assert_eq!(times(&database, &caller, Some("flow_a"), [10, 0]), [3, 1]);
    assert!(positions(&database, &caller, 2, 0, 9).is_empty());
    assert!(database.fetch(&store::find(&caller, token.id, conversation_id(2))).is_empty());
    database.0.execute("delete from conversations", []).unwrap();
    assert_eq!(count(), 0);
}

#[test]
fn what_a_token_holds_is_all_that_is_in_its_conversations_until_they_are_erased() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let [token, other] = [1, 2].map(|nth| new_token(nth, Live));
    database.insert(&caller, &token);
    database.insert(&caller, &other);
    let held = |id| database.fetch(&store::held(id))[0].bytes;
    for nth in 1..=2 {
        database.conversation(token.id, nth, "flow_a");
        database.fill(nth, 3);
    }
    let conversations = database.count("select sum(byte_count) from conversations");
    assert!(conversations > 2 * 3 * 7);
    assert_eq!(held(token.id), u64::try_from(conversations).unwrap());
    database.0.execute("update sessions set tools = '[\"é\"]'", []).unwrap();
    assert_eq!(held(token.id), u64::try_from(conversations).unwrap() + 4 * 6);
    assert_eq!(held(other.id), 0);
    database.0.execute("update conversations set deleted_at = 1", []).unwrap();
    assert_eq!(held(token.id), 0);
}
