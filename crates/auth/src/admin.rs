//! What whoever runs the installation asks of its users and does to them.

use parlance_base::{Error, Kind, Result, UserId};
use parlance_store::{Batch, CommitError, Find, ID};

use crate::{
    Auth, UserView, founder,
    user::{IS_ADMIN, State, User},
};

/// How often others may come first.
const ATTEMPTS: usize = 5;

impl Auth {
    /// The users after the one given, by id, whatever their state, at most `limit` (1–5,000).
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn users(&self, after: Option<UserId>, limit: usize) -> Result<Vec<UserView>> {
        let after = after.map(|after| ID.above(after.to_string()));
        let users = self.core.system.find::<User>(Find::new(after).ascending(ID).limit(limit)).await?;
        Ok(users.into_iter().map(UserView::from).collect())
    }

    /// The user with this address, however it is written.
    ///
    /// # Errors
    /// 404 `user.not_found`; `store.unavailable` while the store is out of reach or busy.
    pub async fn user_by_email(&self, email: &str) -> Result<UserView> {
        Ok(self.user_with(email).await?.into())
    }

    /// Says whether the user runs the installation. They must be active; somebody always does.
    ///
    /// # Errors
    /// 404 `user.not_found`; 409 `user.last_admin`; 503 while the store is out of reach.
    pub async fn set_installation_admin(&self, user: UserId, is_admin: bool) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let known = self.active_user(user).await?.ok_or_else(not_found)?;
            if known.is_installation_admin == is_admin {
                return self.introduce(user).await;
            }
            let mut batch = Batch::new();
            batch.update::<User>(user, known.as_read(), [IS_ADMIN.set(is_admin)]);
            if is_admin {
                founder::one_admin_more(&mut batch);
            } else {
                founder::one_admin_fewer(&mut batch);
            }
            if self.is_committed(batch).await? {
                tracing::info!(user.id = %user, is_admin, "whether a user runs the installation changed");
            }
        }
        Err(contested())
    }

    /// Commits a batch whose first change is of a user as they were read, and whose second counts admins; whether it was. Where
    /// it was not, or nobody knows, the user is to be read again.
    ///
    /// # Errors
    /// 409 `user.last_admin` where the second change stands against it; 503 while the store is out of reach.
    pub(crate) async fn is_committed(&self, batch: Batch) -> Result<bool> {
        match self.core.system.commit(batch).await {
            Ok(()) => Ok(true),
            Err(CommitError::Conflict(1)) => Err(Error::new(
                Kind::Conflict,
                "user.last_admin",
                "nobody else runs the installation: make somebody else its admin first",
            )),
            Err(CommitError::Conflict(_) | CommitError::Missing(_) | CommitError::Unknown) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The user, whatever their state, as long as they were not erased.
    ///
    /// # Errors
    /// 404 `user.not_found`; `store.unavailable` while the store is out of reach or busy.
    pub(crate) async fn known_user(&self, user: UserId) -> Result<User> {
        let found = self.core.system.get::<User>(user).await?;
        found.filter(|user| user.state != State::Erased).ok_or_else(not_found)
    }
}

/// 404 `user.not_found`.
pub(crate) fn not_found() -> Error {
    Error::new(Kind::NotFound, "user.not_found", "there is no such user")
}

/// 503 `user.changing`.
pub(crate) fn contested() -> Error {
    Error::unavailable("user.changing", "the user is being changed elsewhere, try again")
}
