//! What the browser plane refuses, and how the page is told.
//!
//! These words are read by people: the widget shows the hint of an init's 401 and 403 and of every
//! 429, and the error text of the rest (contract sections 6, 8 and 11).

use crate::{
    api::{
        error::{Refusal, refusal},
        rate_limit,
        upstream::failure::Cause,
    },
    domain::{limiter::Verdict, origin::RequestOrigin},
};

/// Why a page's request was refused.
#[derive(Debug, PartialEq)]
pub enum Refused {
    /// The value is forged, mistyped, regenerated, deleted or unknown.
    UnknownToken,
    /// The session id is forged, or the session is over.
    SessionOver,
    /// A session id that can't be one.
    MalformedSession,
    /// A session of another token, or one whose id is too old.
    ForeignSession,
    /// No entry of `allowedOrigins` admits this origin; `None` is a header that can't be one.
    OriginNotAllowed(Option<RequestOrigin>),
    /// The token is switched off.
    TokenInactive,
    /// The page wants the visitor's earlier conversations.
    HistoryDisabled,
    /// The token doesn't list the wanted target.
    TargetNotListed,
    /// The token lists no target at all.
    NoTarget,
    /// The session's target is no longer on the token.
    TargetRemoved,
    /// Nothing can execute the target.
    NoUpstream,
    /// A limit is reached.
    Limited(Verdict),
    /// A fingerprint of tools that aren't stored.
    ToolsUnknown,
    /// The conversation was deleted.
    ConversationDeleted,
    /// A conversation holds as much as one may.
    ConversationFull,
    /// A message is larger than what can be stored.
    MessageTooLarge,
    /// No such execution waits in this conversation.
    NoSuchExecution,
    /// The results of one resumption are too large.
    OutputsTooLarge,
    /// What an execution would have to remember is too large.
    StateTooLarge,
    /// The upstream failed before its first byte; with the headers of the limits.
    UpstreamFailed(Cause, Vec<(&'static str, String)>),
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::UnknownToken => refusal(401, "Invalid client token")
                .hint("The token in this page is unknown here: mistyped, regenerated or deleted. The site's owner finds the present one with GET /v1/client-tokens/:id/token."),
            Refused::SessionOver => refusal(401, "Session not found or expired")
                .hint("Open a session anew with POST /v1/client/init."),
            Refused::MalformedSession => refusal(400, "Invalid session ID")
                .hint("A session id is what POST /v1/client/init answered, unchanged."),
            Refused::ForeignSession => refusal(404, "Session not found")
                .hint("This session belongs to another client token, or its id is older than 30 days."),
            Refused::OriginNotAllowed(origin) => {
                refusal(403, "Origin not allowed").hint(origin_hint(origin.as_ref()))
            }
            Refused::TokenInactive => refusal(403, "Client token is inactive")
                .hint("This client token is switched off. The site's owner can switch it on with PUT /v1/client-tokens/:id and {\"isActive\": true}."),
            // The widget matches the words of this error.
            Refused::HistoryDisabled => refusal(403, "visitor_history_disabled")
                .hint("This service keeps no history for visitors. Send init without visitorHistory."),
            Refused::TargetNotListed => refusal(400, "flow not allowed")
                .hint("This client token doesn't list that flow or agent. The site's owner can add it to flowIds or agentIds."),
            Refused::NoTarget => refusal(400, "flow required")
                .hint("This client token lists neither flows nor agents. The site's owner can add flowIds or agentIds."),
            Refused::TargetRemoved => refusal(403, "flow not allowed")
                .hint("This client token no longer lists the flow or agent of this session. Reload the page to begin anew."),
            Refused::NoUpstream => refusal(404, "No upstream for this flow")
                .hint("Nothing can execute this flow or agent. The site's owner can say what does, with PUT /v1/targets/:id or the variable DEFAULT_UPSTREAM."),
            Refused::Limited(verdict) => limited(&verdict),
            Refused::ToolsUnknown => refusal(409, "client_tools_resend_required")
                .hint("The tools of this fingerprint aren't stored. Send clientTools whole."),
            Refused::ConversationDeleted => refusal(410, "conversation_deleted")
                .hint("This conversation was deleted. Reload the page to begin a new one."),
            Refused::NoSuchExecution => refusal(404, "No such paused execution")
                .hint("No execution of this id waits in this conversation. It may have gone on already."),
            Refused::ConversationFull => refusal(409, "conversation_full")
                .hint("This conversation holds as much as one may: 2,000 messages or 32 MiB. Begin another: open a session with POST /v1/client/init and no sessionId."),
            Refused::MessageTooLarge => refusal(413, "This message is too large: it may have 1.9 MB, pictures and files included")
                .hint("Send a smaller picture or file, or less text."),
            Refused::OutputsTooLarge => refusal(413, "The results of tools are too large")
                .hint("The toolOutputs of one resumption may have 256 KiB."),
            Refused::StateTooLarge => refusal(413, "The results of tools are too large")
                .hint("What an execution remembers, results of tools included, may have 1 MiB."),
            Refused::UpstreamFailed(cause, headers) => {
                refusal(502, "The assistant could not be reached")
                    .hint(cause.to_string())
                    .headers(headers)
            }
        }
    }
}

fn origin_hint(origin: Option<&RequestOrigin>) -> String {
    let seen = match origin {
        None => "The Origin header of this request can't be read.".to_owned(),
        Some(RequestOrigin::Absent) => {
            "This request has no Origin; apps and servers need the entry \"native\".".to_owned()
        }
        Some(origin) => format!("This page's origin is {origin}."),
    };
    format!("{seen} The site's owner can add it to the token's allowedOrigins.")
}

fn limited(verdict: &Verdict) -> Refusal {
    let hint = verdict.refusal.as_ref().map(rate_limit::hint).unwrap_or_default();
    refusal(429, "Rate limit exceeded").hint(hint).headers(rate_limit::headers(verdict))
}
