//! The runtime's clock.

use worker::js_sys::Date;

use crate::domain::time::Timestamp;

/// What the clock says. It stands still while a Worker computes, by design of the platform, and
/// moves on with every trip.
pub(super) fn now() -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far within ±2⁵³")]
    Timestamp::from_millis(Date::now() as i64)
}
