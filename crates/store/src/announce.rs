//! What processes that share a store tell each other beside its documents: small texts that reach the others within
//! moments, and may get lost. Where nobody else has the store, nobody is told and nothing is heard.

use parlance_base::{NodeId, Result, Time};
use tokio::sync::watch;

use crate::{engine::Tail, store::Store};

/// What a process hears of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// One of them said these, in this order.
    Said(Vec<String>),
    /// Anything may have been missed since the last news, or before the first.
    Lagged,
}

/// What the others say from now on.
#[derive(Debug)]
pub struct Announcements(Option<Tail>);

/// Whether a process hears the others, as it is now. Clones are of the same process.
#[derive(Clone, Debug)]
pub struct Hearing(Option<watch::Receiver<bool>>);

impl Store {
    /// What time it is by the clock of the store; none where that is this machine's own.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach.
    pub async fn time(&self) -> Result<Option<Time>> {
        self.engine().time().await
    }

    /// Says these texts to every other process that has the store and listens. Together they fit into one document;
    /// they are kept until enough others have followed, and are never content.
    ///
    /// # Errors
    /// Where the store cannot take them now. They are not said again.
    pub async fn announce(&self, from: NodeId, texts: &[String]) -> Result<()> {
        self.engine().announce(from, texts).await
    }

    /// What other processes than `node` announce.
    #[must_use]
    pub fn announcements(&self, node: NodeId) -> Announcements {
        Announcements(self.engine().announcements(node))
    }
}

impl Hearing {
    /// That of a process which has nobody to hear.
    #[must_use]
    pub const fn of_nobody() -> Self {
        Self(None)
    }

    #[cfg(feature = "mongodb")]
    pub(crate) const fn told_by(hears: watch::Receiver<bool>) -> Self {
        Self(Some(hears))
    }

    /// Whether it hears them now.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.0.as_ref().is_none_or(|hears| *hears.borrow())
    }

    /// Waits until it hears them.
    pub async fn good(&self) {
        let Some(mut hears) = self.0.clone() else { return };
        if hears.wait_for(|hears| *hears).await.is_err() {
            // Nobody listens any more.
            std::future::pending::<()>().await;
        }
    }
}

impl Announcements {
    /// Whether the way to the others is there: until it was opened for the first time, and while it is interrupted, it is not.
    #[must_use]
    pub fn hearing(&self) -> Hearing {
        self.0.as_ref().map_or(Hearing::of_nobody(), Tail::hearing)
    }

    /// Waits for news, as long as it takes. The first is [`News::Lagged`], and so is the first after the way to the store
    /// was interrupted, after too much was said to keep up with, and after a wait that was dropped.
    pub async fn next(&mut self) -> News {
        match &mut self.0 {
            Some(tail) => tail.next().await,
            None => std::future::pending().await,
        }
    }
}
