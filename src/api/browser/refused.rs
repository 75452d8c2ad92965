//! What the browser plane refuses, and how the page is told.
//!
//! These words are read by people: the widget shows the hint of an init's 401 and 403 and of every
//! 429, and the error text of the rest (contract sections 6, 8 and 11).

#[cfg(test)]
mod golden;

use crate::{
    api::{
        error_reply::{ErrorReply, error_reply},
        faults::{Code, Faults},
        rate_limit,
    },
    chat::refused::{Refused, Unlisted},
    domain::{
        ledger::Held,
        limiter::Verdict,
        origin::{AllowedOrigins, NoEntry, RequestOrigin},
    },
};

pub(in crate::api) fn told(refused: Refused) -> ErrorReply {
    match refused {
        Refused::UnknownToken(_) => error_reply(401, "Invalid client token")
            .detail("The value is mistyped, or its token was regenerated or deleted. GET /v1/client-tokens/:id/token has the present value.".to_owned())
            .hint("Please reload the page. If this stays, the site's owner has to put the token's present value into it."),
        Refused::ValueExpired(end) => error_reply(401, "Invalid client token")
            .detail(format!("The minted value ended at {end}. The site's server mints another with POST /v1/client-tokens/:id/mint."))
            .hint("This page has been open for too long. Please reload it."),
        Refused::SessionOver => error_reply(401, "Session not found or expired")
            .hint("Open a session anew with POST /v1/client/init."),
        Refused::MalformedSession => error_reply(400, "Invalid session ID")
            .hint("A session id is what POST /v1/client/init answered, unchanged."),
        Refused::ForeignSession => error_reply(404, "Session not found")
            .hint("This session belongs to another client token, or its id is older than 30 days."),
        Refused::OriginNotAllowed(page) => {
            error_reply(403, "Origin not allowed").hint(origin_hint(page.as_ref()))
        }
        Refused::OriginNotGranted(origin) => {
            let seen = seen(&origin);
            error_reply(403, "Origin not allowed")
                .hint(format!("{seen} The client token admits it, but the minted value in this page doesn't: its allowedOrigins were chosen by the site's server."))
        }
        Refused::TokenInactive => error_reply(403, "Client token is inactive")
            .hint("This client token is switched off. The site's owner can switch it on with PUT /v1/client-tokens/:id and {\"isActive\": true}."),
        // The widget matches the words of this error.
        Refused::HistoryDisabled => error_reply(403, "visitor_history_disabled")
            .hint("This service keeps no history for visitors. Send init without visitorHistory."),
        Refused::TargetNotListed => error_reply(400, "flow not allowed")
            .hint("This client token doesn't list that flow or agent. The site's owner can add it to flowIds or agentIds."),
        Refused::TargetNotGranted => error_reply(400, "flow not allowed")
            .hint("The client token lists that flow or agent, but the minted value in this page doesn't: its flowIds and agentIds were chosen by the site's server."),
        Refused::NoTarget => error_reply(400, "flow required")
            .hint("This client token lists neither flows nor agents. The site's owner can add flowIds or agentIds."),
        Refused::TargetRemoved => error_reply(403, "flow not allowed")
            .hint("This client token no longer lists the flow or agent of this session. Reload the page to begin anew."),
        Refused::NoUpstream => error_reply(404, "No upstream for this flow")
            .hint("Nothing can execute this flow or agent. The site's owner can say what does, with PUT /v1/targets/:id or the variable DEFAULT_UPSTREAM."),
        Refused::Limited(verdict) => limited(&verdict),
        Refused::ToolsUnknown => error_reply(409, "client_tools_resend_required")
            .hint("The tools of this fingerprint aren't stored. Send clientTools whole."),
        Refused::ConversationDeleted => error_reply(410, "conversation_deleted")
            .hint("This conversation was deleted. Reload the page to begin a new one."),
        Refused::NoSuchExecution => error_reply(404, "No such paused execution")
            .hint("No execution of this id waits in this conversation. It may have gone on already."),
        Refused::ConversationFull => error_reply(409, "This conversation is full. Please begin a new one.")
            .hint("This conversation holds as much as one may: 2,000 messages or 32 MiB. Begin another: open a session with POST /v1/client/init and no sessionId."),
        Refused::StorageFull(most) => error_reply(429, "Storage limit reached")
            .hint(format!(
                "This chat takes no new messages at present. Its conversations hold {} MiB, as much as they may together: the site's owner can delete old ones, or allow more with the variable STORED_BYTES_PER_TOKEN.",
                most.div_ceil(1024 * 1024)
            ))
            .header("Retry-After", Held::LOOK_MINUTES.saturating_mul(60).to_string()),
        Refused::TooMuchNew => error_reply(413, "This message is too large, with all that comes with it")
            .hint("What is new in one chat may have 8 MiB: messages, tools, and what the page tells beside them."),
        Refused::MessageTooLarge => error_reply(413, "This message is too large: it may have 1.9 MB, pictures and files included")
            .hint("Send a smaller picture or file, or less text."),
        Refused::OutputsTooLarge => error_reply(413, "The results of tools are too large")
            .hint("The toolOutputs of one resumption may have 256 KiB."),
        Refused::StateTooLarge => error_reply(413, "The results of tools are too large")
            .hint("What an execution remembers, results of tools included, may have 1 MiB."),
        Refused::ContextTooLarge => error_reply(413, "This page adds too much to what you say")
            .hint("The inputs, context and metadata of one chat may have 64 KiB together, as JSON."),
        Refused::ToolsTooLarge => error_reply(413, "The tools of this page are too large")
            .hint("The clientTools of a page may have 128 KiB together, as JSON."),
        Refused::TooManyNew(most) => {
            invalid("messages", Code::TooMany, &format!("must have at most {most} new messages of the user"))
        }
        Refused::QuestionIsAnAnswer(at) => invalid(
            &format!("messages.{at}.id"),
            Code::InvalidFormat,
            "is the id of an answer; a message of the user needs one of its own",
        ),
        Refused::MessageIdReused(at) => {
            let mut faults = Faults::default();
            faults.add(
                &format!("messages.{at}.id"),
                Code::InvalidFormat,
                "is the id of an earlier message with another text, which was answered; each message needs an id of its own",
            );
            error_reply(409, "This message could not be sent. Please write it again.")
                .details(faults.into_details())
        }
        Refused::UpstreamFailed { cause, retry_after, verdict } => {
            let wait = retry_after.map(|seconds| ("Retry-After", seconds.to_string()));
            error_reply(502, "The assistant could not be reached")
                .hint(cause.to_string())
                .headers(rate_limit::headers(&verdict))
                .headers(wait.into_iter().collect())
        }
    }
}

/// A fault of the body that only shows once it is compared with what is stored.
fn invalid(path: &str, code: Code, message: &str) -> ErrorReply {
    let mut faults = Faults::default();
    faults.add(path, code, message);
    error_reply(400, "Invalid request body").details(faults.into_details())
}

/// Which origin was seen, and what its owner can do: never what the API would refuse (contract
/// section 5).
fn origin_hint(page: Option<&Unlisted>) -> String {
    let Some(Unlisted { origin, no_entry }) = page else {
        return "The Origin header of this request can't be read: it isn't one that browsers send. Nothing in the token's allowedOrigins admits it.".to_owned();
    };
    let seen = seen(origin);
    match no_entry {
        None => format!("{seen} The site's owner can add it to the token's allowedOrigins."),
        Some(NoEntry::Full) => format!(
            "{seen} The token's allowedOrigins have {} entries, as many as they may: the site's owner can put it in the place of another.",
            AllowedOrigins::MAX
        ),
        Some(NoEntry::Unlistable) => format!(
            "{seen} The token's allowedOrigins can't list such an origin: only the entry \"*\" admits it. An app whose code sends its requests without an Origin needs the entry \"native\"."
        ),
    }
}

fn seen(origin: &RequestOrigin) -> String {
    match origin {
        RequestOrigin::Absent => {
            "This request has no Origin; apps and servers need the entry \"native\".".to_owned()
        }
        origin => format!("This page's origin is {origin}."),
    }
}

fn limited(verdict: &Verdict) -> ErrorReply {
    let hint = verdict.refusal.as_ref().map(rate_limit::hint).unwrap_or_default();
    error_reply(429, "Rate limit exceeded").hint(hint).headers(rate_limit::headers(verdict))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::{accept::ErrorForm, shed},
        chat::transcript::widget::is_failure,
        domain::{
            json::{self, Look},
            limiter::{Limit, LimitReached},
            origin::OriginPattern,
            shedding::Crowd,
        },
    };

    fn hint(list: &AllowedOrigins, header: Option<&str>) -> String {
        let page = RequestOrigin::parse(header).ok().map(|origin| {
            let no_entry = list.entry_for(&origin).err();
            Unlisted { origin, no_entry }
        });
        origin_hint(page.as_ref())
    }

    #[test]
    fn an_entry_is_advised_only_where_it_can_be_added() {
        let list = |count: usize| {
            let entry = |n| OriginPattern::parse(&format!("a{n}.example")).unwrap();
            AllowedOrigins::from_patterns((0..count).map(entry).collect())
        };
        let (one, full) = (list(1), list(AllowedOrigins::MAX));
        let add = "can add it to the token's allowedOrigins";
        for header in [None, Some("https://b.example"), Some("http://localhost:3000")] {
            assert!(hint(&one, header).contains(add), "{header:?}");
            assert!(!hint(&full, header).contains(add), "{header:?}");
            assert!(hint(&full, header).contains("in the place of another"), "{header:?}");
        }
        for header in ["null", "file://", "capacitor://localhost", "chrome-extension://abc"] {
            for list in [&one, &full] {
                let hint = hint(list, Some(header));
                assert!(!hint.contains(add) && !hint.contains("in the place of"), "{hint}");
                for words in [header, "\"*\"", "\"native\"", "can't list"] {
                    assert!(hint.contains(words), "{hint}");
                }
            }
        }
        assert!(!hint(&one, Some("https://a.example/path")).contains("owner"));
    }

    /// What the widget shows of a refused chat, in a page that asks for the reason alone.
    fn shown(reply: ErrorReply) -> String {
        let reply = reply.told(ErrorForm::Json);
        let body = json::parse(reply.body.as_bytes()).unwrap();
        let member = if reply.status == 429 { "hint" } else { "error" };
        body.text(member).unwrap().to_owned()
    }

    #[test]
    fn what_a_refused_chat_leaves_on_the_page_is_known_when_it_comes_again() {
        let limited = |by| {
            let refusal = Some(LimitReached { by, quota: 10, retry_after: 130 });
            Refused::Limited(Verdict { refusal, minute: None, hour: None })
        };
        for refused in [
            Refused::OriginNotAllowed(None),
            Refused::OriginNotGranted(RequestOrigin::Absent),
            Refused::TokenInactive,
            Refused::TargetRemoved,
            Refused::NoUpstream,
            limited(Limit::Minute),
            limited(Limit::Hour),
            limited(Limit::MinuteBytes),
            limited(Limit::HourBytes),
            limited(Limit::Session),
            Refused::ConversationDeleted,
            Refused::ConversationFull,
            Refused::StorageFull(7),
            Refused::MessageTooLarge,
            Refused::TooMuchNew,
            Refused::TooManyNew(50),
            Refused::QuestionIsAnAnswer(0),
            Refused::MessageIdReused(0),
        ] {
            let told_of = format!("{refused:?}");
            assert!(is_failure(&shown(told(refused))), "{told_of}");
        }
        for crowd in [Crowd::Address, Crowd::Token(7)] {
            assert!(is_failure(&shown(shed::told(crowd))), "{crowd:?}");
        }
        assert!(!is_failure("More than 7 requests were answered."));
    }
}
