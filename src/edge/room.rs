//! This isolate's room for large bodies.

use std::cell::RefCell;

use crate::{api::room, edge::clock::now};

thread_local! {
    static ROOM: RefCell<room::Room> = RefCell::default();
}

/// A place in it, until this is dropped.
pub(super) struct Place {
    number: u64,
    bytes: usize,
}

impl Place {
    pub(super) fn take(bytes: usize) -> Option<Self> {
        let number = ROOM.with_borrow_mut(|room| room.take(bytes, now()))?;
        Some(Self { number, bytes })
    }

    /// Keeps the place while bytes come. One that was lost is taken anew, if there is room.
    pub(super) fn keep(self, came: usize) -> Option<Self> {
        let is_there = ROOM.with_borrow_mut(|room| room.hear(self.number, came, now()));
        if is_there { Some(self) } else { Self::take(self.bytes) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        ROOM.with_borrow_mut(|room| room.leave(self.number));
    }
}
