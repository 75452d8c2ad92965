//! An execution that waits for the page: what it has to remember, and whether it goes on.

use serde::{Deserialize, Serialize};

use serde_json::Value;

use crate::{
    chat::{
        page::PageContext,
        refused::Refused,
        step::{self, Step, StoredOutputs},
        stream::{delta::ToolCall, notice::Notices, turn::Turn},
        transcript::place::Place,
    },
    domain::target::TargetKind,
};

/// The most bytes of a pause's state.
pub(crate) const MAX_STATE: usize = 1024 * 1024;

/// The most legs of an execution: the chat is the first, each resumption another.
const MAX_LEGS: u32 = 16;

/// What an execution that waits has to remember.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PausedState {
    /// What was said in legs that aren't among `steps`.
    pub(crate) said: String,
    /// The legs so far and their calls; empty for a backend that remembers them itself.
    pub(crate) steps: Vec<Step>,
    pub(crate) page: PageContext,
    /// What was heard in the first leg, and is heard in all.
    pub(crate) thread: Vec<Place>,
    /// Stored beside it, since they are counted before it is read.
    #[serde(skip)]
    pub(crate) legs: u32,
}

/// What a resumption leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Continuation {
    GoOn,
    /// Results are still missing, and are waited for.
    Wait,
    TooManyLegs,
}

/// The calls of a pause, as far as they decide whether it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pending {
    calls: Vec<PendingCall>,
    legs: u32,
    bytes: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct PendingCall {
    id: String,
    name: String,
    is_answered: bool,
}

impl Pending {
    /// Reads what is stored beside a state: its calls, which of them were answered, how many legs there
    /// were and how many bytes it all has.
    pub(crate) fn from_stored(calls: &str, answered: &str, legs: u32, bytes: u32) -> Option<Self> {
        let calls: Vec<(String, String)> = serde_json::from_str(calls).ok()?;
        let answered: Vec<String> = serde_json::from_str(answered).ok()?;
        let call = |(at, (id, name)): (usize, (String, String))| {
            let is_answered = answered.contains(&at.to_string());
            PendingCall { id, name, is_answered }
        };
        let calls = calls.into_iter().enumerate().map(call).collect();
        Some(Self { calls, legs, bytes: bytes as usize })
    }

    /// Takes the page's results: what is new of them by the places of their calls, as JSON for storage,
    /// and what comes next. A backend of one's own gets what there is: it knows by itself what it
    /// waits for, and no calls are kept of it.
    pub(crate) fn answer(mut self, outputs: &Value) -> Result<(String, Continuation), Refused> {
        if self.legs >= MAX_LEGS {
            return Ok(("{}".to_owned(), Continuation::TooManyLegs));
        }
        let mut new = StoredOutputs::new();
        for (key, output) in outputs.as_object().into_iter().flatten() {
            let called = self.calls.iter().map(|c| (c.id.as_str(), c.name.as_str(), c.is_answered));
            let Some(at) = step::answered_by(key, called) else { continue };
            if let Some(call) = self.calls.get_mut(at).filter(|call| !call.is_answered) {
                call.is_answered = true;
                new.insert(at, output.to_string());
            }
        }
        let is_whole = self.calls.iter().all(|call| call.is_answered);
        let next = if is_whole { Continuation::GoOn } else { Continuation::Wait };
        let new = serde_json::to_string(&new).unwrap_or_default();
        if self.bytes + new.len() > MAX_STATE {
            Err(Refused::StateTooLarge)
        } else {
            Ok((new, next))
        }
    }
}

impl PausedState {
    /// The state after another leg: `text` is that of all legs, and the last of `steps` is what this
    /// one called.
    pub(crate) fn after_leg(&self, text: String, steps: Vec<Step>) -> Self {
        let said = if steps.is_empty() { text } else { self.said.clone() };
        let (page, thread) = (self.page.clone(), self.thread.clone());
        Self { said, steps, page, thread, legs: self.legs }
    }

    /// The text of the legs so far.
    pub(crate) fn text(&self) -> String {
        self.steps.iter().fold(self.said.clone(), |before, step| joined(&before, &step.text))
    }

    /// The calls that are waited for, for storage: JSON.
    pub(crate) fn calls_to_stored(&self) -> String {
        let calls = self.steps.last().map(|step| step.calls.as_slice()).unwrap_or_default();
        let calls: Vec<_> = calls.iter().map(|c| (&c.call.id, &c.call.name)).collect();
        serde_json::to_string(&calls).unwrap_or_default()
    }

    pub(crate) fn missing(&self) -> Vec<ToolCall> {
        self.steps.last().map(Step::missing).unwrap_or_default()
    }

    /// JSON for storage.
    pub(crate) fn to_stored(&self) -> Result<String, Refused> {
        let stored = serde_json::to_string(self).unwrap_or_default();
        if stored.len() > MAX_STATE { Err(Refused::StateTooLarge) } else { Ok(stored) }
    }

    /// Reads what [`PausedState::to_stored`] wrote, with the results that came since; nothing else is
    /// in storage.
    pub(crate) fn from_stored(text: &str, outputs: &str, legs: u32) -> Option<Self> {
        let mut state = Self { legs, ..serde_json::from_str(text).ok()? };
        if let Some(step) = state.steps.last_mut() {
            step.take(&serde_json::from_str(outputs).ok()?)?;
        }
        Some(state)
    }
}

impl Continuation {
    /// The whole stream of a resumption that doesn't go on: it waits for `missing`, or fails, which
    /// `notices` say.
    pub(crate) fn frames(
        self,
        kind: TargetKind,
        execution_id: &str,
        missing: &[ToolCall],
        notices: &Notices,
    ) -> Option<String> {
        match self {
            Self::GoOn => None,
            Self::Wait => Some(Turn::ask_again(kind, execution_id, 1, missing)),
            Self::TooManyLegs => Some(too_many_legs(kind, execution_id, notices)),
        }
    }
}

fn too_many_legs(kind: TargetKind, execution_id: &str, notices: &Notices) -> String {
    let (mut turn, frames) = Turn::resume(kind, execution_id, notices.clone(), MAX_LEGS + 1);
    let message = format!("The answer took more than {MAX_LEGS} steps. Please ask again.");
    frames + &turn.fail("too_many_legs", &message)
}

/// The texts of an execution's legs, a blank line between them.
pub(crate) fn joined(before: &str, text: &str) -> String {
    let gap = if before.is_empty() || text.is_empty() { "" } else { "\n\n" };
    format!("{before}{gap}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::stream::{
        delta::{CallData, ToolOrigin},
        notice::tests::notices,
    };
    use crate::domain::json::{self, Look};

    fn call(id: &str) -> ToolCall {
        ToolCall {
            id: id.into(),
            name: "add".into(),
            function: "add".into(),
            origin: ToolOrigin::Webmcp,
            arguments: serde_json::Map::new().into(),
            given: CallData::default(),
        }
    }

    fn outputs(text: &str) -> Value {
        json::parse(text.as_bytes()).unwrap()
    }

    fn paused(calls: &[ToolCall]) -> PausedState {
        PausedState {
            said: String::new(),
            steps: vec![Step::paused("so \"far\"", calls)],
            page: PageContext {
                inputs: Some(outputs("{}")),
                context: Some(outputs(
                    r#"{"$serde_json::private::RawValue":"[1]","z":1E+2,"a":[null]}"#,
                )),
                metadata: Some(outputs(r#"{"m":0}"#)),
                vouched: Some(outputs(r#"{"user":{"id":"u"}}"#)),
            },
            thread: vec![
                Place { stored: "u1".into(), is_brief: true, piece: None },
                Place { stored: "a1".into(), is_brief: false, piece: Some(("x".into(), 0, 7)) },
            ],
            legs: 1,
        }
    }

    #[test]
    fn a_pause_reads_back() {
        let mut state = paused(&[call("c1")]);
        let again =
            |state: &PausedState| PausedState::from_stored(&state.to_stored().unwrap(), "{}", 1);
        assert_eq!(again(&state), Some(state.clone()));
        state.steps.push(Step::paused("", &[call("c2")]));
        state.steps.push(Step::paused("and on", &[call("c3")]));
        assert_eq!(again(&state), Some(state.clone()));
        assert_eq!(state.text(), "so \"far\"\n\nand on");
        state.steps.clear();
        state.said = "so \"far\"".into();
        assert_eq!(again(&state), Some(state));
    }

    #[test]
    fn what_a_leg_said_is_remembered_once() {
        let called = |text: &str| vec![Step::paused(text, &[call("c1")])];
        let first = PausedState::default();
        assert_eq!(first.after_leg("One".into(), called("One")).text(), "One");
        let of_a_backend = first.after_leg("One".into(), Vec::new());
        assert_eq!(of_a_backend.text(), "One");
        let both = of_a_backend.after_leg("One\n\nTwo".into(), called("Two"));
        assert_eq!(both.text(), "One\n\nTwo");
    }

    /// What a resumption of these calls brings, some of them answered, after so many legs.
    fn taken(
        calls: &str,
        answered: &str,
        legs: u32,
        results: &str,
    ) -> Result<(String, Continuation), Refused> {
        Pending::from_stored(calls, answered, legs, 100).unwrap().answer(&outputs(results))
    }

    const TWO: &str = r#"[["c1","add"],["c2","add"]]"#;

    #[test]
    fn an_execution_goes_on_when_nothing_is_missing() {
        let went = |calls, answered, results| taken(calls, answered, 1, results).unwrap();
        let expected = |new: &str, next| (new.to_owned(), next);
        let wait = expected(r#"{"0":"1"}"#, Continuation::Wait);
        assert_eq!(went(TWO, "[]", r#"{"c1":1}"#), wait);
        let whole = expected(r#"{"1":"{\"a\":2}"}"#, Continuation::GoOn);
        assert_eq!(went(TWO, r#"["0"]"#, r#"{"c1":7,"c2":{"a":2},"c3":3}"#), whole);
        assert_eq!(went(TWO, r#"["0"]"#, r#"{"webmcp:add":{"a":2}}"#), whole);
        let none = expected("{}", Continuation::Wait);
        assert_eq!(went(TWO, r#"["1"]"#, r#"{"c2":1,"c3":1}"#), none);
        let both = expected(r#"{"0":"1","1":"2"}"#, Continuation::GoOn);
        assert_eq!(went(TWO, "[]", r#"{"add":1,"webmcp:add":2}"#), both);
        assert_eq!(went("[]", "[]", "{}"), expected("{}", Continuation::GoOn), "of a backend");
    }

    #[test]
    fn an_execution_has_sixteen_legs() {
        let next = |legs| taken(TWO, "[]", legs, r#"{"c1":1,"c2":2}"#).unwrap().1;
        assert_eq!((next(15), next(16)), (Continuation::GoOn, Continuation::TooManyLegs));
    }

    #[test]
    fn what_was_answered_is_in_its_place_again_and_the_rest_is_missing() {
        let state = paused(&[call("c1"), call("c2")]);
        assert_eq!(state.calls_to_stored(), TWO);
        let (new, _) = taken(TWO, "[]", 1, r#"{"c2":null}"#).unwrap();
        let read = PausedState::from_stored(&state.to_stored().unwrap(), &new, 3).unwrap();
        assert_eq!((read.missing(), read.legs), (vec![call("c1")], 3));
        assert_eq!(read.steps[0].calls[1].output, Some(Value::Null));
        assert!(PausedState::default().missing().is_empty());
    }

    #[test]
    fn results_and_state_have_at_most_1_mib() {
        let answer = |bytes: usize| {
            let bytes = u32::try_from(bytes).unwrap();
            let pending = Pending::from_stored(TWO, "[]", 1, bytes).unwrap();
            pending.answer(&outputs(r#"{"c1":1}"#)).map(drop)
        };
        let new = r#"{"0":"1"}"#.len();
        assert_eq!(answer(MAX_STATE - new), Ok(()));
        assert_eq!(answer(MAX_STATE - new + 1), Err(Refused::StateTooLarge));
    }

    #[test]
    fn a_leg_too_many_is_told_as_a_stream() {
        let own = notices("Ring us.", "To be continued.");
        let next = Continuation::TooManyLegs;
        let frames = next.frames(TargetKind::Agent, "exec_1", &[], &own).unwrap();
        assert!(frames.contains("event: execution_error"), "{frames}");
        assert!(frames.contains(r#""code":"too_many_legs""#), "{frames}");
        assert!(frames.contains(r#""text":"Ring us.""#), "{frames}");
    }

    #[test]
    fn a_state_has_at_most_1_mib() {
        let empty = PausedState::default().to_stored().unwrap().len();
        let state =
            |bytes: usize| PausedState { said: "x".repeat(bytes), ..PausedState::default() };
        assert!(state(MAX_STATE - empty).to_stored().is_ok());
        assert_eq!(state(MAX_STATE - empty + 1).to_stored(), Err(Refused::StateTooLarge));
    }

    #[test]
    fn results_as_deep_as_a_body_are_kept() {
        let deep = format!(r#"{{"c1":{}1{}}}"#, "[".repeat(125), "]".repeat(125));
        let state = paused(&[call("c1")]).to_stored().unwrap();
        let (new, _) = taken(r#"[["c1","add"]]"#, "[]", 1, &deep).unwrap();
        let read = PausedState::from_stored(&state, &new, 1).unwrap();
        let output = read.steps[0].calls[0].output.clone();
        assert_eq!(output.as_ref(), outputs(&deep).member("c1"));
        assert_eq!(PausedState::from_stored(&read.to_stored().unwrap(), "{}", 1), Some(read));
    }
}
