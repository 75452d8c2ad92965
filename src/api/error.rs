//! Every refusal, and how it is told.
//!
//! The policy is one exhaustive match: an error names its cause, and this
//! file alone decides status, text, hint and headers (contract section 9). What went wrong
//! inside is for the log: [`Error::Internal`] holds nothing that could be told.

#[cfg(test)]
pub(in crate::api) mod golden;

use crate::{
    api::{
        accept::ErrorForm,
        authorization::Unauthenticated,
        bootstrap_hint::bootstrap_hint,
        browser::{refusal_code, refused},
        error_body::TopCode,
        error_reply::{ErrorReply, error_reply},
        etag,
        faults::{Code, Faults},
        reply::Reply,
        session_hint::session_hint,
        shed,
    },
    chat::refused::Refused,
    domain::{
        bootstrap::Exchanged,
        id::ApiKeyId,
        idempotency::KeyFault,
        json::JsonFault,
        paged::{PAGE_BYTES, WHOLE_MAX},
        permission::{Permission, Scope},
        quotas::{Quota, Stock},
        shedding::Crowd,
        time::Timestamp,
    },
};

/// After how many seconds there may be room for one more large body.
const BUSY_SECONDS: u32 = 2;

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noun {
    ClientToken,
    ApiKey,
    Conversation,
    Target,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Error {
    UnknownPath,
    /// The root, asked for otherwise than as a page.
    Home,
    /// The value of `Allow`.
    MethodNotAllowed(&'static str),
    Unauthenticated(Unauthenticated),
    MissingScope(Scope),
    /// A key would grant what its maker hasn't.
    CannotGrant(Permission),
    /// A key would be revoked that has this permission, which the caller hasn't.
    CannotRevoke(Permission),
    LiveWithTestKey,
    /// A test key would change a target.
    TargetWithTestKey,
    MalformedId(Noun),
    /// Nothing has this id, or not for this caller.
    NotFound(Noun),
    /// The API key has no value before that works on.
    NoPreviousKey,
    /// The body has more bytes than this.
    BodyTooLarge(usize),
    /// The body has more bytes than the first of these, and more, up to the second, are taken
    /// only behind a genuine session.
    UnprovedBodyTooLarge(usize, usize),
    /// A chat has more bytes than this beside its pictures and files.
    TextTooLarge(usize),
    /// Other chats with pictures are being read, and there is no room for one more.
    Busy,
    /// A body that doesn't say it is JSON.
    UnsupportedMediaType,
    /// A compressed body.
    UnsupportedEncoding,
    /// A body that isn't JSON, or more of it than is read; where and why.
    InvalidJson(JsonFault),
    /// A JSON body of this kind instead of an object.
    NotAnObject(&'static str),
    /// A body with faults.
    Invalid(Faults),
    InvalidQuery(Faults),
    /// A whole list of these was asked for, and it is too long or too large for one answer.
    ListTooLong(Noun),
    /// The tenant has as many as it may have.
    NoRoom(Quota),
    /// The value can't be derived, its signing key is gone.
    ValueUnavailable,
    /// An expired key was to be regenerated.
    KeyExpired,
    /// A key that works on after this moment, at which the caller's ends, was to be regenerated.
    KeyOutlives(Timestamp),
    /// Too many requests of this crowd, turned away before anything was asked.
    Shed(Crowd),
    /// An `If-Match` header that isn't a list of entity tags.
    MalformedIfMatch,
    /// The token changed since the caller read it; its present entity tag.
    PreconditionFailed(String),
    MalformedIdempotencyKey(KeyFault),
    /// The key was used for a request with another body.
    IdempotencyKeyReused,
    /// The request was carried out before, and what it answered was shown once: an API key.
    ShownOnce(ApiKeyId),
    /// This value of `BOOTSTRAP_KEY` was exchanged before.
    BootstrapUsed(Exchanged),
    Browser(Box<Refused>),
    /// Something broke; the log knows what.
    Internal,
}

impl From<Error> for ErrorReply {
    fn from(error: Error) -> Self {
        match error {
            Error::UnknownPath => error_reply(404, "Not found")
                .hint("No endpoint is at this path. Paths are case-sensitive, without a double or a trailing slash. Pages find /v1/client/init, /chat, /resume and /feedback, but neither approvals (/approve) nor speech (/speak); servers find /v1/client-tokens, /v1/targets, /v1/api-keys and /v1/audit-log. GET /openapi.json describes them all."),
            Error::Home => error_reply(404, "Not found")
                .hint("This is a Client Tokens API. GET /openapi.json describes it, /docs/ is the same for people, and /console/ is where an operator signs in."),
            Error::MethodNotAllowed(allow) => error_reply(405, "Method not allowed")
                .hint("The Allow header lists the methods of this path.")
                .header("Allow", allow),
            Error::Unauthenticated(reason) => unauthenticated(reason),
            Error::MissingScope(scope) => insufficient(scope.as_str())
                .detail(format!("This API key or session lacks the permission {}.", scope.as_str())),
            Error::CannotGrant(permission) => insufficient(permission.as_str()).detail(format!(
                "A key can't grant more than its maker has, and this API key or session lacks {}.",
                permission.as_str()
            )),
            Error::CannotRevoke(permission) => insufficient(permission.as_str()).detail(format!(
                "A key can't revoke one that may do more, itself aside, and this API key or session lacks {}.",
                permission.as_str()
            )),
            Error::LiveWithTestKey => error_reply(403, "Insufficient permissions")
                .detail("A test key makes test tokens and test keys only. Use a live key, or leave environment out.".to_owned())
                .header("WWW-Authenticate", "Bearer error=\"insufficient_scope\""),
            Error::TargetWithTestKey => error_reply(403, "Insufficient permissions")
                .detail("Targets serve live tokens, too, so a test key can read them but not change them. Use a live key.".to_owned())
                .header("WWW-Authenticate", "Bearer error=\"insufficient_scope\""),
            Error::MalformedId(Noun::ClientToken) => error_reply(400, "Invalid client token ID")
                .hint("An id is ct_ and a lower-case hyphenated UUID. The value of a token (ct_live_…, ct_test_…) is not its id."),
            Error::MalformedId(Noun::ApiKey) => error_reply(400, "Invalid API key ID")
                .hint("An id is key_ and a lower-case hyphenated UUID. The key itself (rt_live_…, rt_test_…) is not its id."),
            Error::MalformedId(Noun::Conversation) => error_reply(400, "Invalid conversation ID")
                .hint("An id is conv_ and a lower-case hyphenated UUID. A session id (cs_…) is not the id of its conversation."),
            Error::MalformedId(Noun::Target) => error_reply(400, "Invalid target ID")
                .hint("An id begins with flow_ or agent_, goes on with A-Z, a-z, 0-9, _ and -, and has at most 128 characters."),
            Error::NotFound(Noun::ClientToken) => error_reply(404, "Client token not found")
                .hint("It doesn't exist, was deleted, or can't be seen with this API key or session."),
            Error::NotFound(Noun::ApiKey) => error_reply(404, "API key not found")
                .hint("It doesn't exist, was revoked, or can't be seen with this API key or session."),
            Error::NoPreviousKey => error_reply(404, "Previous key not found")
                .hint("No period of grace of this API key runs: its old value, if it had one, doesn't work any more."),
            Error::NotFound(Noun::Conversation) => error_reply(404, "Conversation not found")
                .hint("It doesn't exist, was deleted, or belongs to another client token."),
            Error::NotFound(Noun::Target) => error_reply(404, "Target not found")
                .hint("Nothing was set up under this id. PUT /v1/targets/:id does that."),
            Error::BodyTooLarge(limit) => error_reply(413, "Request body too large")
                .detail(format!("The body must be at most {limit} bytes.")),
            Error::UnprovedBodyTooLarge(limit, proved) => error_reply(413, "Request body too large")
                .detail(format!("The body must be at most {limit} bytes."))
                .hint(format!("It may have {proved} if sessionId is its first member and is what POST /v1/client/init answered.")),
            Error::TextTooLarge(limit) => error_reply(413, "Request body too large")
                .detail(format!("The body must be at most {limit} bytes, pictures and files aside.")),
            Error::Busy => error_reply(503, "Many pictures are being sent at the moment. Please try again.")
                .hint(format!("Others send large messages, too. Please wait {BUSY_SECONDS} seconds and send yours again."))
                .header("Retry-After", BUSY_SECONDS.to_string()),
            Error::UnsupportedMediaType => error_reply(415, "Unsupported media type")
                .hint("Send the body with Content-Type: application/json."),
            // RFC 9110 section 15.5.16: Accept-Encoding says which would have been taken.
            Error::UnsupportedEncoding => error_reply(415, "Unsupported content encoding")
                .hint("Send the body as it is, uncompressed and without a Content-Encoding header.")
                .header("Accept-Encoding", "identity"),
            Error::InvalidJson(fault) => unread(&fault),
            Error::NotAnObject(kind) => error_reply(400, "Invalid request body").detail_coded(
                Code::InvalidType,
                format!("The body must be a JSON object, not {kind}."),
            ),
            Error::Invalid(faults) => error_reply(400, "Invalid request body").faults(faults),
            Error::InvalidQuery(faults) => {
                error_reply(400, "Invalid query parameters").details(faults.into_details())
            }
            Error::ListTooLong(noun) => list_too_long(noun),
            Error::NoRoom(quota) => no_room(quota),
            Error::ValueUnavailable => error_reply(400, "Token value is not available")
                .hint("The key that signed this value is no longer in TOKEN_KEYS, so the value is dead. POST /v1/client-tokens/:id/regenerate makes a new one."),
            Error::KeyExpired => error_reply(400, "API key has expired")
                .hint("A new value would be as dead as the old one. Create a new key instead."),
            Error::KeyOutlives(end) => error_reply(400, "API key would outlive its maker")
                .hint(format!("The API key that asks expires at {end}, and a new value of this one would work on after that. Use a key that lasts as long.")),
            Error::Shed(crowd) => shed::told(crowd),
            Error::MalformedIfMatch => error_reply(400, "Invalid If-Match header")
                .hint("Send the ETag of an answer as it stands, its quotes included, several of them with commas between, or *."),
            Error::PreconditionFailed(current) => error_reply(412, "Client token has changed")
                .hint("It isn't what If-Match names any more: read it again, and decide anew. The ETag header of this answer is the present one.")
                .headers(etag::headers(current)),
            Error::MalformedIdempotencyKey(fault) => error_reply(400, "Invalid Idempotency-Key header")
                .detail(format!("Idempotency-Key {fault}."))
                .hint("Send one new random text for each thing to be done, such as a UUID, and the same one again only to repeat the request."),
            Error::IdempotencyKeyReused => error_reply(422, "Idempotency-Key was used for another request")
                .hint("Under a key the same body is expected for 24 hours. Repeat the request unchanged, or use a new key for a new one."),
            Error::ShownOnce(id) => error_reply(409, "Request was carried out before")
                .hint(format!("The API key {id} was made or regenerated by the first request with this Idempotency-Key, whose answer alone showed its value. If that answer was lost, regenerate the key under a new Idempotency-Key, or revoke it.")),
            Error::BootstrapUsed(Exchanged { key, at }) => error_reply(409, "BOOTSTRAP_KEY was exchanged before")
                .hint(format!("It is good for one exchange, which made the API key {key} at {at}. If that answer was lost, set another value of BOOTSTRAP_KEY, exchange that, and revoke the lost key. If you didn't make it, somebody else has the value: revoke the key at once.")),
            Error::Browser(refused) => refused::told(*refused),
            Error::Internal => error_reply(500, "Internal server error")
                .hint("Try again. If it stays, the X-Request-Id header of this answer finds the cause in the log."),
        }
    }
}

fn list_too_long(noun: Noun) -> ErrorReply {
    let error = match noun {
        Noun::ClientToken => "Too many client tokens for one list",
        Noun::ApiKey => "Too many API keys for one list",
        Noun::Conversation => "Too many conversations for one list",
        Noun::Target => "Too many targets for one list",
    };
    error_reply(400, error)
        .detail(format!("There are more than {WHOLE_MAX}, or more than fit {} MiB.", PAGE_BYTES >> 20))
        .hint("Page through them: ?limit=200&offset=0, then on from pagination.offset and pagination.limit together, until pagination.hasMore is false.")
}

fn no_room(quota: Quota) -> ErrorReply {
    let (most, rows) = (quota.most, quota.most_rows());
    let (error, told, remedy) = match quota.of {
        Stock::Tokens => (
            "Too many client tokens",
            format!(
                "A tenant may have {most} client tokens, and {rows} together with those that were deleted in the last 30 days."
            ),
            "Delete those that no page uses any more",
        ),
        Stock::Targets => (
            "Too many targets",
            format!("A tenant may have {most} targets."),
            "Delete those that no client token lists any more",
        ),
        Stock::Keys => (
            "Too many API keys",
            format!(
                "A tenant may have {most} API keys, and {rows} together with those that were revoked and aren't purged yet."
            ),
            "Revoke those that nothing uses any more",
        ),
    };
    error_reply(409, error).detail(told).hint(format!(
        "{remedy}, then try again. Whoever runs this deployment may allow more: the variable TENANT_QUOTAS."
    ))
}

/// A body that was not read as JSON.
fn unread(fault: &JsonFault) -> ErrorReply {
    let message = format!("The body {fault}.");
    match fault {
        JsonFault::Malformed(_) => error_reply(400, "Invalid JSON")
            .detail_coded(Code::InvalidJson, message)
            .coded(TopCode::Fault(Code::InvalidJson)),
        JsonFault::TooManyValues | JsonFault::TooManyNames => {
            error_reply(400, "Invalid request body").detail_coded(Code::TooMany, message)
        }
        JsonFault::NameTooLong => {
            error_reply(400, "Invalid request body").detail_coded(Code::TooLong, message)
        }
    }
}

impl From<JsonFault> for Error {
    fn from(fault: JsonFault) -> Self {
        Self::InvalidJson(fault)
    }
}

fn insufficient(scope: &str) -> ErrorReply {
    error_reply(403, "Insufficient permissions").header(
        "WWW-Authenticate",
        format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\""),
    )
}

/// RFC 6750 section 3.1: no `error` attribute unless a bearer credential came.
fn unauthenticated(reason: Unauthenticated) -> ErrorReply {
    const BAD: &str = "Bearer error=\"invalid_token\"";
    let (challenge, hint) = match reason {
        Unauthenticated::Missing => {
            ("Bearer", "Send an API key: Authorization: Bearer rt_live_… (or rt_test_…).")
        }
        Unauthenticated::NotBearer => {
            ("Bearer", "Only the Bearer scheme is understood: Authorization: Bearer rt_live_….")
        }
        Unauthenticated::Malformed => {
            (BAD, "Send exactly one Authorization header with exactly one API key.")
        }
        Unauthenticated::Forged => (
            BAD,
            "This is not an API key of this deployment: mistyped, cut off, from elsewhere, or made with a key that has left TOKEN_KEYS.",
        ),
        Unauthenticated::Revoked => (BAD, "This API key was revoked or regenerated."),
        Unauthenticated::Expired => (BAD, "This API key has expired. Create a new one."),
        Unauthenticated::Bootstrap(fault) => {
            let (came, hint) = bootstrap_hint(fault);
            return error_reply(401, "Unauthorized")
                .hint(hint)
                .header("WWW-Authenticate", if came { BAD } else { "Bearer" });
        }
        Unauthenticated::Session(fault) => {
            return error_reply(401, "Unauthorized")
                .hint(session_hint(fault))
                .header("WWW-Authenticate", BAD);
        }
    };
    error_reply(401, "Unauthorized").hint(hint).header("WWW-Authenticate", challenge)
}

impl Error {
    pub(crate) fn reply(self, form: ErrorForm) -> Reply {
        ErrorReply::from(self).told(form)
    }

    /// To a page: with a word for programs, whatever the refusal is.
    pub(crate) fn reply_to_page(self, form: ErrorForm) -> Reply {
        let code = TopCode::Refusal(refusal_code::of(&self));
        ErrorReply::from(self).coded(code).told(form)
    }
}

impl From<Error> for Reply {
    fn from(error: Error) -> Self {
        error.reply(ErrorForm::Json)
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::Browser(Box::new(refused))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(error: Error) -> (u16, String, Vec<(&'static str, String)>) {
        let reply = Reply::from(error);
        (reply.status, reply.body, reply.headers)
    }

    #[test]
    fn a_challenge_names_an_error_only_when_a_credential_came() {
        let challenge = |reason| reply(Error::Unauthenticated(reason)).2;
        assert_eq!(
            challenge(Unauthenticated::Missing),
            [("WWW-Authenticate", "Bearer".to_owned())]
        );
        assert_eq!(
            challenge(Unauthenticated::Forged),
            [("WWW-Authenticate", "Bearer error=\"invalid_token\"".to_owned())]
        );
    }

    #[test]
    fn a_missing_scope_is_named_in_body_and_challenge() {
        let (status, body, headers) = reply(Error::MissingScope(Scope::ClientTokensWrite));
        assert_eq!(status, 403);
        assert!(body.starts_with(r#"{"error":"Insufficient permissions","details":[{"message":"#));
        assert!(body.contains("CLIENT_TOKENS:WRITE"));
        assert!(headers[0].1.ends_with("scope=\"CLIENT_TOKENS:WRITE\""));
    }

    #[test]
    fn invalid_json_has_its_code_at_the_top_and_in_its_detail() {
        let fault = JsonFault::Malformed("x at line 1".into());
        let (status, body, _) = reply(Error::InvalidJson(fault));
        assert_eq!(status, 400);
        assert_eq!(body.matches(r#""code":"INVALID_JSON""#).count(), 2);
    }

    #[test]
    fn a_body_beyond_a_bound_is_told_which() {
        for (fault, code, bound) in [
            (JsonFault::TooManyValues, "TOO_MANY", "100000 values"),
            (JsonFault::TooManyNames, "TOO_MANY", "1000 names"),
            (JsonFault::NameTooLong, "TOO_LONG", "1024 bytes"),
        ] {
            let (status, body, _) = reply(Error::InvalidJson(fault));
            assert_eq!(status, 400);
            assert!(body.contains(code) && body.contains(bound), "{body}");
        }
    }
}
