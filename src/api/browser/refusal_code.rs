//! The word for programs of every refusal of the browser plane (contract section 9).

use crate::{api::error::Error, domain::refusal_code::RefusalCode};

pub(crate) fn of(error: &Error) -> RefusalCode {
    match error {
        Error::Browser(refused) => refused.code(),
        Error::UnknownPath => RefusalCode::NotFound,
        Error::Shed(_) => RefusalCode::Shed,
        Error::Busy => RefusalCode::Busy,
        Error::Internal => RefusalCode::Internal,
        _ => RefusalCode::InvalidRequest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::{accept::ErrorForm, faults::Faults},
        chat::{explanation::Code, refused::Refused, upstream::failure::Cause},
        domain::{
            limiter::{Limit, LimitReached, Verdict},
            origin::RequestOrigin,
            refusal_code::Flaw,
            shedding::Crowd,
            time::Timestamp,
        },
    };

    fn verdict(by: Limit) -> Verdict {
        let refusal = Some(LimitReached { by, quota: 1, retry_after: 1 });
        Verdict { refusal, minute: None, hour: None }
    }

    type Row = (&'static str, &'static [u16], Option<&'static str>, &'static [&'static str]);

    /// The table of contract section 9: word, statuses, what usage counts it under, what judging a
    /// value says of it.
    const TABLE: [Row; 24] = [
        ("invalid_token", &[401], None, &["malformed", "forged", "regenerated", "deleted"]),
        ("expired_value", &[401], Some("session"), &["expired"]),
        ("expired_session", &[401], Some("session"), &[]),
        ("origin_not_allowed", &[403], Some("origin"), &["origin_not_allowed"]),
        ("inactive", &[403], Some("inactive"), &["inactive"]),
        ("target_not_allowed", &[400, 403], Some("target"), &["target_not_allowed"]),
        ("no_upstream", &[404], Some("upstream"), &["no_upstream"]),
        ("rate_limited", &[429], Some("limit"), &["rate_limited"]),
        ("session_full", &[429], Some("sessionLimit"), &[]),
        ("storage_full", &[429], Some("limit"), &[]),
        ("shed", &[429], Some("shed"), &[]),
        ("busy", &[503], Some("shed"), &[]),
        ("conversation_deleted", &[410], Some("conversation"), &[]),
        ("conversation_full", &[409], Some("conversation"), &[]),
        ("message_id_reused", &[409], Some("request"), &[]),
        ("tools_unknown", &[409], Some("request"), &[]),
        ("message_too_large", &[413], Some("request"), &[]),
        ("too_many_messages", &[400], Some("request"), &[]),
        ("no_such_execution", &[404], Some("request"), &[]),
        ("invalid_request", &[400, 405, 413, 415], Some("request"), &[]),
        ("history_disabled", &[403], Some("request"), &[]),
        ("not_found", &[404], Some("request"), &[]),
        ("upstream_failed", &[502], Some("upstream"), &[]),
        ("internal", &[500], Some("error"), &[]),
    ];

    fn refusals() -> Vec<Error> {
        let end = Timestamp::from_millis(0);
        let refused = [
            Refused::UnknownToken(Flaw::Malformed),
            Refused::UnknownToken(Flaw::Forged),
            Refused::UnknownToken(Flaw::Regenerated),
            Refused::UnknownToken(Flaw::Deleted),
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
            Refused::Limited(verdict(Limit::MinuteBytes)),
            Refused::Limited(verdict(Limit::HourBytes)),
            Refused::Limited(verdict(Limit::Session)),
            Refused::ToolsUnknown,
            Refused::ConversationDeleted,
            Refused::ConversationFull,
            Refused::StorageFull(1),
            Refused::MessageTooLarge,
            Refused::TooMuchNew,
            Refused::NoSuchExecution,
            Refused::OutputsTooLarge,
            Refused::StateTooLarge,
            Refused::ContextTooLarge,
            Refused::ToolsTooLarge,
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
            Error::Busy,
            Error::BodyTooLarge(1),
            Error::TextTooLarge(1),
            Error::UnsupportedMediaType,
            Error::InvalidJson(crate::domain::json::JsonFault::TooManyValues),
            Error::Invalid(Faults::default()),
            Error::Internal,
        ];
        refused.into_iter().map(Error::from).chain(others).collect()
    }

    #[test]
    fn every_refusal_is_told_counted_and_judged_as_the_table_says() {
        let mut told = Vec::new();
        for error in refusals() {
            let shown = format!("{error:?}");
            let code = of(&error);
            let counted = code.counted().map(crate::domain::ledger::Refusal::as_str);
            let reply = error.reply_to_page(ErrorForm::Json);
            let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
            let row = TABLE.iter().find(|(word, ..)| body["code"] == *word);
            let (word, statuses, counts, _) = row.unwrap_or_else(|| panic!("{shown}: {body}"));
            assert!(statuses.contains(&reply.status), "{shown}: {}", reply.status);
            assert_eq!(counted, *counts, "{shown}");
            told.push((*word, code.verdict()));
        }
        for (word, _, _, verdicts) in TABLE {
            let mut said: Vec<_> =
                told.iter().filter(|one| one.0 == word).map(|one| one.1).collect();
            said.dedup();
            let verdicts: Vec<_> = verdicts.iter().copied().map(Some).collect();
            let expected = if verdicts.is_empty() { vec![None] } else { verdicts };
            assert_eq!(said, expected, "{word}");
        }
        let rows = TABLE.iter().map(|(.., verdicts)| verdicts.len().max(1));
        assert_eq!(rows.sum::<usize>(), RefusalCode::ALL.len());
    }

    #[test]
    fn judging_a_value_has_the_words_of_the_table_and_two_of_its_own() {
        let document: serde_json::Value =
            serde_json::from_str(include_str!("../openapi.json")).unwrap();
        let described = document["components"]["schemas"]["VerifyCode"]["enum"].as_array().unwrap();
        let mut described: Vec<_> = described.iter().filter_map(|word| word.as_str()).collect();
        let own = [Code::Valid, Code::EnvironmentMismatch].map(Code::word);
        let refused = RefusalCode::ALL.map(Code::Refused).map(Code::word);
        let mut said: Vec<_> = own.into_iter().chain(refused).filter(|w| !w.is_empty()).collect();
        described.sort_unstable();
        said.sort_unstable();
        assert_eq!(said, described);
    }

    #[test]
    fn a_page_is_not_told_what_is_wrong_with_its_value() {
        let flaws = [Flaw::Malformed, Flaw::Forged, Flaw::Regenerated, Flaw::Deleted];
        let told = flaws.map(|flaw| {
            Error::from(Refused::UnknownToken(flaw)).reply_to_page(ErrorForm::Json).body
        });
        assert!(told.iter().all(|body| *body == told[0]), "{told:?}");
    }

    #[test]
    fn a_body_that_is_not_json_says_so_in_its_detail_alone() {
        let fault = crate::domain::json::JsonFault::Malformed("x at line 1".into());
        let body = Error::InvalidJson(fault).reply_to_page(ErrorForm::Json).body;
        assert_eq!(body.matches("INVALID_JSON").count(), 1);
        assert!(body.contains(r#"],"code":"invalid_request"}"#), "{body}");
    }
}
