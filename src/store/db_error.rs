//! What a database says went wrong, read from SQLite's words here and nowhere else.

/// Every kind keeps the words, which are the log's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// A check of the table refused the write.
    #[error("{0}")]
    Check(String),
    /// An idempotency key was used before.
    #[error("{0}")]
    Repeated(String),
    /// A value of `BOOTSTRAP_KEY` was exchanged before.
    #[error("{0}")]
    UsedUp(String),
    /// A conversation has no room left.
    #[error("{0}")]
    Full(String),
    /// The conversation that was written to is deleted.
    #[error("{0}")]
    Deleted(String),
    /// Another constraint refused the write.
    #[error("{0}")]
    Refused(String),
    /// A table that was never made.
    #[error("{0}")]
    NoTable(String),
    #[error("{0}")]
    Broken(String),
}

type Kind = fn(String) -> DbError;

/// Words that a message has, and what it means then; the first ones decide.
const KINDS: [(&str, Kind); 7] = [
    ("conversation_full", DbError::Full),
    ("conversation_deleted", DbError::Deleted),
    ("CHECK constraint failed", DbError::Check),
    ("UNIQUE constraint failed: idempotency_keys.id", DbError::Repeated),
    ("UNIQUE constraint failed: bootstrap_uses.mark", DbError::UsedUp),
    ("constraint failed", DbError::Refused),
    ("no such table", DbError::NoTable),
];

impl DbError {
    /// What SQLite's words mean, or those that D1 puts around them.
    pub fn from_sqlite(words: String) -> Self {
        let kind = KINDS.iter().find(|(part, _)| words.contains(part));
        kind.map_or(Self::Broken as Kind, |(_, kind)| *kind)(words)
    }

    /// Whether the rules of the database refused the write, and would do so again.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::NoTable(_) | Self::Broken(_))
    }
}

/// The words, for a log.
impl From<DbError> for String {
    fn from(error: DbError) -> Self {
        error.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_rules_refuse_is_final_and_what_breaks_is_not() {
        let foreign = "D1_ERROR: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT";
        let unique = "D1_ERROR: UNIQUE constraint failed: api_keys.digest: SQLITE_CONSTRAINT";
        for words in [foreign, unique] {
            let error = DbError::from_sqlite(words.to_owned());
            assert_eq!(error, DbError::Refused(words.to_owned()));
            assert!(error.is_final());
        }
        let lost = DbError::from_sqlite("Network connection lost.".to_owned());
        assert_eq!(lost, DbError::Broken("Network connection lost.".to_owned()));
        let missing = DbError::from_sqlite("no such table: hours: SQLITE_ERROR".to_owned());
        assert_eq!(missing, DbError::NoTable("no such table: hours: SQLITE_ERROR".to_owned()));
        assert!(!lost.is_final() && !missing.is_final());
        assert_eq!(String::from(lost), "Network connection lost.");
    }
}
