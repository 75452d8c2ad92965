//! What a reader sees of a character: nothing, or worse, everything around it in another order.
//!
//! A name is read by people beside names of other people. One that shows nothing can't be told from
//! none, and one that turns the direction of the line changes what stands around it.

use std::ops::RangeInclusive;

/// What shows nothing by itself: Unicode's `Default_Ignorable_Code_Point` (version 17,
/// DerivedCoreProperties.txt), unassigned ones included, and at the end three that lack the property
/// and show nothing all the same: the marks of interlinear annotations, the Braille pattern without
/// a dot and the musical note without a head.
const INVISIBLE: [RangeInclusive<char>; 20] = [
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{202a}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fff8}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e0fff}',
    '\u{fff9}'..='\u{fffb}',
    '\u{2800}'..='\u{2800}',
    '\u{1d159}'..='\u{1d159}',
];

/// Whether a reader sees something of the text: neither white space, nor a control character, nor
/// one that shows nothing.
pub fn is_visible(text: &str) -> bool {
    let shows = |c: char| {
        !c.is_whitespace() && !c.is_control() && !INVISIBLE.iter().any(|range| range.contains(&c))
    };
    text.chars().any(shows)
}

/// Whether a character changes how the text around it is shown: it ends the line, or turns its
/// direction, or marks the order of bytes (contract section 2).
pub fn is_misleading(c: char) -> bool {
    matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_and_what_shows_nothing_is_not_seen_alone_or_together() {
        let hidden = [
            "",
            " ",
            "\u{a0}",
            "\u{2003}",
            "\u{3000}",
            "\u{85}",
            "\0",
            "\u{ad}",
            "\u{34f}",
            "\u{61c}",
            "\u{115f}",
            "\u{1160}",
            "\u{17b4}",
            "\u{180e}",
            "\u{200b}",
            "\u{200c}",
            "\u{200d}",
            "\u{200e}",
            "\u{202e}",
            "\u{2060}",
            "\u{2064}",
            "\u{2800}",
            "\u{3164}",
            "\u{fe0f}",
            "\u{feff}",
            "\u{ffa0}",
            "\u{fff9}",
            "\u{1bca0}",
            "\u{1d159}",
            "\u{1d173}",
            "\u{e0001}",
            "\u{e0061}",
            "\u{e01ef}",
        ];
        for text in hidden {
            assert!(!is_visible(text), "{text:?}");
        }
        assert!(!is_visible(&hidden.concat()));
    }

    #[test]
    fn everything_else_is_seen_and_among_what_shows_nothing_too() {
        for text in [
            "a",
            ".",
            "é",
            "e\u{301}",
            "한",
            "م",
            "א",
            "\u{1f980}",
            "\u{2801}",
            "\u{115e}",
            "\u{1161}",
            "\u{fffd}",
            "1\u{fe0f}\u{20e3}",
            "\u{1f468}\u{200d}\u{1f4bb}",
        ] {
            assert!(is_visible(text), "{text:?}");
            assert!(is_visible(&format!("\u{200b}{text} ")), "{text:?}");
        }
    }

    #[test]
    fn what_turns_the_line_misleads_and_what_joins_letters_does_not() {
        for c in
            ['\u{2028}', '\u{2029}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{feff}']
        {
            assert!(is_misleading(c), "{c:?}");
        }
        for c in [
            'a', '\u{200c}', '\u{200d}', '\u{200e}', '\u{2027}', '\u{202f}', '\u{2065}',
            '\u{206a}', '\u{fefe}',
        ] {
            assert!(!is_misleading(c), "{c:?}");
        }
    }
}
