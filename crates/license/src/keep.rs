//! What a gate does by itself: it follows what is stored, has the installation remember how late it has become, and tells
//! the log when the license changes.

use std::{sync::Weak, time::Duration};

use parlance_base::Time;
use tokio::time::{MissedTickBehavior, interval};
use tracing::{info, warn};

use crate::{
    gate::Shared,
    license::{License, State},
    moment,
};

/// How often it looks: a key counts on all nodes well within five seconds.
const LOOK: Duration = Duration::from_secs(2);

/// How many looks make a step of what is remembered; counted, because clocks are what is in doubt.
const LOOKS: u64 = moment::EVERY.as_secs() / LOOK.as_secs();

/// Goes on until the gate is dropped.
pub(crate) async fn keep(gate: Weak<Shared>) {
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut said, mut before) = (Said::default(), None);
    for look in 0_u64.. {
        ticks.tick().await;
        let Some(shared) = gate.upgrade() else { return };
        said.reach(shared.refresh().await);
        said.state(&shared);
        if look % LOOKS == 0 {
            before = step(&shared, before).await;
        }
    }
}

/// Remembers how late it has become since the last step, and answers where the next one begins.
async fn step(shared: &Shared, before: Option<Time>) -> Option<Time> {
    if let Some(before) = before
        && let Err(error) = shared.remember(before).await
    {
        warn!(%error, "how late it is could not be remembered; the next try is in ten minutes");
    }
    Some(shared.view().known.seen)
}

/// What the log was told last, so that it is told of changes only.
#[derive(Default)]
struct Said {
    out_of_reach: bool,
    state: Option<(State, bool, bool)>,
}

impl Said {
    fn reach(&mut self, looked: parlance_base::Result<()>) {
        match looked {
            Ok(()) => self.out_of_reach = false,
            Err(error) if !self.out_of_reach => {
                self.out_of_reach = true;
                warn!(%error, "the license could not be looked up: what was known before still counts");
            }
            Err(_) => {}
        }
    }

    fn state(&mut self, shared: &Shared) {
        let (view, now) = (shared.view(), shared.clock.now());
        let license = License::at(&view.known, now);
        let is_back = moment::is_set_back(view.known.seen, now);
        let is_refused = view.refused.is_some();
        if self.state.replace((license.state, is_back, is_refused))
            == Some((license.state, is_back, is_refused))
        {
            return;
        }
        let plan = license.plan.name();
        match license.state {
            State::Grace => warn!(plan, "the license has ended: everything goes on for 14 days"),
            State::Lapsed => {
                warn!("the license and its grace have ended: what it had can be read, exported and deleted")
            }
            state => info!(plan, ?state, "the license"),
        }
        if is_back {
            let back_ms = view.known.seen.since(now).as_millis();
            warn!(back_ms, "the clock was set back: until it catches up, the license's time stands still");
        }
        if let Some(error) = &view.refused {
            warn!(%error, "the license key that is installed does not count on this node");
        }
    }
}
