//! What a turn can say, one method for each frame: the members of contract section 7, in the two
//! vocabularies of agents and flows. [`turn`](super::turn) knows when to say what.

use crate::{
    chat::stream::{
        delta::{Stop, ToolCall},
        frame::{
            Field,
            FieldValue::{Bool, Json, Number, Object, Text},
            Frames,
        },
        notice,
    },
    domain::{target::TargetKind, time::Timestamp},
};

/// The name of a flow's only step.
const STEP_NAME: &str = "Answer";

/// The frames of one leg of an execution; what is said gathers until it is taken.
#[derive(Debug)]
pub(super) struct Script {
    frames: Frames,
    kind: TargetKind,
    iteration: u32,
    out: String,
}

impl Script {
    pub(super) fn new(
        kind: TargetKind,
        execution_id: &str,
        iteration: u32,
        first_seq: u64,
    ) -> Self {
        Self { frames: Frames::new(execution_id, first_seq), kind, iteration, out: String::new() }
    }

    /// The frames since the last time.
    pub(super) fn take(&mut self) -> String {
        std::mem::take(&mut self.out)
    }

    /// Ids are made of the execution's and the leg's, so that none comes twice in a
    /// conversation: the widget keeps bubbles by id.
    fn id(&self, what: &str) -> String {
        format!("{what}_{}_{}", self.frames.execution_id(), self.iteration)
    }

    fn say(&mut self, event: &'static str, fields: &[Field<'_>]) {
        self.frames.write(&mut self.out, event, fields);
    }

    pub(super) fn execution_start(&mut self, now: Timestamp) {
        let kind = self.kind.as_str();
        self.say("execution_start", &[("kind", Text(kind)), ("startedAt", Text(&now.to_string()))]);
    }

    pub(super) fn execution_complete(&mut self, now: Timestamp) {
        let fields = [
            ("kind", Text(self.kind.as_str())),
            ("success", Bool(true)),
            ("completedAt", Text(&now.to_string())),
        ];
        self.say("execution_complete", &fields);
    }

    pub(super) fn execution_error(&mut self, code: &str, message: &str) {
        let error = [("code", Text(code)), ("message", Text(message))];
        let kind = self.kind.as_str();
        self.say("execution_error", &[("kind", Text(kind)), ("error", Object(&error))]);
    }

    /// The start of an agent's turn or a flow's step.
    pub(super) fn start(&mut self) {
        match self.kind {
            TargetKind::Agent => {
                let id = self.id("turn");
                let iteration = self.iteration.into();
                let fields = [
                    ("id", Text(&id)),
                    ("role", Text("assistant")),
                    ("iteration", Number(iteration)),
                ];
                self.say("turn_start", &fields);
            }
            TargetKind::Flow => {
                let id = self.id("step");
                let fields =
                    [("id", Text(&id)), ("stepType", Text("prompt")), ("name", Text(STEP_NAME))];
                self.say("step_start", &fields);
            }
        }
    }

    /// The end of an agent's turn or a flow's step whose whole text is `text`, if that is known.
    pub(super) fn complete(&mut self, text: Option<&str>, stop: Stop) {
        match self.kind {
            TargetKind::Agent => self.turn_complete(stop),
            TargetKind::Flow => self.step_complete(text, stop),
        }
    }

    fn turn_complete(&mut self, stop: Stop) {
        let id = self.id("turn");
        let fields = [
            ("id", Text(&id)),
            ("role", Text("assistant")),
            ("iteration", Number(self.iteration.into())),
            ("stopReason", Text(stop.as_str())),
        ];
        self.say("turn_complete", &fields);
    }

    fn step_complete(&mut self, text: Option<&str>, stop: Stop) {
        let id = self.id("step");
        let result = text.map(|text| [("response", Text(text))]);
        let mut fields = vec![
            ("id", Text(&id)),
            ("stepType", Text("prompt")),
            ("success", Bool(stop != Stop::Error)),
        ];
        fields.extend(result.as_ref().map(|result| ("result", Object(result))));
        if stop != Stop::EndTurn {
            fields.push(("stopReason", Text(stop.as_str())));
        }
        self.say("step_complete", &fields);
    }

    pub(super) fn text_id(&self) -> String {
        self.id("text")
    }

    pub(super) fn text_start(&mut self) {
        let id = self.id("text");
        self.say("text_start", &[("id", Text(&id))]);
    }

    pub(super) fn text_delta(&mut self, delta: &str) {
        let id = self.id("text");
        self.say("text_delta", &[("id", Text(&id)), ("delta", Text(delta))]);
    }

    /// The end of a block of text, with the whole of it if that is known.
    pub(super) fn text_complete(&mut self, text: Option<&str>) {
        let id = self.id("text");
        let whole = text.map(|text| ("text", Text(text)));
        let fields: Vec<Field<'_>> = [("id", Text(&id))].into_iter().chain(whole).collect();
        self.say("text_complete", &fields);
    }

    /// A block of text that isn't the answer's.
    pub(super) fn notice(&mut self, words: &str) {
        let part = self.iteration.to_string();
        notice::write(&mut self.frames, &mut self.out, &part, words);
    }

    fn reasoning_id(&self, block: u32) -> String {
        format!("{}_{block}", self.id("reasoning"))
    }

    pub(super) fn reasoning_start(&mut self, block: u32) {
        let id = self.reasoning_id(block);
        self.say("reasoning_start", &[("id", Text(&id))]);
    }

    pub(super) fn reasoning_delta(&mut self, block: u32, delta: &str) {
        let id = self.reasoning_id(block);
        self.say("reasoning_delta", &[("id", Text(&id)), ("delta", Text(delta))]);
    }

    pub(super) fn reasoning_complete(&mut self, block: u32) {
        let id = self.reasoning_id(block);
        self.say("reasoning_complete", &[("id", Text(&id))]);
    }

    /// Asks the page to run tools.
    pub(super) fn await_results(&mut self, calls: &[ToolCall]) {
        for call in calls {
            let fields = [
                ("toolName", Text(&call.name)),
                ("toolCallId", Text(&call.id)),
                ("parameters", Json(&call.arguments)),
                ("origin", Text(call.origin.as_str())),
            ];
            self.say("await", &fields);
        }
    }
}
