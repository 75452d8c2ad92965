//! The writer of one turn: deltas in, frames out.
//!
//! Every answer, whichever upstream gives it, reaches the page in the same words and in order
//! (contract section 7): what was opened is closed, nothing comes twice, and nothing follows the
//! end.
//!
//! A turn has one block of text. The widget gives the first block of a stream the message id
//! that it sent along and makes up ids for later ones, so a second block would be a bubble that
//! nobody else knows. That is right for what the service says itself of a turn that broke off.
//! Reasoning may interrupt the text; its blocks are bubbles of their own.

#[cfg(test)]
mod tests;

use crate::{
    chat::stream::{
        delta::{Delta, MessageData, Stop, ToolCall, ToolOrigin, Usage},
        frame::PING,
        kept::Kept,
        notice::Notices,
        script::Script,
    },
    domain::{target::TargetKind, time::Timestamp},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// It was finished, paused or failed.
    Ended,
}

#[derive(Debug)]
pub(crate) struct Turn {
    script: Script,
    text: Kept,
    /// How many blocks of reasoning there are, and whether the last is open.
    reasoning: (u32, bool),
    calls: Vec<ToolCall>,
    kept: MessageData,
    stop: Stop,
    usage: Usage,
    state: State,
    notices: Notices,
}

impl Turn {
    /// A new execution, and its first frames; `notices` is what is said if it fails.
    pub(crate) fn start(
        kind: TargetKind,
        execution_id: &str,
        notices: Notices,
        now: Timestamp,
    ) -> (Self, String) {
        let mut turn = Self::of(Script::new(kind, execution_id, 1, 1), notices);
        turn.script.execution_start(now);
        turn.script.start();
        let out = turn.script.take();
        (turn, out)
    }

    /// The next leg of an execution that paused, and its first frames. `iteration` counts the
    /// legs from 1, so the first resumption is 2. The opening frame matters here, too: from its
    /// `stepType` the widget learns that this is a flow.
    pub(crate) fn resume(
        kind: TargetKind,
        execution_id: &str,
        notices: Notices,
        iteration: u32,
    ) -> (Self, String) {
        let mut turn = Self::of(Script::new(kind, execution_id, iteration, 1), notices);
        turn.script.start();
        let out = turn.script.take();
        (turn, out)
    }

    /// The whole stream of an answer that is stored already and given again.
    pub(crate) fn replay(
        kind: TargetKind,
        execution_id: &str,
        text: &str,
        now: Timestamp,
    ) -> String {
        let (mut turn, frames) = Self::start(kind, execution_id, Notices::default(), now);
        frames + &turn.push(Delta::Text(text.to_owned())) + &turn.finish(now)
    }

    /// The whole stream of a resumption that brought too few results: those missing are asked
    /// for again, but for those that the widget itself is asking the visitor for, since asking
    /// twice would take the question away. A comment is there in any case.
    pub(crate) fn ask_again(
        kind: TargetKind,
        execution_id: &str,
        first_seq: u64,
        missing: &[ToolCall],
    ) -> String {
        let mut script = Script::new(kind, execution_id, 1, first_seq);
        let of_page: Vec<ToolCall> =
            missing.iter().filter(|call| call.origin == ToolOrigin::Webmcp).cloned().collect();
        script.await_results(&of_page);
        PING.to_owned() + &script.take()
    }

    fn of(script: Script, notices: Notices) -> Self {
        Self {
            script,
            text: Kept::default(),
            reasoning: (0, false),
            calls: Vec::new(),
            kept: MessageData::default(),
            stop: Stop::default(),
            usage: Usage::default(),
            state: State::Open,
            notices,
        }
    }

    /// Takes the next delta and gives the frames that it makes, if any.
    pub(crate) fn push(&mut self, delta: Delta) -> String {
        if self.state != State::Open {
            return String::new();
        }
        match delta {
            Delta::Text(text) if !text.is_empty() => self.push_text(&text),
            Delta::Reasoning(text) if !text.is_empty() => self.push_reasoning(&text),
            Delta::Text(_) | Delta::Reasoning(_) => {}
            Delta::Usage(usage) => self.usage = usage,
            Delta::ToolCall(call) => self.calls.push(call),
            Delta::Keep(data) => self.kept = data,
            Delta::Stop(stop) => self.stop = stop,
        }
        self.script.take()
    }

    fn push_text(&mut self, text: &str) {
        self.close_reasoning();
        if self.text.text().is_empty() {
            self.script.text_start();
        }
        self.script.text_delta(text);
        self.text.push(text);
    }

    fn push_reasoning(&mut self, text: &str) {
        let (block, is_open) = self.reasoning;
        let block = if is_open { block } else { block + 1 };
        if !is_open {
            self.script.reasoning_start(block);
        }
        self.script.reasoning_delta(block, text);
        self.reasoning = (block, true);
    }

    fn close_reasoning(&mut self) {
        if let (block, true) = self.reasoning {
            self.script.reasoning_complete(block);
            self.reasoning = (block, false);
        }
    }

    fn close_text(&mut self) {
        if !self.text.text().is_empty() {
            self.script.text_complete(whole(&self.text));
        }
    }

    /// The last frames: the end of a turn, or the pause of one that called tools of the page.
    pub(crate) fn finish(&mut self, now: Timestamp) -> String {
        if self.state != State::Open {
            return String::new();
        }
        self.close_reasoning();
        self.close_text();
        if self.calls.is_empty() {
            self.script.complete(whole(&self.text), self.stop);
            self.script.execution_complete(now);
        } else {
            self.script.await_results(&self.calls);
        }
        self.state = State::Ended;
        self.script.take()
    }

    /// The last frames of a turn that can't go on, which say so in words, too. What is open is
    /// closed first, as far as it came: the widget leaves an open bubble waiting for ever, and shows
    /// a mark under one whose turn ended with `error`.
    pub(crate) fn fail(&mut self, code: &str, message: &str) -> String {
        if self.state != State::Open {
            return String::new();
        }
        self.close_reasoning();
        if self.text.text().trim().is_empty() {
            self.apologize();
        } else {
            self.close_text();
            self.script.notice(self.notices.broken());
        }
        self.end(code, message)
    }

    /// The same without words.
    pub(crate) fn fail_silently(&mut self, code: &str, message: &str) -> String {
        if self.state != State::Open {
            return String::new();
        }
        self.close_reasoning();
        self.close_text();
        self.end(code, message)
    }

    fn end(&mut self, code: &str, message: &str) -> String {
        self.script.complete(whole(&self.text), Stop::Error);
        self.script.execution_error(code, message);
        self.state = State::Ended;
        self.script.take()
    }

    /// Says that it failed, in the block of text that may be open around nothing but spaces.
    fn apologize(&mut self) {
        let (said, words) = (self.text.text(), self.notices.failed());
        if said.is_empty() {
            self.script.text_start();
        }
        self.script.text_delta(words);
        self.script.text_complete(Some(&format!("{said}{words}")));
    }

    /// The text so far, of this leg only.
    pub(crate) fn text(&self) -> &Kept {
        &self.text
    }

    /// The tokens that this leg took, once they were told.
    pub(crate) fn usage(&self) -> Usage {
        self.usage
    }

    /// The id of the block of text that has begun and not ended.
    pub(crate) fn open_block(&self) -> Option<String> {
        let is_open = self.state == State::Open && !self.text.text().is_empty();
        is_open.then(|| self.script.text_id())
    }

    pub(crate) fn kept(&self) -> &MessageData {
        &self.kept
    }

    pub(crate) fn calls(&self) -> &[ToolCall] {
        &self.calls
    }
}

/// The text for frames that hold the whole of it: none if it isn't known any more.
fn whole(text: &Kept) -> Option<&str> {
    Some(text.text()).filter(|_| text.is_whole())
}
