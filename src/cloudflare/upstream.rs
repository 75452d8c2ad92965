//! HTTP to an upstream.

use worker::{
    js_sys::{Uint8Array, global},
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
    web_sys::{
        AbortController, Headers, Request, RequestInit, RequestRedirect, Response,
        WorkerGlobalScope,
    },
};

use crate::{
    cloudflare::{bytes::Stream, thrown::message},
    platform::{Boxed, NotFetched, Pieces, Thrown, UpstreamRequest, UpstreamResponse},
};

/// A call that is over when nobody waits for it any more.
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The body of an answer.
struct Body {
    _call: AbortOnDrop,
    stream: Stream,
}

impl Pieces for Body {
    fn next(&mut self) -> Boxed<'_, Result<Option<Vec<u8>>, Thrown>> {
        self.stream.next()
    }
}

pub(super) async fn fetch(asked: UpstreamRequest) -> Result<UpstreamResponse, NotFetched> {
    let call = AbortOnDrop(AbortController::new().map_err(thrown)?);
    let request = request(&asked, &call)?;
    // It may be large.
    drop(asked);
    let scope: WorkerGlobalScope = global().unchecked_into();
    let response = JsFuture::from(scope.fetch_with_request(&request)).await.map_err(thrown)?;
    let response: Response = response.unchecked_into();
    let header = |name| response.headers().get(name).ok().flatten();
    let body = response.body().map(|stream| -> Box<dyn Pieces> {
        Box::new(Body { stream: Stream::new(&stream), _call: call })
    });
    Ok(UpstreamResponse {
        status: response.status(),
        content_type: header("Content-Type"),
        retry_after: header("Retry-After"),
        body,
    })
}

fn request(asked: &UpstreamRequest, call: &AbortOnDrop) -> Result<Request, NotFetched> {
    let headers = Headers::new().map_err(thrown)?;
    for (name, value) in &asked.headers {
        // What JavaScript says of a header that it doesn't take may repeat it.
        headers.set(name, value).map_err(|_| NotFetched::Header(name.clone()))?;
    }
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    // As bytes: a text of JavaScript may take twice as much.
    init.set_body(&Uint8Array::from(asked.body.as_bytes()));
    // A redirect could carry the secret elsewhere.
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&call.0.signal()));
    Request::new_with_str_and_init(&asked.url, &init).map_err(thrown)
}

#[expect(clippy::needless_pass_by_value, reason = "a function for map_err")]
fn thrown(thrown: JsValue) -> NotFetched {
    NotFetched::Thrown(message(&thrown))
}
