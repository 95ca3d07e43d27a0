//! Phases in the order A B B A, A being the yardstick, so that each of ours has one right beside it, and what drifts meanwhile
//! lies on both sides alike.

use crate::{
    interval::Interval,
    samples::Samples,
    say,
    table::{Bound, Row, short},
    watch::Shares,
};

/// What a phase came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Phase {
    pub(crate) per_second: f64,
    /// Milliseconds; no number where nobody looked.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) shares: Shares,
    /// What keeps it from counting.
    pub(crate) disturbed: Option<String>,
}

/// A phase of ours, and the one of the yardstick beside it.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) yardstick: Phase,
    pub(crate) ours: Phase,
}

/// What a run came to, and what kept it from counting before it began.
#[derive(Clone, Debug)]
pub(crate) struct Pairs {
    pub(crate) pairs: Vec<Pair>,
    pub(crate) noise: Option<String>,
}

impl Phase {
    pub(crate) fn new(per_second: f64, took: &Samples, shares: Shares, spins: bool) -> Self {
        let at = |part| if took.len() == 0 { f64::NAN } else { took.quantile(part).as_secs_f64() * 1_000.0 };
        Self { per_second, p50: at(0.5), p99: at(0.99), shares, disturbed: shares.disturbed(spins) }
    }
}

/// So many rounds of yardstick, ours, ours, yardstick: two pairs each.
pub(crate) fn abba(
    rounds: usize,
    mut yardstick: impl FnMut() -> Result<Phase, String>,
    mut ours: impl FnMut() -> Result<Phase, String>,
) -> Result<Vec<Pair>, String> {
    let mut pairs = Vec::new();
    for _ in 0..rounds {
        let before = yardstick()?;
        let first = ours()?;
        pairs.push(Pair { yardstick: before, ours: first });
        let second = ours()?;
        let after = yardstick()?;
        pairs.push(Pair { yardstick: after, ours: second });
    }
    Ok(pairs)
}

impl Pair {
    fn disturbed(&self) -> Option<String> {
        self.yardstick.disturbed.clone().or_else(|| self.ours.disturbed.clone())
    }
}

impl Pairs {
    /// A row of this figure, from the pairs that count; from all of them where those are fewer than two.
    pub(crate) fn row(
        &self,
        what: impl Into<String>,
        bound: Bound,
        figure: impl Fn(&Phase) -> f64,
        words: &str,
    ) -> Row {
        let clean: Vec<&Pair> = self.pairs.iter().filter(|pair| pair.disturbed().is_none()).collect();
        let (counted, disturbed) = if clean.len() < 2 {
            (self.pairs.iter().collect(), self.pairs.iter().find_map(Pair::disturbed))
        } else {
            (clean, None)
        };
        let figures: Interval =
            counted.iter().map(|pair| figure(&pair.ours) / figure(&pair.yardstick)).collect();
        // What disturbs ours alone makes it worse: what holds all the same, holds.
        let only_ours = self.pairs.iter().all(|pair| pair.yardstick.disturbed.is_none());
        let disturbed = disturbed.filter(|_| !(only_ours && bound.is_held_by_all(&figures)));
        let side =
            |of: fn(&Pair) -> &Phase| counted.iter().map(|pair| figure(of(pair))).collect::<Interval>();
        Row {
            what: what.into(),
            ours: format!("{}{words}", short(side(|pair| &pair.ours).median())),
            yardstick: format!("{}{words}", short(side(|pair| &pair.yardstick).median())),
            figure: figures,
            unit: " x",
            bound,
            disturbed: disturbed.or_else(|| self.noise.clone()),
        }
    }

    /// Says what each phase came to, for who wants to see the noise.
    pub(crate) fn tell(&self) -> Result<(), String> {
        for (number, pair) in self.pairs.iter().enumerate() {
            for (name, phase) in [("yardstick", &pair.yardstick), ("ours", &pair.ours)] {
                let Shares { load, server, database, strangers } = phase.shares;
                let server = if database > 0.0 {
                    format!("{server:.2} (database {database:.2})")
                } else {
                    format!("{server:.2}")
                };
                say(&format!(
                    "- pair {} {name}: {}/s, p50 {} ms, p99 {} ms; cores: load {load:.2}, server {server}, others {strangers:.2}",
                    number + 1,
                    short(phase.per_second),
                    short(phase.p50),
                    short(phase.p99),
                ))?;
            }
        }
        say("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phase(per_second: f64, disturbed: bool) -> Phase {
        let disturbed = disturbed.then(|| "a build ran".to_owned());
        Phase { per_second, disturbed, ..Phase::default() }
    }

    #[test]
    fn ours_lies_between_the_yardsticks() {
        let order = std::cell::RefCell::new(String::new());
        let run = |name: char| {
            order.borrow_mut().push(name);
            Ok(Phase::default())
        };
        assert_eq!(abba(2, || run('A'), || run('B')).unwrap().len(), 4);
        assert_eq!(order.into_inner(), "ABBAABBA");
    }

    #[test]
    fn pairs_that_were_disturbed_do_not_count_beside_two_that_were_not() {
        let pair = |ours, disturbed| Pair { yardstick: phase(10.0, false), ours: phase(ours, disturbed) };
        let row = |pairs: Vec<Pair>| {
            Pairs { pairs, noise: None }.row("", Bound::AtLeast(0.5), |phase| phase.per_second, "/s")
        };
        let held = row(vec![pair(6.0, true), pair(8.0, false)]);
        assert_eq!((held.disturbed, held.figure.least() < 0.7), (None, true), "undisturbed it were no less");
        let counted = row(vec![pair(1.0, true), pair(8.0, false), pair(9.0, false)]);
        assert_eq!((counted.disturbed, counted.figure.least() > 0.7), (None, true));
        let not = row(vec![pair(1.0, true), pair(8.0, false)]);
        assert_eq!((not.disturbed.is_some(), not.figure.least() < 0.2), (true, true));
    }
}
