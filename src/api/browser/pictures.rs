//! The pictures and files of a chat's body, taken out of it as its bytes pass.
//!
//! A page sends every picture of the conversation again with every turn, so a body may be far larger
//! than what may be in memory (contract section 6.2, *Pictures*). The [`Filter`] takes bytes and
//! gives bytes: it passes the JSON on with short stand-ins where texts of pictures and files stood,
//! and keeps the texts. Where that is too much, it lets the oldest go and keeps what they were known by.
//! Whoever reads the JSON behind it finds the texts in [`Pictures`].

#[cfg(test)]
mod tests;

use std::{cell::RefCell, mem};

use serde_json::Value;

use crate::{
    chat::part::Fingerprint,
    domain::json::{self, JsonFault},
};

/// The most bytes, as they are sent, of a name that is looked into: `messages` in escapes has 48.
const MAX_NAME: usize = 64;

/// A chat's body behind the filter.
#[derive(Debug, Default)]
pub(crate) struct ChatBody {
    /// The JSON, with stand-ins for the texts of pictures and files.
    pub(crate) json: Vec<u8>,
    pub(crate) pictures: Pictures,
}

#[cfg(test)]
impl ChatBody {
    /// A body that came whole.
    pub(crate) fn whole(body: &[u8]) -> Result<Self, JsonFault> {
        let (mut filter, mut json) = (Filter::new(usize::MAX), Vec::new());
        filter.push(body, &mut json)?;
        json::replace_halves(&mut json);
        Ok(Self { json, pictures: filter.finish() })
    }
}

/// The text of a picture or a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Picture {
    Held(String),
    /// What it was known by.
    LetGo(Fingerprint),
}

/// What a filter took out.
#[derive(Debug, Default)]
pub(crate) struct Pictures(RefCell<Vec<Picture>>);

impl Pictures {
    /// The text behind a stand-in, which is asked for once.
    pub(crate) fn take(&self, stand_in: &str) -> Picture {
        let nothing = || Picture::Held(String::new());
        let Ok(at) = stand_in.parse::<usize>() else { return nothing() };
        self.0.borrow_mut().get_mut(at).map_or_else(nothing, |one| mem::replace(one, nothing()))
    }
}

/// A body on its way through.
///
/// Texts stand at `messages[…].content[…].image` and `.data`; that those are pictures and files is
/// known to whoever reads the JSON. A body that isn't JSON passes somehow, and is refused there.
#[derive(Debug)]
pub(crate) struct Filter {
    /// The most bytes that are kept, those that have passed included.
    most: usize,
    passed: usize,
    /// Bytes of the texts that are kept.
    held: usize,
    pictures: Vec<Picture>,
    /// The first one that wasn't let go.
    oldest: usize,
    /// How many brackets are open …
    depth: usize,
    /// … and how many of the outermost ones lead to a part of a message.
    on_path: usize,
    /// Whether the next text is the name of a member.
    awaits_name: bool,
    /// Whether the last name leads on, or is that of a picture or file.
    is_wanted: bool,
    /// The number of the message, and of its part.
    at: [usize; 2],
    text: Text,
}

/// The text in quotes that is passing.
#[derive(Debug)]
enum Text {
    /// None is.
    None,
    /// One that nobody looks into.
    Other { is_escaped: bool },
    /// A name, as it is sent.
    Name { sent: Vec<u8>, is_escaped: bool },
    /// A picture or file, as it is sent.
    Picture { sent: Vec<u8>, is_escaped: bool },
    /// One of which too much has come already.
    LetGo { known_by: Fingerprint, is_escaped: bool },
}

impl Filter {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            passed: 0,
            held: 0,
            pictures: Vec::new(),
            oldest: 0,
            depth: 0,
            on_path: 0,
            awaits_name: false,
            is_wanted: false,
            at: [0, 0],
            text: Text::None,
        }
    }

    /// Takes what comes next, and adds what passes to `json`. A fault is of a text that was taken
    /// out; what passes is read by somebody else.
    pub(crate) fn push(&mut self, piece: &[u8], json: &mut Vec<u8>) -> Result<(), JsonFault> {
        let before = json.len();
        let mut rest = piece;
        while let Some(first) = rest.first() {
            let len = if matches!(self.text, Text::None) {
                self.between(rest, json)?
            } else {
                self.within(*first, rest, json)?
            };
            rest = rest.get(len..).unwrap_or_default();
        }
        self.passed += json.len() - before;
        self.make_room();
        Ok(())
    }

    pub(crate) fn finish(self) -> Pictures {
        Pictures(RefCell::new(self.pictures))
    }

    /// Reads on to the next mark outside of texts, and tells how far that is.
    fn between(&mut self, rest: &[u8], json: &mut Vec<u8>) -> Result<usize, JsonFault> {
        let is_mark = |byte: &u8| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']' | b',' | b':');
        let at = rest.iter().position(is_mark);
        let len = at.map_or(rest.len(), |at| at + 1);
        match at.and_then(|at| rest.get(at)) {
            Some(b'"') if self.is_picture() => {
                json.extend_from_slice(rest.get(..len).unwrap_or_default());
                json.extend_from_slice(self.pictures.len().to_string().as_bytes());
                self.text = Text::Picture { sent: Vec::new(), is_escaped: false };
                return if self.pictures.len() < json::MAX_VALUES {
                    Ok(len)
                } else {
                    Err(JsonFault::TooManyValues)
                };
            }
            Some(b'"') if self.awaits_name && self.is_on_path() => {
                self.text = Text::Name { sent: Vec::new(), is_escaped: false };
            }
            Some(b'"') => self.text = Text::Other { is_escaped: false },
            Some(bracket @ (b'{' | b'[')) => self.opens(*bracket),
            Some(b'}' | b']') => self.closes(),
            Some(b',') if self.is_on_path() => self.goes_on(),
            Some(b':') => self.awaits_name = false,
            _ => {}
        }
        json.extend_from_slice(rest.get(..len).unwrap_or_default());
        Ok(len)
    }

    fn is_on_path(&self) -> bool {
        self.on_path == self.depth
    }

    /// Whether the value that comes is the text of a picture or a file.
    fn is_picture(&self) -> bool {
        self.depth == 5 && self.is_on_path() && self.is_wanted && !self.awaits_name
    }

    /// `{"messages": [{"content": [{`
    fn opens(&mut self, bracket: u8) {
        let leads_on = self.is_on_path()
            && match self.depth {
                0 | 2 | 4 => bracket == b'{',
                1 | 3 => bracket == b'[' && self.is_wanted && !self.awaits_name,
                _ => false,
            };
        self.depth += 1;
        if leads_on {
            self.on_path = self.depth;
            self.is_wanted = false;
            self.awaits_name = bracket == b'{';
            if let Some(at) = self.entry() {
                *at = 0;
            }
        }
    }

    fn closes(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.on_path = self.on_path.min(self.depth);
        self.awaits_name = false;
    }

    /// Behind a comma.
    fn goes_on(&mut self) {
        self.is_wanted = false;
        self.awaits_name = self.depth % 2 == 1;
        if let Some(at) = self.entry() {
            *at += 1;
        }
    }

    /// The number of the entry, in the two lists that lead on.
    fn entry(&mut self) -> Option<&mut usize> {
        match self.depth {
            2 => self.at.first_mut(),
            4 => self.at.last_mut(),
            _ => None,
        }
    }

    /// Reads on in a text: up to its end, the next escape or the last byte. Tells how far.
    fn within(&mut self, first: u8, rest: &[u8], json: &mut Vec<u8>) -> Result<usize, JsonFault> {
        let (Text::Other { is_escaped }
        | Text::Name { is_escaped, .. }
        | Text::Picture { is_escaped, .. }
        | Text::LetGo { is_escaped, .. }) = &mut self.text
        else {
            return Ok(0);
        };
        let (run, ends) = if mem::take(is_escaped) {
            (1, false)
        } else if first == b'"' {
            (0, true)
        } else if first == b'\\' {
            *is_escaped = true;
            (1, false)
        } else {
            let stops = |byte: &u8| matches!(byte, b'"' | b'\\');
            (rest.iter().position(stops).unwrap_or(rest.len()), false)
        };
        let run = rest.get(..run).unwrap_or_default();
        match &mut self.text {
            Text::Picture { sent, .. } => {
                sent.extend_from_slice(run);
                self.held += run.len();
                if self.passed + self.held > self.most {
                    self.make_room();
                }
            }
            Text::LetGo { known_by, .. } => known_by.add(run),
            Text::Name { sent, .. } => {
                if sent.len() <= MAX_NAME {
                    sent.extend_from_slice(run);
                }
                json.extend_from_slice(run);
            }
            Text::Other { .. } | Text::None => json.extend_from_slice(run),
        }
        if !ends {
            return Ok(run.len());
        }
        json.push(b'"');
        match mem::replace(&mut self.text, Text::None) {
            Text::Name { sent, .. } => self.is_wanted = self.leads_on(&sent),
            Text::Picture { sent, .. } => self.keep(sent)?,
            Text::LetGo { known_by, .. } => self.let_go(known_by),
            Text::Other { .. } | Text::None => {}
        }
        Ok(1)
    }

    fn leads_on(&self, name: &[u8]) -> bool {
        let wanted: &[&str] = match self.depth {
            1 => &["messages"],
            3 => &["content"],
            5 => &["image", "data"],
            _ => &[],
        };
        name.len() <= MAX_NAME && unquoted(name).is_ok_and(|name| wanted.contains(&name.as_str()))
    }

    fn keep(&mut self, sent: Vec<u8>) -> Result<(), JsonFault> {
        self.held -= sent.len();
        let text = plain(sent).or_else(|sent| unquoted(&sent)).map_err(|fault| {
            let [message, part] = self.at;
            JsonFault::Malformed(format!(
                "in the text of messages.{message}.content.{part}: {fault}"
            ))
        })?;
        self.held += text.len();
        self.pictures.push(Picture::Held(text));
        Ok(())
    }

    /// One of which all that is left is what it was known by.
    fn let_go(&mut self, known_by: Fingerprint) {
        self.oldest = self.pictures.len() + 1;
        self.pictures.push(Picture::LetGo(known_by));
    }

    /// Lets the oldest go until the rest isn't too much.
    fn make_room(&mut self) {
        while self.held > 0 && self.passed + self.held > self.most {
            if let Some(oldest) = self.pictures.get_mut(self.oldest) {
                if let Picture::Held(text) = oldest {
                    self.held -= text.len();
                    *oldest = Picture::LetGo(Fingerprint::of(text));
                }
                self.oldest += 1;
            } else if let Text::Picture { sent, is_escaped } = &mut self.text {
                self.held -= sent.len();
                let mut known_by = Fingerprint::default();
                known_by.add(sent);
                self.text = Text::LetGo { known_by, is_escaped: *is_escaped };
            } else {
                break;
            }
        }
    }
}

/// The text, if it is its bytes as they were sent; else those.
fn plain(sent: Vec<u8>) -> Result<String, Vec<u8>> {
    if sent.iter().any(|byte| *byte < b' ' || *byte == b'\\') {
        return Err(sent);
    }
    String::from_utf8(sent)
        .map(|mut text| {
            text.shrink_to_fit();
            text
        })
        .map_err(std::string::FromUtf8Error::into_bytes)
}

/// What a text in quotes says.
fn unquoted(sent: &[u8]) -> Result<String, JsonFault> {
    let quoted = [b"\"".as_slice(), sent, b"\""].concat();
    match json::parse_forgiving(&quoted).map_err(JsonFault::Malformed)? {
        Value::String(text) => Ok(text),
        _ => Err(JsonFault::Malformed("no text".to_owned())),
    }
}
