//! What was measured, held against what it is to be.

use crate::{interval::Interval, say};

/// Wider than this, as a part of its median, an interval that lies on both sides of its bound says nothing.
const NOISE: f64 = 0.3;

/// What a figure is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
    /// It is told, and held to nothing.
    Told,
}

/// One figure.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    /// What ours came to, and what its yardstick did, in words.
    pub(crate) ours: String,
    pub(crate) yardstick: String,
    pub(crate) figure: Interval,
    /// What the figure counts: ` x`, ` KiB`.
    pub(crate) unit: &'static str,
    pub(crate) bound: Bound,
    /// What kept the run from counting.
    pub(crate) disturbed: Option<String>,
}

/// What is to be said of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Told,
    Held,
    Inconclusive,
    Missed,
}

impl Bound {
    /// Whether the whole interval is on the right side of it.
    pub(crate) fn is_held_by_all(self, figure: &Interval) -> bool {
        match self {
            Self::AtLeast(bound) => figure.least() >= bound,
            Self::AtMost(bound) => figure.most() <= bound,
            Self::Told => false,
        }
    }
}

impl Row {
    /// A row is missed only where the whole interval misses its bound, in a run that counts.
    pub(crate) fn verdict(&self) -> Verdict {
        let (least, most) = (self.figure.least(), self.figure.most());
        let worst = self.bound.is_held_by_all(&self.figure);
        let best = match self.bound {
            Bound::AtLeast(bound) => most >= bound,
            Bound::AtMost(bound) => least <= bound,
            Bound::Told => return Verdict::Told,
        };
        // What is no number is on neither side.
        let unknown = least.is_nan() || most.is_nan();
        match (worst, best) {
            _ if unknown || self.disturbed.is_some() => Verdict::Inconclusive,
            (true, _) => Verdict::Held,
            (false, false) => Verdict::Missed,
            (false, true) if self.figure.spread() > NOISE => Verdict::Inconclusive,
            (false, true) => Verdict::Held,
        }
    }

    fn line(&self) -> String {
        let Self { what, ours, yardstick, figure, unit, .. } = self;
        let bound = match self.bound {
            Bound::AtLeast(bound) => format!(">= {bound}{unit}"),
            Bound::AtMost(bound) => format!("<= {bound}{unit}"),
            Bound::Told => String::new(),
        };
        let verdict = match (self.verdict(), &self.disturbed) {
            (Verdict::Told, None) => String::new(),
            (Verdict::Told, Some(why)) => why.clone(),
            (Verdict::Held, _) => "held".to_owned(),
            (Verdict::Missed, _) => "**missed**".to_owned(),
            (Verdict::Inconclusive, None) => "inconclusive: too much noise".to_owned(),
            (Verdict::Inconclusive, Some(why)) => format!("inconclusive: {why}"),
        };
        let [median, least, most] = [figure.median(), figure.least(), figure.most()].map(short);
        format!("| {what} | {ours} | {yardstick} | {median}{unit} ({least}–{most}) | {bound} | {verdict} |")
    }
}

/// Prints the rows, and answers the worst of their verdicts.
pub(crate) fn print(rows: &[Row]) -> Result<Verdict, String> {
    say("| what | ours | yardstick | figure (least–most) | to be | |")?;
    say("|---|---|---|---|---|---|")?;
    for row in rows {
        say(&row.line())?;
    }
    Ok(rows.iter().map(Row::verdict).max().unwrap_or(Verdict::Told))
}

/// A number with as many digits as say something.
pub(crate) fn short(figure: f64) -> String {
    match figure.abs() {
        size if size.is_nan() => "?".to_owned(),
        0.0 => "0".to_owned(),
        size if size >= 100.0 => format!("{figure:.0}"),
        size if size >= 10.0 => format!("{figure:.1}"),
        size if size >= 0.1 => format!("{figure:.2}"),
        _ => format!("{figure:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(bound: Bound, figures: &[f64], disturbed: bool) -> Verdict {
        let figure = figures.iter().copied().collect();
        let disturbed = disturbed.then(|| "a build ran".to_owned());
        let [what, ours, yardstick] = ["", "", ""].map(str::to_owned);
        Row { what, ours, yardstick, figure, unit: " x", bound, disturbed }.verdict()
    }

    #[test]
    fn a_row_is_missed_only_by_its_whole_interval() {
        let least = Bound::AtLeast(0.8);
        assert_eq!(verdict(least, &[0.8, 0.9], false), Verdict::Held);
        assert_eq!(verdict(least, &[0.7, 0.75, 0.79], false), Verdict::Missed);
        assert_eq!(verdict(least, &[0.75, 0.85], false), Verdict::Held);
        assert_eq!(verdict(Bound::AtMost(12.0), &[12.5, 13.0], false), Verdict::Missed);
        assert_eq!(verdict(Bound::AtMost(12.0), &[9.0, 11.0], false), Verdict::Held);
    }

    #[test]
    fn noise_on_both_sides_of_the_bound_decides_nothing() {
        assert_eq!(verdict(Bound::AtLeast(0.8), &[0.5, 1.0], false), Verdict::Inconclusive);
        assert_eq!(verdict(Bound::AtLeast(0.8), &[0.9, 1.8], false), Verdict::Held);
        assert_eq!(verdict(Bound::AtLeast(0.8), &[], false), Verdict::Inconclusive);
    }

    #[test]
    fn a_run_that_was_disturbed_decides_nothing() {
        assert_eq!(verdict(Bound::AtLeast(0.8), &[0.9], true), Verdict::Inconclusive);
        assert_eq!(verdict(Bound::AtLeast(0.8), &[0.1], true), Verdict::Inconclusive);
        assert_eq!(verdict(Bound::Told, &[0.1], true), Verdict::Told);
    }
}
