//! Messages: as the widget sends them, as they are stored, as upstreams get them.
//!
//! A transcript comes anew with every chat. The visitor's own words in it are checked; what
//! others said is a bubble of the page, read as far as it is text and never refused.

use serde::{Deserialize, Serialize};

use crate::domain::words::words;
pub(crate) use crate::{chat::part::Part, domain::message::Role};

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Content {
    /// Plain text; not empty, unless an upstream said nothing.
    Text(String),
    /// At least one.
    Parts(Vec<Part>),
}

impl Content {
    /// The text in it, parts joined by line ends; empty if there is none.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Parts(parts) => {
                parts.iter().filter_map(Part::as_text).collect::<Vec<_>>().join("\n")
            }
        }
    }

    /// What a list shows of it: the text, else the names of what is attached.
    pub(crate) fn headline(&self) -> String {
        let text = self.text();
        let Self::Parts(parts) = self else { return text };
        if !text.trim().is_empty() {
            return text;
        }
        parts.iter().filter_map(Part::name).collect::<Vec<_>>().join(" ")
    }

    /// Bytes of pictures and files.
    pub(crate) fn media_bytes(&self) -> usize {
        match self {
            Self::Text(_) => 0,
            Self::Parts(parts) => parts.iter().map(Part::media_bytes).sum(),
        }
    }

    /// Bytes of pictures and files that came and were let go.
    pub(crate) fn let_go_bytes(&self) -> usize {
        match self {
            Self::Text(_) => 0,
            Self::Parts(parts) => parts.iter().map(Part::let_go_bytes).sum(),
        }
    }

    /// What tells it from others, the same whether its pictures were let go or not.
    pub(crate) fn outline(&self) -> String {
        match self {
            Self::Text(_) => self.to_stored(),
            Self::Parts(parts) => parts.iter().map(Part::outline).collect::<Vec<_>>().join("\n"),
        }
    }

    pub(crate) fn text_bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Parts(parts) => {
                let text = |part: &Part| match part {
                    Part::Text { text } | Part::Reasoning { text } => text.len(),
                    Part::LetGo { name, .. } => name.len(),
                    Part::Image { .. } | Part::File { .. } => 0,
                };
                parts.iter().map(text).sum()
            }
        }
    }

    /// The same with names in place of pictures and files, if it has any.
    pub(crate) fn brief(&self) -> Option<Self> {
        let Self::Parts(parts) = self else { return None };
        let names: Vec<_> = parts.iter().map(Part::name).collect();
        if names.iter().all(Option::is_none) {
            return None;
        }
        let brief = |(part, name): (&Part, Option<String>)| {
            name.map_or_else(|| part.clone(), |text| Part::Text { text })
        };
        Some(Self::Parts(parts.iter().zip(names).map(brief).collect()))
    }

    /// The form for one column of text: JSON.
    pub(crate) fn to_stored(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`Content::to_stored`] wrote; nothing else is in storage.
    pub(crate) fn from_stored(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// A message of a thread; its JSON form is what one's own backend gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) role: Role,
    pub(crate) content: Content,
}

/// A message of the visitor, as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserMessage {
    pub(crate) id: Option<String>,
    pub(crate) content: Content,
    /// What the page showed instead.
    pub(crate) display_content: Option<String>,
}

words! {
    /// Whose a bubble of the page is, by the page's word.
    pub(crate) enum Speaker {
        Assistant = "assistant",
        System = "system",
    }
}

/// A message of somebody else, as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bubble {
    /// Its id, if it has one that can be one.
    pub(crate) id: Option<String>,
    pub(crate) speaker: Speaker,
    /// Possibly empty.
    pub(crate) text: String,
}

/// An entry of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    User(UserMessage),
    Other(Bubble),
}

impl Entry {
    pub(crate) fn as_user(&self) -> Option<&UserMessage> {
        match self {
            Self::User(message) => Some(message),
            Self::Other(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: &str) -> Content {
        Content::from_stored(text).unwrap()
    }

    fn picture() -> Content {
        content(
            r#"[{"type":"text","text":""},{"type":"image","image":"AAAA"},{"type":"file","data":"AA==","mimeType":"text/plain","filename":"a.txt"},{"type":"reasoning","text":"hm"}]"#,
        )
    }

    #[test]
    fn media_have_names_to_stand_in_their_place() {
        let brief = picture().brief().unwrap();
        assert_eq!(brief.text(), "\n[image]\n[file: a.txt]");
        assert_eq!((brief.media_bytes(), brief.brief()), (0, None));
        assert_eq!(Content::from_stored(&brief.to_stored()), Some(brief));
        assert_eq!(Content::Text("a".to_owned()).brief(), None);
    }

    #[test]
    fn a_headline_is_the_text_else_what_is_attached() {
        assert_eq!(picture().headline(), "[image] [file: a.txt]");
        let with_text = r#"[{"type":"image","image":"AA"},{"type":"text","text":"See"}]"#;
        assert_eq!(content(with_text).headline(), "See");
        assert_eq!(Content::Text("a".to_owned()).headline(), "a");
    }

    #[test]
    fn text_and_media_are_weighed_apart() {
        assert_eq!((picture().text_bytes(), picture().media_bytes()), (2, 8));
        let text = Content::Text("é".to_owned());
        assert_eq!((text.text_bytes(), text.media_bytes()), (2, 0));
    }

    #[test]
    fn content_reads_back_as_it_was_stored() {
        for text in [
            r#""Hi \"you\"\n""#,
            r#""""#,
            r#"[{"type":"text","text":"Hi"},{"type":"image","image":"AA==","mimeType":"image/gif"},{"type":"image","image":"AA=="},{"type":"file","data":"AA==","mimeType":"text/plain","filename":"a.txt"},{"type":"reasoning","text":""}]"#,
        ] {
            assert_eq!(content(text).to_stored(), text);
        }
        for other in ["{}", "{", "1", r#"[{"type":"video"}]"#] {
            assert_eq!(Content::from_stored(other), None, "{other}");
        }
    }

    #[test]
    fn what_was_let_go_is_stored_as_its_name() {
        let (name, known_by) = ("[image]".to_owned(), crate::chat::part::Fingerprint::default());
        let stored = Content::Parts(vec![Part::LetGo { name, known_by }]).to_stored();
        assert_eq!(stored, r#"[{"type":"text","text":"[image]"}]"#);
        assert_eq!(content(&stored).text(), "[image]");
    }

    #[test]
    fn the_text_of_parts_is_their_text_parts_lines() {
        let parts = r#"[{"type":"reasoning","text":"x"},{"type":"text","text":"a"},{"type":"image","image":"AA=="},{"type":"text","text":"b"}]"#;
        assert_eq!(content(parts).text(), "a\nb");
    }
}
