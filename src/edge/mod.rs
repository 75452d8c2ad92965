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

use worker::{
    Context, Env, Result, ScheduleContext, ScheduledEvent, event,
    web_sys::{Request, Response},
};

use self::exchange::Exchange;

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    let exchange = Exchange::begin(request, env, context);
    let answer = answer::answer(&exchange).await;
    respond::respond(&exchange, answer)
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    scheduled::purge(&env).await;
}
