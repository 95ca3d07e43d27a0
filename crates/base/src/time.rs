//! A moment, in whole milliseconds since the Unix epoch: the only form in which Parlance stores or compares time.
//! On the wire it is RFC 3339 in UTC with milliseconds ([`Time::to_rfc3339`]).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Milliseconds since 1970-01-01T00:00:00Z. Serialises as that number: wire types convert explicitly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(i64);

/// The text is not a moment in RFC 3339 between the years 0 and 9999.
#[derive(Debug, PartialEq, Eq)]
pub struct ParseTimeError;

impl Time {
    /// The moment `millis` milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This moment and `duration` more; the last representable moment where that is out of range.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(whole_millis(duration)))
    }

    /// This moment less `duration`; the first representable moment where that is out of range.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(whole_millis(duration)))
    }

    /// How long after `earlier` this moment is; zero if it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// RFC 3339 in UTC with exactly three decimals, as `2026-11-21T09:30:00.000Z`; moments outside the years 0–9999
    /// are written as the nearest one inside.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        let millis = self.0.clamp(YEAR_0, YEAR_9999_END);
        let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (date, hour, minute) = (moment.date(), moment.hour(), moment.minute());
        format!("{date}T{hour:02}:{minute:02}:{:02}.{:03}Z", moment.second(), moment.millisecond())
    }

    /// Reads RFC 3339 with any offset; what is finer than a millisecond is cut off.
    ///
    /// # Errors
    /// [`ParseTimeError`] for anything else.
    pub fn parse_rfc3339(text: &str) -> Result<Self, ParseTimeError> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| ParseTimeError)?;
        i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000))
            .map(Self)
            .map_err(|_| ParseTimeError)
    }
}

const YEAR_0: i64 = -62_167_219_200_000;
const YEAR_9999_END: i64 = 253_402_300_799_999;

fn whole_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_written_and_read_again_is_the_same() {
        for millis in [0, 1, 999, -1, 1_795_253_400_123, YEAR_0, YEAR_9999_END] {
            let time = Time::from_millis(millis);
            assert_eq!(Time::parse_rfc3339(&time.to_rfc3339()), Ok(time), "{}", time.to_rfc3339());
        }
    }

    #[test]
    fn milliseconds_always_have_three_digits() {
        assert_eq!(Time::from_millis(0).to_rfc3339(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Time::from_millis(1_795_253_400_120).to_rfc3339(), "2026-11-21T09:30:00.120Z");
    }

    #[test]
    fn offsets_are_understood_and_nonsense_is_refused() {
        assert_eq!(Time::parse_rfc3339("1970-01-01T01:00:00+01:00"), Ok(Time::from_millis(0)));
        for text in ["", "1970-01-01", "1970-01-01T00:00:00", "1970-13-01T00:00:00Z", "yesterday"] {
            assert_eq!(Time::parse_rfc3339(text), Err(ParseTimeError), "{text}");
        }
    }

    #[test]
    fn times_at_the_ends_of_the_range_do_not_overflow() {
        let end = Time::from_millis(i64::MAX);
        assert_eq!(end.after(Duration::from_secs(1)), end);
        assert_eq!(Time::from_millis(i64::MIN).since(end), Duration::ZERO);
        assert!(Time::from_millis(i64::MIN).to_rfc3339().starts_with("0000-01-01T"));
    }
}
