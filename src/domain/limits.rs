//! The four limits of a token: range, default and unit of each (contract section 2).

/// One kind of limit: whole numbers from 1 to `max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitKind {
    pub max: u32,
    /// The limit of a new token whose request doesn't name it.
    pub default: u32,
}

impl LimitKind {
    /// Requests of one visitor in any 60 seconds.
    pub const PER_MINUTE: Self = Self { max: 1_000, default: 10 };
    /// Requests of one visitor in any 3600 seconds.
    pub const PER_HOUR: Self = Self { max: 10_000, default: 100 };
    /// Chats admitted in one session.
    pub const PER_SESSION: Self = Self { max: 1_000, default: 100 };
    /// Minutes until an idle session ends.
    pub const IDLE_MINUTES: Self = Self { max: 1_440, default: 30 };

    /// `None` outside 1 to `max`.
    pub fn accept(self, number: i64) -> Option<u32> {
        u32::try_from(number).ok().filter(|n| (1..=self.max).contains(n))
    }
}

/// The limits of a token, each of the [`LimitKind`] of its name; `None` means no limit, or the
/// longest idle time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub per_minute: Option<u32>,
    pub per_hour: Option<u32>,
    pub per_session: Option<u32>,
    pub idle_minutes: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_minute: Some(LimitKind::PER_MINUTE.default),
            per_hour: Some(LimitKind::PER_HOUR.default),
            per_session: Some(LimitKind::PER_SESSION.default),
            idle_minutes: Some(LimitKind::IDLE_MINUTES.default),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LimitKind;

    #[test]
    fn both_ends_are_inside_and_their_neighbours_outside() {
        for kind in [
            LimitKind::PER_MINUTE,
            LimitKind::PER_HOUR,
            LimitKind::PER_SESSION,
            LimitKind::IDLE_MINUTES,
        ] {
            let max = i64::from(kind.max);
            assert_eq!(kind.accept(1), Some(1));
            assert_eq!(kind.accept(max), Some(kind.max));
            assert!(
                [i64::MIN, -1, 0, max + 1, i64::MAX].into_iter().all(|n| kind.accept(n).is_none())
            );
            assert!(kind.accept(i64::from(kind.default)).is_some());
        }
    }
}
