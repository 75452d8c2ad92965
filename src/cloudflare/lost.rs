//! What is told in the place of an instance of WebAssembly that was lost: `entry.js` calls these
//! in the next one.

use std::rc::Rc;

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use worker::{
    Context, Env, console_error,
    web_sys::{Request, Response},
    worker_sys,
};

use crate::{
    cloudflare::{begin, request::Received, respond::respond},
    handlers::{self, StreamLost},
};

/// The answer to a request that was waiting: 500, and a line in the log.
#[expect(unreachable_pub, reason = "entry.js reaches it")]
#[wasm_bindgen]
pub fn answer_lost(
    request: Request,
    env: Env,
    context: worker_sys::Context,
    cause: &str,
) -> Result<Response, JsValue> {
    let request = Rc::new(Received::new(request));
    respond(handlers::answer_lost(&begin(request, env, Context::new(context)), cause))
}

/// The last frames of a stream that was open, after a line in the log; `notice` is what the visitor
/// reads, and `block` the text that is open, if any.
#[expect(unreachable_pub, reason = "entry.js reaches it")]
#[expect(clippy::needless_pass_by_value, reason = "what crosses to here is owned")]
#[wasm_bindgen]
pub fn stream_lost(
    cause: &str,
    request_id: &str,
    execution_id: &str,
    kind: &str,
    block: Option<String>,
    notice: &str,
    last_seq: u32,
) -> String {
    let lost = StreamLost { request_id, execution_id, kind, block: block.as_deref(), notice };
    console_error!("{}", lost.line(cause));
    lost.last_frames(last_seq.into())
}
