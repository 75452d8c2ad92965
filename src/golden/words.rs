//! The words of closed lists, and what each fault of a text says.

use super::{hold, samples};
use crate::{
    api::faults::Code,
    chat::{
        ending::Lost,
        stream::delta::Stop,
        upstream::failure::{Cause, Obstacle},
    },
    domain::{
        base_url::BaseUrlFault,
        ledger::{Refusal, SpanFault},
        origin::OriginFault,
        outbound::OutboundFault,
        permission::Scope,
        refusal_code::{Flaw, RefusalCode},
        secret_name::SecretNameFault,
        setting::Setting,
        text::TextFault,
        upstream::{header::HeaderFault, settings::ExtraFault},
    },
};

/// One entry: each sample on a line, as `say` has it.
fn entry<T>(
    title: &str,
    samples: &[(&'static str, T)],
    say: impl Fn(&T) -> String,
) -> (String, String) {
    let lines = samples.iter().map(|(name, sample)| format!("{name}: {}\n", say(sample)));
    (title.to_owned(), lines.collect())
}

fn json(word: &impl serde::Serialize) -> String {
    serde_json::to_string(word).unwrap()
}

#[test]
#[rustfmt::skip]
fn words_stay() {
    use {Cause as A, Code as C, Obstacle as O, RefusalCode as R, Scope as S};
    let cause = |cause: &Cause| {
        let reason = cause.reason().unwrap_or("-");
        format!("{} | reason {reason} | {cause} | {}", cause.code(), cause.advice().unwrap_or("-"))
    };
    let refusal = |code: &RefusalCode| {
        let counted = code.counted().map_or("-", Refusal::as_str);
        format!("{} | usage {counted} | verify {}", json(code), code.verdict().unwrap_or("-"))
    };
    let entries = [
        entry("codes of faults", &samples! {
            C::MissingRequiredField => { "missing": C::MissingRequiredField }
            C::InvalidType => { "another type": C::InvalidType }
            C::InvalidEnum => { "none of the values": C::InvalidEnum }
            C::OutOfRange => { "out of range": C::OutOfRange }
            C::UnknownField => { "unknown": C::UnknownField }
            C::ImmutableField => { "never changes": C::ImmutableField }
            C::TooLong => { "too long": C::TooLong }
            C::TooMany => { "too many": C::TooMany }
            C::InvalidFormat => { "another form": C::InvalidFormat }
            C::InvalidOrigin => { "no origin": C::InvalidOrigin }
            C::DuplicateField => { "twice": C::DuplicateField }
            C::InvalidJson => { "no JSON": C::InvalidJson }
        }, json),
        entry("codes of the browser plane", &samples! {
            R::InvalidToken(Flaw::Malformed) => { "a malformed value": R::InvalidToken(Flaw::Malformed) }
            R::InvalidToken(Flaw::Forged) => { "a forged value": R::InvalidToken(Flaw::Forged) }
            R::InvalidToken(Flaw::Regenerated) => { "a value from before a regenerate": R::InvalidToken(Flaw::Regenerated) }
            R::InvalidToken(Flaw::Deleted) => { "a value of a deleted token": R::InvalidToken(Flaw::Deleted) }
            R::ExpiredValue => { "a value that has ended": R::ExpiredValue }
            R::ExpiredSession => { "a session that is over": R::ExpiredSession }
            R::OriginNotAllowed => { "an origin": R::OriginNotAllowed }
            R::Inactive => { "switched off": R::Inactive }
            R::TargetNotAllowed => { "a target": R::TargetNotAllowed }
            R::NoUpstream => { "no upstream": R::NoUpstream }
            R::RateLimited => { "a limit": R::RateLimited }
            R::SessionFull => { "a full session": R::SessionFull }
            R::StorageFull => { "a token that is full": R::StorageFull }
            R::Shed => { "a crowd": R::Shed }
            R::Busy => { "busy": R::Busy }
            R::ConversationDeleted => { "a deleted conversation": R::ConversationDeleted }
            R::ConversationFull => { "a full conversation": R::ConversationFull }
            R::MessageIdReused => { "an id that was used": R::MessageIdReused }
            R::ToolsUnknown => { "unknown tools": R::ToolsUnknown }
            R::MessageTooLarge => { "too large": R::MessageTooLarge }
            R::TooManyMessages => { "too many messages": R::TooManyMessages }
            R::NoSuchExecution => { "no execution": R::NoSuchExecution }
            R::InvalidRequest => { "an invalid request": R::InvalidRequest }
            R::HistoryDisabled => { "no history": R::HistoryDisabled }
            R::NotFound => { "not found": R::NotFound }
            R::UpstreamFailed => { "an upstream that failed": R::UpstreamFailed }
            R::Internal => { "something broke": R::Internal }
        }, refusal),
        entry("causes of an upstream's failure", &samples! {
            A::Unreachable(O::Dns) => { "no address": A::Unreachable(O::Dns) }
            A::Unreachable(O::Tls) => { "no secure connection": A::Unreachable(O::Tls) }
            A::Unreachable(O::Refused) => { "refused": A::Unreachable(O::Refused) }
            A::Unreachable(O::Other) => { "unreachable": A::Unreachable(O::Other) }
            A::NotAllowed(None) => { "not allowed": A::NotAllowed(None) }
            A::NotAllowed(Some(Setting::Variable)) => { "not allowed for want of a variable": A::NotAllowed(Some(Setting::Variable)) }
            A::NotAllowed(Some(Setting::Secret)) => { "not allowed for want of a secret": A::NotAllowed(Some(Setting::Secret)) }
            A::TimedOut => { "too slow": A::TimedOut }
            A::Status(_) => { "a status": A::Status(503) }
            A::NotAStream => { "no stream": A::NotAStream }
            A::Reported => { "an error": A::Reported }
            A::Malformed => { "unreadable": A::Malformed }
            A::ClosedEarly => { "closed": A::ClosedEarly }
            A::TooLong => { "too long": A::TooLong }
            A::UnknownTool => { "an unknown tool": A::UnknownTool }
            A::InvalidToolCall => { "a bad call": A::InvalidToolCall }
        }, cause),
        entry("why an answer is lost", &samples! {
            Lost::NotStored => { "not stored": Lost::NotStored }
            Lost::Deleted => { "deleted": Lost::Deleted }
            Lost::PauseTooLarge => { "a large pause": Lost::PauseTooLarge }
        }, |lost| format!("{} | {lost}", lost.code())),
        entry("why an answer ends", &samples! {
            Stop::EndTurn => { "finished": Stop::EndTurn }
            Stop::Length => { "cut": Stop::Length }
            Stop::ContentFilter => { "filtered": Stop::ContentFilter }
            Stop::Error => { "failed": Stop::Error }
            Stop::Unknown => { "for another reason": Stop::Unknown }
        }, |stop| stop.as_str().to_owned()),
        entry("scopes", &samples! {
            S::ClientTokensRead => { "read tokens": S::ClientTokensRead }
            S::ClientTokensWrite => { "write tokens": S::ClientTokensWrite }
            S::ClientTokensDelete => { "delete tokens": S::ClientTokensDelete }
            S::ClientTokensMint => { "mint": S::ClientTokensMint }
            S::ClientTokensVerify => { "verify": S::ClientTokensVerify }
            S::ApiKeysRead => { "read keys": S::ApiKeysRead }
            S::ApiKeysWrite => { "write keys": S::ApiKeysWrite }
            S::TargetsRead => { "read targets": S::TargetsRead }
            S::TargetsWrite => { "write targets": S::TargetsWrite }
            S::AuditRead => { "read the audit log": S::AuditRead }
        }, |scope| scope.as_str().to_owned()),
    ];
    hold("words", "The words of closed lists: codes, causes, scopes.", file!(), &entries);
}

#[test]
#[rustfmt::skip]
fn what_is_wrong_with_a_text_is_told_as_it_was() {
    use {BaseUrlFault as B, OriginFault as F, TextFault as T};
    let variable = || "UPSTREAM_A_HOSTS".to_owned();
    let entries = [
        entry("texts", &samples! {
            T::Empty => { "empty": T::Empty }
            T::Blank => { "blank": T::Blank }
            T::TooLong(_) => { "too long": T::TooLong(255) }
            T::TooManyBytes(_) => { "too many bytes": T::TooManyBytes(512) }
            T::Control => { "control characters": T::Control }
            T::Misleading(_) => { "misleading characters": T::Misleading('\u{202e}') }
            T::NotAnId => { "no id": T::NotAnId }
        }, ToString::to_string),
        entry("origins", &samples! {
            F::Empty => { "empty": F::Empty }
            F::Blank => { "blanks": F::Blank }
            F::Null => { "null": F::Null }
            F::MissingSlashes => { "no slashes": F::MissingSlashes }
            F::Scheme(_) => { "another scheme": F::Scheme("ftp".to_owned()) }
            F::UserInfo => { "user": F::UserInfo }
            F::Backslash => { "backslash": F::Backslash }
            F::Path(_) => { "path": F::Path("https://a.example".to_owned()) }
            F::Query => { "query": F::Query }
            F::Fragment => { "fragment": F::Fragment }
            F::EmptyHost => { "no host": F::EmptyHost }
            F::TooLong => { "too long": F::TooLong }
            F::EmptyLabel => { "an empty label": F::EmptyLabel }
            F::TrailingDot => { "a trailing dot": F::TrailingDot }
            F::NonAscii => { "not ASCII": F::NonAscii }
            F::PercentEscape => { "percent": F::PercentEscape }
            F::Character(_) => { "a character": F::Character('_') }
            F::Punycode(_) => { "punycode": F::Punycode("xn--a".to_owned()) }
            F::Ipv4 => { "IPv4": F::Ipv4 }
            F::Ipv6 => { "IPv6": F::Ipv6 }
            F::MisplacedWildcard => { "a misplaced wildcard": F::MisplacedWildcard }
            F::WildcardOverAddress => { "a wildcard over an address": F::WildcardOverAddress }
            F::Port(_) => { "port": F::Port("0".to_owned()) }
            F::WildcardOverSingleLabel => { "a wildcard over one label": F::WildcardOverSingleLabel }
        }, ToString::to_string),
        entry("base URLs", &samples! {
            B::TooLong => { "too long": B::TooLong }
            B::Blank => { "blanks": B::Blank }
            B::Scheme => { "another scheme": B::Scheme }
            B::Insecure => { "in the clear": B::Insecure }
            B::UserInfo => { "user": B::UserInfo }
            B::NoHost => { "no host": B::NoHost }
            B::Host(_) => { "a bad host": B::Host(F::Ipv4) }
            B::Port => { "port": B::Port }
            B::Path => { "path": B::Path }
            B::Query => { "query": B::Query }
            B::Fragment => { "fragment": B::Fragment }
        }, ToString::to_string),
        entry("what goes out", &samples! {
            OutboundFault::Private => { "private": OutboundFault::Private }
            OutboundFault::Name => { "name": OutboundFault::Name }
            OutboundFault::Host { .. } => { "host": OutboundFault::Host { variable: variable(), origin: "https://evil.example".to_owned() } }
            OutboundFault::MalformedHosts(_) => { "malformed hosts": OutboundFault::MalformedHosts(variable()) }
            OutboundFault::Tenant(_) => { "tenant": OutboundFault::Tenant("UPSTREAM_A_TENANTS".to_owned()) }
        }, ToString::to_string),
        entry("names of secrets", &samples! {
            SecretNameFault::NotAName => { "no name": SecretNameFault::NotAName }
            SecretNameFault::LooksLikeAKey => { "a key": SecretNameFault::LooksLikeAKey }
            SecretNameFault::Reserved => { "reserved": SecretNameFault::Reserved }
        }, ToString::to_string),
        entry("headers", &samples! {
            HeaderFault::NotAName => { "no name": HeaderFault::NotAName }
            HeaderFault::Reserved => { "reserved": HeaderFault::Reserved }
            HeaderFault::TooLong(_) => { "too long": HeaderFault::TooLong(1_024) }
            HeaderFault::NotPrintable => { "not printable": HeaderFault::NotPrintable }
        }, ToString::to_string),
        entry("extra settings", &samples! {
            ExtraFault::NotAnObject => { "no object": ExtraFault::NotAnObject }
            ExtraFault::TooLong => { "too long": ExtraFault::TooLong }
            ExtraFault::Kept(_) => { "kept": ExtraFault::Kept("model".to_owned()) }
        }, ToString::to_string),
        entry("stretches of time", &samples! {
            SpanFault::Empty => { "empty": SpanFault::Empty }
            SpanFault::TooLong => { "too long": SpanFault::TooLong }
        }, ToString::to_string),
    ];
    let about = "What each fault of a text says; the field's name stands before it.";
    hold("faults", about, file!(), &entries);
}
