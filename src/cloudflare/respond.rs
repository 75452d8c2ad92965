//! From our response to the runtime's.

use worker::{
    wasm_bindgen::JsValue,
    web_sys::{Headers, ReadableStream, Response, ResponseInit},
};

use crate::handlers::{self, Body};

pub(super) fn respond(response: handlers::Response) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &response.headers {
        headers.append(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(response.status);
    init.set_headers(&headers);
    match response.body {
        Body::None => Response::new_with_opt_str_and_init(None, &init),
        Body::Text(text) => Response::new_with_opt_str_and_init(Some(&text), &init),
        Body::Stream(far_end) => {
            let stream = far_end.0.downcast::<ReadableStream>().ok();
            Response::new_with_opt_readable_stream_and_init(stream.as_deref(), &init)
        }
    }
}
