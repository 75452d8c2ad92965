//! The text of an answer, as far as it is kept (contract section 12).

/// The most bytes of an answer that are kept.
pub(crate) const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// The most bytes of its JSON form, quotes aside: a row of D1 holds 2 MB, and JSON may write a
/// control character with six bytes.
const MAX_STORED_BYTES: usize = 1_900_000;

/// A text that grows up to a bound; what comes beyond it is dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    text: String,
    size: Size,
}

/// How large a text is; kept aside, it is a place to come back to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Size {
    text: usize,
    stored: usize,
    is_cut: bool,
}

impl Kept {
    /// The texts of an execution's legs, with a blank line between them.
    pub(crate) fn joined(before: &str, leg: &Kept) -> Self {
        let mut whole = Self::default();
        let gap = if before.is_empty() || leg.text.is_empty() { "" } else { "\n\n" };
        for text in [before, gap, &leg.text] {
            whole.push(text);
        }
        whole.size.is_cut |= leg.size.is_cut;
        whole
    }

    /// Takes more text. Once something was dropped, all that follows is: there are no gaps.
    pub(crate) fn push(&mut self, more: &str) {
        if self.size.is_cut {
            return;
        }
        let start = self.size.text;
        for character in more.chars() {
            let text = self.size.text + character.len_utf8();
            let stored = self.size.stored + stored_len(character);
            if text > MAX_ANSWER_BYTES || stored > MAX_STORED_BYTES {
                self.size.is_cut = true;
                break;
            }
            (self.size.text, self.size.stored) = (text, stored);
        }
        self.text.push_str(more.get(..self.size.text - start).unwrap_or_default());
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_whole(&self) -> bool {
        !self.size.is_cut
    }

    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// What came after the text had this size; empty if it never had.
    pub(crate) fn since(&self, size: Size) -> &str {
        self.text.get(size.text..).unwrap_or_default()
    }

    /// Drops what came after the text had this size.
    pub(crate) fn back_to(&mut self, size: Size) {
        self.text.truncate(size.text);
        self.size = size;
    }
}

/// The bytes of a character in a JSON string, as `serde_json` writes it.
fn stored_len(character: char) -> usize {
    match character {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\u{1f}' => 6,
        _ => character.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kept(texts: &[&str]) -> Kept {
        let mut kept = Kept::default();
        for text in texts {
            kept.push(text);
        }
        kept
    }

    #[test]
    fn a_text_of_1_mib_is_kept_whole_and_one_byte_more_is_not() {
        let most = "a".repeat(MAX_ANSWER_BYTES);
        let whole = kept(&[&most]);
        assert!(whole.is_whole() && whole.text() == most);
        let cut = kept(&[&most, "b"]);
        assert!(!cut.is_whole() && cut.text() == most);
    }

    #[test]
    fn a_text_is_cut_between_characters_and_nothing_follows_the_cut() {
        let most = "a".repeat(MAX_ANSWER_BYTES - 1);
        let cut = kept(&[&most, "é", "b"]);
        assert!(!cut.is_whole() && cut.text() == most);
    }

    #[test]
    fn a_text_is_kept_as_far_as_a_row_can_hold_it() {
        for (character, count) in [("\n", 950_000), ("\"", 950_000), ("\u{1}", 316_666)] {
            let whole = kept(&[&character.repeat(count)]);
            assert!(whole.is_whole());
            assert!(serde_json::to_string(whole.text()).unwrap().len() <= 1_900_002);
            let cut = kept(&[&character.repeat(count + 1)]);
            assert!(!cut.is_whole() && cut.text().len() == count);
        }
    }

    #[test]
    fn legs_are_set_apart_and_cut_together() {
        for (before, leg, whole) in [("a", "b", "a\n\nb"), ("", "b", "b"), ("a", "", "a")] {
            assert_eq!(Kept::joined(before, &kept(&[leg])).text(), whole);
        }
        let before = "a".repeat(MAX_ANSWER_BYTES - 3);
        assert!(Kept::joined(&before, &kept(&["b"])).is_whole());
        assert!(!Kept::joined(&before, &kept(&["bc"])).is_whole());
        let cut = kept(&[&"a".repeat(MAX_ANSWER_BYTES + 1)]);
        assert!(!Kept::joined("", &cut).is_whole());
    }

    #[test]
    fn one_can_go_back() {
        let mut text = kept(&["so far"]);
        let size = text.size();
        text.push(&"a".repeat(MAX_ANSWER_BYTES));
        assert!(!text.is_whole() && text.since(size).starts_with("aaa"));
        text.back_to(size);
        assert_eq!(text, kept(&["so far"]));
    }

    proptest! {
        #[test]
        fn its_json_form_is_as_long_as_counted(text in any::<String>(), control in "[\u{0}-\u{22}\\\\é🙂]{0,20}") {
            let kept = kept(&[&text, &control]);
            let json = serde_json::to_string(kept.text()).unwrap();
            prop_assert_eq!(kept.size.stored + 2, json.len());
        }
    }
}
