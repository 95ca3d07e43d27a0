//! What is licensed at a moment: a pure function of when the installation began, the key that is installed, the latest
//! moment that the installation has seen, and what the clock says.

use std::time::Duration;

use parlance_base::{Error, Kind, Result, Time};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    key::Key,
    moment,
    plan::{Feature, Features, Plan},
};

const DAY: Duration = Duration::from_hours(24);

/// How long a new installation may use everything, with any number of seats.
///
/// It ends without grace, because what follows it takes nothing away: the community plan refuses to add a user beyond
/// its seats, and nobody who is there already.
pub const TRIAL: Duration = Duration::from_hours(30 * 24);

/// How long everything goes on as before after a key has ended.
pub const GRACE: Duration = Duration::from_hours(14 * 24);

/// How many seats the community plan has.
pub const COMMUNITY_SEATS: i64 = 25;

/// How long before its end a key is said to end soon.
const SOON: Duration = Duration::from_hours(30 * 24);

/// All that a license depends on but the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// When the installation began.
    pub started: Time,
    /// The latest moment that it is sure to have seen.
    pub seen: Time,
    /// The key that was installed last. It takes the place of the trial for good.
    pub key: Option<Key>,
}

/// What the installation may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct License {
    /// The plan.
    pub plan: Plan,
    /// What it has beyond chat.
    pub features: Features,
    /// How many seats it has; none where there is no limit.
    pub seats: Option<i64>,
    /// How it stands with it.
    pub state: State,
    /// When it ends, or ended; none where it does not.
    pub valid_until: Option<Time>,
    /// Until when everything goes on after that; none without a key.
    pub grace_until: Option<Time>,
}

/// How it stands with a license.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LicenseState)]
pub enum State {
    /// The first 30 days, without a key.
    Trial,
    /// No key, and the trial is over.
    Community,
    /// A key, and it is valid.
    Valid,
    /// The key has ended, and everything goes on for 14 days.
    Grace,
    /// The key has ended, and so has its grace: what it had beyond the community plan can be read, exported and deleted.
    Lapsed,
}

/// What admins should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LicenseWarning)]
pub enum Warning {
    /// The clock is behind what was seen: until it catches up, the license's time stands still.
    ClockSetBack,
    /// The key ends within 30 days.
    EndsSoon,
    /// The key has ended; after the grace, what it had beyond the community plan can no more be added to.
    ExpiredInGrace,
    /// The key and its grace have ended.
    Expired,
    /// More seats are used than there are: nobody is locked out, and nobody can be added.
    SeatsOver,
    /// The key that is installed is not one that this node's build takes.
    KeyNotAccepted,
}

impl License {
    /// The license as the clock says `now`.
    #[must_use]
    pub fn at(known: &Known, now: Time) -> Self {
        let now = moment::counted(known.seen, now).max(known.started);
        match &known.key {
            None => Self::without_key(known.started, now),
            Some(key) => Self::with_key(key, now),
        }
    }

    fn without_key(started: Time, now: Time) -> Self {
        let end = started.after(TRIAL);
        if now >= end {
            return Self::community(State::Community);
        }
        let plan = Plan::Enterprise;
        let features = plan.features().collect();
        Self { plan, features, seats: None, state: State::Trial, valid_until: Some(end), grace_until: None }
    }

    /// When it begins is asked when it is installed, and never again: a clock set back must not take it away.
    fn with_key(key: &Key, now: Time) -> Self {
        let (end, grace_end) = (key.valid_until, key.valid_until.after(GRACE));
        let state = match now {
            now if now < end => State::Valid,
            now if now < grace_end => State::Grace,
            _ => State::Lapsed,
        };
        let (valid_until, grace_until) = (Some(end), Some(grace_end));
        if state == State::Lapsed {
            return Self { valid_until, grace_until, ..Self::community(state) };
        }
        let features = key.all_features();
        Self { plan: key.plan, features, seats: key.seats, state, valid_until, grace_until }
    }

    fn community(state: State) -> Self {
        let (plan, seats) = (Plan::Community, Some(COMMUNITY_SEATS));
        Self { plan, features: Features::default(), seats, state, valid_until: None, grace_until: None }
    }

    /// Nothing, where it has the feature.
    ///
    /// # Errors
    /// 403 `license.feature_required`, which names the feature and the plan that has it.
    pub fn require(&self, feature: Feature) -> Result<()> {
        if self.features.contain(feature) {
            return Ok(());
        }
        let message = format!("{} needs the plan {}", feature.name(), feature.plan().name());
        Err(Error::new(Kind::Forbidden, "license.feature_required", message))
    }

    /// How many days are left, the one that has begun included, none in grace; nothing where it does not end, or has.
    #[must_use]
    pub fn days_left(&self, known: &Known, now: Time) -> Option<u64> {
        let left = match self.state {
            State::Community | State::Lapsed => return None,
            State::Grace => Duration::ZERO,
            State::Trial | State::Valid => {
                self.valid_until?.since(moment::counted(known.seen, now).max(known.started))
            }
        };
        Some(left.as_secs().div_ceil(DAY.as_secs()))
    }

    /// What admins should know, with so many seats used.
    #[must_use]
    pub fn warnings(&self, known: &Known, seats_used: i64, now: Time) -> Vec<Warning> {
        let is_soon = || {
            let begins = self.valid_until.map(|end| end.before(SOON));
            begins.is_some_and(|begins| moment::counted(known.seen, now) >= begins)
        };
        let all = [
            (moment::is_set_back(known.seen, now), Warning::ClockSetBack),
            (self.state == State::Valid && is_soon(), Warning::EndsSoon),
            (self.state == State::Grace, Warning::ExpiredInGrace),
            (self.state == State::Lapsed, Warning::Expired),
            (self.seats.is_some_and(|seats| seats_used > seats), Warning::SeatsOver),
        ];
        all.into_iter().filter(|(holds, _)| *holds).map(|(_, warning)| warning).collect()
    }
}
