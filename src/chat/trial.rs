//! One message through a target's upstream, for its owner: what is asked, and what came back.
//!
//! There is no page and nothing is stored: the message stands alone, no tools are offered, and a
//! backend hears of a conversation and a token that exist nowhere else.

use serde::Serialize;

use serde_json::Value;

use crate::{
    chat::{
        execution::{Execution, Input, Outgoing, UpstreamCall},
        message::{Content, Message, Role},
        pause::PausedState,
        stream::{
            delta::{Delta, Usage},
            kept::Kept,
            notice::Notices,
        },
        upstream::{
            events::{
                Ending,
                relay::{Next, Relay},
            },
            failure::{Cause, UpstreamFailure},
            mask::masked,
            openai::accent::Accent,
        },
    },
    domain::{
        id::{ClientTokenId, ConversationId, ExecutionId, IdEntropy, MessageId},
        json,
        session::Session,
        target::Target,
        time::Timestamp,
    },
};

/// The most bytes of an answer that are waited for.
const ENOUGH: usize = 16 * 1024;

/// A message that is to be tried.
#[derive(Debug)]
pub(crate) struct Trial {
    execution: Execution,
    input: Input,
}

impl Trial {
    pub(crate) fn new(
        target: &Target,
        message: String,
        now: Timestamp,
        entropy: &IdEntropy,
    ) -> Self {
        let question = MessageId::new(now, entropy).to_string();
        let session = Session {
            conversation: ConversationId::new(now, entropy),
            token: ClientTokenId::new(now, entropy),
            generation: 0,
            started_at: now,
            issued_at: now,
            follows_another_user: false,
            target: target.id.clone(),
            grant: None,
        };
        let execution = Execution {
            id: ExecutionId::new(now, entropy).to_string(),
            session,
            kind: target.kind,
            question: question.clone(),
            answer: format!("{question}_answer"),
            before: PausedState::default(),
            is_resumed: false,
            notices: Notices::default(),
        };
        let content = Content::Text(message);
        let asked = Message { id: question, role: Role::User, content };
        Self { execution, input: Input { messages: vec![asked], ..Input::default() } }
    }

    pub(crate) fn execution_id(&self) -> &str {
        &self.execution.id
    }

    pub(crate) fn call<'a>(&'a self, target: &'a Target) -> UpstreamCall<'a> {
        self.execution.call(&self.input, &target.upstream)
    }

    pub(crate) fn relay(&self) -> Relay {
        self.execution.relay()
    }
}

/// What was asked, for whoever set the target up: headers by their names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Sent {
    url: String,
    headers: Vec<String>,
    body: Value,
}

/// The headers that every request has.
const OWN_HEADERS: [&str; 3] = ["content-type", "accept", "x-request-id"];

impl From<&Outgoing> for Sent {
    fn from(outgoing: &Outgoing) -> Self {
        let own = OWN_HEADERS.into_iter().map(str::to_owned);
        let others = outgoing.headers.iter().map(|header| header.name.clone());
        Self {
            url: outgoing.url.clone(),
            headers: own.chain(others).collect(),
            body: json::parse(outgoing.body.as_bytes()).unwrap_or(Value::Null),
        }
    }
}

impl Sent {
    /// The same without secrets in its URL.
    pub(crate) fn without(&self, secrets: &[String]) -> Self {
        Self { url: masked(&self.url, secrets, usize::MAX), ..self.clone() }
    }
}

/// What came back, as far as it was heard.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    said: Kept,
    is_enough: bool,
    usage: Option<Usage>,
    /// What was asked, the last time.
    pub(crate) sent: Option<Sent>,
    /// What is left out for the service from now on.
    pub(crate) remembered: Accent,
}

impl Heard {
    /// Takes what a service said, and tells whether that is enough.
    pub(crate) fn take(&mut self, deltas: impl IntoIterator<Item = Delta>) -> bool {
        for delta in deltas {
            match delta {
                Delta::Text(text) => self.said.push(&text),
                Delta::Usage(usage) => self.usage = Some(usage),
                _ => {}
            }
        }
        self.note_size()
    }

    /// Takes what a backend has said so far, and tells whether that is enough.
    pub(crate) fn take_all_of(&mut self, relay: &Relay) -> bool {
        self.said = relay.said().clone();
        self.usage = Some(relay.usage()).filter(|usage| *usage != Usage::default());
        self.note_size()
    }

    fn note_size(&mut self) -> bool {
        self.is_enough = self.said.text().len() >= ENOUGH;
        self.is_enough
    }

    /// `None` if that wasn't told.
    pub(crate) fn usage(&self) -> Option<Usage> {
        self.usage
    }

    pub(crate) fn text(&self) -> &str {
        self.said.text()
    }

    /// Whether the text is all that was said, unless the answer broke off.
    pub(crate) fn is_whole(&self) -> bool {
        !self.is_enough && self.said.is_whole()
    }
}

/// Whether a backend's stream is read on; `Err` if it is over and went wrong.
pub(crate) fn reads_on(next: Next) -> Result<bool, UpstreamFailure> {
    match next {
        Next::Read => Ok(true),
        // What follows an end or a pause is of use to a page only.
        Next::Linger(_) | Next::Enough => Ok(false),
        Next::Failed(failure) => Err(failure),
    }
}

/// What a backend's stream comes to that is read no more: a failure, if it reported an error or
/// stopped before the answer did.
pub(crate) fn end_of(relay: &mut Relay) -> Result<(), UpstreamFailure> {
    // One that stopped without an end is given a failed one here.
    relay.close(None);
    match relay.ending() {
        Ending::Completed | Ending::Paused | Ending::Open => Ok(()),
        Ending::Failed => {
            let stopped = || UpstreamFailure::new(Cause::ClosedEarly, "no end");
            Err(relay.reported().cloned().unwrap_or_else(stopped))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        chat::testing,
        domain::{
            base_url::BaseUrl,
            target::TargetKind,
            text::TargetId,
            upstream::{Connection, Upstream, settings::ConnectionSettings},
        },
    };

    fn trial(upstream: Upstream) -> (Trial, Target) {
        let target = Target {
            id: TargetId::parse("flow_a").unwrap(),
            kind: TargetKind::Flow,
            name: None,
            description: None,
            upstream,
            created_at: testing::now(),
            updated_at: testing::now(),
        };
        (Trial::new(&target, "How are you?".to_owned(), testing::now(), &[7; 10]), target)
    }

    fn backend() -> Upstream {
        let text = r#"{"headers":[{"name":"x-key","secret":"UPSTREAM_X"}]}"#;
        Upstream::Events(Connection {
            base_url: BaseUrl::parse("https://backend.example/chat").unwrap(),
            api_key_secret: None,
            settings: serde_json::from_str::<ConnectionSettings>(text).unwrap(),
        })
    }

    #[test]
    fn the_message_stands_alone_and_offers_no_tools() {
        let (echoed, target) = trial(Upstream::Echo);
        let UpstreamCall::Echo(pieces) = echoed.call(&target) else { panic!("no echo") };
        assert_eq!(pieces.concat(), "How are you?");
        let (trial, target) = trial(backend());
        let UpstreamCall::Events(outgoing) = trial.call(&target) else { panic!("no backend") };
        assert_eq!(outgoing.url, "https://backend.example/chat");
        assert!(outgoing.body.contains(r#""target":{"id":"flow_a","kind":"flow"}"#));
        assert_eq!(outgoing.body.matches("How are you?").count(), 1);
        assert!(outgoing.body.contains(trial.execution_id()));
        let sent = Sent::from(&outgoing);
        assert_eq!(sent.headers, ["content-type", "accept", "x-request-id", "x-key"]);
        assert_eq!((sent.url, sent.body.to_string()), (outgoing.url, outgoing.body));
    }

    #[test]
    fn only_text_is_heard_and_not_without_end() {
        let mut heard = Heard::default();
        assert!(!heard.take([Delta::Reasoning("Hm".to_owned()), Delta::Text("Hello".to_owned())]));
        assert_eq!((heard.text(), heard.is_whole()), ("Hello", true));
        assert!(heard.take([Delta::Text("x".repeat(ENOUGH))]));
        assert!(!heard.is_whole());
    }

    #[test]
    fn a_stream_counts_as_answered_by_its_end_alone() {
        let frame = |event: &str, more: &str| {
            format!("event: {event}\ndata: {{\"type\":\"{event}\"{more}}}\n\n")
        };
        let text = frame("text_delta", r#","id":"t","delta":"Hi""#);
        let done = frame("execution_complete", r#","success":true"#);
        let failed = frame("execution_error", r#","error":{"code":"x","message":"y"}"#);
        for (stream, outcome) in [
            (text.clone() + &done, Ok(())),
            (text.clone() + &failed, Err(Cause::Reported)),
            (text.clone(), Err(Cause::ClosedEarly)),
            (String::new(), Err(Cause::ClosedEarly)),
        ] {
            let mut relay = trial(backend()).0.relay();
            let passed = relay.push(stream.as_bytes());
            assert_eq!(reads_on(passed.next), Ok(stream == text || stream.is_empty()));
            assert_eq!(end_of(&mut relay).map_err(|failure| failure.cause), outcome, "{stream}");
        }
    }
}
