//! How long to wait before trying again: a random part of a bound that doubles.

use std::time::Duration;

/// A random delay whose bound grows: the n-th wait, from 0, is somewhere between nothing and `first` · 2ⁿ, at most `most`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The bound of the first wait.
    pub first: Duration,
    /// What no bound exceeds.
    pub most: Duration,
}

impl Backoff {
    /// The bound of the n-th wait, from 0.
    #[must_use]
    pub fn bound(self, n: u32) -> Duration {
        self.first.saturating_mul(2_u32.saturating_pow(n)).min(self.most)
    }

    /// The n-th wait, from 0, for a chance from 0 to 1.
    #[must_use]
    pub fn wait(self, n: u32, chance: f64) -> Duration {
        let chance = if chance.is_nan() { 0.0 } else { chance.clamp(0.0, 1.0) };
        self.bound(n).mul_f64(chance)
    }
}

/// A number from 0 to below 1, made of random bytes.
pub(crate) fn chance(random: [u8; 4]) -> f64 {
    f64::from(u32::from_le_bytes(random)) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), most: Duration::from_secs(30) };

    #[test]
    fn the_bound_doubles_until_it_is_reached() {
        let bounds: Vec<u64> = (0..7).map(|n| BACKOFF.bound(n).as_secs()).collect();
        assert_eq!(bounds, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(BACKOFF.bound(u32::MAX).as_secs(), 30);
    }

    #[test]
    fn a_wait_is_a_part_of_the_bound() {
        assert_eq!(BACKOFF.wait(0, 0.0), Duration::ZERO);
        assert_eq!(BACKOFF.wait(2, 0.5), Duration::from_secs(2));
        assert_eq!(BACKOFF.wait(2, f64::NAN), Duration::ZERO);
        assert_eq!(BACKOFF.wait(9, 7.0), Duration::from_secs(30));
    }

    #[test]
    fn chance_is_below_one() {
        assert!(chance([0; 4]) == 0.0 && chance([255; 4]) < 1.0);
    }
}
