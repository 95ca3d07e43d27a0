//! Who a request comes from and what they are in a workspace, for the routers of the other crates.

use axum::http::request::Parts;
use parlance_base::{
    Authenticate, BoxFuture, Caller, CallerRef, Check, Credential, Credentials, Grant, Result, SignInId,
};

use crate::{Auth, sign_in::Known, ticket};

impl Authenticate for Auth {
    fn authenticate<'a>(
        &'a self,
        credentials: Credentials<'a>,
        workspace: Option<&'a str>,
        request: &'a Parts,
    ) -> BoxFuture<'a, Result<Caller>> {
        Box::pin(async move {
            let ticket = match credentials {
                Credentials::Ticket(ticket) => Some(self.redeem_ticket(ticket).await?),
                _ => None,
            };
            let Known { holder, email, .. } = match &ticket {
                Some(ticket) => self.holder_of_ticket(ticket).await?,
                None => self.holder(credentials, request).await?,
            };
            let workspaces = &self.core.workspaces;
            let only = ticket.and_then(|ticket| ticket.workspace);
            let workspace = match (workspace, only) {
                (Some(named), _) => workspaces.resolve(named).await?,
                (None, Some(only)) => only,
                (None, None) => workspaces.only_workspace_of(holder.user).await?,
            };
            let role = workspaces.role_of(workspace, holder.user).await?;
            if only.is_some_and(|only| only != workspace) {
                return Err(ticket::other_workspace());
            }
            let credential = Credential::SignIn(holder.sign_in);
            Ok(Caller { workspace, user: holder.user, credential, grant: Grant::Full, role, email })
        })
    }

    /// Asks the store, whatever is remembered: two reads for every 1,000 sign-ins, and those of the workspaces.
    fn revalidate<'a>(&'a self, callers: &'a [CallerRef]) -> BoxFuture<'a, Result<Vec<Check>>> {
        Box::pin(async move {
            let mut sign_ins: Vec<SignInId> = callers.iter().filter_map(sign_in).collect();
            sign_ins.sort_unstable();
            sign_ins.dedup();
            let (standings, now) = (self.read_standings(&sign_ins).await?, self.now());
            let members = self.core.workspaces.revalidate(callers).await?;
            let check = |(caller, member): (&CallerRef, Check)| {
                let standing = sign_in(caller).and_then(|id| standings.get(&id));
                if standing.is_some_and(|standing| standing.is_good_for(caller.user, now)) {
                    member
                } else {
                    Check::Revoked
                }
            };
            Ok(callers.iter().zip(members).map(check).collect())
        })
    }
}

/// The sign-in that the caller proved themselves with; nobody has a key.
fn sign_in(caller: &CallerRef) -> Option<SignInId> {
    match caller.credential {
        Credential::SignIn(id) => Some(id),
        Credential::Key(_) => None,
    }
}
