//! What processes that share a store tell each other beside its documents: small texts that reach the others within
//! moments, and may get lost. Where nobody else has the store, nobody is told and nothing is heard.

use parlance_base::{NodeId, Result};

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

impl Store {
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

impl Announcements {
    /// Waits for news, as long as it takes. The first is [`News::Lagged`], and so is the first after the way to the store
    /// was interrupted, after too much was said to keep up with, and after a wait that was dropped.
    pub async fn next(&mut self) -> News {
        match &mut self.0 {
            Some(tail) => tail.next().await,
            None => std::future::pending().await,
        }
    }
}
