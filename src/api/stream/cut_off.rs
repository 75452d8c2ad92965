//! The last frames of a stream whose writer was lost in the middle.

use crate::api::stream::frame::{Frames, Value};

/// Closes the block of text that is open, if one is, and says that the execution failed. The
/// text itself is gone with the writer, so `text_complete` comes without it; the widget keeps
/// what it was sent. `last_seq` is the number of the last frame sent.
#[must_use]
pub fn cut_off(execution_id: &str, kind: &str, block: Option<&str>, last_seq: u64) -> String {
    let mut out = String::new();
    let mut frames = Frames::new(execution_id, last_seq + 1);
    if let Some(id) = block {
        frames.write(&mut out, "text_complete", &[("id", Value::Text(id))]);
    }
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
        let frames = cut_off("exec_1", "flow", Some("text_1"), 4);
        assert_eq!(
            frames,
            "event: text_complete\n\
             data: {\"type\":\"text_complete\",\"executionId\":\"exec_1\",\"seq\":5,\"id\":\"text_1\"}\n\n\
             event: execution_error\n\
             data: {\"type\":\"execution_error\",\"executionId\":\"exec_1\",\"seq\":6,\"kind\":\"flow\",\
             \"error\":{\"code\":\"interrupted\",\"message\":\"The answer was interrupted. Please try again.\"}}\n\n"
        );
        assert!(cut_off("exec_1", "agent", None, 0).starts_with("event: execution_error\n"));
    }
}
