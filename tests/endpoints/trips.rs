//! What an endpoint costs: trips to the database and calls of objects, which the answer waits for.

use crate::stage::{Stage, operations};

/// Trips and calls of a request that is carried out.
fn budget(operation: &str) -> (u32, u32) {
    match operation {
        "getDocument" => (0, 0),
        // Who asks is proved before what is asked for is looked at; a key is judged by what it is.
        "createApiKey" | "revokeApiKey" | "endPreviousApiKey" | "regenerateApiKey"
        | "putTarget" | "deleteTarget" => (2, 0),
        "getUsage" | "listObservedOrigins" | "verifyTokenValue" => (1, 1),
        "chat" | "resume" | "giveFeedback" => (2, 1),
        _ => (1, 0),
    }
}

#[test]
fn every_endpoint_keeps_to_its_trips() {
    for operation in operations() {
        let stage = Stage::new();
        let answer = stage.world.send(&stage.ask(&operation.id));
        assert!(answer.status < 300, "{}: {} {}", operation.id, answer.status, answer.text);
        assert!(answer.is_whole, "{}", operation.id);
        assert_eq!(answer.cost(), budget(&operation.id), "{}", operation.id);
    }
}
