//! Which moment counts: pure rules for clocks that were set back, or far forward and back again.
//!
//! The installation remembers the latest moment that it is sure to have seen, and a license's time never runs back behind
//! it: while a clock is behind, time stands still. A clock that is wrong, the other way, must not use up what was paid for.
//! So what a clock says counts at once, but what is *remembered* of it follows in steps: for each ten minutes that a node
//! has run, by its timer and not by its clock, at most an hour more. A clock that was a year ahead for an afternoon costs a
//! day, and starting again and again with it costs nothing; what is remembered after a month without a running node
//! catches up within five days.

use std::time::Duration;

use parlance_base::Time;

/// How long a node runs between two steps.
pub(crate) const EVERY: Duration = Duration::from_mins(10);

/// How far a step leads at most.
pub(crate) const STEP: Duration = Duration::from_hours(1);

/// How far behind a clock may be before anything is said of it.
const TOLERANCE: Duration = Duration::from_mins(1);

/// The moment that counts.
pub(crate) fn counted(seen: Time, now: Time) -> Time {
    seen.max(now)
}

/// Whether the clock is behind what was seen.
pub(crate) fn is_set_back(seen: Time, now: Time) -> bool {
    seen.since(now) > TOLERANCE
}

/// What is remembered after ten more minutes, `seen` being what was remembered before them.
pub(crate) fn step(seen: Time, now: Time) -> Time {
    now.min(seen.after(STEP)).max(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Time = Time::from_millis(1_795_260_000_000);

    fn hours(hours: u64) -> Duration {
        Duration::from_hours(hours)
    }

    #[test]
    fn time_goes_on_with_the_clock_and_never_back() {
        assert_eq!(counted(NOON, NOON.after(hours(1))), NOON.after(hours(1)));
        assert_eq!(counted(NOON, NOON.before(hours(9_000))), NOON);
        assert!(!is_set_back(NOON, NOON.before(TOLERANCE)) && !is_set_back(NOON, NOON.after(hours(1))));
        assert!(is_set_back(NOON, NOON.before(TOLERANCE + Duration::from_millis(1))));
    }

    #[test]
    fn a_step_follows_the_clock_and_leads_an_hour_at_most() {
        assert_eq!(step(NOON, NOON.after(EVERY)), NOON.after(EVERY));
        assert_eq!(step(NOON, NOON.after(hours(9_000))), NOON.after(hours(1)));
        assert_eq!(step(NOON, NOON.before(hours(1))), NOON);
        assert_eq!(step(Time::from_millis(i64::MAX), NOON), Time::from_millis(i64::MAX));
    }

    #[test]
    fn a_year_ahead_for_four_hours_costs_a_day() {
        let ahead = NOON.after(hours(365 * 24));
        let seen = (0..24).fold(NOON, |seen, _| step(seen, ahead));
        assert_eq!(seen, NOON.after(hours(24)));
    }
}
