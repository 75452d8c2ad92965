//! Why a page's request was refused, as the ledger counts it: a closed list of words.

/// A reason. Several refusals of the browser plane share one where their cure is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Origin,
    /// The token is switched off.
    Inactive,
    /// The flow or agent isn't on the token.
    Target,
    /// Nothing executes the target, or what does failed before its first word.
    Upstream,
    /// The visitor's limit for a minute or an hour is reached.
    Limit,
    SessionLimit,
    /// The session is over, or the minted value.
    Session,
    /// Too many requests at once.
    Shed,
    /// The conversation was deleted, or is full.
    Conversation,
    /// The request asks for what can't be done.
    Request,
    /// The service failed.
    Error,
}

impl Refusal {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 11] = [
        Self::Origin,
        Self::Inactive,
        Self::Target,
        Self::Upstream,
        Self::Limit,
        Self::SessionLimit,
        Self::Session,
        Self::Shed,
        Self::Conversation,
        Self::Request,
        Self::Error,
    ];

    /// The word on the wire and in storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Inactive => "inactive",
            Self::Target => "target",
            Self::Upstream => "upstream",
            Self::Limit => "limit",
            Self::SessionLimit => "sessionLimit",
            Self::Session => "session",
            Self::Shed => "shed",
            Self::Conversation => "conversation",
            Self::Request => "request",
            Self::Error => "error",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| refusal.as_str() == word)
    }

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
