//! What the service itself says at the end of an answer that failed, since the widget shows nothing
//! for an `execution_error` (contract section 7). It is a block of text for the visitor: not part of
//! the answer, not stored, and not heard when the page sends it again. A token may have its own
//! words for it.

use crate::{
    chat::stream::frame::{FieldValue, Frames},
    domain::{config::Config, text::FailureWords},
};

/// Of an answer that failed before its first word.
pub(crate) const FAILED: &str = "The answer could not be completed. Please try again.";

/// Of one that broke off after words, behind them.
pub(crate) const BROKEN: &str = "The answer broke off here. Please ask again.";

/// How the id of a notice's own block begins. The widget files a later block of an answer under the
/// answer's id, `_` and the block's.
const ID: &str = "service_notice_";

/// The two texts that a token's pages show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Notices {
    failed: Option<FailureWords>,
    broken: Option<FailureWords>,
}

impl Notices {
    /// The token's own words, where its configuration has any.
    pub(crate) fn of(config: &Config) -> Self {
        let [failed, broken] =
            [Config::FAILURE, Config::BROKEN].map(|name| config.failure_words(name));
        Self { failed, broken }
    }

    pub(crate) fn failed(&self) -> &str {
        self.failed.as_ref().map_or(FAILED, FailureWords::as_str)
    }

    pub(crate) fn broken(&self) -> &str {
        self.broken.as_ref().map_or(BROKEN, FailureWords::as_str)
    }

    /// What is said of an answer that had come as far as this text.
    pub(crate) fn after(&self, said: &str) -> &str {
        if said.trim().is_empty() { self.failed() } else { self.broken() }
    }

    /// Whether a bubble of a page is a notice, by its words or its id: the words may have been
    /// others when it was shown.
    pub(crate) fn have(&self, text: &str, id: Option<&str>) -> bool {
        let words = [self.failed(), self.broken(), FAILED, BROKEN];
        let is_of_a_notice = |id: &str| {
            id.match_indices(ID)
                .any(|(at, _)| at == 0 || id.get(..at).is_some_and(|head| head.ends_with('_')))
        };
        words.iter().any(|words| words.trim() == text.trim()) || id.is_some_and(is_of_a_notice)
    }
}

/// Adds the frames of a block of its own; `part` sets its id apart within the execution.
pub(crate) fn write(frames: &mut Frames, out: &mut String, part: &str, words: &str) {
    let id = format!("{ID}{}_{part}", frames.execution_id());
    let id = ("id", FieldValue::Text(&id));
    frames.write(out, "text_start", &[id]);
    frames.write(out, "text_delta", &[id, ("delta", FieldValue::Text(words))]);
    frames.write(out, "text_complete", &[id, ("text", FieldValue::Text(words))]);
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::Value;

    /// A token's own words.
    pub(crate) fn notices(failed: &str, broken: &str) -> Notices {
        let config = Value::from_iter([(Config::FAILURE, failed), (Config::BROKEN, broken)]);
        Notices::of(&Config::from_json(config).unwrap())
    }

    #[test]
    fn a_token_has_its_own_words_or_the_services() {
        let own = notices(" Ring us.", "To be continued.");
        assert_eq!([own.after(" \n"), own.after("So")], [" Ring us.", "To be continued."]);
        let half = notices("", "To be continued.");
        assert_eq!([half.after(""), half.after("So")], [FAILED, "To be continued."]);
        let none = Notices::default();
        assert_eq!([none.after(""), none.after("So")], [FAILED, BROKEN]);
    }

    #[test]
    fn a_notice_is_known_by_all_of_its_words() {
        let own = notices(" Ring us.", "To be continued.");
        for words in [FAILED, BROKEN, "Ring us.", "To be continued.\n"] {
            assert!(own.have(words, None) && own.have(&format!(" \n{words}"), Some("x")));
            assert!(!own.have(&format!("{words} He said."), None));
        }
        assert!(!Notices::default().have("Ring us.", None));
        assert!(!own.have("", None));
    }

    #[test]
    fn a_notice_is_known_by_the_id_of_its_block_whatever_it_says() {
        let mut out = String::new();
        write(&mut Frames::new("exec_1", 1), &mut out, "1", BROKEN);
        let block = "service_notice_exec_1_1";
        assert_eq!(out.matches(&format!("\"id\":\"{block}\"")).count(), 3, "{out}");
        for id in [block.to_owned(), format!("ast_1_{block}")] {
            assert!(Notices::default().have("Other words", Some(&id)), "{id}");
        }
        for id in ["ast_1", "service_notic", "my_service-notice_1", "myservice_notice_1"] {
            assert!(!Notices::default().have("Other words", Some(id)), "{id}");
        }
    }
}
