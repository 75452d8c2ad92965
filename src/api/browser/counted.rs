//! What the ledger counts of a page's request: once it is answered, whatever the answer.

use crate::{
    api::{error::Error, route::Browser},
    chat::refused::Refused,
    domain::{
        ledger::{Counts, Refusal},
        limiter::{Limit, Verdict},
    },
};

/// What a request counts that named a token. A refusal that is no known error is a failure of the
/// service. Nothing is counted of a value that isn't the token's, of feedback, or of a step of the
/// protocol.
#[must_use]
pub(crate) fn counted(route: Browser, outcome: Result<(), Option<&Error>>) -> Option<Counts> {
    let one = Counts::default();
    match (route, outcome) {
        (Browser::Preflight | Browser::Feedback, _) => None,
        (Browser::Init, Ok(())) => Some(Counts { inits: 1, ..one }),
        (Browser::Chat, Ok(())) => Some(Counts { chats: 1, ..one }),
        (Browser::Resume, Ok(())) => Some(one),
        (_, Err(Some(Error::Browser(refused)))) => reason(refused).map(Counts::refused),
        (_, Err(Some(Error::Internal) | None)) => Some(Counts::refused(Refusal::Error)),
        (_, Err(Some(_))) => Some(Counts::refused(Refusal::Request)),
    }
}

fn reason(refused: &Refused) -> Option<Refusal> {
    Some(match refused {
        // The database isn't asked about a minted value that has ended.
        Refused::UnknownToken
        | Refused::ValueExpired(_)
        | Refused::MalformedSession
        | Refused::ForeignSession
        // The widget sends its tools whole then.
        | Refused::ToolsUnknown => return None,
        Refused::OriginNotAllowed(_) | Refused::OriginNotGranted(_) => Refusal::Origin,
        Refused::TokenInactive => Refusal::Inactive,
        Refused::TargetNotListed
        | Refused::TargetNotGranted
        | Refused::NoTarget
        | Refused::TargetRemoved => Refusal::Target,
        Refused::NoUpstream | Refused::UpstreamFailed { .. } => Refusal::Upstream,
        Refused::Limited(verdict) => limit(verdict),
        Refused::SessionOver => Refusal::Session,
        Refused::ConversationDeleted | Refused::ConversationFull => Refusal::Conversation,
        Refused::HistoryDisabled
        | Refused::MessageTooLarge
        | Refused::NoSuchExecution
        | Refused::OutputsTooLarge
        | Refused::StateTooLarge
        | Refused::TooManyNew(_)
        | Refused::QuestionIsAnAnswer(_) => Refusal::Request,
    })
}

fn limit(verdict: &Verdict) -> Refusal {
    match verdict.refusal.map(|reached| reached.by) {
        Some(Limit::Session) => Refusal::SessionLimit,
        Some(Limit::Minute | Limit::Hour) | None => Refusal::Limit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::faults::Faults, chat::upstream::failure::Cause, domain::limiter::LimitReached,
    };

    fn verdict(by: Option<Limit>) -> Verdict {
        let refusal = by.map(|by| LimitReached { by, quota: 1, retry_after: 1 });
        Verdict { refusal, minute: None, hour: None }
    }

    fn refused(refused: Refused) -> Option<Counts> {
        counted(Browser::Chat, Err(Some(&refused.into())))
    }

    #[test]
    fn an_answered_request_counts_as_what_it_is() {
        let one = Counts::default();
        assert_eq!(counted(Browser::Init, Ok(())), Some(Counts { inits: 1, ..one }));
        assert_eq!(counted(Browser::Chat, Ok(())), Some(Counts { chats: 1, ..one }));
        assert_eq!(counted(Browser::Resume, Ok(())), Some(one));
        assert_eq!(counted(Browser::Feedback, Ok(())), None);
        assert_eq!(counted(Browser::Preflight, Ok(())), None);
    }

    #[test]
    fn a_refused_request_counts_by_its_reason() {
        for (why, reason) in [
            (Refused::OriginNotAllowed(None), Refusal::Origin),
            (Refused::TokenInactive, Refusal::Inactive),
            (Refused::TargetRemoved, Refusal::Target),
            (Refused::NoUpstream, Refusal::Upstream),
            (
                Refused::UpstreamFailed {
                    cause: Cause::TimedOut,
                    retry_after: None,
                    verdict: verdict(None),
                },
                Refusal::Upstream,
            ),
            (Refused::Limited(verdict(Some(Limit::Minute))), Refusal::Limit),
            (Refused::Limited(verdict(Some(Limit::Hour))), Refusal::Limit),
            (Refused::Limited(verdict(Some(Limit::Session))), Refusal::SessionLimit),
            (Refused::SessionOver, Refusal::Session),
            (Refused::ConversationDeleted, Refusal::Conversation),
            (Refused::MessageTooLarge, Refusal::Request),
        ] {
            assert_eq!(refused(why), Some(Counts::refused(reason)));
        }
        let faults = Error::InvalidQuery(Faults::default());
        let counts = counted(Browser::Init, Err(Some(&faults)));
        assert_eq!(counts, Some(Counts::refused(Refusal::Request)));
    }

    #[test]
    fn a_failure_counts_as_an_error_and_another_value_not_at_all() {
        let error = Some(Counts::refused(Refusal::Error));
        assert_eq!(counted(Browser::Resume, Err(None)), error);
        assert_eq!(counted(Browser::Init, Err(Some(&Error::Internal))), error);
        assert_eq!(counted(Browser::Feedback, Err(None)), None);
        assert_eq!(refused(Refused::UnknownToken), None);
        assert_eq!(refused(Refused::ToolsUnknown), None);
    }
}
