//! What SQLite's words for a failed statement mean.

/// Whether a rule of the table itself refused the write.
pub fn broke_a_check(message: &str) -> bool {
    message.contains("CHECK constraint failed")
}

/// Whether a conversation has no room left.
pub fn is_full(message: &str) -> bool {
    message.contains("conversation_full")
}

/// Whether the conversation that was written to is deleted.
pub fn is_deleted(message: &str) -> bool {
    message.contains("conversation_deleted")
}

/// Whether the database refused the write by its rules, and would do so again.
pub fn is_a_refusal(message: &str) -> bool {
    is_full(message) || is_deleted(message) || message.contains("constraint failed")
}

/// Whether an idempotency key was used before.
pub fn is_repeated(message: &str) -> bool {
    message.contains("UNIQUE constraint failed: idempotency_keys.id")
}

/// Whether a value of `BOOTSTRAP_KEY` was exchanged before.
pub fn is_used_up(message: &str) -> bool {
    message.contains("UNIQUE constraint failed: bootstrap_uses.mark")
}

pub fn lacks_a_table(message: &str) -> bool {
    message.contains("no such table")
}
