//! Asking an OpenAI-compatible service in its own accent: what it refuses is left out once, and where
//! it answers then, this isolate remembers that for a while.

use std::cell::RefCell;

use worker::Env;

use crate::{
    chat::upstream::{
        failure::UpstreamFailure,
        openai::{
            Request,
            accent::{Accent, Accents},
        },
    },
    edge::{clock::now, log, secrets, upstream::Remote},
};

thread_local! {
    static ACCENTS: RefCell<Accents> = RefCell::default();
}

/// What came of asking a service.
pub(super) struct Asked {
    /// Its answer, if it has begun to.
    pub(super) outcome: Result<Remote, UpstreamFailure>,
    /// What it was asked without, the last time.
    pub(super) accent: Accent,
}

/// Asks a service, and once more without what it refuses.
pub(super) async fn ask(env: &Env, request: &Request<'_>, execution_id: &str) -> Asked {
    let (key, holds) = (request.key(), request.holds());
    let (mut accent, mut refused) = (remembered(request), None);
    loop {
        let outcome = Remote::ask(env, request.outgoing(accent), execution_id).await;
        match &outcome {
            Ok(_) => {
                ACCENTS.with_borrow_mut(|all| all.answered(&key, accent, holds, refused, now()));
            }
            Err(refusal) => {
                if let Some(next) = accent.after(refusal, holds) {
                    let left_out = next.words().join(", ");
                    let hidden = secrets::of_upstream(env, request.service.hidden());
                    let why = refusal.logged(&hidden);
                    log::background(&format!(
                        "{execution_id}: once more without {left_out}: {why}"
                    ));
                    (accent, refused) = (next, refusal.status);
                    continue;
                }
            }
        }
        return Asked { outcome, accent };
    }
}

/// What this isolate leaves out for the service of a request.
pub(super) fn remembered(request: &Request<'_>) -> Accent {
    ACCENTS.with_borrow(|all| all.get(&request.key(), now()))
}
