//! One leg of an execution: from the upstream to the page and into the database.
//!
//! It is here because an answer is acknowledged by its last frame, and so that frame waits until
//! the answer is stored. However the leg ends, what was streamed is kept: whole, paused, or
//! partial when the upstream failed or the page went away.

use std::time::Duration;

use worker::Delay;

use crate::{
    api::{
        browser::resume::PausedState,
        stream::{delta::Delta, frame::WholeFrames, turn::Turn},
        upstream::{
            events::{Ending, Reader},
            failure::Failure,
            message::Content,
            pause::Step,
        },
    },
    domain::{message::Status, session::Session},
    edge::{
        browser::source::Source,
        db::Db,
        exchange::now,
        log,
        pipe::{Pipe, unless_gone},
        upstream::Remote,
    },
    store::{
        executions::{self, Paused},
        messages::{NewAnswer, insert_answer},
        statement::Statement,
    },
};

/// How often the last write is tried.
const ATTEMPTS: u32 = 3;

/// Where a leg leads: what is written when it ends.
pub(super) struct Leg {
    pub(super) db: Db,
    pub(super) pipe: Pipe,
    pub(super) session: Session,
    pub(super) execution_id: String,
    /// The message that is being answered.
    pub(super) question: String,
    /// The id of the answer.
    pub(super) answer: String,
    /// What the legs before said and called, and what came with the question.
    pub(super) before: PausedState,
    /// Whether this leg goes on after a pause.
    pub(super) resumes: bool,
}

/// How a leg ended.
enum End {
    Complete,
    Paused { execution_id: String, steps: Vec<Step> },
    Partial,
}

impl Leg {
    /// Writes a turn out of deltas; `frames` begin it.
    pub(super) async fn write_turn(self, mut turn: Turn, mut frames: String, mut source: Source) {
        let mut gone = self.pipe.gone();
        let mut deltas: Vec<Delta> = Vec::new();
        self.pipe.opened(turn.open_block().as_deref());
        let failure = loop {
            let next = if self.pipe.send(frames.as_bytes()).await {
                unless_gone(&mut gone, source.next(&mut deltas)).await
            } else {
                None
            };
            frames = deltas.drain(..).map(|delta| turn.push(delta)).collect();
            self.pipe.opened(turn.open_block().as_deref());
            match next {
                Some(Ok(true)) => {}
                Some(Ok(false)) => break None,
                Some(Err(failure)) => break Some(failure),
                None => {
                    source.abort();
                    self.store(turn.text(), End::Partial).await;
                    return;
                }
            }
        };
        let last = match failure {
            None => self.end_turn(&mut turn).await,
            Some(failure) => self.fail_turn(&mut turn, &failure).await,
        };
        self.pipe.send((frames + &last).as_bytes()).await;
        self.pipe.close().await;
    }

    async fn end_turn(&self, turn: &mut Turn) -> String {
        let end = if turn.calls().is_empty() {
            End::Complete
        } else {
            let step = Step::paused(turn.text(), turn.calls());
            let steps = [self.before.steps.as_slice(), &[step]].concat();
            End::Paused { execution_id: self.execution_id.clone(), steps }
        };
        if self.store(turn.text(), end).await {
            turn.finish(now())
        } else {
            turn.fail(NOT_STORED.0, NOT_STORED.1)
        }
    }

    async fn fail_turn(&self, turn: &mut Turn, failure: &Failure) -> String {
        log_failure(&self.execution_id, failure);
        self.store(turn.text(), End::Partial).await;
        turn.fail(failure.cause.code(), &failure.cause.to_string())
    }

    /// Passes a backend's own stream through, frame by frame; `first` are the bytes that have
    /// been read. Once the end is in sight the frames wait until the answer is stored.
    pub(super) async fn pass_through(self, mut reader: Reader, first: Vec<u8>, remote: Remote) {
        let mut gone = self.pipe.gone();
        let mut whole = WholeFrames::default();
        let mut held = Vec::new();
        let mut bytes = first;
        let end = loop {
            let mut ready = Vec::new();
            for frame in whole.push(&bytes) {
                reader.push(&frame);
                let is_open = *reader.ending() == Ending::Open;
                if is_open { &mut ready } else { &mut held }.extend_from_slice(&frame);
            }
            self.pipe.opened(reader.open_block());
            if !self.pipe.send(&ready).await {
                break None;
            }
            if matches!(reader.ending(), Ending::Completed | Ending::Failed) {
                held.extend(whole.push(&remote.rest().await).concat());
                break Some(Ok(()));
            }
            match unless_gone(&mut gone, remote.next()).await {
                Some(Ok(Some(more))) => bytes = more,
                Some(Ok(None)) => break Some(Ok(())),
                Some(Err(failure)) => break Some(Err(failure)),
                None => break None,
            }
        };
        remote.abort();
        match end {
            Some(Ok(())) => {}
            Some(Err(failure)) => log_failure(&self.execution_id, &failure),
            None => {
                self.store(reader.text(), End::Partial).await;
                return;
            }
        }
        self.end_stream(reader, whole, held).await;
    }

    /// Stores what a backend said, and lets the rest of its stream go.
    async fn end_stream(&self, mut reader: Reader, whole: WholeFrames, mut held: Vec<u8>) {
        let rest = whole.rest();
        reader.push(&rest);
        held.extend_from_slice(&rest);
        held.extend_from_slice(reader.close().as_bytes());
        let (end, must_store) = match reader.ending() {
            Ending::Completed => (End::Complete, true),
            Ending::Paused(_) => {
                let execution_id = reader.execution_id().to_owned();
                (End::Paused { execution_id, steps: Vec::new() }, true)
            }
            Ending::Failed | Ending::Open => (End::Partial, false),
        };
        if !self.store(reader.text(), end).await && must_store {
            held = reader.error(NOT_STORED.0, NOT_STORED.1).into_bytes();
        }
        self.pipe.send(&held).await;
        self.pipe.close().await;
    }

    /// Stores what was said, and tells whether it is stored. Every statement can be run again.
    async fn store(&self, text: &str, end: End) -> bool {
        let statements = self.statements(text, end);
        if statements.is_empty() {
            return true;
        }
        for attempt in 1..=ATTEMPTS {
            if attempt > 1 {
                Delay::from(Duration::from_millis(u64::from(attempt - 1) * 100)).await;
            }
            match self.db.execute(&statements).await {
                Ok(_) => return true,
                Err(fault) => log::background(&format!(
                    "{}: attempt {attempt} to store the answer: {fault}",
                    self.execution_id
                )),
            }
        }
        false
    }

    fn statements(&self, text: &str, end: End) -> Vec<Statement> {
        let now = now();
        let conversation = self.session.conversation;
        let text = joined(&self.before.text, text);
        let status = if matches!(end, End::Complete) { Status::Complete } else { Status::Partial };
        let mut statements = Vec::new();
        if !text.is_empty() || status == Status::Complete {
            let answer = NewAnswer {
                id: self.answer.clone(),
                content: Content::Text(text.clone()).to_stored(),
                status,
                reply_to: self.question.clone(),
            };
            statements.push(insert_answer(conversation, &answer, now));
        }
        match end {
            End::Paused { execution_id, steps } => {
                let state = PausedState { text, steps, page: self.before.page.clone() };
                let paused = Paused {
                    id: execution_id,
                    reply_to: self.question.clone(),
                    assistant_message_id: self.answer.clone(),
                    state: state.to_stored(),
                };
                if self.resumes && paused.id != self.execution_id {
                    statements.push(executions::end(conversation, &self.execution_id));
                }
                statements.push(executions::pause(&self.session, &paused, now));
            }
            End::Complete if self.resumes => {
                statements.push(executions::end(conversation, &self.execution_id));
            }
            End::Complete | End::Partial => {}
        }
        statements
    }
}

const NOT_STORED: (&str, &str) =
    ("not_stored", "The answer could not be stored. Please try again.");

fn log_failure(execution_id: &str, failure: &Failure) {
    let Failure { cause, detail } = failure;
    log::background(&format!("{execution_id}: {}: {detail}", cause.code()));
}

/// The texts of an execution's legs, a blank line between them.
fn joined(before: &str, text: &str) -> String {
    let gap = if before.is_empty() || text.is_empty() { "" } else { "\n\n" };
    format!("{before}{gap}{text}")
}
