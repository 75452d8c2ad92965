//! The Worker: the only place that knows Cloudflare. It is the one body of
//! [`crate::platform`] that is deployed, and decides nothing itself.

mod bytes;
mod clock;
mod db;
mod lost;
mod objects;
mod page;
mod platform;
mod request;
mod respond;
mod thrown;
mod upstream;

use std::{panic, process, rc::Rc};

use wasm_bindgen::prelude::wasm_bindgen;
use worker::{
    Context, Env, ScheduleContext, ScheduledEvent, console_error, event,
    web_sys::{Request, Response},
};

use self::{platform::Cloudflare, request::Received};
use crate::{
    handlers::{self, Memory, scheduled},
    platform::Platform,
};

thread_local! {
    static MEMORY: Rc<Memory> = Rc::default();
}

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
    let request = Rc::new(Received::new(request));
    let context = begin(Rc::clone(&request), env, context);
    let response = handlers::answer(&context).await;
    if !context.body_is_read() {
        request.drain().await;
    }
    Ok(respond::respond(response)?)
}

fn begin(request: Rc<Received>, env: Env, context: Context) -> handlers::Context {
    let platform = Rc::new(Cloudflare { env, context: Some(context) });
    handlers::Context::begin(platform, MEMORY.with(Rc::clone), request)
}

/// Runs every ten minutes.
#[event(scheduled)]
async fn run_scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let platform: Rc<dyn Platform> = Rc::new(Cloudflare { env, context: None });
    scheduled::purge(&platform).await;
    scheduled::forget(&platform).await;
}

/// Writes the line of something that went wrong outside any answer.
fn background(cause: &str) {
    console_error!("{}", handlers::background_line(cause));
}
