//! The gate: what is licensed now, for everyone who must ask before adding or switching on.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use parlance_base::{Clock, Result, Time};
use parlance_store::{Scope, Store};
use tracing::warn;

use crate::{
    installation,
    license::License,
    plan::Feature,
    seats::{Seats, SeatsRead},
};

/// How far clocks may differ, or be set back, before anything is said of it, in milliseconds.
const TOLERANCE: i64 = 60_000;

/// What the installation is licensed for. Clones are one gate.
#[derive(Clone, Debug)]
pub struct Gate {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    system: Scope,
    clock: Arc<dyn Clock>,
    started: Time,
    /// The latest moment seen: the license's time stands still while a clock that was set back catches up.
    latest: AtomicI64,
    warned: AtomicBool,
}

impl Gate {
    /// The gate of the store's installation, which begins now if it has not yet; all nodes agree on when it began.
    ///
    /// # Errors
    /// Where the store cannot say it now.
    pub async fn open(store: &Store, clock: Arc<dyn Clock>) -> Result<Self> {
        let system = store.system();
        let known = installation::opened(&system, clock.now()).await?;
        let (started, latest) = (known.started_at, AtomicI64::new(known.seen_at.millis()));
        let gate = Self {
            shared: Arc::new(Shared { system, clock, started, latest, warned: AtomicBool::new(false) }),
        };
        gate.now();
        Ok(gate)
    }

    /// What is licensed now.
    #[must_use]
    pub fn license(&self) -> License {
        License::without_key(self.shared.started, self.now())
    }

    /// Nothing, where the feature is licensed now.
    ///
    /// # Errors
    /// 403 `license.feature_required`, which names the feature and the plan that has it.
    pub fn require(&self, feature: Feature) -> Result<()> {
        self.license().require(feature)
    }

    /// How many seats are used, and how many there are.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn seats(&self) -> Result<SeatsRead> {
        let seats = self.shared.system.get::<Seats>(Seats::ID).await?;
        Ok(SeatsRead { used: seats.map_or(0, |seats| seats.used), limit: self.license().seats })
    }

    /// How many days the license has left; none where it does not end.
    #[must_use]
    pub fn days_left(&self) -> Option<u64> {
        self.license().days_left(self.now())
    }

    /// The moment that counts for the license: the clock's, or the latest that was ever seen.
    fn now(&self) -> Time {
        let now = self.shared.clock.now().millis();
        let latest = self.shared.latest.fetch_max(now, Ordering::Relaxed).max(now);
        let is_back = latest.saturating_sub(now) > TOLERANCE;
        if self.shared.warned.swap(is_back, Ordering::Relaxed) != is_back && is_back {
            warn!(
                back_ms = latest - now,
                "the clock was set back: until it catches up, the license's time stands still"
            );
        }
        Time::from_millis(latest)
    }
}
