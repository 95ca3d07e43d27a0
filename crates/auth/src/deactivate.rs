//! Deactivating users, and letting them back.
//!
//! One step on the user's document decides: from then on nothing lets them in, on this node at once, on others within
//! seconds. What else ends follows, as often as it takes ([`ending`](crate::ending)).

use parlance_base::{Result, UserId};
use parlance_store::{Batch, Change};

use crate::{
    Auth,
    admin::{contested, not_found},
    ending, founder,
    user::{STATE, State, User},
};

/// How often others may come first.
const ATTEMPTS: usize = 5;

impl Auth {
    /// Stops the user: logging in is answered like a wrong password, their sign-ins, tickets and keys count no more, their
    /// sockets close, and their memberships end, ownership being handed over. Their name stays with what they said. Doing it
    /// again does what is left to do, and a job does so where this does not return.
    ///
    /// # Errors
    /// 404 `user.not_found`; 409 `user.last_admin`; 503 where not all of it is done yet: it will be.
    pub async fn deactivate(&self, user: UserId) -> Result<()> {
        let user = self.stop(user, State::Deactivated, &[]).await?;
        self.end_what_is_left(&user).await
    }

    /// Lets a deactivated user back in. They get their password and second factor back, and no membership. Of an active user,
    /// nothing changes.
    ///
    /// # Errors
    /// 404 `user.not_found`; 503 while the store is out of reach: try again.
    pub async fn reactivate(&self, user: UserId) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let known = self.known_user(user).await?;
            if known.is_active() {
                return self.introduce(user).await;
            }
            // Nothing of before may come back with them.
            self.end_what_is_left(&known).await?;
            let mut batch = Batch::new();
            batch.update::<User>(user, known.as_read(), [STATE.set(State::Active.as_str())]);
            if known.is_installation_admin {
                founder::one_admin_more(&mut batch);
            }
            if self.is_committed(batch).await? {
                tracing::info!(user.id = %user, "a user was reactivated");
            }
        }
        Err(contested())
    }

    /// Has the user be in this state, which lets nobody in, from one step on, with these changes of theirs; the user as they
    /// are then. Where they are in it already, nothing changes.
    pub(crate) async fn stop(&self, user: UserId, state: State, changes: &[Change]) -> Result<User> {
        for _ in 0..ATTEMPTS {
            let known = self.core.system.get::<User>(user).await?.ok_or_else(not_found)?;
            if known.state == state {
                return Ok(known);
            }
            if known.state == State::Erased {
                return Err(not_found());
            }
            let mut batch = Batch::new();
            let changes = changes.iter().cloned().chain([STATE.set(state.as_str())]);
            batch.update::<User>(user, known.as_read(), changes);
            if known.is_active() && known.is_installation_admin {
                founder::one_admin_fewer(&mut batch);
            }
            batch.insert(&ending::job(&self.core.ids, user, self.now()));
            if self.is_committed(batch).await? {
                tracing::info!(user.id = %user, state = state.as_str(), "a user was stopped");
            }
        }
        Err(contested())
    }
}
