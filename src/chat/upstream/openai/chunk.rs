//! One chunk of an answer, read forgivingly: what isn't there, is null or has another type than it
//! should says nothing. Only what tells of a failure is looked for everywhere.

use serde_json::Value;

use crate::{
    chat::{stream::delta::Usage, upstream::failure::UpstreamFailure},
    domain::json::{self, Look},
};

#[derive(Debug, Default)]
pub(super) struct Chunk<'a> {
    pub(super) text: String,
    pub(super) reasoning: String,
    pub(super) calls: &'a [Value],
    pub(super) finish_reason: Option<&'a str>,
    pub(super) usage: Option<Usage>,
    /// `reasoning_content` as it was given.
    pub(super) reasoning_content: Option<&'a str>,
    pub(super) reasoning_details: &'a [Value],
    pub(super) extra_content: Option<&'a Value>,
}

impl<'a> Chunk<'a> {
    pub(super) fn read(chunk: &'a Value) -> Self {
        let choice = first_choice(chunk);
        let told = [Some(chunk), choice, chunk.member("x_groq")];
        let usage = told.into_iter().flatten().find_map(|json| usage(json.member("usage")?));
        let Some(choice) = choice else { return Self { usage, ..Self::default() } };
        let finish_reason = choice.text("finish_reason").filter(|reason| !reason.is_empty());
        let choice = Self { finish_reason, usage, ..Self::default() };
        match first_choice(chunk).and_then(said) {
            Some(message) => choice.with_message(message),
            None => choice,
        }
    }

    fn with_message(self, message: &'a Value) -> Self {
        let mut said = Said::default();
        for name in ["content", "refusal"] {
            said.read(message.member(name).unwrap_or(&Value::Null), MAX_PARTS_DEPTH);
        }
        let reasoning_content = message.text("reasoning_content");
        let thought = [reasoning_content, message.text("reasoning")];
        if let Some(thought) = thought.into_iter().flatten().find(|text| !text.is_empty()) {
            said.reasoning.insert_str(0, thought);
        }
        Self {
            text: said.text,
            reasoning: said.reasoning,
            calls: list(message, "tool_calls"),
            reasoning_content,
            reasoning_details: list(message, "reasoning_details"),
            extra_content: message.member("extra_content"),
            ..self
        }
    }
}

/// The first of `choices`: only one is asked for.
pub(super) fn first_choice(chunk: &Value) -> Option<&Value> {
    list(chunk, "choices").first()
}

/// What a choice adds, or all that it says where the answer comes in one piece.
fn said(choice: &Value) -> Option<&Value> {
    let is_object = |json: &&Value| matches!(json, Value::Object(_));
    ["delta", "message"].into_iter().find_map(|name| choice.member(name).filter(is_object))
}

/// The entries of a member that is a list, or the member itself if it is one object.
fn list<'a>(json: &'a Value, name: &str) -> &'a [Value] {
    match json.member(name) {
        Some(Value::Array(items)) => items,
        Some(object @ Value::Object(_)) => std::slice::from_ref(object),
        _ => &[],
    }
}

/// How deep lists of parts are read.
const MAX_PARTS_DEPTH: u32 = 4;

/// The text of a message's content, and what was thought beside it.
#[derive(Default)]
struct Said {
    text: String,
    reasoning: String,
}

impl Said {
    /// Content is a text, or a list of parts: text is text, thinking is reasoning, and the rest
    /// (references, pictures) can't be shown.
    fn read(&mut self, content: &Value, depth: u32) {
        match content {
            Value::String(text) => self.text.push_str(text),
            Value::Array(parts) => {
                let depth = depth.saturating_sub(1);
                parts.iter().filter(|_| depth > 0).for_each(|part| self.read(part, depth));
            }
            Value::Object(_) => match content.text("type") {
                Some("text" | "output_text") | None => {
                    self.text.push_str(content.text("text").unwrap_or_default());
                }
                Some("thinking" | "reasoning") => self.read_thinking(content, depth),
                Some(_) => {}
            },
            _ => {}
        }
    }

    fn read_thinking(&mut self, part: &Value, depth: u32) {
        let thoughts =
            ["thinking", "reasoning", "text"].into_iter().find_map(|name| part.member(name));
        let mut thought = Self::default();
        thought.read(thoughts.unwrap_or(&Value::Null), depth);
        self.reasoning.push_str(&thought.text);
        self.reasoning.push_str(&thought.reasoning);
    }
}

/// What an answer cost, if this says so. Thinking may stand outside the tokens of the answer: then
/// the total has it.
fn usage(usage: &Value) -> Option<Usage> {
    let count = |names: [&str; 2]| {
        let number = names.into_iter().find_map(|name| usage.member(name))?;
        if let Value::Number(number) = number { json::whole::<u64>(number) } else { None }
    };
    let input_tokens = count(["prompt_tokens", "input_tokens"]).unwrap_or_default();
    let output_tokens = count(["completion_tokens", "output_tokens"]).unwrap_or_default();
    let total = count(["total_tokens", "total_tokens"]).unwrap_or_default();
    let output_tokens = output_tokens.max(total.saturating_sub(input_tokens));
    (input_tokens > 0 || output_tokens > 0).then_some(Usage { input_tokens, output_tokens })
}

/// The failure that a chunk tells of: an error in it or in its choice, or the code of one where
/// there is no choice.
pub(super) fn failure(chunk: &Value) -> Option<UpstreamFailure> {
    let choice = first_choice(chunk);
    let in_either = [Some(chunk), choice].into_iter().flatten();
    let has_error = in_either.filter_map(|json| json.member("error")).any(is_something);
    let is_failure = has_error || choice.is_none() && has_code(chunk);
    is_failure.then(|| UpstreamFailure::reported(&json::settle(chunk.clone())))
}

/// Whether a chunk without a choice has the code of an error.
fn has_code(chunk: &Value) -> bool {
    const NAMES: [&str; 9] = [
        "detail",
        "errors",
        "error_code",
        "errorCode",
        "error_msg",
        "error_message",
        "errorMessage",
        "code",
        "status_code",
    ];
    let is_error = |name| chunk.text(name).is_some_and(|word| word.eq_ignore_ascii_case("error"));
    let mut codes = NAMES.into_iter().filter_map(|name| chunk.member(name));
    let has_failed = chunk.member("success") == Some(&Value::Bool(false));
    has_failed || ["object", "type", "status"].into_iter().any(is_error) || codes.any(is_fault_code)
}

/// Whether a code is one of a fault: zero and 200 are how some services say that all is well.
fn is_fault_code(code: &Value) -> bool {
    let is_well =
        |text: &str| matches!(text.to_ascii_lowercase().as_str(), "0" | "200" | "ok" | "success");
    match code {
        Value::Number(number) => !is_well(&number.to_string()),
        Value::String(text) => !text.is_empty() && !is_well(text),
        other => is_something(other),
    }
}

fn is_something(json: &Value) -> bool {
    match json {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    }
}
