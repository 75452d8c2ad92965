//! Running an execution: from what is asked to a stream that has begun. The answer to the page
//! begins when the upstream's does: one that fails before its first word is a 502.

use std::cell::Cell;

use crate::{
    api::rate_limit,
    chat::{
        execution::{Execution, Input, UpstreamCall},
        refused::Refused,
        upstream::{
            failure::{Cause, UpstreamFailure},
            openai,
        },
    },
    domain::{limiter::Verdict, upstream::Upstream},
    handlers::{
        accent,
        browser::{leg::Leg, source::Source},
        context::Context,
        failure::Failure,
        outbound,
        pipe::{Gone, Pipe},
        runtime::first_of,
        said::Said,
        upstream::Remote,
    },
    platform::{Boxed, StreamOwner},
};

/// An execution that was admitted.
pub(super) struct Run<'a> {
    pub(super) cx: &'a Context,
    pub(super) execution: Execution,
    pub(super) input: Input,
    pub(super) upstream: Upstream,
    /// Where the visitor's limits stand.
    pub(super) verdict: Verdict,
}

enum Begun {
    /// In deltas, of which a turn is written.
    Deltas(Source),
    /// As a stream that passes through.
    Stream(Remote),
}

impl Run<'_> {
    /// Asks the upstream, and answers as soon as it has begun to.
    pub(super) async fn start(mut self) -> Result<Said, Failure> {
        self.hold_to_allowed()?;
        // Nothing large is kept while the upstream answers.
        let input = std::mem::take(&mut self.input);
        let begun = self.ask(&input).await?;
        drop(input);
        match begun {
            Begun::Deltas(source @ Source::Echo(_)) => {
                let (turn, frames) = self.execution.begin(self.cx.runtime.now());
                self.stream(|leg, gone| Box::pin(leg.write_turn(turn, frames, source, gone)))
            }
            Begun::Deltas(source) => self.write_turn(source).await,
            Begun::Stream(remote) => self.pass_through(remote).await,
        }
    }

    /// Holds the upstream to what the deployment allows now: its row may be older than that.
    fn hold_to_allowed(&self) -> Result<(), Failure> {
        let admitted = outbound::ask(self.cx, |outbound| outbound.allow(&self.upstream))?;
        admitted.map_err(|fault| {
            let (field, fault) = fault;
            self.failed(&UpstreamFailure::not_allowed(&field, &fault))
        })
    }

    /// Asks the upstream, and waits for its answer to begin.
    async fn ask(&self, input: &Input) -> Result<Begun, Failure> {
        let (runtime, id) = (&self.cx.runtime, &self.execution.id);
        match self.execution.call(input, &self.upstream) {
            UpstreamCall::Echo(pieces) => Ok(Begun::Deltas(Source::Echo(pieces.into()))),
            UpstreamCall::OpenAi(request) => {
                let reader = openai::Reader::new(&request, id);
                let asked = async { accent::ask(runtime, &request, id).await.outcome };
                let remote = self.unless_left(asked).await?;
                Ok(Begun::Deltas(Source::service(reader, remote)))
            }
            UpstreamCall::Events(outgoing) => {
                self.unless_left(Remote::ask(runtime, outgoing, id)).await.map(Begun::Stream)
            }
        }
    }

    /// What comes of an upstream, or its failure. Nobody waits when the visitor has left.
    async fn unless_left<T>(
        &self,
        future: impl Future<Output = Result<T, UpstreamFailure>>,
    ) -> Result<T, Failure> {
        let left_early = || UpstreamFailure::new(Cause::ClosedEarly, "the visitor left");
        let outcome =
            first_of(future, self.cx.request.left()).await.ok_or_else(left_early).flatten();
        outcome.map_err(|failure| self.failed(&failure))
    }

    async fn write_turn(self, mut source: Source) -> Result<Said, Failure> {
        let mut deltas = Vec::new();
        // Until the first word nothing is promised.
        while deltas.is_empty() && self.unless_left(source.next(&mut deltas)).await? {}
        let (mut turn, mut frames) = self.execution.begin(self.cx.runtime.now());
        frames.extend(deltas.into_iter().map(|delta| turn.push(delta)));
        self.stream(|leg, gone| Box::pin(leg.write_turn(turn, frames, source, gone)))
    }

    async fn pass_through(self, mut remote: Remote) -> Result<Said, Failure> {
        let relay = self.execution.relay();
        let first = self.unless_left(remote.next()).await?.ok_or_else(|| {
            self.failed(&UpstreamFailure::new(Cause::ClosedEarly, "an empty stream"))
        })?;
        self.stream(|leg, gone| Box::pin(leg.pass_through(relay, first, remote, gone)))
    }

    /// Lets the leg run on after the answer has begun.
    fn stream(self, run: impl FnOnce(Leg, Gone) -> Boxed<'static, ()>) -> Result<Said, Failure> {
        let cx = self.cx;
        let (pipe, far_end) = Pipe::open(
            cx,
            StreamOwner {
                request: &cx.id,
                execution: &self.execution.id,
                kind: self.execution.kind.as_str(),
                failed: self.execution.notices.failed(),
                broken: self.execution.notices.broken(),
            },
        )?;
        let db = self.cx.db.clone();
        let gone = pipe.gone(cx.request.left());
        let leg = Leg {
            runtime: cx.runtime.clone(),
            asked_at: cx.now,
            has_answered: Cell::new(false),
            stored_bytes: Cell::new(0),
            db,
            pipe,
            hidden: self.upstream.hidden(),
            execution: self.execution,
        };
        cx.runtime.after(run(leg, gone));
        Ok(Said::Stream(far_end, rate_limit::headers(&self.verdict)))
    }

    /// The page hears the kind of failure, the log its details.
    fn failed(&self, failure: &UpstreamFailure) -> Failure {
        let hidden = self.cx.runtime.secrets_of(self.upstream.hidden());
        let told = format!("upstream: {}", failure.logged(&hidden));
        let UpstreamFailure { cause, retry_after, .. } = *failure;
        let verdict = self.verdict;
        Failure::Explained(Refused::UpstreamFailed { cause, retry_after, verdict }.into(), told)
    }
}
