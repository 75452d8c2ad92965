//! What JavaScript throws, in words.

use worker::{
    js_sys::Error,
    wasm_bindgen::{JsCast, JsValue},
};

pub(super) fn message(thrown: &JsValue) -> String {
    let message = thrown.dyn_ref::<Error>().map(|error| String::from(error.message()));
    message.or_else(|| thrown.as_string()).unwrap_or_else(|| "an unknown value".to_owned())
}
