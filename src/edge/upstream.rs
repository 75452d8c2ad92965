//! HTTP to an upstream: it is asked with a secret that only the Worker knows, waited for so long
//! and no longer, and read as its bytes come.

use worker::{
    Env,
    js_sys::global,
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
    web_sys::{
        AbortController, Headers, ReadableStreamDefaultReader, Request, RequestInit,
        RequestRedirect, Response, WorkerGlobalScope,
    },
};

use crate::{
    chat::{
        execution::Outgoing,
        stream::decoder::is_event_stream,
        upstream::{
            failure::{Cause, UpstreamFailure},
            wait::{Linger, Wait},
        },
    },
    edge::{body::next_piece, clock::now, patience::within, thrown},
};

/// An upstream's answer, being read. Dropped, it is hung up on.
pub(super) struct Remote {
    reader: ReadableStreamDefaultReader,
    _call: AbortOnDrop,
    wait: Wait,
}

/// A call that is over when nobody waits for it any more.
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Remote {
    /// Asks, and waits for the answer to begin.
    ///
    /// # Errors
    /// An [`UpstreamFailure`] when nothing answers in time, with another status than 200, or with
    /// something else than an event stream.
    pub(super) async fn ask(
        env: &Env,
        outgoing: Outgoing,
        execution_id: &str,
    ) -> Result<Self, UpstreamFailure> {
        let patience = env.var("UPSTREAM_TIMEOUT_MS").ok().map(|value| value.to_string());
        let wait = Wait::begin(patience.as_deref(), now());
        let call = AbortOnDrop(AbortController::new().map_err(unreachable)?);
        let request = request(env, &outgoing, execution_id, &call)?;
        drop(outgoing);
        let scope: WorkerGlobalScope = global().unchecked_into();
        let answer = JsFuture::from(scope.fetch_with_request(&request));
        let answer = in_time(&wait, answer).await.ok_or_else(timed_out)?;
        let response: Response = answer.map_err(unreachable)?.unchecked_into();
        let status = response.status();
        let content_type = response.headers().get("Content-Type").ok().flatten();
        let body =
            response.body().ok_or_else(|| UpstreamFailure::from_status(status, b"no body"))?;
        let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
        let mut remote = Self { reader, _call: call, wait };
        if status != 200 {
            return Err(UpstreamFailure::from_status(status, &remote.first_words().await));
        }
        if !is_event_stream(content_type.as_deref()) {
            let words = remote.first_words().await;
            return Err(UpstreamFailure::from_type(content_type.as_deref(), &words));
        }
        Ok(remote)
    }

    /// As much of a refusal as comes in one piece.
    async fn first_words(&mut self) -> Vec<u8> {
        self.next().await.ok().flatten().unwrap_or_default()
    }

    /// The next bytes; `None` at the end, also if that isn't worth waiting for.
    ///
    /// # Errors
    /// An [`UpstreamFailure`] when the connection breaks or is silent for too long.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, UpstreamFailure> {
        let Some(read) = in_time(&self.wait, next_piece(&self.reader)).await else {
            return if self.wait.lingers() { Ok(None) } else { Err(timed_out()) };
        };
        let piece = read
            .map_err(|thrown| UpstreamFailure::new(Cause::ClosedEarly, thrown::message(&thrown)))?;
        let bytes = piece.map(|piece| piece.to_vec());
        self.wait.heard(bytes.as_deref().unwrap_or_default(), now());
        Ok(bytes)
    }

    /// Waits only a little for what may still come.
    pub(super) fn linger(&mut self, why: Linger) {
        self.wait.linger(why, now());
    }
}

fn request(
    env: &Env,
    outgoing: &Outgoing,
    execution_id: &str,
    call: &AbortOnDrop,
) -> Result<Request, UpstreamFailure> {
    let headers = Headers::new().map_err(unreachable)?;
    let set = |name, value: &str| headers.set(name, value).map_err(unreachable);
    set("Content-Type", "application/json")?;
    set("Accept", "text/event-stream")?;
    set("X-Request-Id", execution_id)?;
    if let Some(name) = &outgoing.secret {
        let name = name.as_str();
        let secret = env.secret(name).map_err(|_| {
            UpstreamFailure::new(Cause::Unreachable, format!("the secret {name} is not set"))
        })?;
        set("Authorization", &format!("Bearer {secret}"))?;
    }
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&JsValue::from_str(&outgoing.body));
    // A redirect could carry the secret elsewhere.
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&call.0.signal()));
    Request::new_with_str_and_init(&outgoing.url, &init).map_err(unreachable)
}

#[expect(clippy::needless_pass_by_value, reason = "a function for map_err")]
fn unreachable(thrown: JsValue) -> UpstreamFailure {
    UpstreamFailure::new(Cause::Unreachable, thrown::message(&thrown))
}

fn timed_out() -> UpstreamFailure {
    UpstreamFailure::new(Cause::TimedOut, "no content for too long")
}

/// What `future` gives, unless the wait is over before.
async fn in_time<F: Future>(wait: &Wait, future: F) -> Option<F::Output> {
    within(wait.left(now())?, future).await
}
