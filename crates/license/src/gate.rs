//! The gate: what is licensed now, for everyone who must ask before adding or switching on.

use std::sync::{Arc, Mutex, PoisonError};

use parlance_base::{Clock, Error, Result, Time};
use parlance_store::{Scope, Store};
use tokio::sync::watch;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use crate::{
    installation::{self, Installation},
    keep,
    key::{Key, KeyError, Trust},
    license::{Known, License, Warning},
    plan::Feature,
    seats::{Seats, SeatsRead},
};

/// What the installation is licensed for. Clones are one gate, which follows what is stored: a key that was installed on
/// another node counts here two seconds later. Asking it costs no look at the store, but for the seats.
#[derive(Clone, Debug)]
pub struct Gate {
    pub(crate) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) system: Scope,
    pub(crate) is_shared: bool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) trust: Trust,
    view: watch::Sender<Arc<View>>,
    /// Follows what is stored, until the gate is closed, or the last clone of it is gone.
    keeping: Mutex<Option<AbortOnDropHandle<()>>>,
}

/// What is stored, and what it means on this node.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) stored: Installation,
    pub(crate) known: Known,
    /// Why the stored key is none here.
    pub(crate) refused: Option<KeyError>,
}

impl Gate {
    /// The gate of the store's installation, which begins now if it has not yet; all nodes agree on when it began. Its keys
    /// are those of the issuer whom the build trusts.
    ///
    /// # Errors
    /// Where the store cannot say it now.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub async fn open(store: &Store, clock: Arc<dyn Clock>) -> Result<Self> {
        Self::open_trusting(store, clock, Trust::built_in()).await
    }

    /// As [`open`](Self::open), with keys of another issuer.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    ///
    /// # Panics
    /// As [`open`](Self::open).
    pub async fn open_trusting(store: &Store, clock: Arc<dyn Clock>, trust: Trust) -> Result<Self> {
        let system = store.system();
        let view = View::of(installation::opened(&system, clock.now()).await?, &trust);
        let shared = Arc::new(Shared {
            system,
            is_shared: store.is_shared(),
            clock,
            trust,
            view: watch::Sender::new(Arc::new(view)),
            keeping: Mutex::default(),
        });
        let keeping = TaskTracker::new().spawn(keep::keep(Arc::downgrade(&shared)));
        let keeping = Some(AbortOnDropHandle::new(keeping));
        *shared.keeping.lock().unwrap_or_else(PoisonError::into_inner) = keeping;
        Ok(Self { shared })
    }

    /// Follows no longer what is stored: for whoever is about to close the store. What was known last goes on counting.
    pub async fn close(&self) {
        let keeping = self.shared.keeping.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(keeping) = keeping {
            keeping.abort();
            // Aborted or not, it is over then.
            let _ = keeping.await;
        }
    }

    /// What is licensed now.
    #[must_use]
    pub fn license(&self) -> License {
        License::at(&self.view().known, self.now())
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
        self.license().days_left(&self.view().known, self.now())
    }

    /// The key that was installed last, where this build takes it.
    #[must_use]
    pub fn key(&self) -> Option<Key> {
        self.view().known.key.clone()
    }

    /// What admins should know, with so many seats used.
    #[must_use]
    pub fn warnings(&self, seats_used: i64) -> Vec<Warning> {
        let view = self.view();
        let mut warnings = self.license().warnings(&view.known, seats_used, self.now());
        warnings.extend(view.refused.as_ref().map(|_| Warning::KeyNotAccepted));
        warnings
    }

    /// Looks at what is stored now, instead of within two seconds.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy: what was known before still counts.
    pub async fn refresh(&self) -> Result<()> {
        self.shared.refresh().await
    }

    /// Has the installation remember how late it has become, by an hour at most, ten minutes after it remembered `before`.
    /// Every gate does this by itself; `docs/licensing.md` says what for.
    ///
    /// # Errors
    /// `store.unavailable` and `store.unknown` while the store is out of reach.
    pub async fn remember(&self, before: Time) -> Result<()> {
        self.shared.remember(before).await?;
        self.refresh().await
    }

    /// The latest moment that the installation is sure to have seen.
    #[must_use]
    pub fn seen(&self) -> Time {
        self.view().known.seen
    }

    pub(crate) fn view(&self) -> Arc<View> {
        self.shared.view()
    }

    pub(crate) fn now(&self) -> Time {
        self.shared.clock.now()
    }
}

impl Shared {
    pub(crate) fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.borrow())
    }

    pub(crate) async fn refresh(&self) -> Result<()> {
        let stored = installation::read(&self.system).await?;
        let missing = || Error::internal("license.missing", "the installation's document is gone");
        self.publish(stored.ok_or_else(missing)?);
        Ok(())
    }

    pub(crate) async fn remember(&self, before: Time) -> Result<()> {
        let (seen, now) = (self.view().known.seen, self.clock.now());
        let step = crate::moment::step(before.min(seen), now);
        if step > seen { installation::remember(&self.system, step).await } else { Ok(()) }
    }

    /// Takes what was read for true, unless something newer is known.
    pub(crate) fn publish(&self, stored: Installation) {
        self.view.send_if_modified(|view| {
            if stored.installs < view.stored.installs || stored == view.stored {
                return false;
            }
            *view = Arc::new(View::of(stored, &self.trust));
            true
        });
    }
}

impl View {
    fn of(stored: Installation, trust: &Trust) -> Self {
        let read = stored.key.as_deref().map(|text| Key::verify(text, trust)).transpose();
        let (key, refused) = match read {
            Ok(key) => (key, None),
            Err(error) => (None, Some(error)),
        };
        let known = Known { started: stored.started_at, seen: stored.seen_at, key };
        Self { stored, known, refused }
    }
}
