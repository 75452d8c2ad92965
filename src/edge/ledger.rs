//! Counting for ledgers: in this instance's memory, and after a while in one call for each token.
//! Nothing of it is in an answer's way, and what fails is logged and sent again.

use std::{cell::RefCell, time::Duration};

use serde::Serialize;
use worker::{
    Delay, Env,
    js_sys::{Array, Promise},
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::{JsFuture, future_to_promise},
    web_sys, worker_sys,
};

use crate::{
    domain::{
        id::ClientTokenId,
        ledger::{self, Counts, Delivery, FullTokens, Noted, Pending, Sighting, Span},
        time::Timestamp,
    },
    edge::{failure::Failure, log, random, thrown},
};

/// How long counts are gathered.
const PAUSE: Duration = Duration::from_secs(2);

/// How often whoever flushes does so, if something is left: the runtime lets a request live for 30
/// seconds after its answer.
const ROUNDS: u32 = 10;

thread_local! {
    static PENDING: RefCell<Pending> = RefCell::default();
    static FULL: RefCell<FullTokens> = RefCell::default();
    /// The name of this instance as a sender; random, and made when it is first needed.
    static SENDER: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Counts what a request that came at `moment` adds. Tells whether the caller must see to it that
/// [`flush`] runs after its answer.
#[must_use]
pub(super) fn note(token: ClientTokenId, noted: &Noted, moment: Timestamp) -> bool {
    PENDING.with_borrow_mut(|pending| pending.note(token, noted, moment))
}

/// Whether the conversations of a token hold as much as they may, as its ledger last told this
/// instance.
pub(super) fn is_full(token: ClientTokenId, now: Timestamp) -> bool {
    FULL.with_borrow(|full| full.has(token, now))
}

/// Hands over what was counted, after a while. Most of what a token is used for is counted
/// meanwhile.
pub(super) async fn flush(env: Env) {
    for _ in 0..ROUNDS {
        Delay::from(PAUSE).await;
        let (deliveries, lost) =
            PENDING.with_borrow_mut(|pending| (pending.seal(), pending.take_lost()));
        if lost > 0 {
            log::background(&format!("ledger: {lost} requests not counted"));
        }
        deliver(&env, deliveries).await;
        if !PENDING.with_borrow_mut(Pending::takes_on_the_rest) {
            return;
        }
    }
    PENDING.with_borrow_mut(Pending::leave);
}

/// Sends all batches at once: one ledger that doesn't answer keeps no other waiting.
async fn deliver(env: &Env, deliveries: Vec<Delivery>) {
    let Ok(sender) = sender() else {
        return log::background("ledger: no randomness for a name");
    };
    let sent = deliveries.into_iter().map(|delivery| {
        let (env, sender) = (env.clone(), sender.clone());
        future_to_promise(async move {
            send(&env, &sender, &delivery).await;
            Ok(JsValue::UNDEFINED)
        })
    });
    let sent: Array = sent.map(JsValue::from).collect();
    // None of them fails.
    let _ = JsFuture::from(Promise::all(&sent)).await;
}

async fn send(env: &Env, sender: &str, delivery: &Delivery) {
    let (token, number) = (delivery.token, delivery.number);
    match ask(env, token, "add", &json(&(sender, delivery))).await {
        Ok(answer) => {
            FULL.with_borrow_mut(|full| full.hear(token, answer == ledger::FULL, delivery.sent_at));
            PENDING.with_borrow_mut(|pending| pending.received(token, number));
        }
        Err(fault) => log::background(&format!("ledger: not handed over yet: {fault}")),
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn sender() -> Result<String, Failure> {
    SENDER.with_borrow_mut(|sender| {
        if sender.is_none() {
            let name: [u8; 16] = random::bytes()?;
            *sender = Some(base16ct::lower::encode_string(&name));
        }
        Ok(sender.clone().unwrap_or_default())
    })
}

/// What a token was used for in a stretch of time.
pub(super) async fn usage(
    env: &Env,
    token: ClientTokenId,
    span: &Span,
) -> Result<Vec<(i64, Counts)>, Failure> {
    let answer = ask(env, token, "usage", &json(&[span.from, span.to])).await.map_err(broken)?;
    serde_json::from_str(&answer).map_err(|_| broken(answer))
}

/// The origins that a token's requests came from.
pub(super) async fn origins(env: &Env, token: ClientTokenId) -> Result<Vec<Sighting>, Failure> {
    let answer = ask(env, token, "origins", "").await.map_err(broken)?;
    serde_json::from_str(&answer).map_err(|_| broken(answer))
}

#[expect(clippy::needless_pass_by_value, reason = "a function for map_err")]
fn broken(fault: String) -> Failure {
    Failure::Broken(format!("ledger: {fault}"))
}

/// Deletes the ledger of a token that is gone.
pub(super) async fn forget(env: &Env, token: ClientTokenId) -> Result<(), String> {
    ask(env, token, "forget", "").await.map(drop)
}

async fn ask(env: &Env, token: ClientTokenId, path: &str, body: &str) -> Result<String, String> {
    let answer = fetch(env, token, path, body).await.map_err(|t| thrown::message(&t))?;
    let (is_ok, text) = answer;
    if is_ok { Ok(text) } else { Err(text) }
}

async fn fetch(
    env: &Env,
    token: ClientTokenId,
    path: &str,
    body: &str,
) -> Result<(bool, String), JsValue> {
    let ledger = env
        .durable_object("LEDGER")
        .map_err(JsValue::from)?
        .get_by_name(&token.to_string())
        .map_err(JsValue::from)?;
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(body));
    let url = format!("https://ledger/{path}");
    let request = web_sys::Request::new_with_str_and_init(&url, &init)?;
    let ledger: worker_sys::DurableObject = ledger.into_rpc();
    let response = JsFuture::from(ledger.fetch_with_request(&request)?).await?;
    let response: web_sys::Response = response.unchecked_into();
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    Ok((response.ok(), text))
}
