//! HTTP to an upstream: it is asked with a secret that only the Worker knows, waited for so long
//! and no longer, and read as its bytes come.

use crate::{
    chat::{
        execution::{Outgoing, OutgoingHeader},
        stream::decoder::{is_event_stream, is_json},
        upstream::{
            failure::{Cause, Head, MAX_WORDS, UpstreamFailure, retry_after},
            wait::{Linger, Wait},
        },
    },
    domain::{secret_name::SecretName, setting::Setting},
    handlers::runtime::Runtime,
    platform::{NotFetched, Pieces, UpstreamRequest, UpstreamResponse},
};

/// An upstream's answer, being read. Dropped, it is hung up on.
pub(super) struct Remote {
    runtime: Runtime,
    body: Box<dyn Pieces>,
    wait: Wait,
    /// Whether it answers with one piece of JSON.
    is_json: bool,
}

impl Remote {
    /// Asks, and waits for the answer to begin. It is a failure when nothing answers in time, with
    /// another status than 200, or with something else than an event stream or, where that is taken,
    /// JSON.
    pub(super) async fn ask(
        runtime: &Runtime,
        outgoing: Outgoing,
        execution_id: &str,
    ) -> Result<Self, UpstreamFailure> {
        let patience = runtime.variable("UPSTREAM_TIMEOUT_MS");
        let wait = Wait::begin(patience.as_deref(), outgoing.patience, runtime.now());
        let takes_json = outgoing.takes_json;
        let request = request(runtime, outgoing, execution_id)?;
        let answer = in_time(runtime, &wait, runtime.platform.fetch(request)).await;
        let response = answer.ok_or_else(timed_out)?.map_err(not_fetched)?;
        let head = head(runtime, &response);
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
        let body = response.body.ok_or_else(|| refused(b""))?;
        let mut remote = Self { runtime: runtime.clone(), body, wait, is_json };
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
        let Some(read) = in_time(&self.runtime, &self.wait, self.body.next()).await else {
            return if self.wait.lingers() { Ok(None) } else { Err(timed_out()) };
        };
        let bytes = read.map_err(|thrown| UpstreamFailure::broken_off(&thrown))?;
        self.wait.heard(bytes.as_deref().unwrap_or_default(), self.runtime.now());
        Ok(bytes)
    }

    /// Waits only a little for what may still come.
    pub(super) fn linger(&mut self, why: Linger) {
        self.wait.linger(why, self.runtime.now());
    }
}

fn request(
    runtime: &Runtime,
    outgoing: Outgoing,
    execution_id: &str,
) -> Result<UpstreamRequest, UpstreamFailure> {
    let Outgoing { url, body, headers, .. } = outgoing;
    let ours = [
        ("Content-Type", "application/json"),
        ("Accept", "text/event-stream"),
        ("X-Request-Id", execution_id),
    ];
    let mut all: Vec<_> =
        ours.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
    for header in headers {
        let value = value(runtime, &header)?;
        all.push((header.name, value));
    }
    Ok(UpstreamRequest { url, headers: all, body })
}

/// A header's value, with its secret.
fn value(runtime: &Runtime, header: &OutgoingHeader) -> Result<String, UpstreamFailure> {
    let Some(name) = header.secret.as_ref().map(SecretName::as_str) else {
        return Ok(header.text.clone());
    };
    let secret = runtime.variable(name).ok_or_else(|| {
        let detail = format!("the secret {name} is not set");
        UpstreamFailure::new(Cause::NotAllowed(Some(Setting::Secret)), detail)
    })?;
    Ok(format!("{}{secret}", header.text))
}

fn head(runtime: &Runtime, response: &UpstreamResponse) -> Head {
    let after = response.retry_after.as_deref();
    Head {
        status: response.status,
        content_type: response.content_type.clone(),
        retry_after: after.and_then(|value| retry_after(value, runtime.now())),
    }
}

fn not_fetched(fault: NotFetched) -> UpstreamFailure {
    match fault {
        NotFetched::Header(name) => {
            let detail = format!("the header {name} can't be sent: look at its secret");
            UpstreamFailure::new(Cause::NotAllowed(Some(Setting::Secret)), detail)
        }
        NotFetched::Thrown(thrown) => UpstreamFailure::unreachable(&thrown),
    }
}

fn timed_out() -> UpstreamFailure {
    UpstreamFailure::new(Cause::TimedOut, "no content for too long")
}

/// What `future` gives, unless the wait is over before.
async fn in_time<F: Future>(runtime: &Runtime, wait: &Wait, future: F) -> Option<F::Output> {
    runtime.within(wait.left(runtime.now())?, future).await
}
