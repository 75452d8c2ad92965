//! Running a target: from the stored transcript to a stream that has begun.
//!
//! The answer to the page begins when the upstream's does: one that fails before its first word
//! is a 502.

use worker::wasm_bindgen_futures::JsFuture;

use crate::{
    api::{
        browser::{refused::Refused, resume::PausedState},
        stream::turn::{Kind, Turn},
        upstream::{
            echo,
            events::{self, relay::Relay},
            failure::{Cause, Failure as UpstreamFailure},
            message::{Content, Message, Role},
            openai,
            tool::ClientTool,
        },
    },
    domain::{
        json::Json, secret_name::SecretName, session::Session, target::Upstream, text::SystemPrompt,
    },
    edge::{
        answer::Said,
        browser::{LimitHeaders, Visit, leg::Leg, source::Source},
        db::Boxed,
        exchange::now,
        failure::Failure,
        pipe::{Owner, Pipe, unless_gone},
        upstream::{Question, Remote},
    },
};

/// An execution, or the part of one after a pause.
pub(super) struct Run<'a> {
    pub(super) visit: &'a Visit<'a>,
    pub(super) session: Session,
    pub(super) kind: Kind,
    pub(super) execution_id: String,
    /// The id of the message that is being answered.
    pub(super) question: String,
    /// The id of the answer.
    pub(super) answer: String,
    /// The transcript, ending with the question.
    pub(super) messages: Vec<Message>,
    pub(super) tools: Vec<ClientTool>,
    /// What went before in this execution, and what the page told with the question.
    pub(super) before: PausedState,
    /// The page's results, when this goes on after a pause.
    pub(super) outputs: Option<Json>,
    pub(super) headers: LimitHeaders,
}

impl Run<'_> {
    /// Asks the upstream, and answers as soon as it has begun to.
    pub(super) async fn start(self, upstream: &Upstream) -> Result<Said, Failure> {
        self.admit(upstream)?;
        match upstream {
            Upstream::Echo => {
                let mut said = self.messages.iter().filter(|message| message.role == Role::User);
                let content = said.next_back().map(|message| &message.content);
                let pieces = echo::answer(content.unwrap_or(&Content::Text(String::new())));
                let (turn, frames) = self.turn();
                self.stream(|leg| {
                    Box::pin(leg.write_turn(turn, frames, Source::Echo(pieces.into())))
                })
            }
            Upstream::OpenAi { base_url, model, system_prompt, api_key_secret } => {
                let prompt = system_prompt.as_ref().map(SystemPrompt::as_str);
                let request = self.openai_request(model.as_str(), prompt);
                let reader = openai::Reader::new(&request, &self.execution_id);
                let url = openai::endpoint(base_url.as_str());
                let remote = self.ask(url, request.body(), api_key_secret.as_ref()).await?;
                self.openai(Source::OpenAi(Box::new(reader), remote)).await
            }
            Upstream::Events { base_url, api_key_secret } => {
                let (url, body) = self.events_request(base_url.as_str());
                let remote = self.ask(url, body, api_key_secret.as_ref()).await?;
                self.events(remote).await
            }
        }
    }

    /// Holds the upstream to what the deployment allows now: its row may be older than that.
    fn admit(&self, upstream: &Upstream) -> Result<(), Failure> {
        let admitted = self.visit.exchange.outbound(|outbound| outbound.admit(upstream))?;
        admitted.map_err(|fault| {
            let told = format!("{} {fault}", fault.field());
            self.failed(UpstreamFailure::new(Cause::NotAllowed, told))
        })
    }

    fn turn(&self) -> (Turn, String) {
        if self.outputs.is_none() {
            return Turn::start(self.kind, &self.execution_id, now());
        }
        let iteration = u32::try_from(self.before.steps.len() + 1).unwrap_or(u32::MAX);
        Turn::resume(self.kind, &self.execution_id, iteration)
    }

    fn openai_request<'r>(
        &'r self,
        model: &'r str,
        system_prompt: Option<&'r str>,
    ) -> openai::Request<'r> {
        openai::Request {
            model,
            system_prompt,
            messages: &self.messages,
            steps: &self.before.steps,
            tools: &self.tools,
            inputs: self.before.page.inputs.as_ref(),
            context: self.before.page.context.as_ref(),
            user: &self.execution_id,
        }
    }

    fn events_request(&self, base_url: &str) -> (String, String) {
        let conversation_id = self.session.conversation.to_string();
        let target = events::Target { id: self.session.target.as_str(), kind: self.kind };
        if let Some(tool_outputs) = &self.outputs {
            let body = events::ResumeRequest {
                target,
                conversation_id: &conversation_id,
                execution_id: &self.execution_id,
                assistant_message_id: Some(&self.answer),
                tool_outputs,
                tools: &self.tools,
            };
            return (events::resume_endpoint(base_url), body.body());
        }
        let body = events::Request {
            target,
            conversation_id: &conversation_id,
            execution_id: &self.execution_id,
            assistant_message_id: Some(&self.answer),
            messages: &self.messages,
            inputs: self.before.page.inputs.as_ref(),
            context: self.before.page.context.as_ref(),
            metadata: self.before.page.metadata.as_ref(),
            tools: &self.tools,
        };
        (base_url.to_owned(), body.body())
    }

    async fn ask(
        &self,
        url: String,
        body: String,
        secret: Option<&SecretName>,
    ) -> Result<Remote, Failure> {
        let execution_id = &self.execution_id;
        let secret = secret.map(SecretName::as_str);
        let question = Question { url, body, secret, execution_id };
        self.unless_left(Remote::ask(self.visit.exchange.env(), &question)).await
    }

    /// What comes of an upstream, or its failure. Nobody waits when the visitor has left.
    async fn unless_left<T>(
        &self,
        future: impl Future<Output = Result<T, UpstreamFailure>>,
    ) -> Result<T, Failure> {
        let mut left = JsFuture::from(self.visit.exchange.left());
        let left_early = || UpstreamFailure::new(Cause::ClosedEarly, "the visitor left");
        let outcome = unless_gone(&mut left, future).await.ok_or_else(left_early).flatten();
        outcome.map_err(|failure| self.failed(failure))
    }

    async fn openai(self, mut source: Source) -> Result<Said, Failure> {
        let mut deltas = Vec::new();
        // Until the first word nothing is promised.
        while deltas.is_empty() && self.unless_left(source.next(&mut deltas)).await? {}
        let (mut turn, mut frames) = self.turn();
        frames.extend(deltas.into_iter().map(|delta| turn.push(delta)));
        self.stream(|leg| Box::pin(leg.write_turn(turn, frames, source)))
    }

    async fn events(self, mut remote: Remote) -> Result<Said, Failure> {
        let relay = Relay::new(self.kind, &self.execution_id);
        let first = self.unless_left(remote.next()).await?.ok_or_else(|| {
            self.failed(UpstreamFailure::new(Cause::ClosedEarly, "an empty stream"))
        })?;
        self.stream(|leg| Box::pin(leg.pass_through(relay, first, remote)))
    }

    fn owner(&self) -> Owner<'_> {
        Owner {
            request: &self.visit.exchange.id,
            execution: &self.execution_id,
            kind: self.kind.as_str(),
        }
    }

    /// Lets the leg run on after the answer has begun.
    fn stream(self, run: impl FnOnce(Leg) -> Boxed<'static, ()>) -> Result<Said, Failure> {
        let (pipe, far_end) = Pipe::open(self.owner())?;
        let leg = Leg {
            db: self.visit.exchange.db()?.clone(),
            pipe,
            left: self.visit.exchange.left(),
            session: self.session,
            execution_id: self.execution_id,
            question: self.question,
            answer: self.answer,
            before: self.before,
            resumes: self.outputs.is_some(),
        };
        self.visit.exchange.wait_until(run(leg));
        Ok(Said::Stream(far_end, self.headers))
    }

    /// The page hears the kind of failure, the log its details.
    fn failed(&self, failure: UpstreamFailure) -> Failure {
        let UpstreamFailure { cause, detail } = failure;
        let told = format!("upstream: {}: {detail}", cause.code());
        let refused = Refused::UpstreamFailed(cause, self.headers.clone());
        Failure::Explained(refused.into(), told)
    }
}
