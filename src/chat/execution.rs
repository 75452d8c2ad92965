//! An execution: what its upstream is asked, and how its stream begins.

use serde_json::Value;

use crate::{
    chat::{
        message::{Content, Message, Role},
        pause::PausedState,
        stream::{notice::Notices, turn::Turn},
        tool::ClientTools,
        upstream::{
            echo,
            events::{self, relay::Relay},
            openai,
            wait::Patience,
        },
    },
    domain::{
        secret_name::SecretName,
        session::Session,
        target::TargetKind,
        time::Timestamp,
        upstream::{
            Upstream,
            header::{AUTHORIZATION, Header},
        },
    },
};

/// An execution, or the part of one after a pause.
#[derive(Debug)]
pub(crate) struct Execution {
    /// Unique everywhere, since the widget files its bubbles by it.
    pub(crate) id: String,
    pub(crate) session: Session,
    pub(crate) kind: TargetKind,
    /// The id of the message that is being answered.
    pub(crate) question: String,
    /// The id of the answer.
    pub(crate) answer: String,
    /// What went before in this execution, and what the page told with the question.
    pub(crate) before: PausedState,
    pub(crate) is_resumed: bool,
    pub(crate) notices: Notices,
}

/// What an upstream is told. It may be large, and is of no use once the upstream was asked.
#[derive(Debug, Default)]
pub(crate) struct Input {
    /// The transcript, ending with the question.
    pub(crate) messages: Vec<Message>,
    pub(crate) tools: ClientTools,
    /// The page's results, when the execution goes on after a pause.
    pub(crate) outputs: Option<Value>,
}

impl Input {
    /// The visitor's last message.
    fn asked(&self) -> &Content {
        const NOTHING: &Content = &Content::Text(String::new());
        let is_users = |message: &&Message| message.role == Role::User;
        self.messages.iter().rfind(is_users).map_or(NOTHING, |message| &message.content)
    }
}

/// A request to an upstream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) url: String,
    /// JSON.
    pub(crate) body: String,
    /// The headers of the target's own, the one of the key first.
    pub(crate) headers: Vec<OutgoingHeader>,
    pub(crate) patience: Patience,
    /// Whether the answer may be one piece of JSON.
    pub(crate) takes_json: bool,
}

/// A header, with a text or with a secret that only the Worker knows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OutgoingHeader {
    pub(crate) name: String,
    /// Its value, or what stands before the secret.
    pub(crate) text: String,
    /// The name of the secret that it ends with.
    pub(crate) secret: Option<SecretName>,
}

impl OutgoingHeader {
    pub(crate) fn secret(name: &str, secret: &SecretName, prefix: &str) -> Self {
        Self { name: name.to_owned(), text: prefix.to_owned(), secret: Some(secret.clone()) }
    }
}

impl From<&Header> for OutgoingHeader {
    fn from(header: &Header) -> Self {
        match header {
            Header::Text { name, value } => {
                Self { name: name.as_str().to_owned(), text: value.clone(), secret: None }
            }
            Header::Secret { name, secret, prefix } => {
                Self::secret(name.as_str(), secret, prefix.as_deref().unwrap_or_default())
            }
        }
    }
}

#[derive(Debug)]
pub(crate) enum UpstreamCall<'a> {
    /// Not at all: these are the pieces of the answer.
    Echo(Vec<String>),
    /// Over HTTP; a reader makes deltas of its stream.
    OpenAi(openai::Request<'a>),
    /// Over HTTP; its stream is passed through.
    Events(Outgoing),
}

impl Execution {
    pub(crate) fn call<'a>(&'a self, input: &'a Input, upstream: &'a Upstream) -> UpstreamCall<'a> {
        match upstream {
            Upstream::Echo => UpstreamCall::Echo(echo::answer(input.asked())),
            Upstream::OpenAi(service) => UpstreamCall::OpenAi(openai::Request {
                service,
                target: self.session.target.as_str(),
                messages: &input.messages,
                steps: &self.before.steps,
                tools: input.tools.list(),
                inputs: self.before.page.inputs.as_ref(),
                context: self.before.page.context.as_ref(),
                vouched: self.before.page.vouched.as_ref(),
            }),
            Upstream::Events(connection) => {
                let (url, body) = self.events_request(input, connection.base_url.as_str());
                let key = connection.api_key_secret.iter();
                let key =
                    key.map(|secret| OutgoingHeader::secret(AUTHORIZATION, secret, "Bearer "));
                let own = connection.settings.headers.iter().map(OutgoingHeader::from);
                UpstreamCall::Events(Outgoing {
                    url,
                    body,
                    headers: key.chain(own).collect(),
                    patience: Patience::from_settings(&connection.settings),
                    takes_json: false,
                })
            }
        }
    }

    fn events_request(&self, input: &Input, base_url: &str) -> (String, String) {
        let conversation_id = self.session.conversation.to_string();
        let target = events::Target { id: self.session.target.as_str(), kind: self.kind };
        if let Some(tool_outputs) = &input.outputs {
            let request = events::ResumeRequest {
                target,
                conversation_id: &conversation_id,
                execution_id: &self.id,
                assistant_message_id: Some(&self.answer),
                tool_outputs,
                client_tools: input.tools.json(),
            };
            return (events::resume_endpoint(base_url), request.body());
        }
        let page = &self.before.page;
        let context = page.for_backend();
        let request = events::Request {
            target,
            conversation_id: &conversation_id,
            execution_id: &self.id,
            assistant_message_id: Some(&self.answer),
            messages: &input.messages,
            inputs: page.inputs.as_ref().unwrap_or(&events::NOTHING),
            context: context.as_ref().unwrap_or(&events::NOTHING),
            metadata: page.vouched_metadata().unwrap_or(&events::NOTHING),
            client_tools: input.tools.json(),
        };
        (base_url.to_owned(), request.body())
    }

    /// The turn that is written to the page, and its first frames.
    pub(crate) fn begin(&self, now: Timestamp) -> (Turn, String) {
        if !self.is_resumed {
            return Turn::start(self.kind, &self.id, self.notices.clone(), now);
        }
        let iteration = u32::try_from(self.before.steps.len() + 1).unwrap_or(u32::MAX);
        Turn::resume(self.kind, &self.id, self.notices.clone(), iteration)
    }

    pub(crate) fn relay(&self) -> Relay {
        Relay::new(self.kind, &self.id, self.notices.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        chat::{step::Step, stream::notice::tests::notices, testing},
        domain::{
            base_url::BaseUrl,
            upstream::{Connection, settings::ConnectionSettings},
        },
    };

    fn input(said: &[(Role, &str)]) -> Input {
        let message = |&(role, text): &(Role, &str)| Message {
            id: text.to_owned(),
            role,
            content: Content::Text(text.to_owned()),
        };
        Input { messages: said.iter().map(message).collect(), ..Input::default() }
    }

    fn execution() -> Execution {
        Execution {
            id: "exec_1".to_owned(),
            session: testing::session("flow_a"),
            kind: TargetKind::Flow,
            question: "u1".to_owned(),
            answer: "a1".to_owned(),
            before: PausedState::default(),
            is_resumed: false,
            notices: notices("Ring us.", "To be continued."),
        }
    }

    fn events() -> Upstream {
        let base_url = BaseUrl::parse("https://backend.example/chat").unwrap();
        let settings = ConnectionSettings {
            headers: serde_json::from_str(r#"[{"name":"x-team","value":"a"}]"#).unwrap(),
            ..ConnectionSettings::default()
        };
        let api_key_secret = SecretName::parse("UPSTREAM_A").ok();
        Upstream::Events(Connection { base_url, api_key_secret, settings })
    }

    #[test]
    fn the_echo_answers_the_visitors_last_message() {
        let said = [(Role::User, "One"), (Role::User, "Two"), (Role::Assistant, "Three")];
        let UpstreamCall::Echo(pieces) = execution().call(&input(&said), &Upstream::Echo) else {
            panic!()
        };
        let text = pieces.concat();
        assert!(text.contains("Two") && !text.contains("One"), "{text}");
    }

    #[test]
    fn a_backend_hears_results_at_an_endpoint_of_its_own() {
        let mut input = input(&[(Role::User, "One")]);
        let called = |input: &Input| match execution().call(input, &events()) {
            UpstreamCall::Events(outgoing) => outgoing,
            other => panic!("{other:?}"),
        };
        let first = called(&input);
        assert_eq!(first.url, "https://backend.example/chat");
        let headers: Vec<_> =
            first.headers.iter().map(|h| [h.name.as_str(), h.text.as_str()]).collect();
        assert_eq!(headers, [["authorization", "Bearer "], ["x-team", "a"]]);
        assert!(first.body.contains("\"One\""), "{}", first.body);
        input.outputs = Some(Value::Object(serde_json::Map::new()));
        let resumed = called(&input);
        assert_eq!(resumed.url, events::resume_endpoint("https://backend.example/chat"));
        assert!(resumed.body.contains("\"toolOutputs\""), "{}", resumed.body);
    }

    #[test]
    fn what_fails_is_told_in_the_words_of_its_token() {
        let mut execution = execution();
        for is_resumed in [false, true] {
            execution.is_resumed = is_resumed;
            let mut turn = execution.begin(testing::now()).0;
            assert!(turn.fail("a", "b").contains("Ring us."));
            let frames = execution.relay().close(None).frames;
            assert!(String::from_utf8(frames).unwrap().contains("Ring us."));
        }
    }

    #[test]
    fn a_resumed_turn_counts_the_legs_before_it() {
        let mut execution = execution();
        let first = execution.begin(testing::now()).1;
        assert!(first.contains("execution_start"), "{first}");
        execution.is_resumed = true;
        execution.before.steps = vec![Step::paused("", &[])];
        let resumed = execution.begin(testing::now()).1;
        assert!(resumed.contains("step_exec_1_2"), "{resumed}");
        assert!(!resumed.contains("execution_start"), "{resumed}");
    }
}
