//! An execution that paused: what the model called and what the page answered.
//!
//! The model must see both again when the execution goes on. Results may come in several
//! requests: the widget sends those of automatic tools together, under the ids of their calls,
//! and the visitor's answer to a question later and alone, under the tool's name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use serde_json::Value;

use crate::{
    chat::stream::delta::{MessageData, ToolCall},
    domain::json::{self, stored},
};

/// A call and its result, once there is one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PausedCall {
    pub(crate) call: ToolCall,
    /// What the page answered, null perhaps.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "stored::even_null"
    )]
    pub(crate) output: Option<Value>,
}

/// One leg of an execution, up to its pause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Step {
    /// The text before the calls, possibly empty.
    pub(crate) text: String,
    /// At least one.
    pub(crate) calls: Vec<PausedCall>,
    /// What the service wants back with the results.
    pub(crate) given: MessageData,
}

/// Results by the places of their calls, each a text of JSON: what comes later is merged with what is
/// stored, and so doesn't mix with it or take nulls out of it.
pub(crate) type StoredOutputs = BTreeMap<usize, String>;

impl Step {
    pub(crate) fn paused(text: &str, calls: &[ToolCall]) -> Self {
        let call = |call: &ToolCall| PausedCall { call: call.clone(), output: None };
        Self {
            text: text.to_owned(),
            calls: calls.iter().map(call).collect(),
            given: MessageData::default(),
        }
    }

    /// Takes results as they come.
    #[cfg(test)]
    pub(crate) fn answer(&mut self, outputs: Value) {
        let Value::Object(outputs) = outputs else { return };
        for (key, output) in outputs {
            let calls = self.calls.iter();
            let calls =
                calls.map(|c| (c.call.id.as_str(), c.call.name.as_str(), c.output.is_some()));
            let at = answered_by(&key, calls);
            if let Some(call) = at.and_then(|at| self.calls.get_mut(at)) {
                call.output.get_or_insert(output);
            }
        }
    }

    /// Takes stored results.
    pub(crate) fn take(&mut self, outputs: &StoredOutputs) -> Option<()> {
        for (at, output) in outputs {
            self.calls.get_mut(*at)?.output = Some(json::parse(output.as_bytes()).ok()?);
        }
        Some(())
    }

    /// Bytes of what a service is sent of it.
    pub(crate) fn bytes(&self) -> usize {
        let json = |json: &Option<Value>| json.as_ref().map_or(0, |json| json.to_string().len());
        let call = |PausedCall { call, output }: &PausedCall| {
            call.arguments.to_string().len() + json(output) + json(&call.given.extra_content)
        };
        let details = self.given.reasoning_details.iter().map(|detail| detail.to_string().len());
        self.text.len()
            + self.calls.iter().map(call).sum::<usize>()
            + details.sum::<usize>()
            + self.given.reasoning_content.as_ref().map_or(0, String::len)
            + json(&self.given.extra_content)
    }

    /// The calls that have no result yet; when none is left, the execution can go on.
    pub(crate) fn missing(&self) -> Vec<ToolCall> {
        let open = self.calls.iter().filter(|call| call.output.is_none());
        open.map(|call| call.call.clone()).collect()
    }
}

/// The place of the call that a result is of; each call is its id, the tool's name, and whether it was
/// answered. The key of a result is the id of a call, or the name of a tool, and then means its first
/// call without a result. A key that means nothing is ignored.
pub(crate) fn answered_by<'c>(
    key: &str,
    mut calls: impl Iterator<Item = (&'c str, &'c str, bool)> + Clone,
) -> Option<usize> {
    // The widget puts `webmcp:` before the names of the page's own tools.
    let named = key.strip_prefix("webmcp:").unwrap_or(key);
    let by_id = calls.clone().position(|(id, ..)| id == key);
    by_id.or_else(|| calls.position(|(_, name, is_answered)| !is_answered && name == named))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::stream::delta::{CallData, ToolOrigin};

    fn json(text: &str) -> Value {
        json::parse(text.as_bytes()).unwrap()
    }

    fn step(calls: &[(&str, &str)]) -> Step {
        let call = |&(id, name): &(&str, &str)| ToolCall {
            id: id.to_owned(),
            name: name.to_owned(),
            function: name.replace('.', "_"),
            origin: ToolOrigin::Sdk,
            arguments: json(r#"{"a":[1]}"#),
            given: CallData {
                id: Some("x".repeat(800)),
                extra_content: Some(json(r#"{"s":"=="}"#)),
            },
        };
        let given = MessageData {
            reasoning_content: Some("Hm".to_owned()),
            reasoning_details: vec![json(r#"{"data":"z"}"#), json("[[1]]")],
            extra_content: Some(json("1")),
        };
        Step { given, ..Step::paused("Wait.", &calls.iter().map(call).collect::<Vec<_>>()) }
    }

    fn missing(step: &Step) -> Vec<String> {
        step.missing().into_iter().map(|call| call.id).collect()
    }

    #[test]
    fn results_come_under_the_ids_of_calls() {
        let mut step = step(&[("1", "a"), ("2", "a")]);
        step.answer(json(r#"{"2":"two","3":"nobody"}"#));
        assert_eq!(missing(&step), ["1"]);
        step.answer(json(r#"{"1":{"content":[]}}"#));
        assert_eq!(missing(&step), [""; 0]);
    }

    #[test]
    fn or_under_the_name_of_a_tool() {
        let mut step = step(&[("1", "ask"), ("2", "a.b"), ("3", "ask")]);
        step.answer(json(r#"{"ask":"first","webmcp:a.b":"x"}"#));
        assert_eq!(missing(&step), ["3"]);
        step.answer(json(r#"{"ask":"second"}"#));
        assert_eq!(step.calls[2].output, Some(json(r#""second""#)));
    }

    #[test]
    fn the_first_result_stays() {
        let mut step = step(&[("1", "a")]);
        step.answer(json(r#"{"1":1}"#));
        step.answer(json(r#"{"1":2,"a":3}"#));
        assert_eq!(step.calls[0].output, Some(json("1")));
    }

    #[test]
    fn null_is_a_result_too_but_nothing_else_than_an_object_brings_any() {
        let mut step = step(&[("1", "a")]);
        step.answer(json("[]"));
        step.answer(json("{}"));
        assert_eq!(missing(&step), ["1"]);
        step.answer(json(r#"{"1":null}"#));
        assert_eq!(missing(&step), [""; 0]);
    }

    fn stored_and_read(step: &Step) -> Step {
        serde_json::from_str(&serde_json::to_string(step).unwrap()).unwrap()
    }

    #[test]
    fn results_as_deep_as_a_body_are_read_again() {
        let deep = format!("{}1{}", "[".repeat(125), "]".repeat(125));
        let mut paused = step(&[("1", "a")]);
        paused.answer(json(&format!(r#"{{"1":{deep}}}"#)));
        assert_eq!(stored_and_read(&paused), paused);
    }

    #[test]
    fn a_step_is_stored_whole() {
        let mut whole = step(&[("1", "a.b"), ("2", "c")]);
        assert_eq!(stored_and_read(&whole), whole);
        whole.answer(json(r#"{"1":{"b":[true,1.50,"é"]},"2":null}"#));
        assert_eq!(stored_and_read(&whole), whole);
    }

    #[test]
    fn what_is_not_there_takes_no_room() {
        let mut bare = step(&[("1", "a")]);
        (bare.given, bare.calls[0].call.given) = (MessageData::default(), CallData::default());
        assert_eq!(stored_and_read(&bare), bare);
        assert_eq!(
            serde_json::to_string(&bare).unwrap(),
            r#"{"text":"Wait.","calls":[{"call":{"id":"1","name":"a","function":"a","origin":"sdk","arguments":{"a":[1]},"given":{}}}],"given":{}}"#
        );
    }
}
