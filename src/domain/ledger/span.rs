//! The stretch of time that an owner asks the ledger about, in whole hours or days of UTC.

use super::{Counts, begin, hour, retention::KEPT_DAYS};
use crate::domain::{time::Timestamp, words::words};

words! {
    /// The length of a row.
    pub enum By {
        Hour = "hour",
        /// A day of UTC.
        Day = "day",
    }
}

impl By {
    /// In hours.
    fn length(self) -> i64 {
        match self {
            Self::Hour => 1,
            Self::Day => 24,
        }
    }

    /// The most rows: 31 days by the hour, and by the day all that is kept.
    fn most_rows(self) -> i64 {
        match self {
            Self::Hour => 744,
            Self::Day => i64::from(KEPT_DAYS) + 1,
        }
    }

    /// The rows of a question that doesn't say from when on.
    fn usual_rows(self) -> i64 {
        match self {
            Self::Hour => 24,
            Self::Day => 7,
        }
    }

    /// The beginning of the row with this hour.
    fn floor(self, hour: i64) -> i64 {
        hour.div_euclid(self.length()) * self.length()
    }
}

/// A stretch of hours, in whole rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    by: By,
    pub from: i64,
    /// The hour after the last.
    pub to: i64,
}

/// Why a stretch can't be asked about. `Display` reads on after its beginning, `from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpanFault {
    /// It ends before it begins, or at once.
    #[error("must be before the end of the stretch, which is now unless to says otherwise")]
    Empty,
    #[error(
        "must be at most {} hours before the end of the stretch; ask by day for more",
        By::Hour.most_rows()
    )]
    TooLong,
}

impl Span {
    /// The stretch from a moment to another, which isn't in it. Rows are whole: the one in which it
    /// begins and the one in which it ends are in it. It ends now unless told otherwise, and has
    /// seven days or 24 hours unless told from when on. What isn't kept any more, or hasn't come
    /// yet, has no rows.
    pub fn new(
        by: By,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Self, SpanFault> {
        let ends_at = to.unwrap_or(now);
        if from.is_some_and(|from| from >= ends_at && to.is_some() || from > ends_at) {
            return Err(SpanFault::Empty);
        }
        // The hour of the last moment in it; now itself is.
        let last = hour(Timestamp::from_millis(ends_at.millis() - i64::from(to.is_some())));
        let end = by.floor(last) + by.length();
        let usual = end - by.usual_rows() * by.length();
        let first = from.map_or(usual, |from| by.floor(hour(from)));
        let kept = by.floor(hour(now.minus_days(KEPT_DAYS)));
        let (from, to) = (first.max(kept), end.min(by.floor(hour(now)) + by.length()));
        let span = Self { by, from, to: to.max(from) };
        if span.rows() > by.most_rows() { Err(SpanFault::TooLong) } else { Ok(span) }
    }

    /// The last seven days or 24 hours, the present one included.
    pub fn latest(by: By, now: Timestamp) -> Self {
        let to = by.floor(hour(now)) + by.length();
        Self { by, from: to - by.usual_rows() * by.length(), to }
    }

    fn rows(&self) -> i64 {
        (self.to - self.from) / self.by.length()
    }

    /// The rows, oldest first, each with its beginning, out of the counts of hours. One in which
    /// nothing was counted is there, too.
    pub fn fill(&self, hours: &[(i64, Counts)]) -> Vec<(Timestamp, Counts)> {
        let mut rows: Vec<(Timestamp, Counts)> = (0..self.rows())
            .map(|nth| (begin(self.from + nth * self.by.length()), Counts::default()))
            .collect();
        for (hour, counts) in hours.iter().filter(|(hour, _)| *hour >= self.from) {
            let place = usize::try_from((hour - self.from) / self.by.length());
            if let Some((_, sum)) = place.ok().and_then(|place| rows.get_mut(place)) {
                sum.add(counts);
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    const NOW: &str = "2026-03-10T14:30:00Z";

    fn rows(by: By, from: Option<&str>, to: Option<&str>) -> Result<Vec<String>, SpanFault> {
        let span = Span::new(by, from.map(at), to.map(at), at(NOW))?;
        Ok(span.fill(&[]).iter().map(|(begin, _)| begin.to_string()).collect())
    }

    fn ends(rows: Result<Vec<String>, SpanFault>) -> (usize, String, String) {
        let rows = rows.unwrap();
        (rows.len(), rows[0].clone(), rows[rows.len() - 1].clone())
    }

    #[test]
    fn without_more_it_is_the_last_seven_days_or_24_hours_with_the_present_one() {
        let (count, first, last) = ends(rows(By::Day, None, None));
        assert_eq!((count, first.as_str()), (7, "2026-03-04T00:00:00.000Z"));
        assert_eq!(last, "2026-03-10T00:00:00.000Z");
        let (count, first, last) = ends(rows(By::Hour, None, None));
        assert_eq!((count, first.as_str()), (24, "2026-03-09T15:00:00.000Z"));
        assert_eq!(last, "2026-03-10T14:00:00.000Z");
    }

    #[test]
    fn rows_are_whole_and_the_end_is_not_in_it() {
        let day = |from, to| ends(rows(By::Day, Some(from), Some(to)));
        let one = (1, "2026-03-01T00:00:00.000Z".to_owned(), "2026-03-01T00:00:00.000Z".to_owned());
        assert_eq!(day("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"), one);
        assert_eq!(day("2026-03-01T23:59:59Z", "2026-03-02T00:00:00Z"), one);
        assert_eq!(day("2026-03-01T23:59:59Z", "2026-03-02T00:00:00.001Z").0, 2);
        assert_eq!(day("2026-03-01T01:00:00+02:00", "2026-03-01T00:00:00Z").0, 1);
    }

    #[test]
    fn what_is_not_kept_any_more_or_has_not_come_has_no_rows() {
        let (count, first, last) =
            ends(rows(By::Day, Some("2000-01-01T00:00:00Z"), Some("2030-01-01T00:00:00Z")));
        assert_eq!((count, first.as_str()), (401, "2025-02-03T00:00:00.000Z"));
        assert_eq!(last, "2026-03-10T00:00:00.000Z");
        let none = |from, to| rows(By::Hour, Some(from), Some(to)).unwrap().len();
        assert_eq!(none("2026-03-10T15:00:00Z", "2030-01-01T00:00:00Z"), 0);
        assert_eq!(none("2000-01-01T00:00:00Z", "2001-01-01T00:00:00Z"), 0);
    }

    #[test]
    fn a_stretch_has_a_beginning_before_its_end_and_not_too_many_hours() {
        let hours = |from, to| rows(By::Hour, Some(from), to).map(|rows| rows.len());
        assert_eq!(hours("2026-03-10T14:30:00Z", None), Ok(1));
        assert_eq!(hours("2026-03-10T14:30:00.001Z", None), Err(SpanFault::Empty));
        let noon = "2026-03-10T12:00:00Z";
        assert_eq!(hours(noon, Some(noon)), Err(SpanFault::Empty));
        assert_eq!(hours("2026-02-07T12:00:00Z", Some(noon)), Ok(744));
        assert_eq!(hours("2026-02-07T11:59:59Z", Some(noon)), Err(SpanFault::TooLong));
    }

    #[test]
    fn hours_add_up_to_their_days() {
        let span = Span::new(By::Day, Some(at("2026-03-01T00:00:00Z")), None, at(NOW)).unwrap();
        let one = Counts { inits: 1, ..Counts::default() };
        let first = hour(at("2026-03-01T00:00:00Z"));
        let counted = [first - 1, first, first + 23, first + 24, first + 10 * 24];
        let rows = span.fill(&counted.map(|hour| (hour, one)));
        let inits: Vec<u64> = rows.iter().map(|(_, counts)| counts.inits).collect();
        assert_eq!(inits, [2, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
}
