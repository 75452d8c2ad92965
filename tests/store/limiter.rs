//! The limiter's own tables, in a database of their own.

use ::client_tokens::{
    domain::{
        limiter::{Ask, SessionAsk, State, admit},
        time::Timestamp,
    },
    store::{limiter as store, statement::Statement},
};

use crate::database::{Database, START};

fn empty() -> Database {
    let database = Database(rusqlite::Connection::open_in_memory().unwrap());
    for sql in store::SCHEMA.into_iter().chain(store::SCHEMA) {
        database.run(&Statement { sql: sql.to_owned(), params: Vec::new() });
    }
    database
}

fn loaded(database: &Database) -> State {
    State::from_rows(database.fetch(&store::buckets()), database.fetch(&store::sessions()))
}

#[test]
fn the_tables_say_what_the_memory_says_after_every_request() {
    let database = empty();
    let mut state = State::default();
    let session = SessionAsk {
        key: "conv 1".into(),
        cap: Some(3),
        seen: 0,
        idle_minutes: 1,
        left_millis: 60_000,
    };
    for step in 0..200i64 {
        let session = (step % 3 == 0).then(|| session.clone());
        let ask = Ask { per_minute: Some(5), per_hour: Some(50), session };
        let now = Timestamp::from_millis(START + step * 7_919);
        if let (_, Some(change)) = admit(&mut state, &ask, now) {
            for statement in store::record(&change) {
                database.run(&statement);
            }
        }
        assert_eq!(loaded(&database), state, "step {step}");
    }
    assert!(state.forget_at().is_some());
}
