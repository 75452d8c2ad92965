//! What comes of every call of the runtime that fails, before it did anything or after that: the
//! caller is told no more than that something broke, the log says what, nothing that was acknowledged
//! is lost, and the same request again ends as if nothing had been.

use crate::{
    stage::{Operation, Stage, operations, says},
    world::{Answer, Ask, Fault},
};

/// How long a claim of a paused execution stands: 15 minutes, and a little.
const CLAIM_MILLIS: i64 = 15 * 60_000 + 1;

/// The request of an operation, under an idempotency key where it takes one.
fn ask(stage: &Stage, operation: &str) -> Ask {
    let ask = stage.ask(operation);
    match operation {
        "createClientToken"
        | "mintTokenValue"
        | "regenerateTokenValue"
        | "createApiKey"
        | "regenerateApiKey" => ask.header("Idempotency-Key", "once"),
        _ => ask,
    }
}

/// What the database holds, without what differs from one run to the next: moments, and what is drawn.
fn held(stage: &Stage) -> Vec<String> {
    let is_drawn = |word: &str| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let word = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        // The last four of a key's characters.
        let is_hint = word.len() == 4 && word[1..].chars().any(|c| !c.is_ascii_lowercase());
        digits >= 8 || word.len() >= 16 || is_hint
    };
    let rows = stage.world.database().dump().into_iter().map(|row| {
        let words = row.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c));
        let kept = words.map(|word| if is_drawn(word) { "…" } else { word });
        kept.collect::<String>()
    });
    rows.collect()
}

/// Whether a caller who gets this knows that it was done.
fn is_done(answer: &Answer) -> bool {
    answer.status < 300 && answer.is_whole && !answer.text.contains("\"execution_error\"")
}

/// What an answer that isn't one says: no more than that something broke.
fn holds_to_the_rules(answer: &Answer, lines: &[String], what: &str) {
    let logged = lines.iter().any(|line| line.contains("\"level\":\"error\""));
    assert!(logged, "{what}: nothing in the log of {}", answer.text);
    for secret in ["connection lost", "a secret of the model's", "select ", "insert "] {
        assert!(!answer.text.contains(secret), "{what}: {}", answer.text);
    }
    if answer.status >= 300 {
        assert!(matches!(answer.status, 500 | 502), "{what}: {} {}", answer.status, answer.text);
        let id = answer.header("X-Request-Id").unwrap();
        assert!(lines.iter().any(|line| line.contains(id)), "{what}: {lines:?}");
    }
}

/// What a retry may be told of what was done before: that it was.
fn is_told_of(operation: &str, answer: &Answer) -> bool {
    match operation {
        // There is nothing left to delete, to end or to go on with.
        "deleteClientToken" | "deleteConversation" | "revokeApiKey" | "endPreviousApiKey"
        | "deleteTarget" | "resume" => answer.status == 404,
        // A value is shown once.
        "createApiKey" | "regenerateApiKey" | "bootstrap" => matches!(answer.status, 401 | 409),
        _ => false,
    }
}

/// Tables whose rows tell how often something was done, where doing it again is what was asked for.
fn counts_repeats(operation: &str) -> &'static [&'static str] {
    match operation {
        "putTarget" | "getTokenValue" | "updateClientToken" => &["audit_log: "],
        // What was asked twice counts twice in its session.
        "chat" => &["sessions: "],
        _ => &[],
    }
}

/// Holds what is stored to what is stored where nothing fails.
fn is_as_expected(operation: &str, stage: &Stage, expected: &[String], what: &str) {
    let repeated = counts_repeats(operation);
    let relevant = |row: &&String| !repeated.iter().any(|table| row.starts_with(table));
    let held = held(stage);
    let more: Vec<_> = held.iter().filter(relevant).filter(|row| !expected.contains(row)).collect();
    let less: Vec<_> = expected.iter().filter(relevant).filter(|row| !held.contains(row)).collect();
    assert!(more.is_empty() && less.is_empty(), "{what}\nmore: {more:#?}\nless: {less:#?}");
}

/// Runs an operation with one fault, and again without; gives how many calls there were.
fn play(operation: &str, fault: Fault, expected: &[String]) -> u32 {
    let what = format!("{operation}, {fault:?}");
    let stage = Stage::new();
    let ask = ask(&stage, operation);
    // For a model that is asked once more.
    stage.world.upstream_says(says("Done."));
    stage.world.fail(fault);
    let first = stage.world.send(&ask);
    let calls = stage.world.mend();
    let (Fault::Before(nth) | Fault::After(nth) | Fault::Ever(nth)) = fault;
    if nth > calls {
        return calls;
    }
    holds_to_the_rules(&first, &stage.world.lines(), &what);
    if is_done(&first) {
        is_as_expected(operation, &stage, expected, &format!("{what}: {}", first.text));
    }
    // Whoever asks again may come to another isolate.
    stage.world.renew_isolate();
    let mut again = stage.world.send(&ask);
    if operation == "resume" && matches!(fault, Fault::Ever(_)) && again.status == 404 {
        // A claim that nobody could give back is void after a while.
        stage.world.advance(CLAIM_MILLIS);
        again = stage.world.send(&ask);
    }
    let told = format!("{what}: first {}, then {} {}", first.status, again.status, again.text);
    assert!(is_done(&again) || is_told_of(operation, &again), "{told}");
    is_as_expected(operation, &stage, expected, &told);
    calls
}

#[test]
fn whatever_fails_a_request_can_be_sent_again() {
    let mut all = 0;
    for Operation { id, .. } in operations() {
        let stage = Stage::new();
        let done = stage.world.send(&ask(&stage, &id));
        assert!(is_done(&done), "{id}: {}", done.text);
        let expected = held(&stage);
        for fault in [Fault::Before, Fault::After, Fault::Ever] {
            let mut nth = 1;
            while play(&id, fault(nth), &expected) >= nth {
                nth += 1;
                all += 1;
            }
        }
    }
    assert!(all > 100, "only {all} faults");
}
