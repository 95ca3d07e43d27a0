//! How patient the queue is. Pure.

use std::time::Duration;

/// How long a worker may be silent, and how often and how soon a failed job is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long a lease lasts unless it is renewed; workers renew at a third of it.
    pub lease: Duration,
    /// How many attempts a job has before it is given up.
    pub attempts: u32,
    /// The longest wait after the first failed attempt; each further one doubles it …
    pub first_delay: Duration,
    /// … up to this.
    pub longest_delay: Duration,
    /// How long a job that was given up is kept.
    pub keep_dead: Duration,
}

impl Default for Policy {
    /// Leases of 30 seconds; 10 attempts over some 35 minutes (5 seconds at first, an hour at most); dead jobs are kept
    /// for 30 days.
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(30),
            attempts: 10,
            first_delay: Duration::from_secs(5),
            longest_delay: Duration::from_secs(3_600),
            keep_dead: Duration::from_secs(30 * 24 * 3_600),
        }
    }
}

impl Policy {
    /// How long a job waits after the last of `attempt` attempts that count has failed: between half of the longest wait and all of it, as
    /// `random` says, so that what failed together does not come back together.
    pub(super) fn delay(&self, attempt: u32, random: u64) -> Duration {
        let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
        let longest = self.first_delay.saturating_mul(doubled).min(self.longest_delay);
        let half = longest / 2;
        let spread = u64::try_from((longest - half).as_millis()).unwrap_or(u64::MAX);
        half + Duration::from_millis(random % spread.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_delay_is_between_half_and_all_of_a_doubling_wait() {
        let policy = Policy::default();
        for (attempt, seconds) in
            [(1, 5), (2, 10), (3, 20), (9, 1_280), (11, 3_600), (40, 3_600), (u32::MAX, 3_600)]
        {
            let longest = Duration::from_secs(seconds);
            for random in [0, 1, 999_999_937, u64::MAX] {
                let delay = policy.delay(attempt, random);
                assert!(delay >= longest / 2 && delay <= longest, "{attempt}, {random}: {delay:?}");
            }
            assert_eq!(policy.delay(attempt, 0), longest / 2);
        }
    }

    #[test]
    fn delays_of_nothing_and_of_everything_do_not_overflow() {
        let none = Policy { first_delay: Duration::ZERO, ..Policy::default() };
        assert_eq!(none.delay(3, 77), Duration::ZERO);
        let all = Policy { first_delay: Duration::MAX, longest_delay: Duration::MAX, ..Policy::default() };
        assert!(all.delay(u32::MAX, u64::MAX) >= Duration::MAX / 2);
    }
}
