//! What a page's request was refused for, in one word for programs: a closed list (contract section
//! 9). The same word says what usage counts it under, and what the owner is told of it.

use serde::Serialize;

use crate::domain::ledger::Refusal;

/// The word, `snake_case` on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The value is forged, mistyped, regenerated or deleted: the page isn't told which.
    InvalidToken(#[serde(skip)] Flaw),
    /// The minted value has ended.
    ExpiredValue,
    ExpiredSession,
    OriginNotAllowed,
    /// The token is switched off.
    Inactive,
    /// The flow or agent isn't on the token.
    TargetNotAllowed,
    /// Nothing executes the target.
    NoUpstream,
    /// The visitor's limit for a minute or an hour is reached.
    RateLimited,
    SessionFull,
    /// The token's conversations hold as much together as they may.
    StorageFull,
    /// Too many requests at once, turned away before anything was asked.
    Shed,
    /// Too many large bodies are being read at once.
    Busy,
    ConversationDeleted,
    ConversationFull,
    /// A message has the id of another one that was answered.
    MessageIdReused,
    /// The page's tools must be sent again.
    ToolsUnknown,
    /// A message is too large, or the results of tools are.
    MessageTooLarge,
    TooManyMessages,
    NoSuchExecution,
    /// The request can't be read, or asks for what can't be done.
    InvalidRequest,
    HistoryDisabled,
    NotFound,
    /// What executes the target failed.
    UpstreamFailed,
    Internal,
}

/// Why a value isn't the present one of any token, for its owner and the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// Not the form of a value.
    Malformed,
    /// Not signed by this deployment, or of a token that the caller's tenant doesn't have.
    Forged,
    /// A value from before a regenerate.
    Regenerated,
    Deleted,
}

impl RefusalCode {
    /// All of them, and each flaw of a value.
    pub const ALL: [Self; 27] = [
        Self::InvalidToken(Flaw::Malformed),
        Self::InvalidToken(Flaw::Forged),
        Self::InvalidToken(Flaw::Regenerated),
        Self::InvalidToken(Flaw::Deleted),
        Self::ExpiredValue,
        Self::ExpiredSession,
        Self::OriginNotAllowed,
        Self::Inactive,
        Self::TargetNotAllowed,
        Self::NoUpstream,
        Self::RateLimited,
        Self::SessionFull,
        Self::StorageFull,
        Self::Shed,
        Self::Busy,
        Self::ConversationDeleted,
        Self::ConversationFull,
        Self::MessageIdReused,
        Self::ToolsUnknown,
        Self::MessageTooLarge,
        Self::TooManyMessages,
        Self::NoSuchExecution,
        Self::InvalidRequest,
        Self::HistoryDisabled,
        Self::NotFound,
        Self::UpstreamFailed,
        Self::Internal,
    ];

    /// What usage counts it under; none where the token isn't known.
    pub fn counted(self) -> Option<Refusal> {
        Some(match self {
            Self::InvalidToken(_) => return None,
            Self::ExpiredValue | Self::ExpiredSession => Refusal::Session,
            Self::OriginNotAllowed => Refusal::Origin,
            Self::Inactive => Refusal::Inactive,
            Self::TargetNotAllowed => Refusal::Target,
            Self::NoUpstream | Self::UpstreamFailed => Refusal::Upstream,
            Self::RateLimited | Self::StorageFull => Refusal::Limit,
            Self::SessionFull => Refusal::SessionLimit,
            Self::Shed | Self::Busy => Refusal::Shed,
            Self::ConversationDeleted | Self::ConversationFull => Refusal::Conversation,
            Self::MessageIdReused
            | Self::ToolsUnknown
            | Self::MessageTooLarge
            | Self::TooManyMessages
            | Self::NoSuchExecution
            | Self::InvalidRequest
            | Self::HistoryDisabled
            | Self::NotFound => Refusal::Request,
            Self::Internal => Refusal::Error,
        })
    }

    /// The word that judging a value has for it (contract section 3.10); none where a value can't
    /// meet it.
    pub fn verdict(self) -> Option<&'static str> {
        Some(match self {
            Self::InvalidToken(Flaw::Malformed) => "malformed",
            Self::InvalidToken(Flaw::Forged) => "forged",
            Self::InvalidToken(Flaw::Regenerated) => "regenerated",
            Self::InvalidToken(Flaw::Deleted) => "deleted",
            Self::ExpiredValue => "expired",
            Self::OriginNotAllowed => "origin_not_allowed",
            Self::Inactive => "inactive",
            Self::TargetNotAllowed => "target_not_allowed",
            Self::NoUpstream => "no_upstream",
            Self::RateLimited => "rate_limited",
            Self::ExpiredSession
            | Self::SessionFull
            | Self::StorageFull
            | Self::Shed
            | Self::Busy
            | Self::ConversationDeleted
            | Self::ConversationFull
            | Self::MessageIdReused
            | Self::ToolsUnknown
            | Self::MessageTooLarge
            | Self::TooManyMessages
            | Self::NoSuchExecution
            | Self::InvalidRequest
            | Self::HistoryDisabled
            | Self::NotFound
            | Self::UpstreamFailed
            | Self::Internal => return None,
        })
    }

    pub fn flaw(self) -> Option<Flaw> {
        if let Self::InvalidToken(flaw) = self { Some(flaw) } else { None }
    }
}
