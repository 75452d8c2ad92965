//! One leg of an execution: from the upstream to the page and into the database. An answer is
//! acknowledged by its last frame, so that frame waits until the answer is stored.

use std::{cell::Cell, time::Duration};

use crate::{
    chat::{
        ending::{End, Lost, Pause, Remains, Resumed, last_frames},
        execution::Execution,
        stream::{delta::Usage, kept::Kept, turn::Turn},
        upstream::{
            events::relay::{Next, Relay, Rest},
            failure::UpstreamFailure,
        },
    },
    domain::{
        ledger::{Counts, Noted},
        time::Timestamp,
        upstream::Hidden,
    },
    handlers::{
        browser::source::Source,
        db::Db,
        ledger,
        pipe::{Gone, Pipe},
        runtime::Runtime,
        upstream::Remote,
    },
    store::{
        db_error::DbError,
        executions::{self, Paused},
        messages::{NewAnswer, insert_answer},
        statement::Statement,
    },
};

/// How often the last write is tried.
const ATTEMPTS: u32 = 3;

/// Where a leg leads: what is written when it ends.
pub(super) struct Leg {
    pub(super) runtime: Runtime,
    /// When the page asked.
    pub(super) asked_at: Timestamp,
    /// Whether an answer was stored that is new.
    pub(super) has_answered: Cell<bool>,
    pub(super) stored_bytes: Cell<u64>,
    pub(super) db: Db,
    pub(super) pipe: Pipe,
    /// What the log must not hear of the upstream.
    pub(super) hidden: Hidden,
    pub(super) execution: Execution,
}

impl Leg {
    /// Writes a turn out of deltas; `frames` begin it.
    pub(super) async fn write_turn(
        self,
        mut turn: Turn,
        mut frames: String,
        mut source: Source,
        mut gone: Gone,
    ) {
        let mut deltas = Vec::new();
        let outcome = loop {
            self.pipe.opened(turn.open_block().as_deref());
            let is_there = self.pipe.send(frames.as_bytes()).await;
            let next = if is_there {
                self.pipe.unless_gone(&mut gone, source.next(&mut deltas)).await
            } else {
                None
            };
            frames = deltas.drain(..).map(|delta| turn.push(delta)).collect();
            match next {
                Some(Ok(true)) => {}
                Some(Ok(false)) => break Ok(()),
                Some(Err(failure)) => break Err(Some(failure)),
                None => break Err(None),
            }
        };
        drop(source);
        frames += &self.end_turn(&mut turn, outcome).await;
        self.pipe.send(frames.as_bytes()).await;
        self.pipe.close().await;
        self.count(turn.usage()).await;
    }

    /// Stores a turn that is over, and gives its last frames. One that went wrong without a
    /// failure lost its page.
    async fn end_turn(
        &self,
        turn: &mut Turn,
        outcome: Result<(), Option<UpstreamFailure>>,
    ) -> String {
        if let Err(Some(failure)) = &outcome {
            self.log(failure);
        }
        let end = match outcome {
            Ok(()) => End::of_turn(turn, &self.execution.before, &self.execution.id),
            Err(_) => End::Partial,
        };
        let stored = self.store(turn.text(), end).await;
        last_frames(turn, outcome, stored, self.runtime.now())
    }

    /// Passes a backend's own stream through; `bytes` are those that have been read.
    pub(super) async fn pass_through(
        self,
        mut relay: Relay,
        bytes: Vec<u8>,
        mut remote: Remote,
        gone: Gone,
    ) {
        let outcome = self.pass(&mut relay, bytes, &mut remote, gone).await;
        drop(remote);
        let last = match outcome {
            Ok(failure) => self.end_stream(&mut relay, failure.as_ref()).await,
            Err(lost) => relay.fail(lost),
        };
        self.pipe.send(&last).await;
        self.pipe.close().await;
        self.count(relay.usage()).await;
    }

    /// Reads a stream as far as that makes sense, and gives the failure that ended it.
    async fn pass(
        &self,
        relay: &mut Relay,
        mut bytes: Vec<u8>,
        remote: &mut Remote,
        mut gone: Gone,
    ) -> Result<Option<UpstreamFailure>, Lost> {
        loop {
            let passed = relay.push(&bytes);
            self.pipe.opened(relay.open_block());
            if !self.pipe.send(&passed.at_once).await {
                return Ok(None);
            }
            if !passed.paused.is_empty() {
                self.store(relay.said(), End::pause_of(relay)).await?;
                relay.is_stored();
                self.pipe.send(&passed.paused).await;
            }
            match passed.next {
                Next::Read => {}
                Next::Linger(why) => remote.linger(why),
                Next::Enough => return Ok(None),
                Next::Failed(failure) => return Ok(Some(failure)),
            }
            match self.pipe.unless_gone(&mut gone, remote.next()).await {
                Some(Ok(Some(more))) => bytes = more,
                Some(Ok(None)) | None => return Ok(None),
                Some(Err(failure)) => return Ok(Some(failure)),
            }
        }
    }

    /// Stores what is new of a stream that is over, and gives its last frames.
    async fn end_stream(&self, relay: &mut Relay, failure: Option<&UpstreamFailure>) -> Vec<u8> {
        if let Some(failure) = failure.or(relay.reported()) {
            self.log(failure);
        }
        let Rest { frames, is_news } = relay.close(failure);
        if !is_news {
            return frames;
        }
        let end = End::of_stream(relay);
        let must_be_stored = end.must_be_stored();
        match self.store(relay.said(), end).await {
            Err(lost) if must_be_stored => relay.fail(lost),
            _ => frames,
        }
    }

    /// Stores what was said. Every statement can be run again.
    async fn store(&self, said: &Kept, end: End) -> Result<(), Lost> {
        let resumed = self.execution.is_resumed.then_some(self.execution.id.as_str());
        let remains = Remains::of(&self.execution.before, resumed, said, end);
        let (lost, is_new, bytes) = (remains.lost, remains.is_new, remains.bytes());
        let statements = self.statements(remains);
        if statements.is_empty() {
            return lost.map_or(Ok(()), Err);
        }
        for attempt in 1..=ATTEMPTS {
            if attempt > 1 {
                let pause = Duration::from_millis(u64::from(attempt - 1) * 100);
                self.runtime.platform.sleep(pause).await;
            }
            match self.db.execute(&statements).await {
                Ok(_) => {
                    self.has_answered.set(self.has_answered.get() || is_new);
                    self.stored_bytes.set(self.stored_bytes.get().saturating_add(bytes));
                    return lost.map_or(Ok(()), Err);
                }
                Err(DbError::Deleted(_)) => return Err(Lost::Deleted),
                Err(fault) => self.runtime.log(&format!(
                    "{}: attempt {attempt} to store the answer: {fault}",
                    self.execution.id
                )),
            }
        }
        Err(Lost::NotStored)
    }

    fn statements(&self, remains: Remains) -> Vec<Statement> {
        let now = self.runtime.now();
        let conversation = self.execution.session.conversation;
        let answer = remains.answer.map(|(text, status)| {
            let (id, reply_to) = (self.execution.answer.clone(), self.execution.question.clone());
            insert_answer(conversation, &NewAnswer { id, text, status, reply_to }, now)
        });
        let resumed = remains.resumed.map(|fate| match fate {
            Resumed::Over => executions::end(conversation, &self.execution.id),
            Resumed::WaitsAgain => executions::release(conversation, &self.execution.id),
        });
        let paused = remains.pause.map(|Pause { execution_id: id, legs, calls, state }| {
            let (reply_to, assistant_message_id) =
                (self.execution.question.clone(), self.execution.answer.clone());
            let paused = Paused { id, reply_to, assistant_message_id, legs, calls, state };
            executions::pause(conversation, &paused, now)
        });
        answer.into_iter().chain(resumed).chain(paused).collect()
    }

    /// Counts the answer in the ledger of its token, in the hour in which the page asked.
    async fn count(&self, usage: Usage) {
        let Usage { input_tokens, output_tokens } = usage;
        let counts = Counts::answer(self.has_answered.get(), input_tokens, output_tokens);
        let noted = Noted { counts, seen: None, stored_bytes: self.stored_bytes.get() };
        if noted != Noted::default()
            && ledger::note(
                &self.runtime.memory,
                self.execution.session.token,
                &noted,
                self.asked_at,
            )
        {
            ledger::flush(self.runtime.clone()).await;
        }
    }

    fn log(&self, failure: &UpstreamFailure) {
        let hidden = self.runtime.secrets_of(self.hidden.clone());
        self.runtime.log(&format!("{}: {}", self.execution.id, failure.logged(&hidden)));
    }
}
