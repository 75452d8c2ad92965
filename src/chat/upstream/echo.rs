//! The upstream that says what it hears: an assistant for local development and tests that needs no
//! account anywhere (contract section 10).

use crate::chat::message::Content;

/// The most deltas of one answer.
const MAX_PIECES: usize = 64;

/// What is said when there was no text in the message.
const NO_TEXT: &str = "[attachment]";

/// The answer to a message, in deltas: at least two if it has two characters, words whole if it
/// has two words. Together they are exactly the message's text.
pub(crate) fn answer(content: &Content) -> Vec<String> {
    let text = content.text();
    let text = if text.is_empty() { NO_TEXT } else { &text };
    pieces(text).into_iter().map(str::to_owned).collect()
}

fn pieces(text: &str) -> Vec<&str> {
    let size = text.len() / MAX_PIECES;
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = word_end(rest, size) {
        let (piece, tail) = rest.split_at(at);
        pieces.push(piece);
        rest = tail;
    }
    if pieces.is_empty()
        && let Some((at, _)) = rest.char_indices().nth(rest.chars().count() / 2)
    {
        let (piece, tail) = rest.split_at(at);
        pieces.push(piece);
        rest = tail;
    }
    pieces.push(rest);
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// Where the first word that goes beyond `size` bytes ends, with the space after it, unless the
/// text ends there.
fn word_end(text: &str, size: usize) -> Option<usize> {
    let mut previous_is_space = false;
    for (at, character) in text.char_indices() {
        if previous_is_space && !character.is_whitespace() && at > size {
            return Some(at);
        }
        previous_is_space = character.is_whitespace();
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::chat::message::Part;

    #[test]
    fn words_come_one_by_one() {
        assert_eq!(pieces("How  are\nyou? "), ["How  ", "are\n", "you? "]);
        assert_eq!(pieces("  How are"), ["  ", "How ", "are"]);
    }

    #[test]
    fn one_word_comes_in_two() {
        assert_eq!(pieces("hi"), ["h", "i"]);
        assert_eq!(pieces("Grüße"), ["Gr", "üße"]);
        assert_eq!(pieces("é"), ["é"]);
    }

    #[test]
    fn only_the_text_of_parts_is_said() {
        let image = Part::Image { image: "https://a.example/b.png".into(), mime_type: None };
        let text = Part::Text { text: "a b".to_owned() };
        assert_eq!(answer(&Content::Parts(vec![image.clone(), text])), ["a ", "b"]);
        assert_eq!(answer(&Content::Parts(vec![image])).concat(), "[attachment]");
    }

    proptest! {
        #[test]
        fn the_deltas_make_up_the_text(text in "([a-zé🙂]{0,3}[ \n]{0,2}){0,300}") {
            let pieces = pieces(&text);
            prop_assert_eq!(pieces.concat(), text.as_str());
            prop_assert!(pieces.len() <= MAX_PIECES);
            prop_assert!(pieces.len() >= text.chars().count().min(2));
        }
    }
}
