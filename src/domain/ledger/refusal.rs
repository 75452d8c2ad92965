//! Why a page's request was refused, as the ledger counts it: a closed list of words.

use crate::domain::words::words;

words! {
    /// A reason. Several refusals of the browser plane share one where their cure is the same.
    pub enum Refusal {
        Origin = "origin",
        /// The token is switched off.
        Inactive = "inactive",
        /// The flow or agent isn't on the token.
        Target = "target",
        /// Nothing executes the target, or what does failed before its first word.
        Upstream = "upstream",
        /// The visitor's limit for a minute or an hour is reached.
        Limit = "limit",
        SessionLimit = "sessionLimit",
        /// The session is over, or the minted value.
        Session = "session",
        /// Too many requests at once.
        Shed = "shed",
        /// The conversation was deleted, or is full.
        Conversation = "conversation",
        /// The request asks for what can't be done.
        Request = "request",
        /// The service failed.
        Error = "error",
    }
}

impl Refusal {
    /// The place in [`Self::ALL`].
    pub(super) fn place(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_and_stands_at_its_place() {
        for (place, refusal) in Refusal::ALL.into_iter().enumerate() {
            assert_eq!(Refusal::parse(refusal.as_str()), Some(refusal));
            assert_eq!(refusal.place(), place);
        }
        assert_eq!(Refusal::parse("Origin"), None);
    }
}
