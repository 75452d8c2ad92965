//! Asking an OpenAI-compatible service in its own accent: what it refuses is left out once, and where
//! it answers then, this isolate remembers that for a while.

use crate::{
    chat::upstream::{
        failure::UpstreamFailure,
        openai::{Request, accent::Accent},
    },
    handlers::{runtime::Runtime, upstream::Remote},
};

/// What came of asking a service.
pub(super) struct Asked {
    /// Its answer, if it has begun to.
    pub(super) outcome: Result<Remote, UpstreamFailure>,
    /// What it was asked without, the last time.
    pub(super) accent: Accent,
}

/// Asks a service, and once more without what it refuses.
pub(super) async fn ask(runtime: &Runtime, request: &Request<'_>, execution_id: &str) -> Asked {
    let (key, holds) = (request.key(), request.holds());
    let (mut accent, mut refused) = (remembered(runtime, request), None);
    loop {
        let outcome = Remote::ask(runtime, request.outgoing(accent), execution_id).await;
        match &outcome {
            Ok(_) => {
                let mut accents = runtime.memory.accents.borrow_mut();
                accents.answered(&key, accent, holds, refused, runtime.now());
            }
            Err(refusal) => {
                if let Some(next) = accent.after(refusal, holds) {
                    let left_out = next.words().join(", ");
                    let hidden = runtime.secrets_of(request.service.hidden());
                    let why = refusal.logged(&hidden);
                    runtime.log(&format!("{execution_id}: once more without {left_out}: {why}"));
                    (accent, refused) = (next, refusal.status);
                    continue;
                }
            }
        }
        return Asked { outcome, accent };
    }
}

/// What this isolate leaves out for the service of a request.
pub(super) fn remembered(runtime: &Runtime, request: &Request<'_>) -> Accent {
    runtime.memory.accents.borrow().get(&request.key(), runtime.now())
}
