//! What a leg of an execution leaves in storage (contract sections 6.2, 7 and 12).
//!
//! A leg is one request's part of an execution: an answer whose tools run in the page has
//! several. However it ends, what was said is kept: whole, waiting, or partial.

#[cfg(test)]
mod tests;

use crate::{
    chat::{
        pause::PausedState,
        step::Step,
        stream::{kept::Kept, turn::Turn},
        upstream::{
            events::{Ending, relay::Relay},
            failure::UpstreamFailure,
        },
    },
    domain::{message::Status, time::Timestamp},
};

/// How a leg ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum End {
    Complete,
    /// It waits for the page.
    Paused {
        /// The id that the page will come back with.
        execution_id: String,
        /// What is to be remembered of the legs so far.
        steps: Vec<Step>,
    },
    Partial,
}

impl End {
    /// Of a turn whose upstream has said everything.
    pub(crate) fn of_turn(turn: &Turn, before: &PausedState, execution_id: &str) -> Self {
        if turn.calls().is_empty() {
            return Self::Complete;
        }
        let step = Step::paused(turn.text().text(), turn.calls());
        let step = Step { given: turn.kept().clone(), ..step };
        let steps = [before.steps.as_slice(), &[step]].concat();
        Self::Paused { execution_id: execution_id.to_owned(), steps }
    }

    /// Of a backend's own stream, as far as it came. Such a backend remembers its legs itself.
    pub(crate) fn of_stream(relay: &Relay) -> Self {
        match relay.ending() {
            Ending::Completed => Self::Complete,
            Ending::Paused => Self::pause_of(relay),
            Ending::Failed | Ending::Open => Self::Partial,
        }
    }

    /// Of a backend's own stream that asks the page to run a tool, whatever follows.
    pub(crate) fn pause_of(relay: &Relay) -> Self {
        Self::Paused { execution_id: relay.execution_id().to_owned(), steps: Vec::new() }
    }

    /// Whether the page may only hear of it once it is stored.
    pub(crate) fn must_be_stored(&self) -> bool {
        *self != Self::Partial
    }
}

/// Why a leg that went well ends with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Lost {
    #[error("The answer could not be stored. Please try again.")]
    NotStored,
    #[error("This conversation was deleted. Please start anew.")]
    Deleted,
    /// Its pause has a larger state than can be kept.
    #[error("The answer has become too long to go on. Please start anew.")]
    PauseTooLarge,
}

impl Lost {
    /// The `code` of the `execution_error`.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::NotStored => "not_stored",
            Self::Deleted => "conversation_deleted",
            Self::PauseTooLarge => "pause_too_large",
        }
    }

    /// Whether the visitor hears of it in words among the answer: not of a conversation that is gone.
    pub(crate) fn is_said(self) -> bool {
        self != Self::Deleted
    }
}

/// The last frames of a turn that is over. Its `outcome` is an error when it went wrong, without a
/// failure when its page left; `stored` says whether it could be stored.
pub(crate) fn last_frames(
    turn: &mut Turn,
    outcome: Result<(), Option<UpstreamFailure>>,
    stored: Result<(), Lost>,
    now: Timestamp,
) -> String {
    match (outcome, stored) {
        (Ok(()), Ok(())) => turn.finish(now),
        (Ok(()), Err(lost)) if lost.is_said() => turn.fail(lost.code(), &lost.to_string()),
        (Ok(()), Err(lost)) => turn.fail_silently(lost.code(), &lost.to_string()),
        (Err(Some(failure)), _) => turn.fail(failure.cause.code(), &failure.cause.to_string()),
        (Err(None), _) => String::new(),
    }
}

/// What becomes of the pause that a leg went on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resumed {
    Over,
    /// It waits again with all that was answered, and may be resumed once more.
    WaitsAgain,
}

/// An execution that waits, to be stored.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pause {
    pub(crate) execution_id: String,
    pub(crate) legs: u32,
    /// The calls that it waits for, JSON.
    pub(crate) calls: String,
    /// What it has to remember, JSON.
    pub(crate) state: String,
}

/// What is stored of a leg.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Remains {
    /// The text of the answer, and whether it is whole; none if nothing was said, so that the
    /// question may be asked again.
    pub(crate) answer: Option<(String, Status)>,
    /// Whether that is the first of the answer: earlier legs said nothing.
    pub(crate) is_new: bool,
    pub(crate) pause: Option<Pause>,
    /// What becomes of the pause before this leg, unless this leg's own takes its place.
    pub(crate) resumed: Option<Resumed>,
    /// What can't be stored of it, so that it ends with an error.
    pub(crate) lost: Option<Lost>,
}

impl Remains {
    /// How many bytes of it are kept.
    pub(crate) fn bytes(&self) -> u64 {
        let answer = self.answer.as_ref().map_or(0, |(text, _)| text.len());
        let pause = self.pause.as_ref().map_or(0, |pause| pause.calls.len() + pause.state.len());
        u64::try_from(answer + pause).unwrap_or(u64::MAX)
    }

    /// What is stored of a leg that has `said` this; `resumed` is the execution that it went on
    /// with, if it did.
    pub(crate) fn of(before: &PausedState, resumed: Option<&str>, said: &Kept, end: End) -> Self {
        let text_before = before.text();
        let said = Kept::joined(&text_before, said);
        let is_whole = end == End::Complete && said.is_whole();
        let status = if is_whole { Status::Complete } else { Status::Partial };
        let text = said.text().to_owned();
        let mut remains = Self {
            answer: (!text.is_empty()).then(|| (text.clone(), status)),
            is_new: !text.is_empty() && text_before.is_empty(),
            pause: None,
            resumed: resumed.map(|_| Resumed::Over),
            lost: None,
        };
        match end {
            End::Complete => {}
            End::Partial => remains.resumed = resumed.map(|_| Resumed::WaitsAgain),
            End::Paused { execution_id, steps } => {
                let paused = before.after_leg(text, steps);
                match paused.to_stored() {
                    Ok(state) => {
                        remains.resumed =
                            resumed.filter(|id| *id != execution_id).map(|_| Resumed::Over);
                        let (legs, calls) = (paused.legs, paused.calls_to_stored());
                        remains.pause = Some(Pause { execution_id, legs, calls, state });
                    }
                    Err(_) => remains.lost = Some(Lost::PauseTooLarge),
                }
            }
        }
        remains
    }
}
