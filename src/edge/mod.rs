//! The Worker: the only place that knows Cloudflare.
//!
//! It reads requests into values, runs statements and turns replies into responses. It decides
//! nothing itself: every rule is a pure function of another folder.

mod answer;
mod body;
mod bootstrap;
mod browser;
mod clerk;
mod clock;
mod db;
mod download;
mod exchange;
mod failure;
mod ledger;
mod limiter;
mod log;
mod lost;
mod management;
mod objects;
mod patience;
mod pipe;
mod quotas;
mod random;
mod respond;
mod room;
mod said;
mod scheduled;
mod secrets;
mod service;
mod shedding;
mod thrown;
mod upstream;

use std::{panic, process};

use wasm_bindgen::prelude::wasm_bindgen;
use worker::{
    Context, Env, ScheduleContext, ScheduledEvent, event,
    web_sys::{Request, Response},
};

use self::exchange::Exchange;

#[wasm_bindgen]
extern "C" {
    /// Ends whatever waits in this instance; `entry.js` has it.
    #[wasm_bindgen(js_name = onTrap)]
    fn on_trap(cause: &str);
}

/// A panic is logged once, with its stack, and says what happened before it traps. This stands in
/// the place of the hook that the crate `worker` sets, which logs it, too.
#[event(start)]
fn start() {
    panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        on_trap(&info.to_string());
        // That hook is set after this one, around it. The panic ends with a trap anyway.
        process::abort();
    }));
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response, worker::Error> {
    let exchange = Exchange::begin(request, env, context);
    let answer = answer::answer(&exchange).await;
    exchange.drain().await;
    Ok(respond::respond(&exchange, answer)?)
}

/// Runs every ten minutes.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    scheduled::purge(&env).await;
    scheduled::forget(&env).await;
}
