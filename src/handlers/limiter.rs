//! Asking the limiter: one call of the object that counts a visitor.

use crate::{
    domain::limiter::{Ask, Verdict},
    handlers::failure::Failure,
    platform::{Object, Platform, Question},
};

/// Whether what is asked also counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// It counts if it is admitted.
    Count,
    /// It counts nowhere.
    Peek,
}

impl Manner {
    fn path(self) -> &'static str {
        match self {
            Self::Count => "/",
            Self::Peek => "/peek",
        }
    }
}

pub(super) async fn ask(
    platform: &dyn Platform,
    name: &str,
    ask: &Ask,
    manner: Manner,
) -> Result<Verdict, Failure> {
    let broken = |fault: String| Failure::Broken(format!("limiter: {fault}"));
    let body = serde_json::to_string(ask).unwrap_or_default();
    let question = Question { path: manner.path(), body };
    let answer = platform.ask_object(Object::Limiter(name), question).await.map_err(broken)?;
    serde_json::from_str(&answer).map_err(|_| broken(answer))
}
