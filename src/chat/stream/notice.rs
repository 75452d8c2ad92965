//! What the service itself says at the end of an answer that failed, since the widget shows nothing
//! for an `execution_error` (contract section 7). It is a block of text for the visitor: not part of
//! the answer, not stored, and not heard when the page sends it again.

use crate::chat::stream::frame::{Frames, Value};

/// Of an answer that failed before its first word.
pub(crate) const FAILED: &str = "The answer could not be completed. Please try again.";

/// Of one that broke off after words, behind them.
pub(crate) const BROKEN: &str = "The answer broke off here. Please ask again.";

/// What is said of an answer that had come as far as this text.
#[must_use]
pub(crate) fn notice_after(said: &str) -> &'static str {
    if said.trim().is_empty() { FAILED } else { BROKEN }
}

/// Whether a bubble of a page is one of these.
#[must_use]
pub(crate) fn is_notice(text: &str) -> bool {
    [FAILED, BROKEN].contains(&text.trim())
}

/// Adds the frames of a block of this id.
pub(crate) fn write(frames: &mut Frames, out: &mut String, id: &str, words: &str) {
    let id = ("id", Value::Text(id));
    frames.write(out, "text_start", &[id]);
    frames.write(out, "text_delta", &[id, ("delta", Value::Text(words))]);
    frames.write(out, "text_complete", &[id, ("text", Value::Text(words))]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_known_by_its_words_alone() {
        for words in [FAILED, BROKEN] {
            assert!(is_notice(words) && is_notice(&format!(" \n{words}")));
            assert!(!is_notice(&format!("{words} He said.")));
        }
        assert!(!is_notice(""));
        assert_eq!([notice_after(" \n"), notice_after("So")], [FAILED, BROKEN]);
    }
}
