//! HTTP to an upstream: it is asked with a secret that only the Worker knows, waited for so long
//! and no longer, and read as its bytes come.

use std::time::Duration;

use worker::{
    Env, Socket,
    js_sys::{Uint8Array, global},
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
    web_sys::{
        AbortController, Headers, ReadableStreamDefaultReader, Request, RequestInit,
        RequestRedirect, Response, WorkerGlobalScope,
    },
};

use crate::{
    chat::{
        execution::{Outgoing, OutgoingHeader},
        stream::decoder::{is_event_stream, is_json},
        upstream::{
            failure::{Cause, Head, MAX_WORDS, UpstreamFailure, retry_after},
            wait::{Linger, Wait},
        },
    },
    domain::{origin::Origin, secret_name::SecretName, setting::Setting},
    edge::{body::next_piece, clock::now, patience::within, thrown},
};

/// How long a connection may take that is made to look whether one can be.
const CONNECTING: Duration = Duration::from_secs(3);

/// An upstream's answer, being read. Dropped, it is hung up on.
pub(super) struct Remote {
    reader: ReadableStreamDefaultReader,
    _call: AbortOnDrop,
    wait: Wait,
    /// Whether it answers with one piece of JSON.
    is_json: bool,
}

/// A call that is over when nobody waits for it any more.
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Remote {
    /// Asks, and waits for the answer to begin. It is a failure when nothing answers in time, with
    /// another status than 200, or with something else than an event stream or, where that is taken,
    /// JSON.
    pub(super) async fn ask(
        env: &Env,
        outgoing: Outgoing,
        execution_id: &str,
    ) -> Result<Self, UpstreamFailure> {
        let patience = env.var("UPSTREAM_TIMEOUT_MS").ok().map(|value| value.to_string());
        let wait = Wait::begin(patience.as_deref(), outgoing.patience, now());
        let call = AbortOnDrop(AbortController::new().map_err(unreachable)?);
        let request = request(env, &outgoing, execution_id, &call)?;
        let takes_json = outgoing.takes_json;
        drop(outgoing);
        let scope: WorkerGlobalScope = global().unchecked_into();
        let answer = JsFuture::from(scope.fetch_with_request(&request));
        let answer = in_time(&wait, answer).await.ok_or_else(timed_out)?;
        let response: Response = answer.map_err(unreachable)?.unchecked_into();
        let head = head(&response);
        let content_type = head.content_type.as_deref();
        let is_json = takes_json && is_json(content_type);
        let is_taken = head.status == 200 && (is_json || is_event_stream(content_type));
        let refused = |words: &[u8]| {
            if head.status == 200 {
                UpstreamFailure::from_type(&head, words)
            } else {
                UpstreamFailure::from_status(&head, words)
            }
        };
        let body = response.body().ok_or_else(|| refused(b""))?;
        let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
        let mut remote = Self { reader, _call: call, wait, is_json };
        if is_taken { Ok(remote) } else { Err(refused(&remote.first_words().await)) }
    }

    pub(super) fn is_json(&self) -> bool {
        self.is_json
    }

    /// As much of a refusal as comes soon.
    async fn first_words(&mut self) -> Vec<u8> {
        let mut words = Vec::new();
        self.linger(Linger::Refused);
        while words.len() < MAX_WORDS
            && let Ok(Some(more)) = self.next().await
        {
            words.extend(more);
        }
        words
    }

    /// The next bytes; `None` at the end, also if that isn't worth waiting for. It fails when the
    /// connection breaks or is silent for too long.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, UpstreamFailure> {
        let Some(read) = in_time(&self.wait, next_piece(&self.reader)).await else {
            return if self.wait.lingers() { Ok(None) } else { Err(timed_out()) };
        };
        let piece =
            read.map_err(|thrown| UpstreamFailure::broken_off(&thrown::message(&thrown)))?;
        let bytes = piece.map(|piece| piece.to_vec());
        self.wait.heard(bytes.as_deref().unwrap_or_default(), now());
        Ok(bytes)
    }

    /// Waits only a little for what may still come.
    pub(super) fn linger(&mut self, why: Linger) {
        self.wait.linger(why, now());
    }
}

/// Whether a connection to this place can be made at all.
pub(super) async fn connects(origin: &Origin) -> bool {
    let (host, port) = origin.address();
    let Ok(mut socket) = Socket::builder().connect(host, port) else { return false };
    let opened = within(CONNECTING, socket.opened()).await;
    let _ = within(CONNECTING, socket.close()).await;
    matches!(opened, Some(Ok(_)))
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
    for header in &outgoing.headers {
        // What JavaScript says of a header that it doesn't take may repeat it.
        let wrong = |_| {
            let detail = format!("the header {} can't be sent: look at its secret", header.name);
            UpstreamFailure::new(Cause::NotAllowed(Some(Setting::Secret)), detail)
        };
        headers.set(&header.name, &value(env, header)?).map_err(wrong)?;
    }
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    // As bytes: a text of JavaScript may take twice as much.
    init.set_body(&Uint8Array::from(outgoing.body.as_bytes()));
    // A redirect could carry the secret elsewhere.
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&call.0.signal()));
    Request::new_with_str_and_init(&outgoing.url, &init).map_err(unreachable)
}

/// A header's value, with its secret.
fn value(env: &Env, header: &OutgoingHeader) -> Result<String, UpstreamFailure> {
    let Some(name) = header.secret.as_ref().map(SecretName::as_str) else {
        return Ok(header.text.clone());
    };
    let secret = env.secret(name).map_err(|_| {
        let detail = format!("the secret {name} is not set");
        UpstreamFailure::new(Cause::NotAllowed(Some(Setting::Secret)), detail)
    })?;
    Ok(format!("{}{secret}", header.text))
}

fn head(response: &Response) -> Head {
    let header = |name| response.headers().get(name).ok().flatten();
    Head {
        status: response.status(),
        content_type: header("Content-Type"),
        retry_after: header("Retry-After").and_then(|value| retry_after(&value, now())),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "a function for map_err")]
fn unreachable(thrown: JsValue) -> UpstreamFailure {
    UpstreamFailure::unreachable(&thrown::message(&thrown))
}

fn timed_out() -> UpstreamFailure {
    UpstreamFailure::new(Cause::TimedOut, "no content for too long")
}

/// What `future` gives, unless the wait is over before.
async fn in_time<F: Future>(wait: &Wait, future: F) -> Option<F::Output> {
    within(wait.left(now())?, future).await
}
