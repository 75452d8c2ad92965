//! Tool calls, put together from fragments.
//!
//! It is here because a call arrives piece by piece, names a function by the name that was made
//! for it, and must leave with the page's name and an id that is nobody else's.

use crate::{
    api::{
        stream::delta::{Origin, ToolCall},
        upstream::{
            failure::{Cause, Failure},
            openai::{Request, malformed, text},
            shape::member,
            tool::function_names,
        },
    },
    domain::json::Json,
};

/// The most calls of one answer.
const MAX_CALLS: usize = 32;

/// The most characters of an id that is kept: it becomes part of message ids.
const MAX_ID: usize = 128;

/// What the model may call, and the ids that it can't use again.
#[derive(Debug)]
pub(super) struct Offer {
    tools: Vec<(String, String, Origin)>,
    taken: Vec<String>,
    id_prefix: String,
}

impl Offer {
    pub(super) fn of(request: &Request<'_>, execution_id: &str) -> Self {
        let names = function_names(request.tools).into_iter();
        let tools = names.zip(request.tools).map(|(f, tool)| (f, tool.name.clone(), tool.origin));
        let calls = request.steps.iter().flat_map(|step| &step.calls);
        Self {
            tools: tools.collect(),
            taken: calls.map(|call| call.call.id.clone()).collect(),
            id_prefix: format!("call_{execution_id}_{}", request.steps.len() + 1),
        }
    }
}

/// The calls so far.
#[derive(Debug, Default)]
pub(super) struct Calls(Vec<Fragment>);

#[derive(Debug, Default)]
struct Fragment {
    index: Option<u64>,
    id: String,
    function: String,
    arguments: String,
}

impl Calls {
    /// Takes a fragment and gives its size in bytes.
    pub(super) fn push(&mut self, piece: &Json) -> Result<usize, Failure> {
        let index = match member(piece, "index") {
            Some(Json::Number(number)) => number.as_u64(),
            _ => None,
        };
        let id = text(piece, "id")?.unwrap_or_default();
        let function = member(piece, "function").unwrap_or(&Json::Null);
        let name = text(function, "name")?.unwrap_or_default();
        let arguments = text(function, "arguments")?.unwrap_or_default();

        let call = self.at(index, id)?;
        for (slot, value) in [(&mut call.id, id), (&mut call.function, name)] {
            // Some services repeat both in every fragment.
            if slot.is_empty() {
                value.clone_into(slot);
            }
        }
        call.arguments.push_str(arguments);
        Ok(id.len() + name.len() + arguments.len())
    }

    /// The call that a fragment belongs to. Without an index, a new id begins a new call.
    fn at(&mut self, index: Option<u64>, id: &str) -> Result<&mut Fragment, Failure> {
        let found = match index {
            Some(_) => self.0.iter().position(|call| call.index == index),
            None if id.is_empty() => self.0.len().checked_sub(1),
            None => self.0.iter().position(|call| call.id == id),
        };
        let at = found.unwrap_or(self.0.len());
        if at == self.0.len() {
            self.0.push(Fragment { index, ..Fragment::default() });
        }
        let too_many = || Failure::new(Cause::TooLong, "too many tool calls");
        self.0.get_mut(at).filter(|_| at < MAX_CALLS).ok_or_else(too_many)
    }

    /// The calls, each of a tool that was offered.
    pub(super) fn finish(self, offer: &Offer) -> Result<Vec<ToolCall>, Failure> {
        let mut calls: Vec<ToolCall> = Vec::with_capacity(self.0.len());
        for (n, fragment) in self.0.into_iter().enumerate() {
            let is_free = |id: &String| !calls.iter().any(|call| call.id == *id);
            let id = Some(fragment.id.clone())
                .filter(|id| !id.is_empty() && id.len() <= MAX_ID)
                .filter(|id| !offer.taken.contains(id))
                .filter(is_free)
                .unwrap_or_else(|| format!("{}_{}", offer.id_prefix, n + 1));
            calls.push(fragment.finish(id, offer)?);
        }
        Ok(calls)
    }
}

impl Fragment {
    fn finish(self, id: String, offer: &Offer) -> Result<ToolCall, Failure> {
        if self.function.is_empty() {
            return Err(malformed("a tool call without a name"));
        }
        let tool = offer.tools.iter().find(|(function, ..)| *function == self.function);
        let Some((_, name, origin)) = tool else {
            return Err(Failure::new(Cause::UnknownTool, &self.function));
        };
        let arguments = arguments(&self.arguments)
            .ok_or_else(|| Failure::new(Cause::InvalidToolCall, &self.function))?;
        Ok(ToolCall { id, name: name.clone(), function: self.function, origin: *origin, arguments })
    }
}

/// Nothing at all is how some services write no arguments.
fn arguments(text: &str) -> Option<Json> {
    if text.trim().is_empty() {
        return Some(Json::Object(Vec::new()));
    }
    Json::parse(text.as_bytes()).ok().filter(|json| matches!(json, Json::Object(_)))
}
