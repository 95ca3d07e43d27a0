//! Changing one's password. Whoever does that may do it because somebody else knows the old one, so everything else that was
//! opened or made under it ends.

use parlance_base::{Credential, Error, Kind, Result, UserId};
use parlance_store::{Batch, CommitError};

use super::check;
use crate::{Auth, ClientAddress, sign_in};

/// Another password, for the one that is known.
pub struct PasswordChange {
    /// The password until now.
    pub current: String,
    /// The password from now on.
    pub new: String,
}

impl Auth {
    /// Changes the user's password, and ends their other sign-ins and the links that would reset it. The sign-in that asks
    /// lives on.
    ///
    /// # Errors
    /// 422 as for registering, and `password.unchanged`; 403 `password.wrong` for the current one; 409
    /// `password.changed_meanwhile`; 429 `auth.too_many_attempts`, counted with the logins; 401 `auth.sign_in_ended`; 503
    /// where too many passwords wait or the store is out of reach.
    pub async fn change_password(
        &self,
        user: UserId,
        credential: Credential,
        change: PasswordChange,
        from: Option<ClientAddress>,
    ) -> Result<()> {
        let user = self.user(user).await?;
        check(&change.new, &user.email)?;
        if change.new == change.current {
            return Err(Error::new(Kind::Invalid, "password.unchanged", "the password is the one until now"));
        }
        let user = self.prove_password(user.id, change.current, from).await?;
        let password = self.core.hasher.hash(change.new).await?;
        let mut batch = Batch::new();
        user.put_password(&mut batch, &password);
        if let Credential::SignIn(id) = credential {
            sign_in::carry_over(&mut batch, id, &user);
        }
        match self.commit_password(batch, &user, &password).await {
            Ok(()) => {}
            Err(CommitError::Conflict(0)) => return Err(changed_meanwhile()),
            Err(CommitError::Conflict(_) | CommitError::Missing(_)) => return Err(sign_in::ended()),
            Err(error) => return Err(error.into()),
        }
        tracing::info!(user.id = %user.id, "a password was changed");
        self.clear_outdated(user.id, user.next_password_version()).await;
        Ok(())
    }
}

fn changed_meanwhile() -> Error {
    Error::new(Kind::Conflict, "password.changed_meanwhile", "the password was changed elsewhere")
}

impl std::fmt::Debug for PasswordChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordChange(…)")
    }
}
