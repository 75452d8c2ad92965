//! What runs by itself every ten minutes: it ends what was deleted a month ago, and whatever fails of
//! it, a later run does the rest.

use serde_json::json;

use crate::{
    stage::Stage,
    world::{Fault, World},
};

const DAY: i64 = 86_400_000;

/// A deployment whose one token was deleted 31 days ago, under an idempotency key that counts no more.
fn stage() -> Stage {
    let stage = Stage::new();
    let minted = stage.ask("mintTokenValue").header("Idempotency-Key", "once");
    assert_eq!(stage.world.send(&minted).status, 201);
    assert_eq!(stage.world.send(&stage.ask("deleteClientToken")).status, 200);
    stage.world.advance(31 * DAY);
    stage
}

/// Rows of what was deleted, and of idempotency keys.
fn left(world: &World) -> Vec<String> {
    let tables = [
        "client_tokens: ",
        "conversations: ",
        "messages: ",
        "sessions: ",
        "feedback: ",
        "executions: ",
        "idempotency_keys: ",
    ];
    let rows = world.database().dump().into_iter();
    rows.filter(|row| tables.iter().any(|table| row.starts_with(table))).collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn what_was_deleted_a_month_ago_is_gone_with_the_next_run() {
    let stage = stage();
    assert!(!left(&stage.world).is_empty());
    stage.world.lines();
    stage.world.run_scheduled();
    assert_eq!(left(&stage.world), NOTHING);
    let lines = stage.world.lines();
    assert!(lines.iter().any(|line| line.contains("\"purgedRows\":")), "{lines:?}");
    // What is not that old stays.
    let body = json!({ "name": "New", "allowedOrigins": ["https://app.example.com"] });
    let made = stage.manage("POST", "/v1/client-tokens").json(&body);
    let id = stage.world.send(&made).json()["clientToken"]["id"].as_str().unwrap().to_owned();
    stage.world.send(&stage.manage("DELETE", &format!("/v1/client-tokens/{id}")));
    stage.world.run_scheduled();
    assert_eq!(left(&stage.world).len(), 1);
}

#[test]
fn whatever_fails_of_a_run_a_later_one_does_the_rest() {
    for fault in [Fault::Before, Fault::After, Fault::Ever] {
        for nth in 1.. {
            let stage = stage();
            stage.world.lines();
            stage.world.fail(fault(nth));
            stage.world.run_scheduled();
            if stage.world.mend() < nth {
                assert!(nth > 3, "only {nth} calls");
                break;
            }
            let lines = stage.world.lines();
            assert!(lines.iter().any(|line| line.contains("\"level\":\"error\"")), "{lines:?}");
            stage.world.run_scheduled();
            assert_eq!(left(&stage.world), NOTHING, "{:?}", fault(nth));
        }
    }
}
