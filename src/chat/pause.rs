//! An execution that waits for the page: what it has to remember, and whether it goes on.

use crate::{
    chat::{
        page::PageContext,
        refused::Refused,
        step::{self, Step},
        stream::{delta::ToolCall, notice::Notices, turn::Turn},
        transcript::place::Place,
    },
    domain::{json::Json, target::TargetKind},
};

/// The most bytes of a pause's state.
pub(crate) const MAX_STATE: usize = 1024 * 1024;

/// The most legs of an execution: the chat is the first, each resumption another.
const MAX_LEGS: u32 = 16;

/// What an execution that waits has to remember.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct PausedState {
    /// The text of the legs so far.
    pub(crate) text: String,
    /// The legs so far and their calls; empty for a backend that remembers them itself.
    pub(crate) steps: Vec<Step>,
    /// What the page told beside its messages.
    pub(crate) page: PageContext,
    /// What was heard in the first leg, and is heard in all.
    pub(crate) thread: Vec<Place>,
    /// How many legs there have been.
    pub(crate) legs: u32,
}

/// What a resumption leads to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Continuation {
    /// The execution goes on.
    GoOn,
    /// Results are still missing, and are waited for.
    Wait(Vec<ToolCall>),
    /// It has had all its legs.
    TooManyLegs,
}

impl PausedState {
    /// The state after another leg, which said `text` and called what the last of `steps` says.
    #[must_use]
    pub(crate) fn after_leg(&self, text: String, steps: Vec<Step>) -> Self {
        Self { text, steps, ..self.clone() }
    }

    /// Takes the page's results and tells what comes next. A backend of one's own gets what
    /// there is: it knows by itself what it waits for, and no steps are kept of it.
    #[must_use]
    pub(crate) fn answer(&mut self, outputs: &Json) -> Continuation {
        if self.legs >= MAX_LEGS {
            return Continuation::TooManyLegs;
        }
        let missing = match self.steps.last_mut() {
            Some(step) => {
                step.answer(outputs.clone());
                step.missing()
            }
            None => Vec::new(),
        };
        if missing.is_empty() {
            self.legs += 1;
            Continuation::GoOn
        } else {
            Continuation::Wait(missing)
        }
    }

    /// JSON for storage.
    ///
    /// # Errors
    /// [`Refused::StateTooLarge`].
    pub(crate) fn to_stored(&self) -> Result<String, Refused> {
        let maybe = |json: &Option<Json>| json.clone().unwrap_or(Json::Null);
        let steps = Json::parse(step::to_stored(&self.steps).as_bytes()).unwrap_or(Json::Null);
        // Steps have the text in them.
        let text = if self.steps.is_empty() { self.text.clone() } else { String::new() };
        let member = |name: &str, value| (name.to_owned(), value);
        let stored = Json::Object(vec![
            member("thread", Json::Array(self.thread.iter().map(Place::to_json).collect())),
            member("legs", Json::Number(self.legs.into())),
            member("text", Json::String(text)),
            member("steps", steps),
            member("inputs", maybe(&self.page.inputs)),
            member("context", maybe(&self.page.context)),
            member("metadata", maybe(&self.page.metadata)),
            member("vouched", maybe(&self.page.vouched)),
        ])
        .to_string();
        if stored.len() > MAX_STATE { Err(Refused::StateTooLarge) } else { Ok(stored) }
    }

    /// Reads what [`PausedState::to_stored`] wrote; nothing else is in storage.
    #[must_use]
    pub(crate) fn from_stored(text: &str) -> Option<Self> {
        let json = Json::parse(text.as_bytes()).ok()?;
        let maybe = |name| json.get(name).filter(|value| **value != Json::Null).cloned();
        let (Some(Json::String(text)), Some(Json::Array(thread)), Some(Json::Number(legs))) =
            (json.get("text"), json.get("thread"), json.get("legs"))
        else {
            return None;
        };
        let steps = step::from_stored(&json.get("steps")?.to_string())?;
        let said = steps.iter().map(|step| step.text.as_str());
        let text = said.fold(text.clone(), |before, text| joined(&before, text));
        Some(Self {
            text,
            steps,
            page: PageContext {
                inputs: maybe("inputs"),
                context: maybe("context"),
                metadata: maybe("metadata"),
                vouched: maybe("vouched"),
            },
            thread: thread.iter().map(Place::from_json).collect::<Option<_>>()?,
            legs: u32::try_from(legs.as_u64()?).ok()?,
        })
    }
}

impl Continuation {
    /// The whole stream of a resumption that doesn't go on; `notices` is what is said if that is a
    /// failure.
    #[must_use]
    pub(crate) fn frames(
        &self,
        kind: TargetKind,
        execution_id: &str,
        notices: &Notices,
    ) -> Option<String> {
        match self {
            Self::GoOn => None,
            Self::Wait(missing) => Some(Turn::ask_again(kind, execution_id, 1, missing)),
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
#[must_use]
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

    fn call(id: &str) -> ToolCall {
        ToolCall {
            id: id.into(),
            name: "add".into(),
            function: "add".into(),
            origin: ToolOrigin::Webmcp,
            arguments: Json::Object(Vec::new()),
            given: CallData::default(),
        }
    }

    fn outputs(text: &str) -> Json {
        Json::parse(text.as_bytes()).unwrap()
    }

    fn paused(calls: &[ToolCall]) -> PausedState {
        PausedState {
            text: "so \"far\"".into(),
            steps: vec![Step::paused("so \"far\"", calls)],
            page: PageContext { inputs: Some(Json::Object(Vec::new())), ..PageContext::default() },
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
        let again = |state: &PausedState| PausedState::from_stored(&state.to_stored().unwrap());
        assert_eq!(again(&state), Some(state.clone()));
        state.steps.push(Step::paused("", &[call("c2")]));
        state.steps.push(Step::paused("and on", &[call("c3")]));
        state.text = "so \"far\"\n\nand on".into();
        assert_eq!(again(&state), Some(state.clone()));
        state.steps.clear();
        assert_eq!(again(&state), Some(state));
    }

    #[test]
    fn an_execution_goes_on_when_nothing_is_missing() {
        let mut state = paused(&[call("c1"), call("c2")]);
        assert_eq!(state.answer(&outputs(r#"{"c1":1}"#)), Continuation::Wait(vec![call("c2")]));
        assert_eq!(state.legs, 1, "waiting is no leg");
        assert_eq!(state.answer(&outputs(r#"{"c2":1}"#)), Continuation::GoOn);
        assert_eq!(state.legs, 2);
        let mut of_a_backend = PausedState { legs: 1, ..PausedState::default() };
        assert_eq!(of_a_backend.answer(&outputs("{}")), Continuation::GoOn);
    }

    #[test]
    fn an_execution_has_sixteen_legs() {
        let mut state = PausedState { legs: 15, ..paused(&[call("c1")]) };
        let mut over = PausedState { legs: 16, ..state.clone() };
        assert_eq!(state.answer(&outputs(r#"{"c1":1}"#)), Continuation::GoOn);
        assert_eq!(over.answer(&outputs(r#"{"c1":1}"#)), Continuation::TooManyLegs);
    }

    #[test]
    fn a_leg_too_many_is_told_as_a_stream() {
        let own = notices("Ring us.", "To be continued.");
        let frames = Continuation::TooManyLegs.frames(TargetKind::Agent, "exec_1", &own).unwrap();
        assert!(frames.contains("event: execution_error"), "{frames}");
        assert!(frames.contains(r#""code":"too_many_legs""#), "{frames}");
        assert!(frames.contains(r#""text":"Ring us.""#), "{frames}");
    }

    #[test]
    fn a_state_has_at_most_1_mib() {
        let empty = PausedState::default().to_stored().unwrap().len();
        let state =
            |bytes: usize| PausedState { text: "x".repeat(bytes), ..PausedState::default() };
        assert!(state(MAX_STATE - empty).to_stored().is_ok());
        assert_eq!(state(MAX_STATE - empty + 1).to_stored(), Err(Refused::StateTooLarge));
    }

    #[test]
    fn results_as_deep_as_a_body_are_kept() {
        let deep = format!(r#"{{"c1":{}1{}}}"#, "[".repeat(125), "]".repeat(125));
        let mut state = paused(&[call("c1")]);
        assert_eq!(state.answer(&outputs(&deep)), Continuation::GoOn);
        assert_eq!(PausedState::from_stored(&state.to_stored().unwrap()), Some(state));
    }
}
