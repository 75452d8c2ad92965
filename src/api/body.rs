//! What a body must be before it is read as JSON: its headers and its size, which is held while it
//! comes in.

use crate::{
    api::{
        browser::{
            first::leading_session,
            pictures::{ChatBody, Filter},
        },
        error::Error,
    },
    domain::json,
};

/// The most bytes of a body on the management plane, an escape `\uXXXX` counting as the UTF-8
/// that it stands for (contract section 12). So a client that escapes all that isn't ASCII can
/// send back what it read.
pub(crate) const MANAGEMENT: usize = 64 * 1024;

/// The most bytes of such a body as it travels: `\u0061` is six for one.
const MANAGEMENT_SENT: usize = 6 * MANAGEMENT;

/// The most bytes of a body on the browser plane.
pub(crate) const BROWSER: usize = 1024 * 1024;

/// The most bytes of a chat that begins with a genuine session, since pictures come again with
/// every turn …
pub(crate) const PROVED_CHAT: usize = 64 * 1024 * 1024;

/// … and how many of them are kept: its text, and the latest of its pictures and files.
pub(crate) const KEPT: usize = 8 * 1024 * 1024;

/// The most bytes that all bodies of more than 1 MiB together may keep in one isolate.
pub(crate) const KEPT_TOGETHER: usize = 24 * 1024 * 1024;

/// How much of a chat is read before its crowd is judged, if its first bytes show a session.
const UNJUDGED: usize = 64 * 1024;

/// Bytes within which a body must have said its session, if that comes first. An id has at most
/// 220.
const HEAD: usize = 1024;

/// Whether a session id is genuine.
pub(crate) type Proof<'a> = &'a dyn Fn(&str) -> bool;

/// Whose body is read, which decides how much of it.
#[derive(Clone, Copy)]
pub(crate) enum Allowance<'a> {
    /// Of the management plane, whose caller is known by now.
    Management,
    Page,
    Chat(Proof<'a>),
}

/// A body on its way in.
pub(crate) struct Intake<'a> {
    allowance: Allowance<'a>,
    body: Vec<u8>,
    /// What takes pictures and files out of a chat.
    filter: Option<Filter>,
    announced: Option<usize>,
    taken: usize,
    is_proved: bool,
    is_judged: bool,
}

impl<'a> Intake<'a> {
    pub(crate) fn new(allowance: Allowance<'a>) -> Self {
        let filter = matches!(allowance, Allowance::Chat(_)).then(|| Filter::new(KEPT));
        let (body, announced) = (Vec::new(), None);
        Self { allowance, body, filter, announced, taken: 0, is_proved: false, is_judged: false }
    }

    /// Hears how many bytes will come. Whether the body is to be had whole: a chat of more than
    /// 64 KiB is looked at by its first bytes.
    pub(crate) fn announce(&mut self, length: u64) -> Result<bool, Error> {
        let most = match self.allowance {
            Allowance::Management => MANAGEMENT_SENT,
            Allowance::Page => BROWSER,
            Allowance::Chat(_) => PROVED_CHAT,
        };
        let length = usize::try_from(length)
            .ok()
            .filter(|length| *length <= most)
            .ok_or(Error::BodyTooLarge(self.told(most)))?;
        self.announced = Some(length);
        Ok(!matches!(self.allowance, Allowance::Chat(_)) || length <= UNJUDGED)
    }

    /// Takes what comes next; small pieces, since a piece is in memory before it is judged.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.taken += piece.len();
        let is_head = self.body.len() < HEAD;
        if !is_head && self.taken > self.most() {
            return Err(self.too_large());
        }
        match &mut self.filter {
            Some(filter) => filter.push(piece, &mut self.body)?,
            None => self.body.extend_from_slice(piece),
        }
        if is_head {
            self.prove();
        }
        if self.taken > self.most() {
            return Err(self.too_large());
        }
        if self.body.len() > KEPT { Err(Error::TextTooLarge(KEPT)) } else { Ok(()) }
    }

    /// How many bytes this body may come to keep, if that must be asked for: all bodies of more than
    /// 1 MiB together may keep [`KEPT_TOGETHER`].
    pub(crate) fn wants_room(&self) -> Option<usize> {
        let announced = self.announced.filter(|length| *length > BROWSER);
        let is_large = self.taken > BROWSER || announced.is_some();
        (self.is_proved && is_large).then(|| announced.unwrap_or(KEPT).min(KEPT))
    }

    /// The session by whose crowd the body is to be judged before more of it is read; told once.
    pub(crate) fn unjudged(&mut self) -> Option<&str> {
        let is_large = self.taken.max(self.announced.unwrap_or_default()) > UNJUDGED;
        if !self.is_proved || !is_large || self.is_judged {
            return None;
        }
        self.is_judged = true;
        leading_session(&self.body)
    }

    /// Asks for the session as soon as the first bytes say it.
    fn prove(&mut self) {
        if let (Allowance::Chat(proof), Some(session)) =
            (self.allowance, leading_session(&self.body))
        {
            self.is_proved = self.is_proved || proof(session);
        }
    }

    fn most(&self) -> usize {
        match self.allowance {
            Allowance::Management => MANAGEMENT_SENT,
            Allowance::Chat(_) if self.is_proved => PROVED_CHAT,
            Allowance::Page | Allowance::Chat(_) => BROWSER,
        }
    }

    fn told(&self, most: usize) -> usize {
        if matches!(self.allowance, Allowance::Management) { MANAGEMENT } else { most }
    }

    fn too_large(&self) -> Error {
        match self.allowance {
            Allowance::Chat(_) if !self.is_proved => {
                Error::UnprovedBodyTooLarge(BROWSER, PROVED_CHAT)
            }
            _ => Error::BodyTooLarge(self.told(self.most())),
        }
    }

    /// The whole body, with the headers that speak of it.
    pub(crate) fn finish(
        mut self,
        content_type: Option<&str>,
        content_encoding: Option<&str>,
    ) -> Result<ChatBody, Error> {
        if matches!(self.allowance, Allowance::Management) {
            check_management_size(&self.body)?;
        } else {
            // A page that cut a text between the halves of a pair sends that text again with every
            // chat, and would be refused each time (contract section 6.2).
            json::replace_halves(&mut self.body);
        }
        if !self.body.is_empty() {
            check_headers(content_type, content_encoding)?;
        }
        let pictures = self.filter.map(Filter::finish).unwrap_or_default();
        Ok(ChatBody { json: self.body, pictures })
    }
}

fn check_management_size(body: &[u8]) -> Result<(), Error> {
    if unescaped_len(body) > MANAGEMENT { Err(Error::BodyTooLarge(MANAGEMENT)) } else { Ok(()) }
}

/// The bytes that a JSON text has with its `\uXXXX` written as UTF-8. A half of a surrogate pair
/// counts two: both together have four.
fn unescaped_len(json: &[u8]) -> usize {
    let mut len = json.len();
    let mut rest = json;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        rest = rest.get(at..).unwrap_or_default();
        let unit = rest
            .strip_prefix(b"\\u")
            .and_then(|digits| digits.first_chunk())
            .copied()
            .and_then(unit);
        len -= unit.map_or(0, |unit| 6 - utf8_len(unit));
        // Past the backslash and what it escapes, which may be another backslash.
        rest = rest.get(2..).unwrap_or_default();
    }
    len
}

fn unit(digits: [u8; 4]) -> Option<u16> {
    let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
    let digits = std::str::from_utf8(&digits).ok().filter(|_| is_hex)?;
    u16::from_str_radix(digits, 16).ok()
}

fn utf8_len(unit: u16) -> usize {
    match unit {
        0..0x80 => 1,
        0x80..0x800 | 0xd800..0xe000 => 2,
        _ => 3,
    }
}

/// Holds the headers of a body to what is understood: JSON, as it is.
fn check_headers(content_type: Option<&str>, content_encoding: Option<&str>) -> Result<(), Error> {
    if !content_encoding.unwrap_or_default().split(',').all(is_identity) {
        Err(Error::UnsupportedEncoding)
    } else if !content_type.is_some_and(is_json) {
        Err(Error::UnsupportedMediaType)
    } else {
        Ok(())
    }
}

fn is_identity(coding: &str) -> bool {
    let coding = coding.trim();
    coding.is_empty() || coding.eq_ignore_ascii_case("identity")
}

/// Whether a media type is JSON: `application/json` or `application/*+json` (RFC 6839).
fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json"
        || essence.starts_with("application/") && essence.ends_with("+json")
}

#[cfg(test)]
mod tests;
