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
mod delay;
mod env;
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
use web_sys::{Request, Response};
use worker_sys::Context;

use self::{env::Env, exchange::Exchange};

// The runtime's own objects are used as they are, through `web-sys` and `worker-sys`: the crate
// `worker` over them exports much that nothing here needs, and every upload would carry it.
// `entry.js` calls what stands here.

/// Does nothing; it can't be called in an instance that trapped.
#[expect(unreachable_pub, reason = "the runtime reaches it")]
#[wasm_bindgen]
pub fn touch() {}

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
pub async fn scheduled(env: Env) {
    scheduled::purge(&env).await;
}
