//! Every refusal, as a page hears it.

use super::*;
use crate::{
    api::{
        accept::ErrorForm,
        error::{Error, golden::both},
    },
    chat::upstream::failure::{Cause, Obstacle},
    domain::{
        json::JsonFault,
        limiter::{Limit, LimitReached, Standing},
        refusal_code::Flaw,
        setting::Setting,
        shedding::Crowd,
        time::Timestamp,
    },
    golden::{hold, samples},
};

fn verdict(by: Limit, quota: u32, retry_after: u32) -> Verdict {
    let refusal = Some(LimitReached { by, quota, retry_after });
    let standing = |quota, window| Standing { quota, window, remaining: 0, reset: Some(window) };
    Verdict { refusal, minute: Some(standing(10, 60)), hour: Some(standing(100, 3_600)) }
}

fn unlisted(header: Option<&str>, no_entry: Option<NoEntry>) -> Refused {
    let origin = RequestOrigin::parse(header).unwrap();
    Refused::OriginNotAllowed(Some(Unlisted { origin, no_entry }))
}

fn failed(cause: Cause, retry_after: Option<u32>) -> Refused {
    let verdict = Verdict { refusal: None, minute: None, hour: None };
    Refused::UpstreamFailed { cause, retry_after, verdict }
}

#[rustfmt::skip]
fn refusals() -> Vec<(&'static str, Refused)> {
    use Refused as R;
    let page = Some("https://shop.example.com");
    samples! {
        R::UnknownToken(Flaw::Malformed) => { "a malformed value": R::UnknownToken(Flaw::Malformed) }
        R::UnknownToken(Flaw::Forged) => { "a forged value": R::UnknownToken(Flaw::Forged) }
        R::UnknownToken(Flaw::Regenerated) => { "a value from before a regenerate": R::UnknownToken(Flaw::Regenerated) }
        R::UnknownToken(Flaw::Deleted) => { "a value of a deleted token": R::UnknownToken(Flaw::Deleted) }
        R::ValueExpired(_) => { "a minted value that has ended": R::ValueExpired(Timestamp::from_millis(1_750_000_000_000)) }
        R::SessionOver => { "a session that is over": R::SessionOver }
        R::MalformedSession => { "a malformed session": R::MalformedSession }
        R::ForeignSession => { "a session of another token": R::ForeignSession }
        R::OriginNotAllowed(None) => { "an origin that is none": R::OriginNotAllowed(None) }
        R::OriginNotAllowed(Some(Unlisted { no_entry: None, .. })) => {
            "an origin that could be added": unlisted(page, None),
            "no origin": unlisted(None, None),
        }
        R::OriginNotAllowed(Some(Unlisted { no_entry: Some(NoEntry::Unlistable), .. })) => {
            "an origin that can't be listed": unlisted(Some("capacitor://localhost"), Some(NoEntry::Unlistable)),
        }
        R::OriginNotAllowed(Some(Unlisted { no_entry: Some(NoEntry::Full), .. })) => {
            "an origin for which there is no room": unlisted(page, Some(NoEntry::Full)),
        }
        R::OriginNotGranted(_) => { "an origin that the minted value doesn't admit": R::OriginNotGranted(RequestOrigin::parse(page).unwrap()) }
        R::TokenInactive => { "a token that is switched off": R::TokenInactive }
        R::HistoryDisabled => { "the history of a visitor": R::HistoryDisabled }
        R::TargetNotListed => { "a target that the token doesn't list": R::TargetNotListed }
        R::NoTarget => { "a token without targets": R::NoTarget }
        R::TargetNotGranted => { "a target that the minted value doesn't list": R::TargetNotGranted }
        R::TargetRemoved => { "a target that was taken off the token": R::TargetRemoved }
        R::NoUpstream => { "a target that nothing executes": R::NoUpstream }
        R::Limited(Verdict { refusal: None, .. }) => { "over a limit that isn't known": R::Limited(Verdict { refusal: None, minute: None, hour: None }) }
        R::Limited(Verdict { refusal: Some(LimitReached { by: Limit::Minute, .. }), .. }) => { "over the limit of a minute": R::Limited(verdict(Limit::Minute, 10, 60)) }
        R::Limited(Verdict { refusal: Some(LimitReached { by: Limit::Hour, .. }), .. }) => {
            "over the limit of an hour, for minutes": R::Limited(verdict(Limit::Hour, 100, 1_801)),
            "over the limit of an hour, for a second": R::Limited(verdict(Limit::Hour, 100, 1)),
        }
        R::Limited(Verdict { refusal: Some(LimitReached { by: Limit::MinuteBytes, .. }), .. }) => {
            "over the bytes of a minute": R::Limited(verdict(Limit::MinuteBytes, 8_388_608, 61)),
        }
        R::Limited(Verdict { refusal: Some(LimitReached { by: Limit::HourBytes, .. }), .. }) => {
            "over the bytes of an hour": R::Limited(verdict(Limit::HourBytes, 67_108_864, 3_601)),
        }
        R::Limited(Verdict { refusal: Some(LimitReached { by: Limit::Session, .. }), .. }) => {
            "over the limit of a session": R::Limited(verdict(Limit::Session, 100, 1_800)),
            "over the limit of a session, for hours": R::Limited(verdict(Limit::Session, 1, 80_000)),
        }
        R::ToolsUnknown => { "tools that aren't stored": R::ToolsUnknown }
        R::ConversationDeleted => { "a conversation that was deleted": R::ConversationDeleted }
        R::ConversationFull => { "a conversation that is full": R::ConversationFull }
        R::StorageFull(_) => { "a token that holds as much as it may": R::StorageFull(2_147_483_648) }
        R::TooMuchNew => { "more at once than a minute takes": R::TooMuchNew }
        R::MessageTooLarge => { "a message that is too large": R::MessageTooLarge }
        R::NoSuchExecution => { "an execution that doesn't wait": R::NoSuchExecution }
        R::OutputsTooLarge => { "results that are too large": R::OutputsTooLarge }
        R::StateTooLarge => { "a state that is too large": R::StateTooLarge }
        R::ContextTooLarge => { "too much beside the messages": R::ContextTooLarge }
        R::ToolsTooLarge => { "tools that are too large": R::ToolsTooLarge }
        R::TooManyNew(_) => { "too many new messages": R::TooManyNew(50) }
        R::QuestionIsAnAnswer(_) => { "a question with the id of an answer": R::QuestionIsAnAnswer(3) }
        R::MessageIdReused(_) => { "a question with the id of another one": R::MessageIdReused(3) }
        R::UpstreamFailed { cause: Cause::Unreachable(Obstacle::Dns), .. } => { "an upstream without an address": failed(Cause::Unreachable(Obstacle::Dns), None) }
        R::UpstreamFailed { cause: Cause::Unreachable(Obstacle::Tls), .. } => { "an upstream without a certificate": failed(Cause::Unreachable(Obstacle::Tls), None) }
        R::UpstreamFailed { cause: Cause::Unreachable(Obstacle::Refused), .. } => { "an upstream that doesn't listen": failed(Cause::Unreachable(Obstacle::Refused), None) }
        R::UpstreamFailed { cause: Cause::Unreachable(Obstacle::Other), .. } => { "an upstream that can't be reached": failed(Cause::Unreachable(Obstacle::Other), None) }
        R::UpstreamFailed { cause: Cause::NotAllowed(_), .. } => { "an upstream that isn't allowed": failed(Cause::NotAllowed(Some(Setting::Variable)), None) }
        R::UpstreamFailed { cause: Cause::TimedOut, .. } => { "an upstream that takes too long": failed(Cause::TimedOut, None) }
        R::UpstreamFailed { cause: Cause::Status(_), .. } => { "an upstream that refuses": failed(Cause::Status(503), Some(7)) }
        R::UpstreamFailed { cause: Cause::NotAStream, .. } => { "an upstream that gives no stream": failed(Cause::NotAStream, None) }
        R::UpstreamFailed { cause: Cause::Reported, .. } => { "an upstream that tells of an error": failed(Cause::Reported, None) }
        R::UpstreamFailed { cause: Cause::Malformed, .. } => { "an upstream that can't be read": failed(Cause::Malformed, None) }
        R::UpstreamFailed { cause: Cause::ClosedEarly, .. } => { "an upstream that stops": failed(Cause::ClosedEarly, None) }
        R::UpstreamFailed { cause: Cause::TooLong, .. } => { "an upstream that says too much": failed(Cause::TooLong, None) }
        R::UpstreamFailed { cause: Cause::UnknownTool, .. } => { "an upstream that calls another tool": failed(Cause::UnknownTool, None) }
        R::UpstreamFailed { cause: Cause::InvalidToolCall, .. } => { "an upstream that calls a tool badly": failed(Cause::InvalidToolCall, None) }
    }
}

/// What a page hears of what both planes refuse; refusals-management.txt has all of it.
fn shared() -> Vec<(&'static str, Error)> {
    let mut faults = Faults::default();
    faults.add("token", Code::MissingRequiredField, "is required");
    vec![
        ("a path that nothing is at", Error::UnknownPath),
        ("another method", Error::MethodNotAllowed("POST, OPTIONS")),
        ("a crowd of one network", Error::Shed(Crowd::Address)),
        ("a crowd of one token", Error::Shed(Crowd::Token(3_000))),
        ("too many large bodies at once", Error::Busy),
        ("a body that is too large", Error::BodyTooLarge(1_048_576)),
        ("a large body without a session", Error::UnprovedBodyTooLarge(1_048_576, 67_108_864)),
        ("a text that is too large beside its pictures", Error::TextTooLarge(1_048_576)),
        ("a body of another type", Error::UnsupportedMediaType),
        ("a compressed body", Error::UnsupportedEncoding),
        ("no JSON", Error::InvalidJson(JsonFault::Malformed("EOF at line 1 column 1".to_owned()))),
        ("too many values", Error::InvalidJson(JsonFault::TooManyValues)),
        ("too many names", Error::InvalidJson(JsonFault::TooManyNames)),
        ("a name that is too long", Error::InvalidJson(JsonFault::NameTooLong)),
        ("no object", Error::NotAnObject("null")),
        ("faults of a body", Error::Invalid(faults)),
        ("something broke", Error::Internal),
    ]
}

#[test]
fn every_refusal_is_told_to_pages_as_it_was() {
    let all = || {
        let refusals = refusals().into_iter().map(|(title, refused)| (title, Error::from(refused)));
        refusals.chain(shared())
    };
    let entries: Vec<_> = all()
        .zip(all())
        .map(|((title, plain), (_, problem))| {
            let plain = plain.reply_to_page(ErrorForm::Json);
            let problem = problem.reply_to_page(ErrorForm::Problem);
            (title.to_owned(), both(&plain, &problem))
        })
        .collect();
    let about = "Every refusal of the browser plane: status, headers of its own, and the body in both forms.";
    hold("refusals-browser", about, file!(), &entries);
}
