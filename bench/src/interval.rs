//! What a figure that was measured several times is worth: its interval, from the least to the most that was seen.
//!
//! The figure is a ratio of two phases that ran one right after the other. Phases come in the order A B B A, so that what
//! drifts during a round (the disk, the clock of the cores) lies on both sides alike. The interval claims no distribution:
//! with as few pairs as a run can afford, the least and the most are all there is to say.

/// All that was measured of one figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Interval {
    sorted: Vec<f64>,
}

impl Interval {
    pub(crate) fn least(&self) -> f64 {
        self.sorted.first().copied().unwrap_or(f64::NAN)
    }

    pub(crate) fn most(&self) -> f64 {
        self.sorted.last().copied().unwrap_or(f64::NAN)
    }

    /// The one in the middle, or the mean of the two.
    pub(crate) fn median(&self) -> f64 {
        let at = |rank: usize| self.sorted.get(rank).copied().unwrap_or(f64::NAN);
        let count = self.sorted.len();
        at(count.saturating_sub(1) / 2).midpoint(at(count / 2))
    }

    /// How wide it is, as a part of its median: the noise.
    pub(crate) fn spread(&self) -> f64 {
        (self.most() - self.least()) / self.median()
    }
}

impl FromIterator<f64> for Interval {
    fn from_iter<I: IntoIterator<Item = f64>>(figures: I) -> Self {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        Self { sorted }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(figures: &[f64]) -> Interval {
        figures.iter().copied().collect()
    }

    #[test]
    fn an_interval_is_all_that_was_seen() {
        let interval = of(&[3.0, 1.0, 2.0, 4.0]);
        assert_eq!(
            [interval.least(), interval.median(), interval.most()].map(|at| at * 2.0),
            [2.0, 5.0, 8.0]
        );
        assert!((interval.spread() - 1.2).abs() < 1e-9);
        assert_eq!(of(&[7.0, 1.0, 2.0]).median().to_bits(), 2.0_f64.to_bits());
    }

    #[test]
    fn nothing_measured_is_no_figure() {
        assert!(Interval::default().median().is_nan());
        assert!(Interval::default().least().is_nan() && Interval::default().most().is_nan());
    }
}
