//! Moments in UTC.
//!
//! It is here because the core has no clock: a moment comes in as an argument, is stored as an
//! integer and spoken as ISO 8601. The calendar is written out, since the libraries for it cost
//! the Worker more than everything else in this folder.

use std::fmt;

/// A moment: milliseconds since 1970-01-01T00:00:00Z, within the years 1970 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

/// 9999-12-31T23:59:59.999Z, the last moment that RFC 3339 can write.
const LAST: i64 = 253_402_300_799_999;
const DAY: i64 = 86_400_000;

impl Timestamp {
    /// The moment `millis` milliseconds after the Unix epoch, moved into the range if outside.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(0, LAST))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 text (section 5.6) with any offset; fractions beyond the millisecond are
    /// cut. A leap second is refused, as JavaScript refuses it.
    ///
    /// # Errors
    /// [`NotATimestamp`] when the text is something else or lies outside the range.
    pub fn parse(text: &str) -> Result<Self, NotATimestamp> {
        let millis = parse_millis(text).ok_or(NotATimestamp)?;
        if (0..=LAST).contains(&millis) { Ok(Self(millis)) } else { Err(NotATimestamp) }
    }

    /// The moment `minutes` later.
    #[must_use]
    pub fn plus_minutes(self, minutes: u32) -> Self {
        Self::from_millis(self.0 + i64::from(minutes) * 60_000)
    }

    /// The moment `days` earlier.
    #[must_use]
    pub fn minus_days(self, days: u32) -> Self {
        Self::from_millis(self.0 - i64::from(days) * DAY)
    }
}

impl fmt::Display for Timestamp {
    /// `2026-01-31T23:59:59.999Z`, always with three decimals, as JavaScript writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.0 / DAY);
        let millis = self.0 % DAY;
        let (hour, minute, second) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
        let millis = millis % 1000;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

/// Year, month and day of the `days`th day since 1970-01-01, in the Gregorian calendar, by
/// Hinnant's algorithm: years begin in March, so that the leap day is the last one.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The inverse of [`civil`]; a day that the month doesn't have runs into the next one.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn parse_millis(text: &str) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let (year, month, day) = (number(date, 0, 4)?, number(date, 5, 2)?, number(date, 8, 2)?);
    let date_days = days(year, month, day);
    let (time, rest) = rest.strip_prefix(['T', 't', ' '])?.split_at_checked(8)?;
    let (hour, minute, second) = (number(time, 0, 2)?, number(time, 3, 2)?, number(time, 6, 2)?);
    let shaped = [4, 7].iter().all(|at| date.get(*at..=*at) == Some("-"))
        && [2, 5].iter().all(|at| time.get(*at..=*at) == Some(":"));
    let (fraction, zone) = fraction(rest)?;
    let exists = civil(date_days.max(0)) == (year, month, day);
    if !shaped || !exists || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = hour * 3600 + minute * 60 + second - offset_minutes(zone)? * 60;
    Some(date_days * DAY + seconds * 1000 + fraction)
}

/// The `length` digits of `text` from `at` on, as a number.
fn number(text: &str, at: usize, length: usize) -> Option<i64> {
    let digits = text.get(at..at + length)?;
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// The milliseconds of a fraction, if there is one, and what follows.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(digits) = text.strip_prefix('.') else { return Some((0, text)) };
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = digits.split_at(length);
    let padded = format!("{digits}00");
    (length > 0).then_some(())?;
    Some((number(&padded, 0, 3)?, rest))
}

/// `Z` or `±hh:mm`.
fn offset_minutes(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, time) = zone.split_at_checked(1)?;
    let (hours, minutes) = (number(time, 0, 2)?, number(time, 3, 2)?);
    let shaped = time.len() == 5 && time.get(2..3) == Some(":") && hours < 24 && minutes < 60;
    let minutes = hours * 60 + minutes;
    match sign {
        "+" if shaped => Some(minutes),
        "-" if shaped => Some(-minutes),
        _ => None,
    }
}

/// The text is not a moment that can be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotATimestamp;

impl fmt::Display for NotATimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be an ISO 8601 date and time with a zone, such as 2030-01-31T12:00:00Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_and_millis_round_trip() {
        for text in [
            "1970-01-01T00:00:00.000Z",
            "2000-02-29T12:00:00.001Z",
            "2024-02-29T23:59:59.999Z",
            "2100-03-01T00:00:00.000Z",
            "9999-12-31T23:59:59.999Z",
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Timestamp::parse("9999-12-31T23:59:59.999Z").unwrap().millis(), LAST);
        assert_eq!(Timestamp::parse("2001-09-09T01:46:40Z").unwrap().millis(), 1_000_000_000_000);
    }

    #[test]
    fn offsets_and_fractions_are_read() {
        for (text, utc) in [
            ("2026-01-01T01:30:00+01:30", "2026-01-01T00:00:00.000Z"),
            ("2025-12-31T22:59:59.5-01:00", "2025-12-31T23:59:59.500Z"),
            ("2026-01-01t00:00:00.123456z", "2026-01-01T00:00:00.123Z"),
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), utc);
        }
    }

    #[test]
    fn other_text_is_refused() {
        for text in [
            "",
            "tomorrow",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2025-02-29T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59-00:01",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z",
            "2016-12-31T23:59:60Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+0100",
            "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00Zx",
            "2026/01/01T00:00:00Z",
            "2026-01-01T00-00-00Z",
            "+026-01-01T00:00:00Z",
            "2026-01-0éT00:00:00Z",
        ] {
            assert_eq!(Timestamp::parse(text), Err(NotATimestamp), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_moment_round_trips(millis in 0..=LAST) {
            let time = Timestamp::from_millis(millis);
            prop_assert_eq!(Timestamp::parse(&time.to_string()), Ok(time));
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = Timestamp::parse(&text);
        }
    }
}
