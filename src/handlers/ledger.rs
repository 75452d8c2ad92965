//! Counting for ledgers: in this instance's memory, and after a while in one call for each token.
//! Nothing of it is in an answer's way, and what fails is logged and sent again.

use std::time::Duration;

use futures_util::future::join_all;
use serde::Serialize;

use crate::{
    domain::{
        id::ClientTokenId,
        ledger::{self, Counts, Delivery, Noted, Sighting, Span},
        time::Timestamp,
    },
    handlers::{
        failure::Failure,
        runtime::{Memory, Runtime},
    },
    platform::{Object, Platform, Question},
};

/// How long counts are gathered.
const PAUSE: Duration = Duration::from_secs(2);

/// How often whoever flushes does so, if something is left: the runtime lets a request live for 30
/// seconds after its answer.
const ROUNDS: u32 = 10;

/// Counts what a request that came at `moment` adds. Tells whether the caller must see to it that
/// [`flush`] runs after its answer.
#[must_use]
pub(super) fn note(
    memory: &Memory,
    token: ClientTokenId,
    noted: &Noted,
    moment: Timestamp,
) -> bool {
    memory.pending.borrow_mut().note(token, noted, moment)
}

/// Whether the conversations of a token hold as much as they may, as its ledger last told this
/// isolate.
pub(super) fn is_full(memory: &Memory, token: ClientTokenId, now: Timestamp) -> bool {
    memory.full.borrow().has(token, now)
}

/// Hands over what was counted, after a while. Most of what a token is used for is counted
/// meanwhile.
pub(super) async fn flush(runtime: Runtime) {
    let pending = &runtime.memory.pending;
    for _ in 0..ROUNDS {
        runtime.platform.sleep(PAUSE).await;
        let (deliveries, lost) = {
            let mut pending = pending.borrow_mut();
            (pending.seal(), pending.take_lost())
        };
        if lost > 0 {
            runtime.log(&format!("ledger: {lost} requests not counted"));
        }
        deliver(&runtime, deliveries).await;
        if !pending.borrow_mut().takes_on_the_rest() {
            return;
        }
    }
    pending.borrow_mut().leave();
}

/// Sends all batches at once: one ledger that doesn't answer keeps no other waiting.
async fn deliver(runtime: &Runtime, deliveries: Vec<Delivery>) {
    let Ok(sender) = sender(runtime) else {
        return runtime.log("ledger: no randomness for a name");
    };
    join_all(deliveries.iter().map(|delivery| send(runtime, sender, delivery))).await;
}

async fn send(runtime: &Runtime, sender: &str, delivery: &Delivery) {
    let (token, number) = (delivery.token, delivery.number);
    match ask(&*runtime.platform, token, "/add", json(&(sender, delivery))).await {
        Ok(answer) => {
            let is_full = answer == ledger::FULL;
            runtime.memory.full.borrow_mut().hear(token, is_full, delivery.sent_at);
            runtime.memory.pending.borrow_mut().received(token, number);
        }
        Err(fault) => runtime.log(&format!("ledger: not handed over yet: {fault}")),
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn sender(runtime: &Runtime) -> Result<&str, Failure> {
    let known = &runtime.memory.sender;
    if let Some(sender) = known.get() {
        return Ok(sender);
    }
    let name: [u8; 16] = runtime.random()?;
    Ok(known.get_or_init(|| base16ct::lower::encode_string(&name)))
}

/// What a token was used for in a stretch of time.
pub(super) async fn usage(
    platform: &dyn Platform,
    token: ClientTokenId,
    span: &Span,
) -> Result<Vec<(i64, Counts)>, Failure> {
    let asked = ask(platform, token, "/usage", json(&[span.from, span.to]));
    let answer = asked.await.map_err(broken)?;
    serde_json::from_str(&answer).map_err(|_| broken(answer))
}

/// The origins that a token's requests came from.
pub(super) async fn origins(
    platform: &dyn Platform,
    token: ClientTokenId,
) -> Result<Vec<Sighting>, Failure> {
    let answer = ask(platform, token, "/origins", String::new()).await.map_err(broken)?;
    serde_json::from_str(&answer).map_err(|_| broken(answer))
}

#[expect(clippy::needless_pass_by_value, reason = "a function for map_err")]
fn broken(fault: String) -> Failure {
    Failure::Broken(format!("ledger: {fault}"))
}

/// Deletes the ledger of a token that is gone.
pub(super) async fn forget(platform: &dyn Platform, token: ClientTokenId) -> Result<(), String> {
    ask(platform, token, "/forget", String::new()).await.map(drop)
}

async fn ask(
    platform: &dyn Platform,
    token: ClientTokenId,
    path: &'static str,
    body: String,
) -> Result<String, String> {
    platform.ask_object(Object::Ledger(token), Question { path, body }).await
}
