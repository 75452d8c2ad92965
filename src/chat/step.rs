//! An execution that paused: what the model called and what the page answered.
//!
//! The model must see both again when the execution goes on. Results may come in several
//! requests: the widget sends those of automatic tools together, under the ids of their calls,
//! and the visitor's answer to a question later and alone, under the tool's name.
//!
//! Arguments and results are stored as texts of JSON within the JSON of the state: so they may
//! be nested as deeply as a body may, and can be read again however deeply the state nests them.

use serde::Serialize;

use crate::{
    chat::stream::delta::{CallData, MessageData, ToolCall, ToolOrigin},
    domain::json::Json,
};

/// A call and its result, once there is one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PausedCall {
    pub(crate) call: ToolCall,
    /// What the page answered, null perhaps.
    pub(crate) output: Option<Json>,
}

/// One leg of an execution, up to its pause.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    /// The text before the calls, possibly empty.
    pub(crate) text: String,
    /// At least one.
    pub(crate) calls: Vec<PausedCall>,
    /// What the service wants back with the results.
    pub(crate) given: MessageData,
}

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
    pub(crate) fn answer(&mut self, outputs: Json) {
        let Json::Object(outputs) = outputs else { return };
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

    /// Takes stored results, by the places of their calls, each a text of JSON.
    pub(crate) fn take(&mut self, outputs: &Json) -> Option<()> {
        let Json::Object(outputs) = outputs else { return None };
        for (at, output) in outputs {
            let call = self.calls.get_mut(at.parse::<usize>().ok()?)?;
            call.output = Some(nested(output)?);
        }
        Some(())
    }

    /// Bytes of what a service is sent of it.
    pub(crate) fn bytes(&self) -> usize {
        let json = |json: &Option<Json>| json.as_ref().map_or(0, |json| json.to_string().len());
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StoredStep<'a> {
    text: &'a str,
    calls: Vec<StoredCall<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasoning_details: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra_content: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StoredCall<'a> {
    id: &'a str,
    name: &'a str,
    function: &'a str,
    origin: &'a str,
    arguments: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    given_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra_content: Option<String>,
}

impl<'a> From<&'a Step> for StoredStep<'a> {
    fn from(step: &'a Step) -> Self {
        let given = &step.given;
        Self {
            text: &step.text,
            calls: step.calls.iter().map(StoredCall::from).collect(),
            reasoning_content: given.reasoning_content.as_deref(),
            reasoning_details: given.reasoning_details.iter().map(Json::to_string).collect(),
            extra_content: given.extra_content.as_ref().map(Json::to_string),
        }
    }
}

impl<'a> From<&'a PausedCall> for StoredCall<'a> {
    fn from(PausedCall { call, output }: &'a PausedCall) -> Self {
        Self {
            id: &call.id,
            name: &call.name,
            function: &call.function,
            origin: call.origin.as_str(),
            arguments: call.arguments.to_string(),
            output: output.as_ref().map(Json::to_string),
            given_id: call.given.id.as_deref(),
            extra_content: call.given.extra_content.as_ref().map(Json::to_string),
        }
    }
}

/// The form for one column of text: JSON.
pub(crate) fn to_stored(steps: &[Step]) -> String {
    let steps: Vec<_> = steps.iter().map(StoredStep::from).collect();
    serde_json::to_string(&steps).unwrap_or_default()
}

/// Reads what [`to_stored`] wrote; nothing else is in storage.
pub(crate) fn from_stored(text: &str) -> Option<Vec<Step>> {
    list(&Json::parse(text.as_bytes()).ok()?, step)
}

fn list<T>(json: &Json, item: impl Fn(&Json) -> Option<T>) -> Option<Vec<T>> {
    let Json::Array(items) = json else { return None };
    items.iter().map(item).collect()
}

fn step(json: &Json) -> Option<Step> {
    let details = json.get("reasoningDetails").map_or(Some(Vec::new()), |json| list(json, nested));
    let given = MessageData {
        reasoning_content: json.get_text("reasoningContent").map(str::to_owned),
        reasoning_details: details?,
        extra_content: json.get("extraContent").and_then(nested),
    };
    let text = json.get_text("text")?.to_owned();
    Some(Step { text, calls: list(json.get("calls")?, call)?, given })
}

/// The JSON in a text.
fn nested(json: &Json) -> Option<Json> {
    let Json::String(text) = json else { return None };
    Json::parse(text.as_bytes()).ok()
}

fn call(json: &Json) -> Option<PausedCall> {
    let text = |name| json.get_text(name).map(str::to_owned);
    let given =
        CallData { id: text("givenId"), extra_content: json.get("extraContent").and_then(nested) };
    let call = ToolCall {
        id: text("id")?,
        name: text("name")?,
        function: text("function")?,
        origin: ToolOrigin::parse(json.get_text("origin")?)?,
        arguments: nested(json.get("arguments")?)?,
        given,
    };
    let output = match json.get("output") {
        Some(output) => Some(nested(output)?),
        None => None,
    };
    Some(PausedCall { call, output })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text.as_bytes()).unwrap()
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

    #[test]
    fn results_as_deep_as_a_body_are_read_again() {
        let deep = format!("{}1{}", "[".repeat(125), "]".repeat(125));
        let mut paused = step(&[("1", "a")]);
        paused.answer(json(&format!(r#"{{"1":{deep}}}"#)));
        let stored = to_stored(&[paused.clone()]);
        assert_eq!(from_stored(&stored).unwrap(), [paused]);
        assert!(Json::parse(stored.as_bytes()).is_ok());
    }

    #[test]
    fn steps_are_stored_whole() {
        let mut steps = vec![step(&[("1", "a.b"), ("2", "c")]), step(&[("3", "d")])];
        steps[0].answer(json(r#"{"1":{"b":[true,1.5,"é"]}}"#));
        steps[1].answer(json(r#"{"3":null}"#));
        assert_eq!(from_stored(&to_stored(&steps)).unwrap(), steps);
        assert_eq!(from_stored("{}"), None);
    }
}
