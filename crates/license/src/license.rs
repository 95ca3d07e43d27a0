//! What is licensed at a moment, as a pure function of when the installation began.
//!
//! The trial ends without grace, because what follows it takes nothing away: the community plan refuses to add a user
//! beyond its seats, and nobody who is there already.

use std::time::Duration;

use parlance_base::{Error, Kind, Result, Time};

use crate::plan::{Feature, Plan};

/// How long a new installation may use everything, with any number of seats.
pub const TRIAL: Duration = Duration::from_secs(30 * DAY.as_secs());

/// How many seats the community plan has.
pub const COMMUNITY_SEATS: i64 = 25;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What the installation may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct License {
    /// The plan.
    pub plan: Plan,
    /// How many seats it has; none where there is no limit.
    pub seats: Option<i64>,
    /// When it ends; none where it does not.
    pub valid_until: Option<Time>,
    /// Whether it is the trial of a new installation.
    pub is_trial: bool,
}

impl License {
    /// What an installation without a key has, `now` being no earlier than any moment it has seen before.
    ///
    /// A clock that was set back behind the beginning counts as standing at the beginning.
    #[must_use]
    pub fn without_key(started: Time, now: Time) -> Self {
        let end = started.after(TRIAL);
        if now < end {
            return Self { plan: Plan::Enterprise, seats: None, valid_until: Some(end), is_trial: true };
        }
        Self { plan: Plan::Community, seats: Some(COMMUNITY_SEATS), valid_until: None, is_trial: false }
    }

    /// The features that it has.
    #[must_use]
    pub fn features(&self) -> Vec<Feature> {
        Feature::ALL.into_iter().filter(|feature| self.plan.includes(*feature)).collect()
    }

    /// Nothing, where it has the feature.
    ///
    /// # Errors
    /// 403 `license.feature_required`, which names the feature and the plan that has it.
    pub fn require(&self, feature: Feature) -> Result<()> {
        if self.plan.includes(feature) {
            return Ok(());
        }
        let message = format!("{} needs the plan {}", feature.name(), feature.plan().name());
        Err(Error::new(Kind::Forbidden, "license.feature_required", message))
    }

    /// How many days are left, the one that has begun included, and never more than a trial has; none where it does not
    /// end.
    #[must_use]
    pub fn days_left(&self, now: Time) -> Option<u64> {
        let left = self.valid_until?.since(now).min(TRIAL);
        Some(left.as_secs().div_ceil(DAY.as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Time = Time::from_millis(1_795_253_400_000);

    fn at(now: Time) -> License {
        License::without_key(START, now)
    }

    #[test]
    fn the_trial_has_everything_for_thirty_days_and_then_the_community_plan_begins() {
        let last = START.after(TRIAL).before(Duration::from_millis(1));
        for now in [START, last] {
            let trial = at(now);
            assert_eq!((trial.plan, trial.seats, trial.is_trial), (Plan::Enterprise, None, true));
            assert!(Feature::ALL.into_iter().all(|feature| trial.require(feature).is_ok()));
        }
        let community = at(START.after(TRIAL));
        assert_eq!((community.plan, community.seats, community.is_trial), (Plan::Community, Some(25), false));
        assert_eq!((community.valid_until, community.days_left(START)), (None, None));
    }

    #[test]
    fn what_the_plan_lacks_is_refused_with_the_feature_and_the_plan() {
        let refused = at(START.after(TRIAL)).require(Feature::Webhooks).unwrap_err();
        assert_eq!((refused.kind(), refused.code()), (Kind::Forbidden, "license.feature_required"));
        assert_eq!(refused.message(), "webhooks needs the plan business");
    }

    #[test]
    fn days_count_down_from_thirty_and_a_clock_set_back_adds_none() {
        let left = |now: Time| at(now).days_left(now);
        assert_eq!(left(START), Some(30));
        assert_eq!(left(START.after(Duration::from_secs(1))), Some(30));
        assert_eq!(left(START.after(DAY)), Some(29));
        assert_eq!(left(START.after(TRIAL).before(Duration::from_secs(1))), Some(1));
        assert_eq!(left(START.before(400 * DAY)), Some(30));
        assert!(at(START.before(400 * DAY)).is_trial);
    }
}
