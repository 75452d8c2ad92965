//! How long an upstream is waited for (contract section 10).
//!
//! The clock runs from byte to byte, but only bytes that carry content set it back: a service
//! that keeps its connection open with comments is as silent as one that says nothing.

use std::time::Duration;

use crate::domain::time::Timestamp;

/// How long an upstream may be silent, unless the deployment says otherwise.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long it may take in all.
const TOTAL: Duration = Duration::from_mins(10);

/// Why more is read of a stream that might end here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Linger {
    /// It asked the page to run a tool: a second call may follow, as a model says one after the
    /// other. The widget runs none before the stream is over.
    Paused,
    /// Its answer is over: it may close by itself.
    Over,
}

impl Linger {
    /// The longest silence, and the longest time in all.
    fn limits(self) -> (Duration, Duration) {
        match self {
            Self::Paused => (Duration::from_secs(1), Duration::from_secs(10)),
            Self::Over => (Duration::from_millis(200), Duration::from_millis(200)),
        }
    }
}

/// The state of waiting for one upstream.
#[derive(Debug)]
pub(crate) struct Wait {
    silence: Duration,
    heard_at: Timestamp,
    ends_at: Timestamp,
    lingers: Option<Linger>,
    line: Line,
}

/// What the line consists of that the last byte was in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Empty,
    Comment,
    Content,
}

impl Wait {
    /// Begins when the upstream is asked; `patience` is `UPSTREAM_TIMEOUT_MS` as it is set.
    #[must_use]
    pub(crate) fn begin(patience: Option<&str>, now: Timestamp) -> Self {
        let millis = patience.and_then(|text| text.parse().ok());
        Self {
            silence: millis.map_or(PATIENCE, Duration::from_millis),
            heard_at: now,
            ends_at: after(now, TOTAL),
            lingers: None,
            line: Line::Empty,
        }
    }

    /// How long the next bytes may still take; nothing is left when it is over.
    #[must_use]
    pub(crate) fn left(&self, now: Timestamp) -> Option<Duration> {
        let ends_at = after(self.heard_at, self.silence).min(self.ends_at);
        let millis = u64::try_from(ends_at.millis() - now.millis()).ok();
        millis.filter(|millis| *millis > 0).map(Duration::from_millis)
    }

    /// Takes note of bytes that came.
    pub(crate) fn heard(&mut self, bytes: &[u8], now: Timestamp) {
        let mut is_content = false;
        for byte in bytes {
            self.line = match (byte, self.line) {
                (b'\n' | b'\r', _) => Line::Empty,
                (b':', Line::Empty) | (_, Line::Comment) => Line::Comment,
                _ => Line::Content,
            };
            is_content |= self.line == Line::Content;
        }
        if is_content {
            self.heard_at = now;
        }
    }

    /// Waits less from now on: what comes is welcome, but the end of the stream is as good.
    pub(crate) fn linger(&mut self, why: Linger, now: Timestamp) {
        if self.lingers == Some(why) {
            return;
        }
        let (silence, total) = why.limits();
        self.lingers = Some(why);
        self.silence = self.silence.min(silence);
        self.heard_at = now;
        self.ends_at = self.ends_at.min(after(now, total));
    }

    /// Whether nobody fails when the wait is over.
    #[must_use]
    pub(crate) fn lingers(&self) -> bool {
        self.lingers.is_some()
    }
}

fn after(moment: Timestamp, duration: Duration) -> Timestamp {
    let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(moment.millis().saturating_add(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + millis)
    }

    fn left(wait: &Wait, millis: i64) -> Option<u64> {
        wait.left(at(millis)).map(|left| u64::try_from(left.as_millis()).unwrap())
    }

    #[test]
    fn silence_is_bounded_from_the_question_and_from_every_byte() {
        let mut wait = Wait::begin(Some("400"), at(0));
        assert_eq!(
            (left(&wait, 0), left(&wait, 399), left(&wait, 400)),
            (Some(400), Some(1), None)
        );
        wait.heard(b"data: 1", at(300));
        assert_eq!((left(&wait, 699), left(&wait, 700)), (Some(1), None));
    }

    #[test]
    fn a_minute_is_the_patience_unless_it_is_set() {
        for unset in [None, Some("soon"), Some("")] {
            let wait = Wait::begin(unset, at(0));
            assert_eq!((left(&wait, 59_999), left(&wait, 60_000)), (Some(1), None));
        }
    }

    #[test]
    fn comments_and_blank_lines_are_silence_however_they_are_cut() {
        let stream = b": ping\n\n:data: x\r\n\r\n:\r: data\n\n\n";
        for size in 1..stream.len() {
            let mut wait = Wait::begin(Some("400"), at(0));
            for piece in stream.chunks(size) {
                wait.heard(piece, at(200));
            }
            assert_eq!(left(&wait, 200), Some(200), "{size}");
            wait.heard(b"id: 1\n", at(300));
            assert_eq!(left(&wait, 300), Some(400));
        }
    }

    #[test]
    fn content_beside_a_comment_counts() {
        for stream in [": ping\n\ndata: 1\n\n: ping\n\n", "data: 1\n\n: ping", "data"] {
            let mut wait = Wait::begin(Some("400"), at(0));
            wait.heard(stream.as_bytes(), at(200));
            assert_eq!(left(&wait, 200), Some(400), "{stream:?}");
        }
    }

    #[test]
    fn ten_minutes_are_the_end_of_any_answer() {
        let mut wait = Wait::begin(Some("3600000"), at(0));
        wait.heard(b"data: 1\n\n", at(599_999));
        assert_eq!((left(&wait, 599_999), left(&wait, 600_000)), (Some(1), None));
    }

    #[test]
    fn one_that_paused_may_say_a_little_more() {
        let mut wait = Wait::begin(None, at(0));
        wait.linger(Linger::Paused, at(5_000));
        assert!(wait.lingers());
        assert_eq!((left(&wait, 5_999), left(&wait, 6_000)), (Some(1), None));
        for second in 6..=15 {
            wait.heard(b"data: 1\n\n", at(second * 1_000 - 1));
            wait.linger(Linger::Paused, at(second * 1_000 - 1));
        }
        assert_eq!(
            (left(&wait, 14_999), left(&wait, 15_000)),
            (Some(1), None),
            "ten seconds in all"
        );
    }

    #[test]
    fn one_that_is_over_has_a_moment_left_whatever_it_says() {
        let mut wait = Wait::begin(None, at(0));
        wait.linger(Linger::Paused, at(0));
        wait.linger(Linger::Over, at(500));
        wait.heard(b"data: 1\n\n", at(699));
        assert_eq!((left(&wait, 699), left(&wait, 700)), (Some(1), None));
    }

    #[test]
    fn lingering_never_waits_longer_than_before() {
        let mut wait = Wait::begin(Some("100"), at(0));
        wait.linger(Linger::Paused, at(0));
        assert_eq!(left(&wait, 0), Some(100));
    }
}
