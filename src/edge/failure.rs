//! Why a handler gave no reply: a refusal is told to the caller, a cause to the log alone.

use worker::wasm_bindgen::JsValue;

use crate::{
    api::error::Error,
    chat::refused::Refused,
    edge::{db::DbFault, thrown},
};

/// A handler's other way out.
#[derive(Debug)]
pub(super) enum Failure {
    /// The request is refused, and told why.
    Refused(Error),
    /// The request is refused, and there is a cause for the log besides.
    Explained(Error, String),
    /// Something broke: 500, and the cause goes to the log.
    Broken(String),
}

impl Failure {
    /// Nothing can be signed, though every ring is parsed with a key that signs.
    pub(super) fn no_signing_key() -> Self {
        Self::Broken("the keyring lost its signing key".to_owned())
    }
}

impl Failure {
    /// What the caller is told; `None` for what broke.
    pub(super) fn told(&self) -> Option<&Error> {
        match self {
            Self::Refused(error) | Self::Explained(error, _) => Some(error),
            Self::Broken(_) => None,
        }
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused.into())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<DbFault> for Failure {
    fn from(fault: DbFault) -> Self {
        Self::Broken(format!("D1: {fault}"))
    }
}

impl From<JsValue> for Failure {
    fn from(thrown: JsValue) -> Self {
        Self::Broken(thrown::message(&thrown))
    }
}
