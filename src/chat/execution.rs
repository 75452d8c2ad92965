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
    /// The transcript, ending with the question.
    pub(crate) messages: Vec<Message>,
    /// The page's tools.
    pub(crate) tools: Vec<ClientTool>,
    /// What went before in this execution, and what the page told with the question.
    pub(crate) before: PausedState,
    /// The page's results, when this goes on after a pause.
    pub(crate) outputs: Option<Json>,
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
    /// How `upstream` is called to run this.
    #[must_use]
    pub(crate) fn call(&self, upstream: &Upstream) -> UpstreamCall {
        match upstream {
            Upstream::Echo => UpstreamCall::Echo(echo::answer(self.asked())),
            Upstream::OpenAi { base_url, model, system_prompt, api_key_secret } => {
                let prompt = system_prompt.as_ref().map(SystemPrompt::as_str);
                let request = self.openai_request(model.as_str(), prompt);
                let reader = openai::Reader::new(&request, &self.id);
                let (url, body) = (openai::endpoint(base_url.as_str()), request.body());
                let secret = api_key_secret.clone();
                UpstreamCall::OpenAi(Outgoing { url, body, secret }, Box::new(reader))
            }
            Upstream::Events { base_url, api_key_secret } => {
                let (url, body) = self.events_request(base_url.as_str());
                UpstreamCall::Events(Outgoing { url, body, secret: api_key_secret.clone() })
            }
        }
    }

    /// The visitor's last message.
    fn asked(&self) -> &Content {
        const NOTHING: &Content = &Content::Text(String::new());
        let is_users = |message: &&Message| message.role == Role::User;
        self.messages.iter().rfind(is_users).map_or(NOTHING, |message| &message.content)
    }

    fn openai_request<'a>(
        &'a self,
        model: &'a str,
        system_prompt: Option<&'a str>,
    ) -> openai::Request<'a> {
        openai::Request {
            model,
            system_prompt,
            messages: &self.messages,
            steps: &self.before.steps,
            tools: &self.tools,
            inputs: self.before.page.inputs.as_ref(),
            context: self.before.page.context.as_ref(),
            user: &self.id,
        }
    }

    fn events_request(&self, base_url: &str) -> (String, String) {
        let conversation_id = self.session.conversation.to_string();
        let target = events::Target { id: self.session.target.as_str(), kind: self.kind };
        if let Some(tool_outputs) = &self.outputs {
            let request = events::ResumeRequest {
                target,
                conversation_id: &conversation_id,
                execution_id: &self.id,
                assistant_message_id: Some(&self.answer),
                tool_outputs,
                tools: &self.tools,
            };
            return (events::resume_endpoint(base_url), request.body());
        }
        let request = events::Request {
            target,
            conversation_id: &conversation_id,
            execution_id: &self.id,
            assistant_message_id: Some(&self.answer),
            messages: &self.messages,
            inputs: self.before.page.inputs.as_ref(),
            context: self.before.page.context.as_ref(),
            metadata: self.before.page.metadata.as_ref(),
            tools: &self.tools,
        };
        (base_url.to_owned(), request.body())
    }

    /// Whether this goes on after a pause.
    #[must_use]
    pub(crate) fn is_resumed(&self) -> bool {
        self.outputs.is_some()
    }

    /// The turn that is written to the page, and its first frames.
    #[must_use]
    pub(crate) fn begin(&self, now: Timestamp) -> (Turn, String) {
        if !self.is_resumed() {
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

    fn execution(said: &[(Role, &str)]) -> Execution {
        let message = |&(role, text): &(Role, &str)| Message {
            id: text.to_owned(),
            role,
            content: Content::Text(text.to_owned()),
        };
        Execution {
            id: "exec_1".to_owned(),
            session: testing::session("flow_a"),
            kind: TargetKind::Flow,
            question: "u1".to_owned(),
            answer: "a1".to_owned(),
            messages: said.iter().map(message).collect(),
            tools: Vec::new(),
            before: PausedState::default(),
            outputs: None,
        }
    }

    fn events() -> Upstream {
        let base_url = BaseUrl::parse("https://backend.example/chat").unwrap();
        Upstream::Events { base_url, api_key_secret: None }
    }

    #[test]
    fn the_echo_answers_the_visitors_last_message() {
        let said = [(Role::User, "One"), (Role::User, "Two"), (Role::Assistant, "Three")];
        let UpstreamCall::Echo(pieces) = execution(&said).call(&Upstream::Echo) else { panic!() };
        let text = pieces.concat();
        assert!(text.contains("Two") && !text.contains("One"), "{text}");
    }

    #[test]
    fn a_backend_hears_results_at_an_endpoint_of_its_own() {
        let mut execution = execution(&[(Role::User, "One")]);
        let called = |execution: &Execution| match execution.call(&events()) {
            UpstreamCall::Events(outgoing) => outgoing,
            other => panic!("{other:?}"),
        };
        let first = called(&execution);
        assert_eq!(first.url, "https://backend.example/chat");
        assert!(first.body.contains("\"One\""), "{}", first.body);
        execution.outputs = Some(Json::Object(Vec::new()));
        let resumed = called(&execution);
        assert_eq!(resumed.url, events::resume_endpoint("https://backend.example/chat"));
        assert!(resumed.body.contains("\"toolOutputs\""), "{}", resumed.body);
    }

    #[test]
    fn a_resumed_turn_counts_the_legs_before_it() {
        let mut execution = execution(&[(Role::User, "One")]);
        let first = execution.begin(testing::now()).1;
        assert!(first.contains("execution_start"), "{first}");
        execution.outputs = Some(Json::Object(Vec::new()));
        execution.before.steps = vec![Step::paused("", &[])];
        let resumed = execution.begin(testing::now()).1;
        assert!(resumed.contains("step_exec_1_2"), "{resumed}");
        assert!(!resumed.contains("execution_start"), "{resumed}");
    }
}
