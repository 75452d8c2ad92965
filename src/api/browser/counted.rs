//! What the ledger counts of a page's request: once it is answered, whatever the answer.

use crate::{
    api::{browser::refusal_code, error::Error, route::Browser},
    domain::{ledger::Counts, refusal_code::RefusalCode},
};

/// What a request counts that named a token. A refusal that is no known error is a failure of the
/// service. Nothing is counted of a value that isn't the token's, of feedback, or of a step of the
/// protocol.
pub(crate) fn counted(route: Browser, outcome: Result<(), Option<&Error>>) -> Option<Counts> {
    let one = Counts::default();
    match (route, outcome) {
        (Browser::Preflight | Browser::Feedback, _) => None,
        (Browser::Init, Ok(())) => Some(Counts { inits: 1, ..one }),
        (Browser::Chat, Ok(())) => Some(Counts { chats: 1, ..one }),
        (Browser::Resume, Ok(())) => Some(one),
        (_, Err(error)) => {
            let code = error.map_or(RefusalCode::Internal, refusal_code::of);
            code.counted().map(Counts::refused)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::faults::Faults,
        chat::{refused::Refused, upstream::failure::Cause},
        domain::{
            ledger::Refusal,
            limiter::{Limit, LimitReached, Verdict},
            refusal_code::Flaw,
        },
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
            (Refused::ToolsUnknown, Refusal::Request),
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
        assert_eq!(refused(Refused::UnknownToken(Flaw::Forged)), None);
    }
}
