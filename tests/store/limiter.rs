//! The limiter's own tables, in a database of their own.

use ::client_tokens::{
    domain::{
        limiter::{Ask, Counted, SessionAsk, State, admit},
        time::Timestamp,
    },
    store::{db_error::DbError, limiter as store, statement::Statement},
};

use crate::database::{Database, START};

fn bare() -> Database {
    Database(rusqlite::Connection::open_in_memory().unwrap())
}

fn empty() -> Database {
    let database = bare();
    for sql in store::SCHEMA.into_iter().chain(store::SCHEMA) {
        database.run(&Statement::write(sql, Vec::new()));
    }
    database
}

fn loaded(database: &Database) -> State {
    store::state(database.fetch(&store::history()))
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
        let counted = if step % 5 == 0 { Counted::Feedback } else { Counted::Chat };
        let bytes = u32::try_from(step).unwrap() * 10_000;
        let ask = Ask { counted, per_minute: Some(5), per_hour: Some(50), bytes, session };
        let now = Timestamp::from_millis(START + step * 7_919);
        if let (_, Some(change)) = admit(&mut state, &ask, now) {
            for statement in store::record(&change) {
                database.run(&statement);
                let is_deletion = statement.sql.starts_with("delete");
                assert!(!is_deletion || database.0.changes() > 0, "{statement:?}");
            }
        }
        assert_eq!(loaded(&database), state, "step {step}");
    }
    assert!(state.forget_at().is_some());
}

#[test]
fn only_a_table_that_was_never_made_is_told_as_such() {
    let lacks_a_table = |database: &Database, sql: &str| {
        let statement = Statement::write(sql, Vec::new());
        matches!(database.refusal(&statement).unwrap(), DbError::NoTable(_))
    };
    let history = store::history().statement.sql;
    let database = bare();
    assert!(lacks_a_table(&database, &history));
    database.run(&Statement::write(store::SCHEMA[0], Vec::new()));
    assert!(lacks_a_table(&database, &history));
    let database = empty();
    assert!(database.fetch(&store::history()).is_empty());
    for sql in [
        "select nothing from buckets",
        "insert into buckets values (1, 0)",
        "insert into buckets values (1, 0, 0, null)",
        "select",
    ] {
        assert!(!lacks_a_table(&database, sql), "{sql}");
    }
}
