//! An execution: what its upstream is asked, and how its stream begins.

use crate::{
    chat::{
        message::{Content, Message, Role},
        pause::PausedState,
        stream::turn::Turn,
        tool::ClientTool,
        upstream::{echo, events, openai},
    },
    domain::{
        json::Json,
        secret_name::SecretName,
        session::Session,
        target::{TargetKind, Upstream},
        text::SystemPrompt,
        time::Timestamp,
    },
};

/// An execution, or the part of one after a pause.
#[derive(Debug)]
pub(crate) struct Execution {
    /// Unique everywhere, since the widget files its bubbles by it.
    pub(crate) id: String,
    /// The session that it runs in.
    pub(crate) session: Session,
    /// What is executed.
    pub(crate) kind: TargetKind,
    /// The id of the message that is being answered.
    pub(crate) question: String,
    /// The id of the answer.
    pub(crate) answer: String,
    /// What went before in this execution, and what the page told with the question.
    pub(crate) before: PausedState,
    /// Whether this goes on after a pause.
    pub(crate) is_resumed: bool,
}

/// What an upstream is told. It may be large, and is of no use once the upstream was asked.
#[derive(Debug, Default)]
pub(crate) struct Input {
    /// The transcript, ending with the question.
    pub(crate) messages: Vec<Message>,
    /// The page's tools.
    pub(crate) tools: Vec<ClientTool>,
    /// The page's results, when the execution goes on after a pause.
    pub(crate) outputs: Option<Json>,
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
    /// Where.
    pub(crate) url: String,
    /// JSON.
    pub(crate) body: String,
    /// The name of the secret that opens the door, if there is one.
    pub(crate) secret: Option<SecretName>,
}

/// How an upstream is called.
#[derive(Debug)]
pub(crate) enum UpstreamCall {
    /// Not at all: these are the pieces of the answer.
    Echo(Vec<String>),
    /// Over HTTP; the reader makes deltas of its stream.
    OpenAi(Outgoing, Box<openai::Reader>),
    /// Over HTTP; its stream is passed through.
    Events(Outgoing),
}

impl Execution {
    /// How `upstream` is called to run this on `input`.
    #[must_use]
    pub(crate) fn call(&self, input: &Input, upstream: &Upstream) -> UpstreamCall {
        match upstream {
            Upstream::Echo => UpstreamCall::Echo(echo::answer(input.asked())),
            Upstream::OpenAi { base_url, model, system_prompt, api_key_secret } => {
                let prompt = system_prompt.as_ref().map(SystemPrompt::as_str);
                let request = self.openai_request(input, model.as_str(), prompt);
                let reader = openai::Reader::new(&request, &self.id);
                let (url, body) = (openai::endpoint(base_url.as_str()), request.body());
                let secret = api_key_secret.clone();
                UpstreamCall::OpenAi(Outgoing { url, body, secret }, Box::new(reader))
            }
            Upstream::Events { base_url, api_key_secret } => {
                let (url, body) = self.events_request(input, base_url.as_str());
                UpstreamCall::Events(Outgoing { url, body, secret: api_key_secret.clone() })
            }
        }
    }

    fn openai_request<'a>(
        &'a self,
        input: &'a Input,
        model: &'a str,
        system_prompt: Option<&'a str>,
    ) -> openai::Request<'a> {
        openai::Request {
            model,
            system_prompt,
            messages: &input.messages,
            steps: &self.before.steps,
            tools: &input.tools,
            inputs: self.before.page.inputs.as_ref(),
            context: self.before.page.context.as_ref(),
            user: &self.id,
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
                tools: &input.tools,
            };
            return (events::resume_endpoint(base_url), request.body());
        }
        let request = events::Request {
            target,
            conversation_id: &conversation_id,
            execution_id: &self.id,
            assistant_message_id: Some(&self.answer),
            messages: &input.messages,
            inputs: self.before.page.inputs.as_ref(),
            context: self.before.page.context.as_ref(),
            metadata: self.before.page.metadata.as_ref(),
            tools: &input.tools,
        };
        (base_url.to_owned(), request.body())
    }

    /// The turn that is written to the page, and its first frames.
    #[must_use]
    pub(crate) fn begin(&self, now: Timestamp) -> (Turn, String) {
        if !self.is_resumed {
            return Turn::start(self.kind, &self.id, now);
        }
        let iteration = u32::try_from(self.before.steps.len() + 1).unwrap_or(u32::MAX);
        Turn::resume(self.kind, &self.id, iteration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        chat::{step::Step, testing},
        domain::base_url::BaseUrl,
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
        }
    }

    fn events() -> Upstream {
        let base_url = BaseUrl::parse("https://backend.example/chat").unwrap();
        Upstream::Events { base_url, api_key_secret: None }
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
        assert!(first.body.contains("\"One\""), "{}", first.body);
        input.outputs = Some(Json::Object(Vec::new()));
        let resumed = called(&input);
        assert_eq!(resumed.url, events::resume_endpoint("https://backend.example/chat"));
        assert!(resumed.body.contains("\"toolOutputs\""), "{}", resumed.body);
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
