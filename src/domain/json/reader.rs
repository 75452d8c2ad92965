//! Reading JSON text (RFC 8259) into a tree, under bounds.
//!
//! `serde_json` can't replace it: numbers must stay as they were written, half a surrogate pair
//! must be readable, and the bounds of a body must be checked while it is read, not afterwards.

use std::borrow::Cow;

use super::{Json, JsonFault, Number, half};

const MAX_DEPTH: usize = 127;

/// How an escape of half a surrogate pair is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LoneSurrogate {
    Refused,
    /// As U+FFFD.
    Replaced,
    /// As the character that [`half`] has for it.
    Carried,
}

/// The rules beside the grammar.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// The most values, the outermost one included.
    pub(super) values: usize,
    /// The most bytes of a member's name.
    pub(super) name: usize,
    pub(super) lone: LoneSurrogate,
}

/// Reads `bytes` as one value, with nothing but white space around it.
pub(super) fn read(bytes: &[u8], rules: Rules) -> Result<Json, JsonFault> {
    let text = std::str::from_utf8(bytes).map_err(|fault| {
        malformed("expected UTF-8", bytes.get(..fault.valid_up_to()).unwrap_or_default())
    })?;
    let text = &match rules.lone {
        LoneSurrogate::Carried => half::without(text),
        LoneSurrogate::Refused | LoneSurrogate::Replaced => Cow::Borrowed(text),
    };
    let mut reader = Reader { text, at: 0, depth: 0, rules };
    let value = reader.value()?;
    match reader.next_token() {
        None => Ok(value),
        Some(_) => Err(reader.fault("expected nothing behind the value")),
    }
}

fn malformed(what: &str, before: &[u8]) -> JsonFault {
    let line = before.split(|byte| *byte == b'\n').count();
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    JsonFault::Malformed(format!("{what} at line {line} column {column}"))
}

struct Reader<'a> {
    text: &'a str,
    /// The next byte to be read, always the first one of a character.
    at: usize,
    depth: usize,
    /// `values` counts down: how many more values may come.
    rules: Rules,
}

impl Reader<'_> {
    fn fault(&self, what: &str) -> JsonFault {
        malformed(what, self.text.as_bytes().get(..self.at).unwrap_or_default())
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Steps over white space and gives the byte after it, which stays unread.
    fn next_token(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
        self.peek()
    }

    /// Steps over `byte` if it is next.
    fn skip(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn value(&mut self) -> Result<Json, JsonFault> {
        let left = self.rules.values.checked_sub(1);
        self.rules.values = left.ok_or(JsonFault::TooManyValues)?;
        match self.next_token() {
            Some(b'{') => self.nested(Self::members),
            Some(b'[') => self.nested(Self::items),
            Some(b'"') => self.string().map(Json::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'n') => self.word("null", Json::Null),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(_) => Err(self.fault("expected a value")),
            None => Err(self.fault("expected a value, found the end")),
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, JsonFault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(self.fault("expected a value"));
        }
        self.at += word.len();
        Ok(value)
    }

    /// Steps over an opening bracket and calls `read` one level deeper.
    fn nested(
        &mut self,
        read: fn(&mut Self) -> Result<Json, JsonFault>,
    ) -> Result<Json, JsonFault> {
        if self.depth == MAX_DEPTH {
            return Err(self.fault("more than 127 levels of nesting"));
        }
        self.at += 1;
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn items(&mut self) -> Result<Json, JsonFault> {
        let mut items = Vec::new();
        if self.ends(b']') {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value()?);
            if self.closes(b']', "expected a comma or ]")? {
                return Ok(Json::Array(items));
            }
        }
    }

    fn members(&mut self) -> Result<Json, JsonFault> {
        let mut members = Vec::new();
        if self.ends(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            if self.next_token() != Some(b'"') {
                return Err(self.fault("expected a name in quotes"));
            }
            let name = self.string()?;
            if name.len() > self.rules.name {
                return Err(JsonFault::NameTooLong);
            }
            self.next_token();
            if !self.skip(b':') {
                return Err(self.fault("expected a colon"));
            }
            members.push((name, self.value()?));
            if self.closes(b'}', "expected a comma or }")? {
                return Ok(Json::Object(members));
            }
        }
    }

    /// Whether the closing bracket follows at once; if so, it is stepped over.
    fn ends(&mut self, bracket: u8) -> bool {
        self.next_token();
        self.skip(bracket)
    }

    /// Reads the comma or closing bracket after an entry: true for the bracket.
    fn closes(&mut self, bracket: u8, otherwise: &str) -> Result<bool, JsonFault> {
        self.next_token();
        if self.skip(b',') {
            Ok(false)
        } else if self.skip(bracket) {
            Ok(true)
        } else {
            Err(self.fault(otherwise))
        }
    }

    fn number(&mut self) -> Result<Json, JsonFault> {
        let start = self.at;
        self.skip(b'-');
        if !self.skip(b'0') {
            self.digits()?;
        }
        if self.skip(b'.') {
            self.digits()?;
        }
        let has_exponent = self.skip(b'e') || self.skip(b'E');
        if has_exponent {
            let _ = self.skip(b'+') || self.skip(b'-');
            self.digits()?;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        // Refuses numbers that JavaScript reads as infinite. Without an exponent they have at
        // least 309 digits.
        let is_risky = has_exponent || text.len() > 308;
        if is_risky && text.parse().is_ok_and(f64::is_infinite) {
            return Err(self.fault("a number beyond every double"));
        }
        Ok(Json::Number(Number::from_text(text)))
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<(), JsonFault> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.fault("expected a digit")) } else { Ok(()) }
    }

    /// A string, at its opening quote.
    fn string(&mut self) -> Result<String, JsonFault> {
        self.at += 1;
        let mut text = self.run().to_owned();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.fault("a control character must be escaped")),
                None => return Err(self.fault("expected a closing quote, found the end")),
            }
            text.push_str(self.run());
        }
    }

    /// The part of a string up to the next quote, escape or control character.
    fn run(&mut self) -> &str {
        let start = self.at;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let stops = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
        self.at += rest.iter().position(stops).unwrap_or(rest.len());
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// An escape, at its backslash.
    fn escape(&mut self) -> Result<char, JsonFault> {
        let character = match self.text.as_bytes().get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.fault("unknown escape")),
        };
        self.at += 2;
        Ok(character)
    }

    /// `\uXXXX`, or two of them for a character beyond U+FFFF.
    fn unicode(&mut self) -> Result<char, JsonFault> {
        let unit = self.unit_at(0).ok_or_else(|| self.fault("expected four hexadecimal digits"))?;
        let pair = match self.unit_at(6) {
            Some(low) if is_high(unit) => char::decode_utf16([unit, low]).next(),
            _ => None,
        };
        let character = if let Some(Ok(character)) = pair {
            self.at += 12;
            let is_taken = self.rules.lone == LoneSurrogate::Carried && half::is_carrier(character);
            return Ok(if is_taken { char::REPLACEMENT_CHARACTER } else { character });
        } else {
            char::from_u32(unit.into())
        };
        match (character, self.rules.lone) {
            (None, LoneSurrogate::Refused) => Err(self.fault("half a surrogate pair")),
            (None, LoneSurrogate::Carried) => {
                self.at += 6;
                Ok(half::carrier(unit))
            }
            (character, _) => {
                self.at += 6;
                Ok(character.unwrap_or(char::REPLACEMENT_CHARACTER))
            }
        }
    }

    /// The UTF-16 code unit of the `\uXXXX` that begins `further` bytes on, if one does.
    fn unit_at(&self, further: usize) -> Option<u16> {
        let escape = self.text.get(self.at + further..self.at + further + 6)?;
        let digits = escape.strip_prefix("\\u")?;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_hex.then(|| u16::from_str_radix(digits, 16).ok())?
    }
}

fn is_high(unit: u16) -> bool {
    (0xd800..0xdc00).contains(&unit)
}
