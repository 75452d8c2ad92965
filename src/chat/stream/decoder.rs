//! An event stream, decoded as it arrives.
//!
//! Bytes come in pieces of any size, cut inside lines and characters: what is incomplete waits,
//! within bounds. The grammar is the HTML standard's, section 9.2.6
//! ("Interpreting an event stream"); `id` and `retry` are of no use here and are dropped.

#[cfg(test)]
mod tests;

/// The most bytes of one event, its names and comments included.
pub(crate) const MAX_EVENT_BYTES: usize = 1024 * 1024;

/// The name of an event that tells of a failure, whatever its data.
pub(crate) const ERROR: &str = "error";

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

pub(crate) fn is_event_stream(content_type: Option<&str>) -> bool {
    let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("text/event-stream")
}

pub(crate) fn is_json(content_type: Option<&str>) -> bool {
    let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// Its name, `message` if it has none.
    pub(crate) name: String,
    /// Its data, lines joined by LF; bytes that aren't UTF-8 are replaced.
    pub(crate) data: String,
}

/// An event was larger than [`MAX_EVENT_BYTES`] and is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLong;

/// The state between two pieces of a stream.
#[derive(Debug)]
pub(crate) struct Decoder {
    limit: usize,
    /// The line so far; while skipping, its first byte.
    line: Vec<u8>,
    name: String,
    /// Every line of it ends with LF, as the standard builds it.
    data: String,
    at_start: bool,
    after_cr: bool,
    skipping: bool,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::with_limit(MAX_EVENT_BYTES)
    }
}

impl Decoder {
    fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            name: String::new(),
            data: String::new(),
            at_start: true,
            after_cr: false,
            skipping: false,
        }
    }

    /// Takes the next piece and gives the events that it completes. One that is too long shows
    /// up once, when it passes the limit; the events after it come as usual.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) -> Vec<Result<Event, TooLong>> {
        let mut events = Vec::new();
        while let Some(at) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let (head, tail) = bytes.split_at(at);
            let is_cr = tail.first() == Some(&b'\r');
            let ends_crlf = self.after_cr && head.is_empty() && !is_cr;
            self.after_cr = is_cr;
            bytes = tail.get(1..).unwrap_or_default();
            if !ends_crlf {
                self.extend_line(head, &mut events);
                self.end_line(&mut events);
            }
        }
        if !bytes.is_empty() {
            self.after_cr = false;
            self.extend_line(bytes, &mut events);
        }
        events
    }

    /// The event that the stream ended in, which lacks its blank line.
    pub(crate) fn finish(&mut self) -> Option<Event> {
        let mut events = Vec::new();
        if !self.line.is_empty() {
            self.end_line(&mut events);
        }
        self.end_event(&mut events);
        events.into_iter().flatten().next()
    }

    fn extend_line(&mut self, piece: &[u8], events: &mut Vec<Result<Event, TooLong>>) {
        let size = self.line.len() + self.name.len() + self.data.len() + piece.len();
        if size > self.limit && !self.skipping {
            self.skipping = true;
            self.name = String::new();
            self.data = String::new();
            self.line = Vec::new();
            events.push(Err(TooLong));
        }
        if !self.skipping {
            self.line.extend_from_slice(piece);
        } else if self.line.is_empty() {
            // A blank line ends what is skipped, so it must be known whether a line is blank.
            self.line.extend(piece.first());
        }
    }

    fn end_line(&mut self, events: &mut Vec<Result<Event, TooLong>>) {
        let mut line = std::mem::take(&mut self.line);
        let is_first = std::mem::take(&mut self.at_start);
        let text = if is_first {
            line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&line)
        } else {
            line.as_slice()
        };
        if text.is_empty() {
            self.end_event(events);
        } else if !self.skipping {
            self.read_field(text);
        }
        line.clear();
        self.line = line;
    }

    fn read_field(&mut self, line: &[u8]) {
        let mut halves = line.splitn(2, |byte| *byte == b':');
        let name = halves.next().unwrap_or_default();
        let value = halves.next().unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"event" => self.name = String::from_utf8_lossy(value).into_owned(),
            b"data" => {
                self.data.push_str(&String::from_utf8_lossy(value));
                self.data.push('\n');
            }
            _ => {}
        }
    }

    fn end_event(&mut self, events: &mut Vec<Result<Event, TooLong>>) {
        self.skipping = false;
        let name = std::mem::take(&mut self.name);
        let mut data = std::mem::take(&mut self.data);
        // The standard drops an event without data. One that is called an error is none to drop.
        if data.pop().is_some() || name == ERROR {
            let name = if name.is_empty() { "message".to_owned() } else { name };
            events.push(Ok(Event { name, data }));
        }
    }
}
