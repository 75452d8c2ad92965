//! The end of what was deleted.

use ::client_tokens::{
    domain::{environment::Environment::Live, time::Timestamp},
    store::{client_tokens, purge},
};

use crate::database::{Database, START, new_token};

fn rounds(database: &Database, cutoff: i64) -> usize {
    for round in 0.. {
        let removed: usize = purge::round(Timestamp::from_millis(cutoff))
            .iter()
            .map(|statement| database.run(statement).len())
            .sum();
        if removed == 0 {
            return round;
        }
    }
    unreachable!()
}

#[test]
fn only_what_was_deleted_before_the_cutoff_goes() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    for nth in 1..=2 {
        database.insert(&caller, &new_token(nth, Live));
        database.conversation(new_token(nth, Live).id, nth.into(), "flow_a");
    }
    database.fetch(&client_tokens::delete(&caller, new_token(1, Live).id));
    assert_eq!(rounds(&database, START - 1), 0);
    assert_eq!(database.count("select count(*) from client_tokens"), 2);
    rounds(&database, START);
    assert_eq!(database.count("select count(*) from client_tokens"), 1);
    assert_eq!(database.count("select count(*) from conversations"), 1);
}

#[test]
fn a_token_outlives_its_last_conversation() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    database.insert(&caller, &token);
    for nth in 0..1200 {
        database.conversation(token.id, nth, "flow_a");
    }
    database.fetch(&client_tokens::delete(&caller, token.id));
    let round = purge::round(Timestamp::from_millis(START));
    let removed: Vec<usize> = round.iter().map(|s| database.run(s).len()).collect();
    assert_eq!(removed, [500, 0, 0]);
    assert_eq!(rounds(&database, START), 2);
    assert_eq!(database.count("select count(*) from client_tokens"), 0);
}

#[test]
fn revoked_keys_go_too() {
    let database = Database::migrated();
    database.caller("acme", Live, 1);
    database.caller("acme", Live, 2);
    database.0.execute("update api_keys set revoked_at = ?1 where key_hint = (select min(key_hint) from api_keys)", [START]).unwrap();
    rounds(&database, START);
    assert_eq!(database.count("select count(*) from api_keys"), 1);
}
