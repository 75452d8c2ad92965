//! What the limiter remembers, in memory and as the rows of two tables. Both say the same after
//! every request: a state comes from rows, and an admitted request reports the one or two rows it
//! wrote and, where it forgot any, the bounds below which rows are gone.

use super::{Ask, Counted, SessionAsk, window::Window};
use crate::domain::time::Timestamp;

/// The admitted requests of one second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Whole seconds since the Unix epoch.
    pub second: i64,
    /// Chats and resumptions.
    pub chats: u32,
    pub feedback: u32,
    /// Bytes that all of them gave to be stored.
    pub bytes: u32,
}

/// The admitted chats of one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionCount {
    pub key: String,
    /// How many chats, wherever they were admitted.
    pub count: u32,
    /// From when on the row may be forgotten.
    pub ends_at: Timestamp,
}

/// What an admitted request did to the rows, to be done to the tables in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The bucket to insert, or to replace by its second.
    pub bucket: Bucket,
    /// The session to insert, or to replace by its key.
    pub session: Option<SessionCount>,
    /// Buckets of seconds *before* this one are gone; `None` when there were none.
    pub buckets_from: Option<i64>,
    /// Sessions that end *at or before* this moment are gone; `None` when there were none.
    pub sessions_after: Option<Timestamp>,
}

/// The history of one visitor: at most 3601 buckets and the sessions that aren't over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Ascending by second, each once.
    buckets: Vec<Bucket>,
    sessions: Vec<SessionCount>,
}

impl State {
    /// The state whose rows these are: any order, each second and each key once.
    pub fn from_rows(
        buckets: impl IntoIterator<Item = Bucket>,
        sessions: Vec<SessionCount>,
    ) -> Self {
        let mut state = Self { buckets: Vec::new(), sessions };
        for row in buckets {
            // At the end, when the rows come in order.
            let at = state.buckets.partition_point(|bucket| bucket.second < row.second);
            state.buckets.insert(at, row);
        }
        state
    }

    /// The moment from which nothing in it counts any more; `None` when it is empty.
    pub fn forget_at(&self) -> Option<Timestamp> {
        let bucket = self.buckets.last().map(|newest| Window::HOUR.leaves_at(*newest));
        bucket.into_iter().chain(self.sessions.iter().map(|session| session.ends_at)).max()
    }

    /// `now`, or the beginning of the newest bucket when the clock went back behind it.
    fn clock(&self, now: Timestamp) -> Timestamp {
        self.buckets.last().map_or(now, |newest| {
            now.max(Timestamp::from_millis(newest.second.saturating_mul(1_000)))
        })
    }

    /// The second that a request at `now` counts in: never before the newest bucket.
    pub(super) fn second(&self, now: Timestamp) -> i64 {
        self.clock(now).millis() / 1_000
    }

    pub(super) fn buckets_since(&self, second: i64) -> &[Bucket] {
        let at = self.buckets.partition_point(|bucket| bucket.second < second);
        self.buckets.get(at..).unwrap_or_default()
    }

    pub(super) fn session(&self, key: &str) -> Option<&SessionCount> {
        self.sessions.iter().find(|session| session.key == key)
    }

    /// The chats of a session so far. A count outlives its row's end while the asker says that
    /// the session goes on.
    pub(super) fn chats(&self, ask: &SessionAsk, now: Timestamp) -> u32 {
        let clock = self.clock(now);
        self.session(&ask.key)
            .filter(|own| ask.left_millis > 0 || own.ends_at > clock)
            .map_or(ask.seen, |own| own.count.max(ask.seen))
    }

    /// Counts a request in its second and in its session, and forgets what is over.
    pub(super) fn record(&mut self, ask: &Ask, now: Timestamp) -> Change {
        let clock = self.clock(now);
        let buckets_from = Window::HOUR.oldest_counted(self.second(now));
        let session = ask.session.as_ref().map(|ask| self.record_chat(ask, clock));
        let bucket = self.record_request(ask, self.second(now));
        let forgets_buckets = forgets(&mut self.buckets, |bucket| bucket.second >= buckets_from);
        let forgets_sessions = forgets(&mut self.sessions, |session| session.ends_at > clock);
        Change {
            bucket,
            session,
            buckets_from: forgets_buckets.then_some(buckets_from),
            sessions_after: forgets_sessions.then_some(clock),
        }
    }

    fn record_request(&mut self, ask: &Ask, second: i64) -> Bucket {
        let newest = self.buckets.pop_if(|newest| newest.second == second);
        let mut bucket = newest.unwrap_or(Bucket { second, chats: 0, feedback: 0, bytes: 0 });
        let requests = match ask.counted {
            Counted::Chat => &mut bucket.chats,
            Counted::Feedback => &mut bucket.feedback,
        };
        *requests = requests.saturating_add(1);
        bucket.bytes = bucket.bytes.saturating_add(ask.bytes);
        self.buckets.push(bucket);
        bucket
    }

    fn record_chat(&mut self, ask: &SessionAsk, clock: Timestamp) -> SessionCount {
        let count = self.chats(ask, clock).saturating_add(1);
        let ends_at = clock.plus_minutes(ask.idle_minutes);
        if let Some(own) = self.sessions.iter_mut().find(|session| session.key == ask.key) {
            own.count = count;
            own.ends_at = ends_at;
            return own.clone();
        }
        let own = SessionCount { key: ask.key.clone(), count, ends_at };
        self.sessions.push(own.clone());
        own
    }
}

/// Keeps the rows that `is_kept`, and says whether any others were there.
fn forgets<T>(rows: &mut Vec<T>, is_kept: impl FnMut(&T) -> bool) -> bool {
    let count = rows.len();
    rows.retain(is_kept);
    rows.len() < count
}
