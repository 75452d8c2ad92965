//! The word for programs of every refusal of the browser plane (contract section 9).

use crate::{
    api::error::Error,
    chat::refused::Refused,
    domain::{
        limiter::{Limit, Verdict},
        refusal_code::RefusalCode,
    },
};

/// The word of a refusal.
#[must_use]
pub(in crate::api) fn of(error: &Error) -> RefusalCode {
    match error {
        Error::Browser(refused) => of_refused(refused),
        Error::UnknownPath => RefusalCode::NotFound,
        Error::Shed(_) => RefusalCode::Shed,
        Error::Internal => RefusalCode::Internal,
        _ => RefusalCode::InvalidRequest,
    }
}

fn of_refused(refused: &Refused) -> RefusalCode {
    match refused {
        Refused::UnknownToken => RefusalCode::InvalidToken,
        Refused::ValueExpired(_) => RefusalCode::ExpiredValue,
        Refused::SessionOver => RefusalCode::ExpiredSession,
        Refused::ForeignSession => RefusalCode::NotFound,
        Refused::OriginNotAllowed(_) | Refused::OriginNotGranted(_) => {
            RefusalCode::OriginNotAllowed
        }
        Refused::TokenInactive => RefusalCode::Inactive,
        Refused::HistoryDisabled => RefusalCode::HistoryDisabled,
        Refused::TargetNotListed
        | Refused::NoTarget
        | Refused::TargetNotGranted
        | Refused::TargetRemoved => RefusalCode::TargetNotAllowed,
        Refused::NoUpstream => RefusalCode::NoUpstream,
        Refused::Limited(verdict) => of_limit(verdict),
        Refused::ToolsUnknown => RefusalCode::ToolsUnknown,
        Refused::ConversationDeleted => RefusalCode::ConversationDeleted,
        Refused::ConversationFull => RefusalCode::ConversationFull,
        Refused::MessageTooLarge | Refused::OutputsTooLarge | Refused::StateTooLarge => {
            RefusalCode::MessageTooLarge
        }
        Refused::MessageIdReused(_) => RefusalCode::MessageIdReused,
        Refused::NoSuchExecution => RefusalCode::NoSuchExecution,
        Refused::TooManyNew(_) => RefusalCode::TooManyMessages,
        Refused::MalformedSession | Refused::QuestionIsAnAnswer(_) => RefusalCode::InvalidRequest,
        Refused::UpstreamFailed { .. } => RefusalCode::UpstreamFailed,
    }
}

fn of_limit(verdict: &Verdict) -> RefusalCode {
    match verdict.refusal.map(|reached| reached.by) {
        Some(Limit::Session) => RefusalCode::SessionFull,
        Some(Limit::Minute | Limit::Hour) | None => RefusalCode::RateLimited,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::{accept::ErrorForm, faults::Faults},
        chat::upstream::failure::Cause,
        domain::{limiter::LimitReached, origin::RequestOrigin, shedding::Crowd, time::Timestamp},
    };

    fn verdict(by: Limit) -> Verdict {
        let refusal = Some(LimitReached { by, quota: 1, retry_after: 1 });
        Verdict { refusal, minute: None, hour: None }
    }

    /// The table of contract section 9: word, statuses, what usage counts it under.
    const TABLE: [(&str, &[u16], Option<&str>); 22] = [
        ("invalid_token", &[401], None),
        ("expired_value", &[401], Some("session")),
        ("expired_session", &[401], Some("session")),
        ("origin_not_allowed", &[403], Some("origin")),
        ("inactive", &[403], Some("inactive")),
        ("target_not_allowed", &[400, 403], Some("target")),
        ("no_upstream", &[404], Some("upstream")),
        ("rate_limited", &[429], Some("limit")),
        ("session_full", &[429], Some("sessionLimit")),
        ("shed", &[429], Some("shed")),
        ("conversation_deleted", &[410], Some("conversation")),
        ("conversation_full", &[409], Some("conversation")),
        ("message_id_reused", &[409], Some("request")),
        ("tools_unknown", &[409], Some("request")),
        ("message_too_large", &[413], Some("request")),
        ("too_many_messages", &[400], Some("request")),
        ("no_such_execution", &[404], Some("request")),
        ("invalid_request", &[400, 405, 413, 415], Some("request")),
        ("history_disabled", &[403], Some("request")),
        ("not_found", &[404], Some("request")),
        ("upstream_failed", &[502], Some("upstream")),
        ("internal", &[500], Some("error")),
    ];

    fn refusals() -> Vec<Error> {
        let end = Timestamp::from_millis(0);
        let refused = [
            Refused::UnknownToken,
            Refused::ValueExpired(end),
            Refused::SessionOver,
            Refused::MalformedSession,
            Refused::ForeignSession,
            Refused::OriginNotAllowed(None),
            Refused::OriginNotGranted(RequestOrigin::Absent),
            Refused::TokenInactive,
            Refused::HistoryDisabled,
            Refused::TargetNotListed,
            Refused::NoTarget,
            Refused::TargetNotGranted,
            Refused::TargetRemoved,
            Refused::NoUpstream,
            Refused::Limited(verdict(Limit::Minute)),
            Refused::Limited(verdict(Limit::Hour)),
            Refused::Limited(verdict(Limit::Session)),
            Refused::ToolsUnknown,
            Refused::ConversationDeleted,
            Refused::ConversationFull,
            Refused::MessageTooLarge,
            Refused::NoSuchExecution,
            Refused::OutputsTooLarge,
            Refused::StateTooLarge,
            Refused::TooManyNew(1),
            Refused::QuestionIsAnAnswer(0),
            Refused::MessageIdReused(0),
            Refused::UpstreamFailed {
                cause: Cause::TimedOut,
                retry_after: None,
                verdict: verdict(Limit::Minute),
            },
        ];
        let others = [
            Error::UnknownPath,
            Error::MethodNotAllowed("POST"),
            Error::Shed(Crowd::Address),
            Error::BodyTooLarge(1),
            Error::UnsupportedMediaType,
            Error::InvalidJson(crate::domain::json::JsonFault::TooManyValues),
            Error::Invalid(Faults::default()),
            Error::Internal,
        ];
        refused.into_iter().map(Error::from).chain(others).collect()
    }

    #[test]
    fn every_refusal_has_the_word_and_the_status_of_the_table() {
        let mut told = Vec::new();
        for error in refusals() {
            let shown = format!("{error:?}");
            let counted = of(&error).counted().map(crate::domain::ledger::Refusal::as_str);
            let reply = error.reply_to_page(ErrorForm::Json);
            let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
            let row = TABLE.iter().find(|(word, ..)| body["code"] == *word);
            let (word, statuses, counts) = row.unwrap_or_else(|| panic!("{shown}: {body}"));
            assert!(statuses.contains(&reply.status), "{shown}: {}", reply.status);
            assert_eq!(counted, *counts, "{shown}");
            told.push(*word);
        }
        for (word, ..) in TABLE {
            assert!(told.contains(&word), "nothing is refused with {word}");
        }
        assert_eq!(TABLE.len(), RefusalCode::ALL.len());
    }

    #[test]
    fn a_body_that_is_not_json_says_so_in_its_detail_alone() {
        let fault = crate::domain::json::JsonFault::Malformed("x at line 1".into());
        let body = Error::InvalidJson(fault).reply_to_page(ErrorForm::Json).body;
        assert_eq!(body.matches("INVALID_JSON").count(), 1);
        assert!(body.contains(r#"],"code":"invalid_request"}"#), "{body}");
    }
}
