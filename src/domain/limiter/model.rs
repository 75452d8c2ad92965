//! The reference that the limiter is held to: the exact moment of every admitted request.
//! It is obviously right, never forgets and knows nothing of buckets.

use std::collections::BTreeMap;

use super::{Ask, Bucket, Change, Counted, SessionAsk, SessionCount, State};
use crate::domain::time::Timestamp;

pub(super) const WINDOWS: [i64; 2] = [60_000, 3_600_000];

/// A request that was admitted: when, as what, and the bytes that it gave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Admitted {
    pub(super) at: i64,
    pub(super) counted: Counted,
    pub(super) bytes: u32,
}

/// Requests by the millisecond, sessions as the database and the visitor's browser know them.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) admitted: Vec<Admitted>,
    pub(super) sessions: [Session; 2],
}

#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) key: u32,
    /// The latest admitted init or chat.
    pub(super) active_at: i64,
    pub(super) chats: Vec<i64>,
    /// What other visitors' limiters admitted.
    pub(super) others: u32,
    /// The count as the limiter can know it.
    pub(super) count: u32,
}

impl Session {
    fn left(&self, now: i64, idle_minutes: u32) -> i64 {
        self.active_at + i64::from(idle_minutes) * 60_000 - now
    }
}

impl Model {
    /// A clock that went back stands at the second of the latest request.
    pub(super) fn clock(&self, now: i64) -> i64 {
        self.admitted.iter().fold(now, |clock, one| clock.max(one.at / 1_000 * 1_000))
    }

    /// The requests in the closed interval of `window` ms that ends now.
    pub(super) fn exactly(&self, window: i64, now: i64) -> impl Iterator<Item = &Admitted> {
        let from = self.clock(now) - window;
        self.admitted.iter().filter(move |one| one.at >= from)
    }

    /// The same if each request lived one second longer, and no millisecond more.
    fn at_most(&self, window: i64, now: i64) -> impl Iterator<Item = &Admitted> {
        let after = self.clock(now) - window - 1_000;
        self.admitted.iter().filter(move |one| one.at > after)
    }

    /// Whether all limits allow the request with a second to spare.
    pub(super) fn allows(&self, ask: &Ask, slot: usize, now: i64) -> bool {
        let room =
            |count: usize, quota: Option<u32>| quota.is_none_or(|quota| count < as_size(quota));
        let session = ask.session.as_ref();
        let chats = session.map_or(0, |ask| self.sessions[slot].count.max(ask.seen));
        let like = |window| self.at_most(window, now).filter(|one| one.counted == ask.counted);
        let bytes = |window| bytes(self.at_most(window, now)) + ask.bytes;
        room(like(WINDOWS[0]).count(), ask.per_minute)
            && room(like(WINDOWS[1]).count(), ask.per_hour)
            && bytes(WINDOWS[0]) <= Ask::MOST_BYTES_PER_MINUTE
            && bytes(WINDOWS[1]) <= Ask::MOST_BYTES_PER_HOUR
            && room(as_size(chats), session.and_then(|ask| ask.cap))
    }

    pub(super) fn record(&mut self, ask: &Ask, slot: usize, now: i64) {
        let clock = self.clock(now);
        let Ask { counted, bytes, .. } = *ask;
        self.admitted.push(Admitted { at: clock, counted, bytes });
        let session = &mut self.sessions[slot];
        session.active_at = clock;
        if let Some(ask) = &ask.session {
            session.count = session.count.max(ask.seen) + 1;
            session.chats.push(clock);
        }
    }

    /// The session in a slot; when the old one is over, a new one.
    pub(super) fn live(&mut self, slot: usize, now: i64, idle: u32) -> &mut Session {
        let session = &mut self.sessions[slot];
        if session.left(now, idle) <= 0 {
            *session = Session { key: session.key + 1, active_at: now, ..Session::default() };
        }
        session
    }

    /// The question about a chat; what the database knows is `lag` ms old.
    pub(super) fn chat(
        &self,
        slot: usize,
        now: i64,
        lag: i64,
        cap: Option<u32>,
        idle: u32,
    ) -> SessionAsk {
        let session = &self.sessions[slot];
        let durable = self.clock(now) - lag;
        let own = session.chats.iter().filter(|at| **at <= durable).count();
        SessionAsk {
            key: format!("{slot}/{}", session.key),
            cap,
            seen: session.others + u32::try_from(own).unwrap(),
            idle_minutes: idle,
            left_millis: u32::try_from(session.left(now, idle)).unwrap(),
        }
    }
}

pub(super) fn bytes<'a>(requests: impl Iterator<Item = &'a Admitted>) -> u32 {
    requests.map(|one| one.bytes).sum()
}

pub(super) fn as_size(number: u32) -> usize {
    usize::try_from(number).unwrap()
}

/// The two tables, changed by nothing but what admitted requests report.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) buckets: BTreeMap<i64, Bucket>,
    pub(super) sessions: Vec<SessionCount>,
}

impl Tables {
    pub(super) fn apply(&mut self, change: Change) {
        self.buckets.insert(change.bucket.second, change.bucket);
        if let Some(row) = change.session {
            match self.sessions.iter_mut().find(|session| session.key == row.key) {
                Some(old) => *old = row,
                None => self.sessions.push(row),
            }
        }
        if let Some(first) = change.buckets_from {
            let count = self.buckets.len();
            self.buckets.retain(|second, _| *second >= first);
            assert!(self.buckets.len() < count, "a deletion deletes something");
        }
        if let Some(moment) = change.sessions_after {
            let count = self.sessions.len();
            self.sessions.retain(|session| session.ends_at > moment);
            assert!(self.sessions.len() < count, "a deletion deletes something");
        }
    }

    /// The state after a restart; the database may hand out its rows in any order.
    pub(super) fn load(&self) -> State {
        State::from_rows(self.buckets.values().rev().copied(), self.sessions.clone())
    }
}

pub(super) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}
