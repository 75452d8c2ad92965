//! The Worker: the only place that knows Cloudflare.
//!
//! It is here to keep the runtime out of the rules: it reads requests into values, runs
//! statements, and turns replies into responses. It decides nothing itself.

mod answer;
mod api_keys;
mod body;
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

use std::{
    future::Future,
    task::{self, Poll, Waker},
};

use js_sys::ArrayBuffer;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::future_to_promise;
use web_sys::Request;
use worker_sys::Context;

use self::{env::Env, exchange::Exchange};

// The runtime's own objects are used as they are, through `web-sys` and `worker-sys`: the crate
// `worker` over them exports much that nothing here needs, and every upload would carry it.
// `entry.js` calls what stands here.

/// Does nothing; it can't be called in an instance that trapped.
#[expect(unreachable_pub, reason = "the runtime reaches it")]
#[wasm_bindgen]
pub fn touch() {}

/// Answers a request, whose body may have been read: with a promise if it has to wait, else at
/// once, so that a refusal which asks nobody is spared the way through the queue.
#[expect(unreachable_pub, reason = "the runtime reaches it")]
#[wasm_bindgen]
pub fn fetch(
    request: Request,
    env: Env,
    context: Context,
    body: Option<ArrayBuffer>,
) -> Result<JsValue, JsValue> {
    let mut response = Box::pin(async {
        let exchange = Exchange::begin(request, env, context, body);
        let answer = answer::answer(&exchange).await;
        respond::respond(&exchange, answer).map(JsValue::from)
    });
    match response.as_mut().poll(&mut task::Context::from_waker(Waker::noop())) {
        Poll::Ready(response) => response,
        // It is asked again at once, and then has a waker that wakes.
        Poll::Pending => Ok(future_to_promise(response).into()),
    }
}

/// Runs once a day.
#[expect(unreachable_pub, reason = "the runtime reaches it")]
#[wasm_bindgen]
pub async fn scheduled(env: Env) {
    scheduled::purge(&env).await;
}
