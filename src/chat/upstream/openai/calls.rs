//! Tool calls, put together from fragments.
//!
//! A call arrives piece by piece, names a function by the name that was made for it, and leaves
//! with the page's name and an id that is nobody else's. What the service itself called it, and
//! what else it gave, goes back to it with the result.

use serde_json::Value;

use crate::{
    chat::{
        stream::delta::{CallData, ToolCall, ToolOrigin},
        tool::function_names,
        upstream::{
            failure::{Cause, UpstreamFailure},
            openai::{Request, arguments::Arguments, malformed, too_long},
        },
    },
    domain::json::{self, Look, settled},
};

/// The most calls of one answer.
const MAX_CALLS: usize = 32;

/// The most characters of an id that the page sees: it becomes part of message ids.
const MAX_ID: usize = 128;

/// The most bytes of all calls of one answer.
const MAX_BYTES: usize = 512 * 1024;

/// The most bytes of what a service gives with them: a pause, which has it, may have 1 MiB.
const MAX_GIVEN: usize = 1024 * 1024;

/// What the model may call, and the ids that the page can't see again.
#[derive(Debug)]
pub(super) struct Offer {
    tools: Vec<(String, String, ToolOrigin)>,
    taken: Vec<String>,
    id_prefix: String,
}

impl Offer {
    pub(super) fn new(request: &Request<'_>, execution_id: &str) -> Self {
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

#[derive(Debug, Default)]
pub(super) struct Calls {
    list: Vec<Fragment>,
    /// Bytes of names, ids and arguments.
    size: usize,
    /// Bytes of what else was given.
    given: usize,
}

#[derive(Debug, Default)]
struct Fragment {
    index: Option<u64>,
    id: String,
    function: String,
    /// Whether a piece of it came without the name: then the name isn't repeated.
    had_bare_piece: bool,
    arguments: Arguments,
    extra_content: Option<Value>,
}

/// A piece of a call, as it came.
struct Piece<'a> {
    index: Option<u64>,
    id: &'a str,
    function: &'a str,
    /// JSON as a text, mostly in pieces.
    arguments: String,
    extra_content: Option<&'a Value>,
}

impl<'a> Piece<'a> {
    fn read(json: &'a Value) -> Self {
        let index = match json.member("index") {
            Some(Value::Number(number)) => json::whole(number),
            _ => None,
        };
        let function = json.member("function").unwrap_or(&Value::Null);
        let arguments = match function.member("arguments") {
            Some(Value::String(text)) => text.clone(),
            Some(object @ Value::Object(_)) => object.to_string(),
            _ => String::new(),
        };
        Self {
            index,
            id: json.text("id").unwrap_or_default(),
            function: function.text("name").unwrap_or_default(),
            arguments,
            extra_content: json.member("extra_content"),
        }
    }

    fn size(&self) -> usize {
        self.id.len() + self.function.len() + self.arguments.len()
    }
}

impl Calls {
    pub(super) fn push(&mut self, json: &Value) -> Result<(), UpstreamFailure> {
        let piece = Piece::read(json);
        self.size += piece.size();
        self.given += piece.extra_content.map_or(0, |json| json.to_string().len());
        if self.size > MAX_BYTES || self.given > MAX_GIVEN {
            return Err(too_long("tool calls that are larger than what can be kept"));
        }
        let at = self.of(&piece).unwrap_or(self.list.len());
        if at == self.list.len() {
            self.list.push(Fragment { index: piece.index, ..Fragment::default() });
        }
        let call = self.list.get_mut(at).filter(|_| at < MAX_CALLS);
        let call = call.ok_or_else(|| too_long("too many tool calls"))?;
        for (slot, value) in [(&mut call.id, piece.id), (&mut call.function, piece.function)] {
            // Some services repeat both in every fragment.
            if slot.is_empty() {
                *slot = settled(value);
            }
        }
        call.had_bare_piece |= piece.function.is_empty();
        call.arguments.push(&piece.arguments);
        if let Some(content) = piece.extra_content {
            call.extra_content = Some(json::settle(content.clone()));
        }
        Ok(())
    }

    /// The call that a fragment belongs to; none if it begins another. The index decides where it
    /// can: some services give every call the same one, and then the id does, and without ids a
    /// name behind arguments that are whole.
    fn of(&self, piece: &Piece<'_>) -> Option<usize> {
        let is_at = |call: &Fragment| match (call.index, piece.index) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        let at = if piece.id.is_empty() {
            self.list.iter().rposition(is_at)
        } else {
            let is_known = |call: &Fragment| is_at(call) && call.id == piece.id;
            // An id may come later than the name.
            let is_unnamed = |call: &Fragment| is_at(call) && call.id.is_empty();
            self.list.iter().rposition(is_known).or_else(|| {
                let last = self.list.iter().rposition(is_at)?;
                self.list.get(last).filter(|call| is_unnamed(call)).map(|_| last)
            })
        }?;
        let call = self.list.get(at)?;
        (!begins_another(call, piece)).then_some(at)
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

/// Whether a piece that would belong to `call` is of another: it names one, and `call` has all that
/// it needs.
fn begins_another(call: &Fragment, piece: &Piece<'_>) -> bool {
    if piece.function.is_empty() || call.function.is_empty() {
        return false;
    }
    let is_whole = call.arguments.is_whole();
    if call.function == piece.function {
        // Some services repeat the name in every fragment.
        is_whole && (call.had_bare_piece || !piece.arguments.trim().is_empty())
    } else {
        is_whole || piece.id.is_empty() || call.id != piece.id
    }
}

impl Fragment {
    fn finish(self, id: String, offer: &Offer) -> Result<ToolCall, UpstreamFailure> {
        if self.function.is_empty() {
            return Err(malformed("a tool call without a name"));
        }
        let tool = offer.tools.iter().find(|(function, ..)| *function == self.function);
        // The name is the model's own word, which the log doesn't hear.
        let unknown = || {
            let (length, offered) = (self.function.len(), offer.tools.len());
            let detail = format!("a name of {length} bytes that is none of the page's {offered}");
            UpstreamFailure::new(Cause::UnknownTool, detail)
        };
        let (function, name, origin) = tool.ok_or_else(unknown)?;
        let failed = UpstreamFailure::new(Cause::InvalidToolCall, function);
        let arguments = self.arguments.finish().ok_or(failed)?;
        let (name, origin) = (name.clone(), *origin);
        let given = CallData {
            id: Some(self.id).filter(|id| !id.is_empty()),
            extra_content: self.extra_content,
        };
        Ok(ToolCall { id, name, function: self.function, origin, arguments, given })
    }
}
