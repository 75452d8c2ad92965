//! The last frames of a stream whose writer was lost in the middle.

use crate::chat::stream::{
    frame::{Frames, Value},
    notice::{self, BROKEN, FAILED},
};

/// How far the text of a stream had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard<'a> {
    /// No text at all.
    Nothing,
    /// A block of this id, which is still open.
    Open(&'a str),
    /// Blocks that have all ended.
    Whole,
}

/// Closes the block of text that is open, and says that the execution failed, in words, too. The text of an
/// open block is gone with the writer, so its `text_complete` comes without it; the widget keeps
/// what it was sent. `last_seq` is the number of the last frame sent.
#[must_use]
pub(crate) fn cut_off(execution_id: &str, kind: &str, heard: Heard<'_>, last_seq: u64) -> String {
    let mut out = String::new();
    let mut frames = Frames::new(execution_id, last_seq + 1);
    if let Heard::Open(id) = heard {
        frames.write(&mut out, "text_complete", &[("id", Value::Text(id))]);
    }
    let words = if heard == Heard::Nothing { FAILED } else { BROKEN };
    notice::write(&mut frames, &mut out, &format!("text_{execution_id}_cut"), words);
    let error = [
        ("code", Value::Text("interrupted")),
        ("message", Value::Text("The answer was interrupted. Please try again.")),
    ];
    let fields = [("kind", Value::Text(kind)), ("error", Value::Object(&error))];
    frames.write(&mut out, "execution_error", &fields);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_block_is_closed_before_the_error_and_numbers_go_on() {
        let frames = cut_off("exec_1", "flow", Heard::Open("text_1"), 4);
        assert!(frames.starts_with(
            "event: text_complete\n\
             data: {\"type\":\"text_complete\",\"executionId\":\"exec_1\",\"seq\":5,\"id\":\"text_1\"}\n\n\
             event: text_start\n"
        ));
        assert!(frames.ends_with(
            "event: execution_error\n\
             data: {\"type\":\"execution_error\",\"executionId\":\"exec_1\",\"seq\":9,\"kind\":\"flow\",\
             \"error\":{\"code\":\"interrupted\",\"message\":\"The answer was interrupted. Please try again.\"}}\n\n"
        ));
        assert!(frames.contains(&format!("\"text\":\"{BROKEN}\"")), "{frames}");
        let whole = cut_off("exec_1", "agent", Heard::Whole, 0);
        assert!(whole.starts_with("event: text_start\n") && whole.contains(BROKEN), "{whole}");
    }

    #[test]
    fn who_heard_nothing_is_told_in_words() {
        let frames = cut_off("exec_1", "agent", Heard::Nothing, 2);
        let events: Vec<_> = frames.lines().filter_map(|l| l.strip_prefix("event: ")).collect();
        assert_eq!(events, ["text_start", "text_delta", "text_complete", "execution_error"]);
        assert!(frames.contains(&format!("\"delta\":\"{FAILED}\"")), "{frames}");
        assert!(frames.contains("\"seq\":3") && frames.contains("\"seq\":6"), "{frames}");
    }
}
