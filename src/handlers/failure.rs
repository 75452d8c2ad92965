//! Why a handler gave no reply: a refusal is told to the caller, a cause to the log alone.

use crate::{api::error::Error, chat::refused::Refused, store::db_error::DbError};

/// A handler's other way out.
#[derive(Debug)]
pub(super) enum Failure {
    /// The request is refused, and told why.
    Refused(Error),
    /// The request is refused, and there is a cause for the log besides.
    Explained(Error, String),
    /// The database did: 500, unless a handler expects it.
    Database(DbError),
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
            Self::Database(_) | Self::Broken(_) => None,
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

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}
