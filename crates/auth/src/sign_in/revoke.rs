//! Ending sign-ins.

use parlance_base::{Error, Result, Revocation, SignInId};
use parlance_store::{Batch, CommitError};

use super::SignIn;
use crate::Auth;

impl Auth {
    /// Ends the sign-in: on this node at once, on others within 5 seconds. Ending one that ended changes nothing.
    ///
    /// # Errors
    /// 503 where the store cannot say that it is gone: try again.
    pub async fn revoke_sign_in(&self, id: SignInId) -> Result<()> {
        let mut batch = Batch::new();
        batch.delete::<SignIn>(id, []);
        match self.core.system.commit(batch).await {
            Ok(()) | Err(CommitError::Missing(_)) => {}
            Err(error) => return Err(Error::from(error)),
        }
        self.core.standings.end(id);
        (self.core.revoked)(Revocation::SignIn(id));
        Ok(())
    }
}
