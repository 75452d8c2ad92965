//! Moments in UTC: arguments in the core, which has no clock; integers in the database; RFC 3339
//! text on the wire. serde writes the text and reads both.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};
use time::{OffsetDateTime, UtcDateTime, format_description::well_known::Rfc3339};

/// A moment: milliseconds since 1970-01-01T00:00:00Z, within the years 1970 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[must_use]
pub struct Timestamp(i64);

/// 9999-12-31T23:59:59.999Z, the last moment that RFC 3339 can write.
const LAST: i64 = 253_402_300_799_999;
const DAY: i64 = 86_400_000;

impl Timestamp {
    /// Moved into the range if it is outside.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(0, LAST))
    }

    pub fn millis(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 text (section 5.6) with any offset; digits of the fraction beyond the
    /// millisecond are dropped. A leap second is refused, as JavaScript refuses it, and so is a
    /// moment outside the range.
    pub fn parse(text: &str) -> Result<Self, NotATimestamp> {
        let millis = parse_millis(text).ok_or(NotATimestamp)?;
        if (0..=LAST).contains(&millis) { Ok(Self(millis)) } else { Err(NotATimestamp) }
    }

    pub fn plus_minutes(self, minutes: u32) -> Self {
        Self::from_millis(self.0 + i64::from(minutes) * 60_000)
    }

    pub fn plus_seconds(self, seconds: u32) -> Self {
        Self::from_millis(self.0 + i64::from(seconds) * 1_000)
    }

    pub fn minus_days(self, days: u32) -> Self {
        Self::from_millis(self.0 - i64::from(days) * DAY)
    }
}

impl Timestamp {
    /// The second of the moment as HTTP writes dates (RFC 9110 section 5.6.7):
    /// `Sun, 06 Nov 1994 08:49:37 GMT`.
    pub fn http_date(self) -> String {
        let utc = UtcDateTime::from_unix_timestamp(self.0 / 1000);
        let utc = utc.unwrap_or(UtcDateTime::UNIX_EPOCH);
        let (year, month, day) = utc.to_calendar_date();
        let (hour, minute, second) = utc.as_hms();
        let (weekday, month) = (utc.weekday().to_string(), month.to_string());
        format!("{weekday:.3}, {day:02} {month:.3} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
    }
}

impl fmt::Display for Timestamp {
    /// `2026-01-31T23:59:59.999Z`, always with three decimals, as JavaScript writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utc = UtcDateTime::from_unix_timestamp(self.0 / 1000);
        let utc = utc.unwrap_or(UtcDateTime::UNIX_EPOCH);
        let (year, month, day) = utc.to_calendar_date();
        let (month, (hour, minute, second)) = (u8::from(month), utc.as_hms());
        let millis = self.0 % 1000;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

/// Either of the two forms. Rows have many moments, so nothing is kept to try one after the other.
struct Written;

impl Visitor<'_> for Written {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a moment")
    }

    fn visit_i64<E: Error>(self, millis: i64) -> Result<Timestamp, E> {
        Ok(Timestamp::from_millis(millis))
    }

    fn visit_u64<E: Error>(self, millis: u64) -> Result<Timestamp, E> {
        i64::try_from(millis).map(Timestamp::from_millis).map_err(E::custom)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Timestamp, E> {
        Timestamp::parse(text).map_err(E::custom)
    }
}

/// The crate `time` would also take any character between date and time, and read a leap second as
/// the last nanosecond before it.
fn parse_millis(text: &str) -> Option<i64> {
    let is_taken = matches!(text.get(10..11)?, "T" | "t" | " ") && text.get(17..19)? != "60";
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok().filter(|_| is_taken)?;
    Some(moment.unix_timestamp() * 1000 + i64::from(moment.millisecond()))
}

/// The text is no RFC 3339 moment within the years 1970 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an ISO 8601 date and time with a zone, such as 2030-01-31T12:00:00Z")]
pub struct NotATimestamp;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn serde_writes_text_and_reads_that_and_milliseconds() {
        let moment = Timestamp::from_millis(1_700_000_000_123);
        let text = serde_json::to_string(&moment).unwrap();
        assert_eq!(text, r#""2023-11-14T22:13:20.123Z""#);
        for text in [text.as_str(), "1700000000123"] {
            assert_eq!(serde_json::from_str::<Timestamp>(text).unwrap(), moment);
        }
        for text in ["\"soon\"", "null", "1.5", "{}"] {
            assert!(serde_json::from_str::<Timestamp>(text).is_err(), "{text}");
        }
    }

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
    fn http_writes_a_date_in_one_way() {
        let date = |text| Timestamp::parse(text).unwrap().http_date();
        assert_eq!(date("1994-11-06T08:49:37.999Z"), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(date("2024-02-29T00:00:00+01:00"), "Wed, 28 Feb 2024 23:00:00 GMT");
        assert_eq!(date("9999-12-31T23:59:59Z"), "Fri, 31 Dec 9999 23:59:59 GMT");
    }

    #[test]
    fn offsets_and_fractions_are_read() {
        for (text, utc) in [
            ("2026-01-01T01:30:00+01:30", "2026-01-01T00:00:00.000Z"),
            ("2025-12-31T22:59:59.5-01:00", "2025-12-31T23:59:59.500Z"),
            ("2026-01-01t00:00:00.123456z", "2026-01-01T00:00:00.123Z"),
            ("2026-01-01 00:00:00.1234567899Z", "2026-01-01T00:00:00.123Z"),
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
            "2026-01-01_00:00:00Z",
            "2016-12-31T23:59:60.5Z",
            "2017-01-01T00:59:60+01:00",
            "2026-01-01T00:00:00+01:60",
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
