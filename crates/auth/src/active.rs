//! Whether a user can be one who asks: what everything looks at that lets somebody in.

use parlance_base::{Result, UserId};

use crate::{Auth, user::User};

impl Auth {
    /// Whether the user is there and active, as the store says now. Whatever acts for a user (an API key, a ticket) acts only
    /// while they are.
    ///
    /// # Errors
    /// `store.unavailable` while the store cannot say.
    pub async fn is_active(&self, user: UserId) -> Result<bool> {
        Ok(self.active_user(user).await?.is_some())
    }

    /// The user, where they are active.
    ///
    /// # Errors
    /// `store.unavailable` while the store cannot say.
    pub(crate) async fn active_user(&self, user: UserId) -> Result<Option<User>> {
        Ok(self.core.system.get::<User>(user).await?.filter(User::is_active))
    }
}
