//! Tool calls, put together from fragments.
//!
//! A call arrives piece by piece, names a function by the name that was made for it, and leaves
//! with the page's name and an id that is nobody else's.

use crate::{
    chat::{
        stream::delta::{ToolCall, ToolOrigin},
        tool::function_names,
        upstream::{
            failure::{Cause, UpstreamFailure},
            openai::{Request, malformed, text},
        },
    },
    domain::json::Json,
};

/// The most calls of one answer.
const MAX_CALLS: usize = 32;

/// The most characters of an id that is kept: it becomes part of message ids.
const MAX_ID: usize = 128;

/// The most bytes of all calls of one answer.
const MAX_BYTES: usize = 512 * 1024;

/// How deep arguments may be nested: they are stored inside other JSON, of which nothing is read
/// back that is deeper than 127 levels.
const MAX_DEPTH: usize = 64;

/// What the model may call, and the ids that it can't use again.
#[derive(Debug)]
pub(super) struct Offer {
    tools: Vec<(String, String, ToolOrigin)>,
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
pub(super) struct Calls {
    list: Vec<Fragment>,
    /// Bytes of names, ids and arguments.
    size: usize,
}

#[derive(Debug, Default)]
struct Fragment {
    index: Option<u64>,
    id: String,
    function: String,
    arguments: String,
}

impl Calls {
    /// Takes a fragment.
    pub(super) fn push(&mut self, piece: &Json) -> Result<(), UpstreamFailure> {
        let index = match piece.get("index") {
            Some(Json::Number(number)) => number.as_u64(),
            _ => None,
        };
        let id = text(piece, "id")?.unwrap_or_default();
        let function = piece.get("function").unwrap_or(&Json::Null);
        let name = text(function, "name")?.unwrap_or_default();
        let arguments = text(function, "arguments")?.unwrap_or_default();

        self.size += id.len() + name.len() + arguments.len();
        if self.size > MAX_BYTES {
            return Err(UpstreamFailure::new(Cause::TooLong, "tool calls of more than 512 KiB"));
        }
        let call = self.at(index, id)?;
        for (slot, value) in [(&mut call.id, id), (&mut call.function, name)] {
            // Some services repeat both in every fragment.
            if slot.is_empty() {
                value.clone_into(slot);
            }
        }
        call.arguments.push_str(arguments);
        Ok(())
    }

    /// The call that a fragment belongs to. Without an index, a new id begins a new call.
    fn at(&mut self, index: Option<u64>, id: &str) -> Result<&mut Fragment, UpstreamFailure> {
        let found = match index {
            Some(_) => self.list.iter().position(|call| call.index == index),
            None if id.is_empty() => self.list.len().checked_sub(1),
            None => self.list.iter().position(|call| call.id == id),
        };
        let at = found.unwrap_or(self.list.len());
        if at == self.list.len() {
            self.list.push(Fragment { index, ..Fragment::default() });
        }
        let too_many = || UpstreamFailure::new(Cause::TooLong, "too many tool calls");
        self.list.get_mut(at).filter(|_| at < MAX_CALLS).ok_or_else(too_many)
    }

    /// The calls, each of a tool that was offered.
    pub(super) fn finish(self, offer: &Offer) -> Result<Vec<ToolCall>, UpstreamFailure> {
        let mut calls: Vec<ToolCall> = Vec::with_capacity(self.list.len());
        for (n, fragment) in self.list.into_iter().enumerate() {
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
    fn finish(self, id: String, offer: &Offer) -> Result<ToolCall, UpstreamFailure> {
        if self.function.is_empty() {
            return Err(malformed("a tool call without a name"));
        }
        let tool = offer.tools.iter().find(|(function, ..)| *function == self.function);
        let Some((_, name, origin)) = tool else {
            return Err(UpstreamFailure::new(Cause::UnknownTool, &self.function));
        };
        let arguments = arguments(&self.arguments)
            .ok_or_else(|| UpstreamFailure::new(Cause::InvalidToolCall, &self.function))?;
        Ok(ToolCall { id, name: name.clone(), function: self.function, origin: *origin, arguments })
    }
}

/// Nothing at all is how some services write no arguments.
fn arguments(text: &str) -> Option<Json> {
    if text.trim().is_empty() {
        return Some(Json::Object(Vec::new()));
    }
    let json = Json::parse(text.as_bytes()).ok()?;
    (matches!(json, Json::Object(_)) && depth(&json) <= MAX_DEPTH).then_some(json)
}

fn depth(json: &Json) -> usize {
    match json {
        Json::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Json::Object(members) => {
            1 + members.iter().map(|(_, value)| depth(value)).max().unwrap_or_default()
        }
        _ => 0,
    }
}
