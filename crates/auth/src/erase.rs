//! Erasing users: nothing is left of them but what they said, under the name of nobody, and their id in it.
//!
//! As with deactivating, one step on the user's document decides, and takes all that it says of them. The rest follows.

use parlance_base::{Result, UserId};

use crate::{
    Auth, ClientAddress, Proof,
    user::{
        AVATAR, DND, EMAIL, EMAIL_VERIFIED_AT, FULL_NAME, HANDLE, IS_ADMIN, PASSWORD, PASSWORD_VERSION,
        RESET_ASKED_AT, State,
    },
};

/// What who is gone is called.
const NAME: &str = "deleted user";

impl Auth {
    /// Erases the user who asks for it: as [`erase`](Self::erase).
    ///
    /// # Errors
    /// 403 `password.wrong`; 401 `auth.second_factor_required`, `auth.invalid_code`; 409 `user.last_admin`; 429
    /// `auth.too_many_attempts`; 503 where not all of it is done yet: it will be.
    pub async fn erase_me(&self, user: UserId, proof: Proof, from: Option<ClientAddress>) -> Result<()> {
        let user = self.prove(user, proof, from).await?;
        self.erase(user.id).await
    }

    /// Erases the user: all that ends with [`deactivate`](Self::deactivate) ends; their address, name, handle, avatar, second
    /// factor and password are gone, and the address can register again. What they said stays, said by a deleted user.
    /// Workspaces that they alone were in are deleted. Doing it again does what is left to do, and a job does so where this
    /// does not return.
    ///
    /// # Errors
    /// 404 `user.not_found`; 409 `user.last_admin`; 503 where not all of it is done yet: it will be.
    pub async fn erase(&self, user: UserId) -> Result<()> {
        let changes = [
            // No address has a colon before an at sign, so nobody can register or log in with it.
            EMAIL.set(format!("erased:{user}")),
            FULL_NAME.set(NAME),
            HANDLE.unset(),
            PASSWORD.set(self.core.hasher.nobodys().as_str()),
            // What is being done with the password that they had comes too late.
            PASSWORD_VERSION.grow(1),
            RESET_ASKED_AT.unset(),
            EMAIL_VERIFIED_AT.unset(),
            AVATAR.unset(),
            DND.set(false),
            IS_ADMIN.set(false),
        ];
        let user = self.stop(user, State::Erased, &changes).await?;
        self.end_what_is_left(&user).await
    }

    /// Takes away what lies apart from the user's document.
    pub(crate) async fn forget(&self, user: UserId) -> Result<()> {
        self.remove_avatar(user).await?;
        self.forget_one_time(user).await?;
        self.reset_second_factor(user).await?;
        self.core.workspaces.anonymise(user).await
    }
}
