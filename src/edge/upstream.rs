//! HTTP to an upstream.
//!
//! It is here because an upstream is somebody else's server: it is asked with a secret that only
//! the Worker knows, waited for so long and no longer, and read as its bytes come.

use std::time::Duration;

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
    api::upstream::failure::{Cause, Failure},
    edge::{body::next_piece, failure::thrown_message, patience::within},
};

/// How long an upstream may be silent, before its first byte and between any two.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long an upstream that has ended its answer may take to end its stream.
const GRACE: Duration = Duration::from_millis(200);

/// After how many bytes the end of such a stream isn't waited for.
const MAX_REST: usize = 64 * 1024;

/// What an upstream is asked.
pub(super) struct Question<'a> {
    /// Where.
    pub(super) url: String,
    /// JSON.
    pub(super) body: String,
    /// The name of the secret that opens the door, if there is one.
    pub(super) secret: Option<&'a str>,
    /// An id for tracing.
    pub(super) execution_id: &'a str,
}

/// An upstream's answer, being read.
pub(super) struct Remote {
    reader: ReadableStreamDefaultReader,
    abort: AbortController,
    patience: Duration,
}

impl Remote {
    /// Asks, and waits for the answer to begin.
    ///
    /// # Errors
    /// A [`Failure`] when nothing answers in time, or with another status than 200.
    pub(super) async fn ask(env: &Env, question: &Question<'_>) -> Result<Self, Failure> {
        let patience = patience(env);
        let abort = AbortController::new().map_err(unreachable)?;
        let request = request(env, question, &abort)?;
        let scope: WorkerGlobalScope = global().unchecked_into();
        let answer = JsFuture::from(scope.fetch_with_request(&request));
        let Some(answer) = within(patience, answer).await else {
            abort.abort();
            return Err(timed_out(patience));
        };
        let response: Response = answer.map_err(unreachable)?.unchecked_into();
        let body =
            response.body().ok_or_else(|| Failure::from_status(response.status(), b"no body"))?;
        let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
        let remote = Self { reader, abort, patience };
        if response.status() != 200 {
            let told = remote.next().await.ok().flatten().unwrap_or_default();
            remote.abort();
            return Err(Failure::from_status(response.status(), &told));
        }
        Ok(remote)
    }

    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// A [`Failure`] when the connection breaks or is silent for too long.
    pub(super) async fn next(&self) -> Result<Option<Vec<u8>>, Failure> {
        let Some(read) = within(self.patience, next_piece(&self.reader)).await else {
            self.abort();
            return Err(timed_out(self.patience));
        };
        let chunk =
            read.map_err(|thrown| Failure::new(Cause::ClosedEarly, thrown_message(&thrown)))?;
        Ok(chunk.map(|bytes| bytes.to_vec()))
    }

    /// What a stream that is over still says, as far as it does so soon: it may go on with
    /// comments for ever.
    pub(super) async fn rest(&self) -> Vec<u8> {
        let mut rest = Vec::new();
        let reading = async {
            while let Ok(Some(more)) = self.next().await {
                rest.extend_from_slice(&more);
                if rest.len() > MAX_REST {
                    break;
                }
            }
        };
        within(GRACE, reading).await;
        rest
    }

    /// Hangs up.
    pub(super) fn abort(&self) {
        self.abort.abort();
    }
}

fn request(
    env: &Env,
    question: &Question<'_>,
    abort: &AbortController,
) -> Result<Request, Failure> {
    let headers = Headers::new().map_err(unreachable)?;
    let set = |name, value: &str| headers.set(name, value).map_err(unreachable);
    set("Content-Type", "application/json")?;
    set("Accept", "text/event-stream")?;
    set("X-Request-Id", question.execution_id)?;
    if let Some(name) = question.secret {
        let secret = env.secret(name).map_err(|_| {
            Failure::new(Cause::Unreachable, format!("the secret {name} is not set"))
        })?;
        set("Authorization", &format!("Bearer {secret}"))?;
    }
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&JsValue::from_str(&question.body));
    // A redirect could carry the secret elsewhere.
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&abort.signal()));
    Request::new_with_str_and_init(&question.url, &init).map_err(unreachable)
}

fn patience(env: &Env) -> Duration {
    let millis = env.var("UPSTREAM_TIMEOUT_MS").ok().and_then(|v| v.to_string().parse().ok());
    millis.map_or(PATIENCE, Duration::from_millis)
}

#[expect(clippy::needless_pass_by_value, reason = "a function for map_err")]
fn unreachable(thrown: JsValue) -> Failure {
    Failure::new(Cause::Unreachable, thrown_message(&thrown))
}

fn timed_out(patience: Duration) -> Failure {
    Failure::new(Cause::TimedOut, format!("silent for {} s", patience.as_secs()))
}
