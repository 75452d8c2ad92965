//! A backend's stream on its way to the page: what goes through at once, what waits until
//! something is stored, and what is added at the end.
//!
//! Frames pass through untouched, but for line ends. One that asks the page to run a tool waits
//! until the pause is stored, so that the page can come back with the result; the end waits
//! until the answer is stored, since it acknowledges it.

use crate::{
    chat::{
        ending::Lost,
        stream::{cutter::Cutter, delta::Usage, kept::Kept, notice::Notices},
        upstream::{
            events::reader::{Ending, Reader, is_readable},
            failure::{Cause, UpstreamFailure},
            wait::Linger,
        },
    },
    domain::target::TargetKind,
};

/// The most bytes that follow the end of an answer.
const MAX_REST: usize = 64 * 1024;

/// What comes of some bytes.
#[derive(Debug, Default)]
pub(crate) struct Passed {
    /// Goes to the page at once.
    pub(crate) at_once: Vec<u8>,
    /// Goes to the page after that, once the pause is stored; empty if none began.
    pub(crate) paused: Vec<u8>,
    /// What is to be read on, if anything.
    pub(crate) next: Next,
}

/// How a stream is read on.
#[derive(Debug, Default, PartialEq)]
pub(crate) enum Next {
    /// To its end.
    #[default]
    Read,
    /// For a little while.
    Linger(Linger),
    /// Not at all: nothing that follows counts.
    Enough,
    /// Not at all: it can't be passed through any more.
    Failed(UpstreamFailure),
}

/// What is left when a stream is over.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rest {
    pub(crate) frames: Vec<u8>,
    /// Whether there is anything to store, new since the pause.
    pub(crate) is_news: bool,
}

#[derive(Debug)]
pub(crate) struct Relay {
    cutter: Cutter,
    reader: Reader,
    /// The end, which waits.
    held: Vec<u8>,
    /// Whether something came since the pause that is stored.
    is_news: bool,
}

impl Relay {
    /// The answer to a request for `execution_id`; `notices` is what is said if it fails.
    pub(crate) fn new(kind: TargetKind, execution_id: &str, notices: Notices) -> Self {
        let reader = Reader::new(kind, execution_id, notices);
        Self { cutter: Cutter::default(), reader, held: Vec::new(), is_news: true }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) -> Passed {
        let mut frames = Vec::new();
        let cut = self.cutter.push(bytes, &mut frames);
        let mut passed = Passed::default();
        for frame in frames {
            if let Err(failure) = self.pass(&frame, &mut passed) {
                passed.next = Next::Failed(failure);
                return passed;
            }
        }
        passed.next = match (cut, self.reader.ending()) {
            (_, Ending::Completed | Ending::Failed) if self.held.len() > MAX_REST => Next::Enough,
            (Err(_), Ending::Completed | Ending::Failed) => Next::Enough,
            (Err(_), _) => Next::Failed(UpstreamFailure::new(Cause::TooLong, "a frame over 1 MiB")),
            (Ok(()), Ending::Completed | Ending::Failed) => Next::Linger(Linger::Over),
            (Ok(()), Ending::Paused) => Next::Linger(Linger::Paused),
            (Ok(()), Ending::Open) => Next::Read,
        };
        passed
    }

    fn pass(&mut self, frame: &[u8], passed: &mut Passed) -> Result<(), UpstreamFailure> {
        let (ending, size) = (self.reader.ending(), self.reader.said().size());
        let asks = self.reader.read(frame)?;
        self.is_news |= asks || size != self.reader.said().size();
        match self.reader.ending() {
            Ending::Open | Ending::Paused => {
                let waits = asks || !passed.paused.is_empty();
                let out = if waits { &mut passed.paused } else { &mut passed.at_once };
                out.extend_from_slice(frame);
            }
            now => {
                self.is_news |= ending != now;
                if ending != now && now == Ending::Failed {
                    self.held.extend(self.reader.notice().into_bytes());
                }
                self.held.extend_from_slice(frame);
            }
        }
        Ok(())
    }

    /// To be called when the pause is stored, with everything that has been said so far.
    pub(crate) fn is_stored(&mut self) {
        self.is_news = false;
    }

    /// To be called when nothing more is read; `failure` is why, unless the stream ended.
    pub(crate) fn close(&mut self, failure: Option<&UpstreamFailure>) -> Rest {
        let mut passed = Passed::default();
        let rest = self.cutter.rest();
        if is_readable(&rest) {
            // One that asks for too much memory is left out, too.
            let _ = self.pass(&rest, &mut passed);
        }
        let mut frames = [passed.at_once, passed.paused, std::mem::take(&mut self.held)].concat();
        if !self.reader.is_told() {
            let cause = failure.map_or(Cause::ClosedEarly, |failure| failure.cause);
            frames.extend(self.reader.notice().into_bytes());
            frames.extend(self.reader.error(cause.code(), &cause.to_string()).into_bytes());
        } else if self.reader.lost_a_step() {
            frames.extend(self.reader.notice().into_bytes());
        }
        Rest { frames, is_news: self.is_news }
    }

    /// The last frames when something can't be stored, instead of those that wait for it.
    pub(crate) fn fail(&mut self, lost: Lost) -> Vec<u8> {
        self.held.clear();
        let notice = if lost.is_said() { self.reader.notice() } else { String::new() };
        (notice + &self.reader.error(lost.code(), &lost.to_string())).into_bytes()
    }

    pub(crate) fn said(&self) -> &Kept {
        self.reader.said()
    }

    pub(crate) fn usage(&self) -> Usage {
        self.reader.usage()
    }

    pub(crate) fn open_block(&self) -> Option<&str> {
        self.reader.open_block()
    }

    pub(crate) fn ending(&self) -> Ending {
        self.reader.ending()
    }

    /// The failure that the stream tells of, in its own words.
    pub(crate) fn reported(&self) -> Option<&UpstreamFailure> {
        self.reader.reported()
    }

    /// The backend's own, once a pausing frame named it.
    pub(crate) fn execution_id(&self) -> &str {
        self.reader.execution_id()
    }
}
