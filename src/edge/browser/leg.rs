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
        stream::{delta::Delta, frame::Frames, frame::Value, turn::Turn},
        upstream::{
            events::{Ending, Reader},
            failure::Failure,
            message::Content,
            pause::Step,
        },
    },
    domain::{message::Status, session::Session},
    edge::{browser::source::Source, db::Db, exchange::now, log, pipe::Pipe, upstream::Remote},
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
        let mut deltas: Vec<Delta> = Vec::new();
        let failure = loop {
            if !self.pipe.send(frames.as_bytes()).await {
                source.abort();
                self.store(turn.text(), End::Partial).await;
                return;
            }
            let next = source.next(&mut deltas).await;
            frames = deltas.drain(..).map(|delta| turn.push(delta)).collect();
            match next {
                Ok(true) => {}
                Ok(false) => break None,
                Err(failure) => break Some(failure),
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

    /// Passes a backend's own stream through; `first` are the bytes that have been read.
    pub(super) async fn pass_through(self, mut reader: Reader, first: Vec<u8>, remote: Remote) {
        let mut held = Vec::new();
        let mut next = Ok(Some(first));
        while let Ok(Some(bytes)) = next {
            reader.push(&bytes);
            // Once the end is in sight it waits until the answer is stored.
            if *reader.ending() != Ending::Open {
                held.extend_from_slice(&bytes);
            } else if !self.pipe.send(&bytes).await {
                remote.abort();
                self.store(reader.text(), End::Partial).await;
                return;
            }
            next = remote.next().await;
        }
        if let Err(failure) = next {
            log_failure(&self.execution_id, &failure);
        }
        held.extend_from_slice(reader.close().as_bytes());
        let end = match reader.ending() {
            Ending::Completed => End::Complete,
            Ending::Paused(_) => {
                let execution_id = reader.execution_id().to_owned();
                End::Paused { execution_id, steps: Vec::new() }
            }
            Ending::Failed | Ending::Open => End::Partial,
        };
        let wants_storing = !matches!(end, End::Partial);
        if !self.store(reader.text(), end).await && wants_storing {
            held = self.not_stored().into_bytes();
        }
        self.pipe.send(&held).await;
        self.pipe.close().await;
    }

    fn not_stored(&self) -> String {
        let mut out = String::new();
        let error = [("code", Value::Text(NOT_STORED.0)), ("message", Value::Text(NOT_STORED.1))];
        let mut frames = Frames::new(self.execution_id.as_str(), 1);
        frames.write(&mut out, "execution_error", &[("error", Value::Object(&error))]);
        out
    }

    /// Stores what was said, and tells whether it is stored. Every statement can be run again.
    async fn store(&self, text: &str, end: End) -> bool {
        let statements = self.statements(text, end);
        if statements.is_empty() {
            return true;
        }
        for attempt in 1..=ATTEMPTS {
            match self.db.execute(&statements).await {
                Ok(_) => return true,
                Err(fault) => log::background(&format!(
                    "{}: attempt {attempt} to store the answer: {fault}",
                    self.execution_id
                )),
            }
            Delay::from(Duration::from_millis(u64::from(attempt) * 100)).await;
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
