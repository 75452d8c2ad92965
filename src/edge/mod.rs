//! The Worker: the only place that knows Cloudflare.
//!
//! It is here to keep the runtime out of the rules: it reads requests into values, runs
//! statements, and turns replies into responses. It decides nothing itself.

mod answer;
mod api_keys;
mod browser;
mod client_tokens;
mod conversations;
mod db;
mod exchange;
mod failure;
mod feedback;
mod limiter;
mod log;
mod management;
mod pipe;
mod random;
mod respond;
mod scheduled;
mod secrets;
mod targets;
mod upstream;

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use worker::{
    Env,
    web_sys::{Request, Response},
    worker_sys::Context,
};

use self::exchange::Exchange;

// The exports are written out, without the runtime crate's macros: those also bring in its own
// kinds of request, response and error, which nothing here uses.

/// Answers a request.
#[expect(unreachable_pub, reason = "the runtime reaches it")]
#[wasm_bindgen]
pub async fn fetch(request: Request, env: Env, context: Context) -> Result<Response, JsValue> {
    let exchange = Exchange::begin(request, env, context);
    let answer = answer::answer(&exchange).await;
    respond::respond(&exchange, answer)
}

/// Runs once a day.
#[expect(unreachable_pub, reason = "the runtime reaches it")]
#[wasm_bindgen]
pub async fn scheduled(_event: JsValue, env: Env, _context: JsValue) {
    scheduled::purge(&env).await;
}
