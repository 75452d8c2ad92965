//! The end of what was deleted.

use ::client_tokens::{
    domain::{client_token::NewClientToken, environment::Environment::Live, time::Timestamp},
    store::{
        client_tokens,
        executions::{self, Paused},
        purge,
    },
};

use crate::database::{Database, START, conversation_id, new_token, writer};

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
    database.fetch(&client_tokens::delete(writer(&caller), new_token(1, Live).id));
    assert_eq!(rounds(&database, START - 1), 0);
    assert_eq!(database.count("select count(*) from client_tokens"), 2);
    rounds(&database, START);
    assert_eq!(database.count("select count(*) from client_tokens"), 1);
    assert_eq!(database.count("select count(*) from conversations"), 1);
}

#[test]
fn an_execution_that_has_waited_for_so_long_goes_wherever_it_is() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    database.insert(&caller, &token);
    database.conversation(token.id, 1, "flow_a");
    let pause = |id: &str, at: i64| {
        let paused = Paused {
            id: id.into(),
            reply_to: "u1".into(),
            assistant_message_id: "a1".into(),
            legs: 1,
            calls: "[]".into(),
            state: "{}".into(),
        };
        let at = Timestamp::from_millis(at);
        database.run(&executions::pause(conversation_id(1), &paused, at));
    };
    pause("old", START);
    pause("new", START + 1);
    let left = |cutoff| database.fetch(&purge::left(Timestamp::from_millis(cutoff))).remove(0);
    assert_eq!(left(START).to_string(), "1 executions");
    rounds(&database, START);
    assert_eq!(database.count("select count(*) from executions"), 1);
    assert_eq!(database.count("select count(*) from executions where id = 'new'"), 1);
    assert!(left(START).is_empty());
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
    database.fetch(&client_tokens::delete(writer(&caller), token.id));
    let round = purge::round(Timestamp::from_millis(START));
    let removed: Vec<usize> = round.iter().map(|s| database.run(s).len()).collect();
    assert_eq!(removed, [0, 0, 0, 500, 0, 0, 0, 0]);
    assert_eq!(rounds(&database, START), 2);
    assert_eq!(database.count("select count(*) from client_tokens"), 0);
}

#[test]
fn a_round_tells_which_tokens_it_removed() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    for nth in 1..=3 {
        database.insert(&caller, &new_token(nth, Live));
    }
    database.conversation(new_token(3, Live).id, 3, "flow_a");
    for nth in 2..=3 {
        database.fetch(&client_tokens::delete(writer(&caller), new_token(nth, Live).id));
    }
    let round = || {
        let rows = purge::round(Timestamp::from_millis(START));
        let rows: Vec<_> = rows.iter().map(|statement| database.rows(statement)).collect();
        purge::removed_tokens(&rows)
    };
    // The conversation of the third goes before its token.
    assert_eq!(round(), [new_token(2, Live).id, new_token(3, Live).id]);
    assert!(round().is_empty());
}

#[test]
fn what_is_left_is_counted_by_table_up_to_a_bound() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let left = |cutoff| database.fetch(&purge::left(Timestamp::from_millis(cutoff))).remove(0);
    for nth in 1..=2 {
        let token = new_token(nth, Live);
        database.insert(&caller, &token);
        database.conversation(token.id, nth.into(), "flow_a");
        database.fill(nth.into(), 3);
        feedback(&database, &token, nth.into());
    }
    assert!(left(START).is_empty());
    database.fetch(&client_tokens::delete(writer(&caller), new_token(1, Live).id));
    assert!(left(START - 1).is_empty());
    let told = "3 messages, 2 sessions, 1 executions, 1 conversations, 1 feedback, 1 client_tokens";
    assert_eq!(left(START).to_string(), told.replace('_', " "));
    for nth in 3..10_100 {
        feedback(&database, &new_token(1, Live), nth);
    }
    assert!(left(START).to_string().contains("at least 10000 feedback"));
    rounds(&database, START);
    assert!(left(START).is_empty());
}

#[test]
fn more_than_one_run_can_take_goes_in_the_runs_after_it() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    database.insert(&caller, &token);
    database.conversation(token.id, 1, "flow_a");
    let messages = 500 * i64::from(purge::ROUNDS) * 2 + 1;
    let seed =
        "with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ?1)
                insert into messages (conversation_id, id, position, role, content, created_at)
                select conversations.id, 'm' || n, n, 'user', '\"Hello\"', 1
                from numbers, conversations";
    database.0.execute(seed, [messages]).unwrap();
    database.fetch(&client_tokens::delete(writer(&caller), token.id));
    let cutoff = Timestamp::from_millis(START);
    let mut runs = Vec::new();
    for _ in 0..3 {
        for _ in 0..purge::ROUNDS {
            for statement in purge::round(cutoff) {
                drop(database.run(&statement));
            }
        }
        runs.push(database.count("select count(*) from messages"));
    }
    assert_eq!(runs, [messages / 2 + 1, 1, 0]);
    assert_eq!(database.count("select count(*) from client_tokens"), 0);
}

#[test]
fn all_that_hangs_on_a_deleted_token_goes_and_nothing_else() {
    const TABLES: [&str; 5] = ["messages", "sessions", "executions", "conversations", "feedback"];
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    for nth in 1..=2 {
        let token = new_token(nth, Live);
        database.insert(&caller, &token);
        database.conversation(token.id, nth.into(), "flow_a");
        database.fill(nth.into(), 3);
        feedback(&database, &token, nth.into());
    }
    let counts = || TABLES.map(|table| database.count(&format!("select count(*) from {table}")));
    assert_eq!(counts(), [6, 4, 2, 2, 2]);
    database.fetch(&client_tokens::delete(writer(&caller), new_token(1, Live).id));
    rounds(&database, START);
    assert_eq!(counts(), [3, 2, 1, 1, 1]);
    assert_eq!(database.count("select count(*) from client_tokens"), 1);
}

#[test]
fn no_statement_of_a_round_removes_more_than_its_share() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    database.insert(&caller, &token);
    for nth in 0..3 {
        database.conversation(token.id, nth, "flow_a");
        database.fill(nth, 400);
    }
    for nth in 0..600 {
        feedback(&database, &token, nth);
    }
    database.fetch(&client_tokens::delete(writer(&caller), token.id));
    let left = || database.count("select count(*) from messages");
    let mut before = left();
    for round in 1.. {
        let cutoff = Timestamp::from_millis(START);
        let removed: Vec<usize> =
            purge::round(cutoff).iter().map(|statement| database.run(statement).len()).collect();
        // A deletion that drew others after it would show here, and not among its own rows.
        assert_eq!(before - left(), i64::try_from(removed[0]).unwrap(), "round {round}");
        assert!(removed.iter().all(|rows| *rows <= 500), "round {round}: {removed:?}");
        before = left();
        if removed.iter().sum::<usize>() == 0 {
            break;
        }
    }
    assert_eq!(database.count("select count(*) from client_tokens"), 0);
}

#[test]
fn conversations_that_a_visitor_deleted_do_not_keep_their_token() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    database.insert(&caller, &token);
    database.conversation(token.id, 1, "flow_a");
    database.fill(1, 2);
    database.0.execute("update conversations set deleted_at = ?1", [START]).unwrap();
    database.fetch(&client_tokens::delete(writer(&caller), token.id));
    rounds(&database, START);
    assert_eq!(database.count("select count(*) from conversations"), 0);
    assert_eq!(database.count("select count(*) from client_tokens"), 0);
}

fn feedback(database: &Database, token: &NewClientToken, nth: i64) {
    let sql = "insert into feedback (
                 id, client_token_id, conversation_id, session_started_at, type, message_id,
                 created_at, updated_at
               )
               values ('fb_' || ?1, ?2, 'conv_1', ?1, 'upvote', 'm1', ?3, ?3)";
    database.0.execute(sql, rusqlite::params![nth, token.id.to_string(), START]).unwrap();
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

#[test]
fn a_revoked_key_stays_as_long_as_one_that_it_made() {
    let database = Database::migrated();
    for nth in 1..=3 {
        database.caller("acme", Live, nth);
    }
    let run = |sql: &str| database.0.execute(sql, []).unwrap();
    run("update api_keys
         set created_by = (select max(id) from api_keys as elder where elder.id < api_keys.id)");
    run("update api_keys set revoked_at = 1 where id < (select max(id) from api_keys)");
    rounds(&database, START);
    assert_eq!(database.count("select count(*) from api_keys"), 3);
    let left = database.fetch(&purge::left(Timestamp::from_millis(START))).remove(0);
    assert!(left.is_empty(), "{left}");
    run("update api_keys set revoked_at = 1");
    rounds(&database, START);
    assert_eq!(database.count("select count(*) from api_keys"), 0);
}
