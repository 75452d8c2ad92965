//! The last frames of a stream whose writer was lost in the middle.

use crate::chat::stream::{
    frame::{FieldValue, Frames},
    notice,
};

/// Closes the block of text that is `open`, and says that the execution failed, in these words, too.
/// The text of an open block is gone with the writer, so its `text_complete` comes without it; the
/// widget keeps what it was sent. `last_seq` is the number of the last frame sent.
pub(crate) fn cut_off(
    execution_id: &str,
    kind: &str,
    open: Option<&str>,
    words: &str,
    last_seq: u64,
) -> String {
    let mut out = String::new();
    let mut frames = Frames::new(execution_id, last_seq + 1);
    if let Some(id) = open {
        frames.write(&mut out, "text_complete", &[("id", FieldValue::Text(id))]);
    }
    notice::write(&mut frames, &mut out, "cut", words);
    let error = [
        ("code", FieldValue::Text("interrupted")),
        ("message", FieldValue::Text("The answer was interrupted. Please try again.")),
    ];
    let fields = [("kind", FieldValue::Text(kind)), ("error", FieldValue::Object(&error))];
    frames.write(&mut out, "execution_error", &fields);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_block_is_closed_before_the_error_and_numbers_go_on() {
        let frames = cut_off("exec_1", "flow", Some("text_1"), "To be continued.", 4);
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
        assert!(frames.contains("\"text\":\"To be continued.\""), "{frames}");
    }

    #[test]
    fn where_nothing_is_open_the_words_stand_alone() {
        let frames = cut_off("exec_1", "agent", None, "Ring us.", 2);
        let events: Vec<_> = frames.lines().filter_map(|l| l.strip_prefix("event: ")).collect();
        assert_eq!(events, ["text_start", "text_delta", "text_complete", "execution_error"]);
        assert!(frames.contains("\"delta\":\"Ring us.\""), "{frames}");
        assert!(frames.contains("\"seq\":3") && frames.contains("\"seq\":6"), "{frames}");
    }
}
