//! How long an upstream is waited for (contract section 10).
//!
//! The clock runs from byte to byte, but only bytes that carry content set it back: a service
//! that keeps its connection open with comments is as silent as one that says nothing.

use std::time::Duration;

use crate::domain::{time::Timestamp, upstream::settings::ConnectionSettings};

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
    /// It gave the reason why its answer ends: what that cost may follow.
    Usage,
    /// Its answer is over: it may close by itself.
    Over,
    /// It refused: the rest of its words may follow.
    Refused,
}

impl Linger {
    /// The longest silence, and the longest time in all.
    fn limits(self) -> (Duration, Duration) {
        match self {
            Self::Paused => (Duration::from_secs(1), Duration::from_secs(10)),
            Self::Usage => (Duration::from_secs(2), Duration::from_secs(2)),
            Self::Refused => (Duration::from_millis(500), Duration::from_secs(2)),
            Self::Over => (Duration::from_millis(200), Duration::from_millis(200)),
        }
    }
}

/// How long a target's own settings let it take, if they say so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Patience {
    /// Until the first byte that carries content.
    pub(crate) first_word: Option<Duration>,
    /// Until the next one.
    pub(crate) silence: Option<Duration>,
}

impl Patience {
    pub(crate) fn from_settings(settings: &ConnectionSettings) -> Self {
        let millis = |millis: Option<u32>| millis.map(|ms| Duration::from_millis(ms.into()));
        Self {
            first_word: millis(settings.first_word_timeout_ms),
            silence: millis(settings.silence_timeout_ms),
        }
    }
}

/// The state of waiting for one upstream.
#[derive(Debug)]
pub(crate) struct Wait {
    /// How long the first byte that carries content may take.
    first: Duration,
    /// How long the next one may.
    silence: Duration,
    has_begun: bool,
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
    /// Begins when the upstream is asked; `patience` is `UPSTREAM_TIMEOUT_MS` as it is set, which
    /// the target's own settings take precedence over.
    pub(crate) fn begin(patience: Option<&str>, own: Patience, now: Timestamp) -> Self {
        let millis = patience.and_then(|text| text.parse().ok());
        let patience = millis.map_or(PATIENCE, Duration::from_millis);
        Self {
            first: own.first_word.unwrap_or(patience),
            silence: own.silence.unwrap_or(patience),
            has_begun: false,
            heard_at: now,
            ends_at: after(now, TOTAL),
            lingers: None,
            line: Line::Empty,
        }
    }

    /// How long the next bytes may still take; nothing is left when it is over.
    pub(crate) fn left(&self, now: Timestamp) -> Option<Duration> {
        let silence = if self.has_begun { self.silence } else { self.first };
        let ends_at = after(self.heard_at, silence).min(self.ends_at);
        let millis = u64::try_from(ends_at.millis() - now.millis()).ok();
        millis.filter(|millis| *millis > 0).map(Duration::from_millis)
    }

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
            self.has_begun = true;
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
        self.first = self.first.min(silence);
        self.heard_at = now;
        self.ends_at = self.ends_at.min(after(now, total));
    }

    /// Whether nobody fails when the wait is over.
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
        let mut wait = Wait::begin(Some("400"), Patience::default(), at(0));
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
            let wait = Wait::begin(unset, Patience::default(), at(0));
            assert_eq!((left(&wait, 59_999), left(&wait, 60_000)), (Some(1), None));
        }
    }

    #[test]
    fn a_target_may_have_a_patience_of_its_own_for_the_first_word_and_for_silence() {
        let settings = ConnectionSettings {
            first_word_timeout_ms: Some(5_000),
            silence_timeout_ms: Some(1_000),
            ..ConnectionSettings::default()
        };
        let mut wait = Wait::begin(Some("400"), Patience::from_settings(&settings), at(0));
        assert_eq!((left(&wait, 4_999), left(&wait, 5_000)), (Some(1), None));
        wait.heard(b": ping\n\n", at(4_000));
        assert_eq!(left(&wait, 4_999), Some(1), "a comment is no word");
        wait.heard(b"data: 1", at(4_000));
        assert_eq!((left(&wait, 4_999), left(&wait, 5_000)), (Some(1), None));
    }

    #[test]
    fn usage_is_waited_for_two_seconds_in_all() {
        let mut wait = Wait::begin(None, Patience::default(), at(0));
        for millis in [1_000, 1_900, 2_900] {
            wait.heard(b"data: 1\n\n", at(millis));
            wait.linger(Linger::Usage, at(millis));
        }
        assert_eq!((left(&wait, 2_999), left(&wait, 3_000)), (Some(1), None));
    }

    #[test]
    fn comments_and_blank_lines_are_silence_however_they_are_cut() {
        let stream = b": ping\n\n:data: x\r\n\r\n:\r: data\n\n\n";
        for size in 1..stream.len() {
            let mut wait = Wait::begin(Some("400"), Patience::default(), at(0));
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
            let mut wait = Wait::begin(Some("400"), Patience::default(), at(0));
            wait.heard(stream.as_bytes(), at(200));
            assert_eq!(left(&wait, 200), Some(400), "{stream:?}");
        }
    }

    #[test]
    fn ten_minutes_are_the_end_of_any_answer() {
        let mut wait = Wait::begin(Some("3600000"), Patience::default(), at(0));
        wait.heard(b"data: 1\n\n", at(599_999));
        assert_eq!((left(&wait, 599_999), left(&wait, 600_000)), (Some(1), None));
    }

    #[test]
    fn one_that_paused_may_say_a_little_more() {
        let mut wait = Wait::begin(None, Patience::default(), at(0));
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
        let mut wait = Wait::begin(None, Patience::default(), at(0));
        wait.linger(Linger::Paused, at(0));
        wait.linger(Linger::Over, at(500));
        wait.heard(b"data: 1\n\n", at(699));
        assert_eq!((left(&wait, 699), left(&wait, 700)), (Some(1), None));
    }

    #[test]
    fn lingering_never_waits_longer_than_before() {
        let mut wait = Wait::begin(Some("100"), Patience::default(), at(0));
        wait.linger(Linger::Paused, at(0));
        assert_eq!(left(&wait, 0), Some(100));
    }
}
