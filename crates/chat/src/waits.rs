//! Who waits for news without a socket: few at a time of each user, and not too many on a node.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use parlance_base::{Error, Kind, Result, UserId};

/// Requests of one user that may wait at once, on one node; one more is refused.
const OF_USER: usize = 4;

/// Requests of all users that may wait at once, on one node: half of what the server answers at once.
const OF_NODE: usize = 5_000;

/// When a client with too many may try again.
const RETRY: Duration = Duration::from_secs(5);

/// Those who wait. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Waits {
    of_node: usize,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Debug, Default)]
struct Waiting {
    all: usize,
    users: HashMap<UserId, usize>,
}

/// A place among those who wait, until it is dropped.
#[derive(Debug)]
pub(crate) struct Wait {
    waits: Waits,
    user: UserId,
}

impl Default for Waits {
    fn default() -> Self {
        Self { of_node: OF_NODE, waiting: Arc::default() }
    }
}

impl Waits {
    /// A place for one more request of this user.
    ///
    /// # Errors
    /// 429 `changes.too_many_waiting` where the user has as many as they may; 503 `changes.busy` where the node has. Both
    /// say when to try again.
    pub(crate) fn begin(&self, user: UserId) -> Result<Wait> {
        let mut waiting = self.waiting();
        if waiting.all >= self.of_node {
            return Err(Error::unavailable("changes.busy", "too many requests wait for news"));
        }
        let theirs = waiting.users.entry(user).or_default();
        if *theirs >= OF_USER {
            let message = format!("at most {OF_USER} requests of a user wait for news at once");
            return Err(Error::new(
                Kind::TooMany { retry_after: RETRY },
                "changes.too_many_waiting",
                message,
            ));
        }
        *theirs += 1;
        waiting.all += 1;
        Ok(Wait { waits: self.clone(), user })
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let mut waiting = self.waits.waiting();
        waiting.all = waiting.all.saturating_sub(1);
        if let Some(theirs) = waiting.users.get_mut(&self.user) {
            *theirs = theirs.saturating_sub(1);
            if *theirs == 0 {
                waiting.users.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_with_as_many_as_it_takes_refuses_everybody_until_one_is_done() {
        let waits = Waits { of_node: OF_USER + 1, ..Waits::default() };
        let [ann, bob] = ["ann", "bob"].map(|name| UserId::derived(&[name]));
        let theirs: Vec<_> = (0..OF_USER).map(|_| waits.begin(ann).unwrap()).collect();
        assert_eq!(waits.begin(ann).unwrap_err().code(), "changes.too_many_waiting");
        let his = waits.begin(bob).unwrap();
        for user in [ann, bob] {
            assert_eq!(waits.begin(user).unwrap_err().code(), "changes.busy");
        }
        drop(theirs);
        waits.begin(ann).unwrap();
        drop(his);
        let left = waits.waiting();
        assert_eq!((left.all, left.users.len()), (0, 0));
    }
}
