//! What the browser plane refuses, each with its word for programs. `api::browser::refused` says how
//! each is told.

use crate::{
    chat::upstream::failure::Cause,
    domain::{
        limiter::{Limit, Verdict},
        origin::{NoEntry, RequestOrigin},
        refusal_code::{Flaw, RefusalCode},
        time::Timestamp,
    },
};

/// An origin that no entry admits.
#[derive(Debug, PartialEq)]
pub(crate) struct Unlisted {
    pub(crate) origin: RequestOrigin,
    /// Why no entry can be added for it, if none can.
    pub(crate) no_entry: Option<NoEntry>,
}

/// Why a page's request was refused.
#[derive(Debug, PartialEq)]
pub(crate) enum Refused {
    /// The value is no token's present one.
    UnknownToken(Flaw),
    /// The minted value ended at this moment.
    ValueExpired(Timestamp),
    /// The session id is forged, or the session is over.
    SessionOver,
    MalformedSession,
    /// A session of another token, or one whose id is too old.
    ForeignSession,
    /// No entry of `allowedOrigins` admits this origin; `None` is a header that can't be one.
    OriginNotAllowed(Option<Unlisted>),
    /// The token admits this origin, the minted value doesn't.
    OriginNotGranted(RequestOrigin),
    TokenInactive,
    /// The page wants the visitor's earlier conversations.
    HistoryDisabled,
    TargetNotListed,
    /// The token lists no target at all.
    NoTarget,
    /// The token lists the target, the minted value doesn't.
    TargetNotGranted,
    /// The session's target is no longer on the token.
    TargetRemoved,
    NoUpstream,
    Limited(Verdict),
    /// A fingerprint of tools that aren't stored.
    ToolsUnknown,
    ConversationDeleted,
    ConversationFull,
    /// The token's conversations hold as many bytes together as they may: so many.
    StorageFull(u64),
    MessageTooLarge,
    /// No such execution waits in this conversation.
    NoSuchExecution,
    /// The results of one resumption are too large.
    OutputsTooLarge,
    /// What an execution would have to remember is too large.
    StateTooLarge,
    /// What the page tells beside its messages is more than may be.
    ContextTooLarge,
    ToolsTooLarge,
    /// New messages, tools and what comes with them have more bytes than a visitor may give in a minute.
    TooMuchNew,
    /// Too many messages of the visitor that aren't stored yet; the most that are taken.
    TooManyNew(usize),
    /// The question, at this place of the list, has the id of a stored answer.
    QuestionIsAnAnswer(usize),
    /// The question, at this place of the list, has the id of another one that was answered.
    MessageIdReused(usize),
    /// The upstream failed before its first byte, after the limiter had admitted the request.
    UpstreamFailed {
        cause: Cause,
        /// In how many seconds it wants to be asked again.
        retry_after: Option<u32>,
        /// Where the visitor's limits stand.
        verdict: Verdict,
    },
}

impl Refused {
    pub(crate) fn code(&self) -> RefusalCode {
        match self {
            Self::UnknownToken(flaw) => RefusalCode::InvalidToken(*flaw),
            Self::ValueExpired(_) => RefusalCode::ExpiredValue,
            Self::SessionOver => RefusalCode::ExpiredSession,
            Self::ForeignSession => RefusalCode::NotFound,
            Self::OriginNotAllowed(_) | Self::OriginNotGranted(_) => RefusalCode::OriginNotAllowed,
            Self::TokenInactive => RefusalCode::Inactive,
            Self::HistoryDisabled => RefusalCode::HistoryDisabled,
            Self::TargetNotListed
            | Self::NoTarget
            | Self::TargetNotGranted
            | Self::TargetRemoved => RefusalCode::TargetNotAllowed,
            Self::NoUpstream => RefusalCode::NoUpstream,
            Self::Limited(verdict) => of_limit(verdict),
            Self::ToolsUnknown => RefusalCode::ToolsUnknown,
            Self::ConversationDeleted => RefusalCode::ConversationDeleted,
            Self::ConversationFull => RefusalCode::ConversationFull,
            Self::StorageFull(_) => RefusalCode::StorageFull,
            Self::MessageTooLarge
            | Self::TooMuchNew
            | Self::OutputsTooLarge
            | Self::StateTooLarge
            | Self::ContextTooLarge
            | Self::ToolsTooLarge => RefusalCode::MessageTooLarge,
            Self::MessageIdReused(_) => RefusalCode::MessageIdReused,
            Self::NoSuchExecution => RefusalCode::NoSuchExecution,
            Self::TooManyNew(_) => RefusalCode::TooManyMessages,
            Self::MalformedSession | Self::QuestionIsAnAnswer(_) => RefusalCode::InvalidRequest,
            Self::UpstreamFailed { .. } => RefusalCode::UpstreamFailed,
        }
    }
}

fn of_limit(verdict: &Verdict) -> RefusalCode {
    match verdict.refusal.map(|reached| reached.by) {
        Some(Limit::Session) => RefusalCode::SessionFull,
        Some(Limit::Minute | Limit::Hour | Limit::MinuteBytes | Limit::HourBytes) | None => {
            RefusalCode::RateLimited
        }
    }
}
