//! What is told in the place of an instance of WebAssembly that was lost: `entry.js` calls these
//! in the next one.

use serde::Serialize;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use worker::{
    Context, Env, console_error,
    web_sys::{Request, Response},
    worker_sys,
};

use crate::{
    chat::stream::cut_off::cut_off,
    edge::{answer, exchange::Exchange, respond::respond},
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
    let exchange = Exchange::begin(request, env, Context::new(context));
    let answer = answer::lost(&exchange, cause);
    respond(&exchange, answer)
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
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Line<'a> {
        level: &'static str,
        request_id: &'a str,
        execution_id: &'a str,
        cause: String,
    }
    let cause = format!("a stream was cut off: {cause}");
    let line = Line { level: "error", request_id, execution_id, cause };
    console_error!("{}", serde_json::to_string(&line).unwrap_or_default());
    cut_off(execution_id, kind, block.as_deref(), notice, last_seq.into())
}
