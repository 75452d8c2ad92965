//! The memory of an isolate that large bodies share.
//!
//! Whoever begins to send one takes room for it, and has it until the chat is under way. Where the
//! room is taken, the next one is refused, unless somebody in it sends so slowly that they might as
//! well have left: those lose their place, and hear of it when they send on.

use crate::{api::body::KEPT_TOGETHER, domain::time::Timestamp};

/// How long a place is kept without anything coming …
const PATIENCE_MILLIS: i64 = 10_000;

/// … and at how many bytes a millisecond it is kept for ever: half a megabit a second.
const BYTES_PER_MILLI: i64 = 64;

#[derive(Debug, Default)]
pub(crate) struct Room {
    places: Vec<Place>,
    last: u64,
}

#[derive(Debug)]
struct Place {
    number: u64,
    bytes: usize,
    ends_at: i64,
}

impl Room {
    /// Takes a place of so many bytes and gives its number, if there is room.
    pub(crate) fn take(&mut self, bytes: usize, now: Timestamp) -> Option<u64> {
        let now = now.millis();
        let taken: usize = self.places.iter().map(|place| place.bytes).sum();
        if taken + bytes > KEPT_TOGETHER {
            self.places.retain(|place| place.ends_at > now);
            let taken: usize = self.places.iter().map(|place| place.bytes).sum();
            if taken + bytes > KEPT_TOGETHER {
                return None;
            }
        }
        self.last += 1;
        self.places.push(Place { number: self.last, bytes, ends_at: now + PATIENCE_MILLIS });
        Some(self.last)
    }

    /// Hears that so many bytes more have come, and tells whether the place is still there.
    pub(crate) fn hear(&mut self, number: u64, bytes: usize, now: Timestamp) -> bool {
        let Some(place) = self.places.iter_mut().find(|place| place.number == number) else {
            return false;
        };
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let ends_at = place.ends_at.saturating_add(bytes / BYTES_PER_MILLI);
        place.ends_at = ends_at.min(now.millis() + PATIENCE_MILLIS);
        true
    }

    pub(crate) fn leave(&mut self, number: u64) {
        self.places.retain(|place| place.number != number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::body::KEPT;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn there_is_room_for_so_many_and_again_when_one_leaves() {
        let mut room = Room::default();
        let places: Vec<_> = (0..4).map(|_| room.take(KEPT, at(0))).collect();
        assert_eq!(places, [Some(1), Some(2), Some(3), None]);
        assert_eq!(room.take(1, at(0)), None);
        room.leave(2);
        assert_eq!(room.take(KEPT + 1, at(0)), None);
        assert_eq!(room.take(KEPT, at(0)), Some(4));
    }

    #[test]
    fn whoever_is_silent_gives_way_and_hears_of_it() {
        let mut room = Room::default();
        let first = room.take(KEPT_TOGETHER, at(0)).unwrap();
        assert_eq!(room.take(1, at(PATIENCE_MILLIS - 1)), None);
        // Nobody else wants it, so it is kept.
        assert!(room.hear(first, 0, at(PATIENCE_MILLIS + 5)));
        assert_eq!(room.take(1, at(PATIENCE_MILLIS + 5)), Some(2));
        assert!(!room.hear(first, 1, at(PATIENCE_MILLIS + 6)));
    }

    #[test]
    fn whoever_sends_fast_enough_keeps_the_place_and_whoever_trickles_loses_it() {
        for (a_second, is_kept) in [(1, false), (32_000, false), (64_000, true), (9_000_000, true)]
        {
            let mut room = Room::default();
            let place = room.take(KEPT_TOGETHER, at(0)).unwrap();
            for second in 1..60 {
                room.hear(place, a_second, at(second * 1_000));
            }
            assert_eq!(room.take(1, at(60_000)).is_none(), is_kept, "{a_second}");
        }
    }
}
