//! Tickets: what a browser opens a socket with, since it can send no header along and a token in an address would end up
//! in logs. Good for one socket and half a minute, a ticket is of no use in a log.
//!
//! A ticket stands for what who asked for it had proved themselves with: it lets nobody in whom that would not, and the
//! socket that it opens ends with that. It is used up by whoever shows it, also where it lets nobody in.

use parlance_base::{Credential, Error, Kind, Result, UserId, WorkspaceId};
use parlance_store::{Batch, CommitError};

use crate::{Auth, one_time::GoodFor};

/// A ticket, for who asked for it.
pub struct Ticket {
    /// What the query of the socket's address says: `?ticket=…`.
    pub ticket: String,
    /// How long it is good for, in seconds.
    pub expires_in: u64,
}

/// What a ticket that was just used stood for.
pub(crate) struct Redeemed {
    pub(crate) user: UserId,
    pub(crate) credential: Credential,
    /// The only workspace that it opens.
    pub(crate) workspace: Option<WorkspaceId>,
}

impl Auth {
    /// A ticket that opens one socket for the user as this credential would, in this workspace only where there is one.
    /// A user has at most 20 at once.
    ///
    /// # Errors
    /// 503 while the store is out of reach.
    pub async fn ticket(
        &self,
        user: UserId,
        credential: Credential,
        workspace_id: Option<WorkspaceId>,
    ) -> Result<Ticket> {
        let good_for = GoodFor::Ticket { credential, workspace_id };
        let expires_in = good_for.lifetime().as_secs();
        let made = self.make_one_time(user, good_for).await?;
        Ok(Ticket { ticket: made.text, expires_in })
    }

    /// Uses the ticket up.
    ///
    /// # Errors
    /// 401 `ticket.invalid` for what is none, or no more; 503 while the store cannot say.
    pub(crate) async fn redeem_ticket(&self, ticket: &str) -> Result<Redeemed> {
        let now = self.now();
        let one = self.one_time(ticket, now).await?.ok_or_else(invalid)?;
        let GoodFor::Ticket { credential, workspace_id } = one.good_for else { return Err(invalid()) };
        let mut batch = Batch::new();
        one.spend(&mut batch, now);
        match self.core.system.commit(batch).await {
            Ok(()) => Ok(Redeemed { user: one.user_id, credential, workspace: workspace_id }),
            Err(CommitError::Missing(_) | CommitError::Conflict(_)) => Err(invalid()),
            // After an unknown outcome, too: who it was that used it cannot be told, so it was nobody.
            Err(error) => Err(error.into()),
        }
    }
}

/// What whoever gets it asks for another one by.
pub(crate) fn invalid() -> Error {
    Error::new(Kind::Unauthenticated, "ticket.invalid", "this is not a ticket of ours, or it was used")
}

/// 403 `ticket.other_workspace`.
pub(crate) fn other_workspace() -> Error {
    Error::new(Kind::Forbidden, "ticket.other_workspace", "the ticket is for another workspace")
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ticket").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}
