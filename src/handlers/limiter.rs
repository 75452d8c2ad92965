//! Asking the limiter: one call of the object that counts a visitor.

use crate::{
    domain::{
        id::ClientTokenId,
        limiter::{self, Ask, Verdict, Visitor},
    },
    handlers::{context::Context, failure::Failure},
    platform::{Object, Question},
};

/// The name of the limiter of a token's visitor.
pub(super) fn name(
    cx: &Context,
    token: ClientTokenId,
    visitor: &Visitor,
) -> Result<String, Failure> {
    limiter::name(token, visitor, cx.keyring()?).ok_or_else(Failure::no_signing_key)
}

/// Counts what is asked if it is admitted.
pub(super) async fn admit(cx: &Context, name: &str, asked: &Ask) -> Result<Verdict, Failure> {
    ask(cx, name, "/", asked).await
}

/// What the limiter would say; nothing is counted.
pub(super) async fn peek(cx: &Context, name: &str, asked: &Ask) -> Result<Verdict, Failure> {
    ask(cx, name, "/peek", asked).await
}

async fn ask(
    cx: &Context,
    name: &str,
    path: &'static str,
    asked: &Ask,
) -> Result<Verdict, Failure> {
    cx.count_call();
    let broken = |fault: String| Failure::Broken(format!("limiter: {fault}"));
    let question = Question { path, body: serde_json::to_string(asked).unwrap_or_default() };
    let answer = cx.runtime.platform.ask_object(Object::Limiter(name), question);
    let answer = answer.await.map_err(broken)?;
    serde_json::from_str(&answer).map_err(|_| broken(answer))
}
