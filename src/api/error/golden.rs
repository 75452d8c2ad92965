//! Every refusal, as the management plane tells it.

use super::*;
use crate::{
    domain::{bootstrap::BootstrapFault, clerk::SessionFault},
    golden::{hold, over_lines, samples},
};

/// Status line, headers and body of a reply.
pub(in crate::api) fn told(reply: &Reply) -> String {
    let head = reply.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
    format!("{}\n{}\n{}", reply.status, head.collect::<String>(), over_lines(&reply.body))
}

/// A refusal in both forms.
pub(in crate::api) fn both(plain: &Reply, problem: &Reply) -> String {
    format!("{}\n\n{}", told(plain), told(problem))
}

fn faults() -> Faults {
    let mut faults = Faults::default();
    faults.add("name", Code::MissingRequiredField, "is required");
    faults.add_suggesting("nmae", Code::UnknownField, "is not a field", Some("name"));
    faults
}

fn of(most: u32, of: Stock) -> Error {
    Error::NoRoom(Quota { of, most })
}

fn session(fault: SessionFault) -> Error {
    Error::Unauthenticated(Unauthenticated::Session(fault))
}

fn bootstrap(fault: BootstrapFault) -> Error {
    Error::Unauthenticated(Unauthenticated::Bootstrap(fault))
}

#[rustfmt::skip]
fn errors() -> Vec<(&'static str, Error)> {
    use Error as E;
    use Unauthenticated as U;
    let permission = |text| Permission::parse(text).unwrap();
    let key = || ApiKeyId::from_bytes([7; 16]);
    let moment = || Timestamp::from_millis(1_750_000_000_000);
    samples! {
        E::UnknownPath => { "a path that nothing is at": E::UnknownPath }
        E::Home => { "the root": E::Home }
        E::MethodNotAllowed(_) => { "another method": E::MethodNotAllowed("GET, POST") }
        E::Unauthenticated(U::Missing) => { "no credential": E::Unauthenticated(U::Missing) }
        E::Unauthenticated(U::NotBearer) => { "another scheme": E::Unauthenticated(U::NotBearer) }
        E::Unauthenticated(U::Malformed) => { "several credentials": E::Unauthenticated(U::Malformed) }
        E::Unauthenticated(U::Forged) => { "a forged key": E::Unauthenticated(U::Forged) }
        E::Unauthenticated(U::Revoked) => { "a revoked key": E::Unauthenticated(U::Revoked) }
        E::Unauthenticated(U::Expired) => { "an expired key": E::Unauthenticated(U::Expired) }
        E::Unauthenticated(U::Session(SessionFault::NotSetUp)) => { "a session token where Clerk isn't set up": session(SessionFault::NotSetUp) }
        E::Unauthenticated(U::Session(SessionFault::TooLong)) => { "a session token that is too long": session(SessionFault::TooLong) }
        E::Unauthenticated(U::Session(SessionFault::Malformed)) => { "a malformed session token": session(SessionFault::Malformed) }
        E::Unauthenticated(U::Session(SessionFault::Algorithm)) => { "a session token of another algorithm": session(SessionFault::Algorithm) }
        E::Unauthenticated(U::Session(SessionFault::Kind)) => { "a session token of another kind": session(SessionFault::Kind) }
        E::Unauthenticated(U::Session(SessionFault::UnknownKey)) => { "a session token of an unknown key": session(SessionFault::UnknownKey) }
        E::Unauthenticated(U::Session(SessionFault::Signature)) => { "a session token with a wrong signature": session(SessionFault::Signature) }
        E::Unauthenticated(U::Session(SessionFault::Claim(_))) => { "a session token with a wrong claim": session(SessionFault::Claim("sid")) }
        E::Unauthenticated(U::Session(SessionFault::Expired)) => { "an expired session token": session(SessionFault::Expired) }
        E::Unauthenticated(U::Session(SessionFault::Early)) => { "a session token from the future": session(SessionFault::Early) }
        E::Unauthenticated(U::Session(SessionFault::Issuer)) => { "a session token of another issuer": session(SessionFault::Issuer) }
        E::Unauthenticated(U::Session(SessionFault::Party)) => { "a session token of another party": session(SessionFault::Party) }
        E::Unauthenticated(U::Session(SessionFault::NoParty)) => { "a session token of no party": session(SessionFault::NoParty) }
        E::Unauthenticated(U::Session(SessionFault::Audience)) => { "a session token for another audience": session(SessionFault::Audience) }
        E::Unauthenticated(U::Session(SessionFault::Pending)) => { "a session token of a pending session": session(SessionFault::Pending) }
        E::Unauthenticated(U::Bootstrap(BootstrapFault::Unset)) => { "an exchange where BOOTSTRAP_KEY is unset": bootstrap(BootstrapFault::Unset) }
        E::Unauthenticated(U::Bootstrap(BootstrapFault::Unusable)) => { "an exchange where BOOTSTRAP_KEY can be guessed": bootstrap(BootstrapFault::Unusable) }
        E::Unauthenticated(U::Bootstrap(BootstrapFault::Missing)) => { "an exchange of nothing": bootstrap(BootstrapFault::Missing) }
        E::Unauthenticated(U::Bootstrap(BootstrapFault::Wrong)) => { "an exchange of something else": bootstrap(BootstrapFault::Wrong) }
        E::MissingScope(_) => { "a missing scope": E::MissingScope(Scope::ClientTokensWrite) }
        E::CannotGrant(_) => { "a permission that the maker lacks": E::CannotGrant(permission("TARGETS:*")) }
        E::CannotRevoke(_) => { "a key that may do more": E::CannotRevoke(permission("*")) }
        E::LiveWithTestKey => { "something live, with a test key": E::LiveWithTestKey }
        E::TargetWithTestKey => { "a target, with a test key": E::TargetWithTestKey }
        E::MalformedId(Noun::ClientToken) => { "a malformed id of a token": E::MalformedId(Noun::ClientToken) }
        E::MalformedId(Noun::ApiKey) => { "a malformed id of a key": E::MalformedId(Noun::ApiKey) }
        E::MalformedId(Noun::Conversation) => { "a malformed id of a conversation": E::MalformedId(Noun::Conversation) }
        E::MalformedId(Noun::Target) => { "a malformed id of a target": E::MalformedId(Noun::Target) }
        E::NotFound(Noun::ClientToken) => { "an unknown token": E::NotFound(Noun::ClientToken) }
        E::NotFound(Noun::ApiKey) => { "an unknown key": E::NotFound(Noun::ApiKey) }
        E::NotFound(Noun::Conversation) => { "an unknown conversation": E::NotFound(Noun::Conversation) }
        E::NotFound(Noun::Target) => { "an unknown target": E::NotFound(Noun::Target) }
        E::NoPreviousKey => { "no previous value of a key": E::NoPreviousKey }
        E::BodyTooLarge(_) => { "a body that is too large": E::BodyTooLarge(65_536) }
        E::UnprovedBodyTooLarge(..) => { "a large body without a session": E::UnprovedBodyTooLarge(1_048_576, 67_108_864) }
        E::TextTooLarge(_) => { "a text that is too large beside its pictures": E::TextTooLarge(1_048_576) }
        E::Busy => { "too many large bodies at once": E::Busy }
        E::UnsupportedMediaType => { "a body of another type": E::UnsupportedMediaType }
        E::UnsupportedEncoding => { "a compressed body": E::UnsupportedEncoding }
        E::InvalidJson(JsonFault::Malformed(_)) => { "no JSON": E::InvalidJson(JsonFault::Malformed("expected value at line 1 column 2".to_owned())) }
        E::InvalidJson(JsonFault::TooManyValues) => { "too many values": E::InvalidJson(JsonFault::TooManyValues) }
        E::InvalidJson(JsonFault::TooManyNames) => { "too many names": E::InvalidJson(JsonFault::TooManyNames) }
        E::InvalidJson(JsonFault::NameTooLong) => { "a name that is too long": E::InvalidJson(JsonFault::NameTooLong) }
        E::NotAnObject(_) => { "no object": E::NotAnObject("an array") }
        E::Invalid(_) => { "faults of a body": E::Invalid(faults()) }
        E::InvalidQuery(_) => { "faults of a query": E::InvalidQuery(faults()) }
        E::ListTooLong(Noun::ClientToken) => { "a list of tokens that is too long": E::ListTooLong(Noun::ClientToken) }
        E::ListTooLong(Noun::ApiKey) => { "a list of keys that is too long": E::ListTooLong(Noun::ApiKey) }
        E::ListTooLong(Noun::Conversation) => { "a list of conversations that is too long": E::ListTooLong(Noun::Conversation) }
        E::ListTooLong(Noun::Target) => { "a list of targets that is too long": E::ListTooLong(Noun::Target) }
        E::NoRoom(Quota { of: Stock::Tokens, .. }) => { "as many tokens as there may be": of(10_000, Stock::Tokens) }
        E::NoRoom(Quota { of: Stock::Targets, .. }) => { "as many targets as there may be": of(1_000, Stock::Targets) }
        E::NoRoom(Quota { of: Stock::Keys, .. }) => { "as many keys as there may be": of(1_000, Stock::Keys) }
        E::ValueUnavailable => { "a value that can't be derived": E::ValueUnavailable }
        E::KeyExpired => { "an expired key to regenerate": E::KeyExpired }
        E::KeyOutlives(_) => { "a key that would outlive its maker": E::KeyOutlives(moment()) }
        E::Shed(Crowd::ApiKey) => { "a crowd of one key": E::Shed(Crowd::ApiKey) }
        E::Shed(Crowd::Address) => { "a crowd of one network": E::Shed(Crowd::Address) }
        E::Shed(Crowd::Token(_)) => { "a crowd of one token": E::Shed(Crowd::Token(3_000)) }
        E::MalformedIfMatch => { "a malformed If-Match": E::MalformedIfMatch }
        E::PreconditionFailed(_) => { "a token that has changed": E::PreconditionFailed("\"1-a\"".to_owned()) }
        E::MalformedIdempotencyKey(KeyFault::Empty) => { "an empty Idempotency-Key": E::MalformedIdempotencyKey(KeyFault::Empty) }
        E::MalformedIdempotencyKey(KeyFault::TooLong) => { "an Idempotency-Key that is too long": E::MalformedIdempotencyKey(KeyFault::TooLong) }
        E::MalformedIdempotencyKey(KeyFault::Malformed) => { "a malformed Idempotency-Key": E::MalformedIdempotencyKey(KeyFault::Malformed) }
        E::IdempotencyKeyReused => { "an Idempotency-Key that was used": E::IdempotencyKeyReused }
        E::ShownOnce(_) => { "a key that was shown": E::ShownOnce(key()) }
        E::BootstrapUsed(_) => { "a BOOTSTRAP_KEY that was exchanged": E::BootstrapUsed(Exchanged { key: key(), at: moment() }) }
        E::Browser(_) => { "of the browser plane, each of which refusals-browser.txt has": E::from(Refused::SessionOver) }
        E::Internal => { "something broke": E::Internal }
    }
}

#[test]
fn every_refusal_is_told_as_it_was() {
    let plain = errors();
    let entries: Vec<_> = plain
        .into_iter()
        .zip(errors())
        .map(|((title, plain), (_, problem))| {
            let both = both(&plain.reply(ErrorForm::Json), &problem.reply(ErrorForm::Problem));
            (title.to_owned(), both)
        })
        .collect();
    let about = "Every refusal of the management plane: status, headers of its own, and the body in both forms.";
    hold("refusals-management", about, file!(), &entries);
}
