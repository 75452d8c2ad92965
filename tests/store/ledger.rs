//! A ledger's own tables, in a database of their own.

use ::client_tokens::{
    domain::{
        id::ClientTokenId,
        ledger::{
            Alarm, Batch, Bounds, Counts, Delivery, Held, Oldest, Refusal, Sighting, begin, hour,
            merge, ring,
        },
        time::Timestamp,
    },
    store::{ledger as store, statement::Statement},
};

use crate::database::{Database, START};

const DAY: i64 = 86_400_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(START + millis)
}

fn empty() -> Database {
    let database = Database(rusqlite::Connection::open_in_memory().unwrap());
    for sql in store::SCHEMA.into_iter().chain(store::SCHEMA) {
        database.run(&Statement::write(sql, Vec::new()));
    }
    database
}

fn origins(database: &Database) -> Vec<Sighting> {
    database.fetch(&store::origins()).into_iter().map(Sighting::from).collect()
}

fn sighting(origin: &str, count: u64, millis: i64) -> Sighting {
    Sighting {
        origin: origin.to_owned(),
        allowed: true,
        count,
        first_seen_at: at(millis),
        last_seen_at: at(millis),
    }
}

fn counts(inits: u64, refused: &[(Refusal, u64)]) -> Counts {
    let mut counts = Counts {
        inits,
        chats: 2 * inits,
        messages: 3 * inits,
        tokens_in: 4 * inits,
        tokens_out: 5 * inits,
        ..Counts::default()
    };
    for (refusal, count) in refused {
        counts.refused.add(*refusal, *count);
    }
    counts
}

fn delivery(number: u64, millis: i64, hours: Vec<(i64, Counts)>, origins: &[Sighting]) -> Delivery {
    let batch = Batch { hours, origins: origins.to_vec(), stored_bytes: 0 };
    Delivery { token: ClientTokenId::from_bytes([1; 16]), number, sent_at: at(millis), batch }
}

fn add(database: &Database, sender: &str, delivery: &Delivery) {
    let stored = origins(database);
    let change = merge(&stored, &delivery.batch.origins, delivery.sent_at);
    for statement in store::add(sender, delivery, &change) {
        database.run(&statement);
    }
}

fn counted(database: &Database, from: i64, to: i64) -> Counts {
    let mut sum = Counts::default();
    for row in database.fetch(&store::counted(from, to)) {
        assert!((from..to).contains(&row.hour));
        sum.add(&row.counts);
    }
    sum
}

#[test]
fn batches_add_up_by_hour_and_by_reason() {
    let database = empty();
    let first = hour(at(0));
    let one = counts(1, &[(Refusal::Origin, 2)]);
    let other = counts(10, &[(Refusal::Origin, 1), (Refusal::Error, 4)]);
    add(&database, "a", &delivery(1, 0, vec![(first, one), (first + 1, one)], &[]));
    add(&database, "b", &delivery(1, 0, vec![(first, other)], &[]));
    let both = counts(11, &[(Refusal::Origin, 3), (Refusal::Error, 4)]);
    assert_eq!(counted(&database, first, first + 1), both);
    assert_eq!(counted(&database, first + 1, first + 2), one);
    assert_eq!(counted(&database, first + 2, first + 9), Counts::default());
    let only_refused = Counts::refused(Refusal::Limit);
    add(&database, "a", &delivery(2, 0, vec![(first + 2, only_refused)], &[]));
    assert_eq!(counted(&database, first + 2, first + 3), only_refused);
}

#[test]
fn what_is_held_is_what_was_found_with_all_that_was_added_since() {
    let database = empty();
    let held = || database.fetch(&store::held()).first().copied();
    let store_bytes = |number, stored_bytes| {
        let batch = Batch { stored_bytes, ..Batch::default() };
        add(&database, "a", &Delivery { batch, ..delivery(number, 0, Vec::new(), &[]) });
    };
    store_bytes(1, 0);
    assert_eq!(held(), None, "nothing stored, nothing written");
    store_bytes(2, 100);
    store_bytes(3, 11);
    assert_eq!(held(), Some(Held { bytes: 111, looked_at: None }));
    database.run(&store::look(at(5)));
    store_bytes(4, 7);
    database.run(&store::found(60, 111));
    assert_eq!(held(), Some(Held { bytes: 67, looked_at: Some(at(5)) }));
    store_bytes(5, u64::MAX);
    store_bytes(6, u64::MAX);
    assert_eq!(held().map(|held| held.bytes), Some(9_007_199_254_740_991));
    let unwritten = empty();
    unwritten.run(&store::look(at(1)));
    unwritten.run(&store::found(42, 0));
    let found = unwritten.fetch(&store::held());
    assert_eq!(found, [Held { bytes: 42, looked_at: Some(at(1)) }]);
}

#[test]
fn counts_as_large_as_they_get_are_kept() {
    let database = empty();
    let huge = Counts { tokens_in: u64::MAX, ..Counts::default() };
    add(&database, "a", &delivery(1, 0, vec![(0, huge)], &[]));
    assert_eq!(counted(&database, 0, 1).tokens_in, 9_007_199_254_740_991);
}

#[test]
fn the_last_number_of_each_sender_is_known() {
    let database = empty();
    let last =
        |sender| database.fetch(&store::last_number(sender)).first().map(|last| last.last_number);
    assert_eq!(last("a"), None);
    add(&database, "a", &delivery(7, 0, Vec::new(), &[]));
    add(&database, "b", &delivery(3, 0, Vec::new(), &[]));
    add(&database, "a", &delivery(9, 1, Vec::new(), &[]));
    assert_eq!((last("a"), last("b"), last("c")), (Some(9), Some(3), None));
}

#[test]
fn the_table_of_origins_is_what_the_rule_says() {
    let database = empty();
    for nth in 0..300u32 {
        let refused = Sighting {
            allowed: nth % 3 == 0,
            ..sighting(&format!("https://{nth}.example"), 1, nth.into())
        };
        add(&database, "a", &delivery(u64::from(nth) + 1, nth.into(), Vec::new(), &[refused]));
    }
    let stored = origins(&database);
    assert_eq!(stored.len(), 200);
    assert_eq!(stored.iter().map(|sighting| sighting.count).sum::<u64>(), 300);
    assert_eq!(stored[0].origin, "https://299.example", "the latest seen comes first");
    let moments: Vec<_> = stored.iter().map(|sighting| sighting.last_seen_at).collect();
    assert!(moments.is_sorted_by(|one, other| one >= other));
    assert_eq!(merge(&stored, &[], at(299)), merge(&[], &[], at(299)), "nothing is left to do");
}

#[test]
fn what_is_over_goes_and_the_rest_says_when_to_look_again() {
    let database = empty();
    let oldest = || database.fetch(&store::oldest()).remove(0);
    assert_eq!(oldest(), Oldest::default());
    let first = hour(at(0));
    let refused = Counts::refused(Refusal::Origin);
    let old = sighting("https://old.example", 1, 0);
    add(&database, "a", &delivery(1, 0, vec![(first, refused)], &[old]));
    let new = sighting("https://new.example", 1, DAY);
    add(&database, "b", &delivery(1, DAY, vec![(first + 24, refused)], &[new]));
    let all = Oldest { hour: Some(first), origin: Some(at(0)), sender: Some(at(0)) };
    assert_eq!(oldest(), all);

    let look = |millis: i64| {
        for statement in store::expire(&Bounds::at(at(millis))) {
            database.run(&statement);
        }
        oldest()
    };
    assert_eq!(look(DAY - 1), all);
    assert_eq!(look(DAY), Oldest { sender: Some(at(DAY)), ..all });
    assert_eq!(look(7 * DAY), Oldest { origin: Some(at(DAY)), sender: None, ..all });
    let hours_only = Oldest { hour: Some(first), ..Oldest::default() };
    assert_eq!(look(8 * DAY), hours_only);
    let Alarm::WakeAt(due) = ring(&hours_only, at(8 * DAY)) else { panic!() };
    assert_eq!(look(due.millis() - START), Oldest { hour: Some(first + 24), ..Oldest::default() });
    assert_eq!(counted(&database, 0, first + 24), Counts::default());
    assert_eq!(look(402 * DAY), Oldest::default());
    assert_eq!(database.count("select count(*) from refusals"), 0);
    assert!(begin(first + 24) < at(402 * DAY));
}

#[test]
fn no_statement_about_an_hour_or_a_sender_scans_a_table() {
    let database = empty();
    let explain = |statement: &Statement| {
        let sql = format!("explain query plan {}", statement.sql);
        format!("{:?}", database.run(&Statement { sql, ..statement.clone() }))
    };
    for statement in [store::counted(1, 2).statement, store::last_number("a").statement] {
        let plan = explain(&statement);
        assert!(
            plan.contains("SEARCH")
                && !plan.contains("SCAN hours")
                && !plan.contains("SCAN refusals")
                && !plan.contains("SCAN senders"),
            "{plan}"
        );
    }
}
