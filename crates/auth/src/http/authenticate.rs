//! Who a request comes from and what they are in a workspace, for the routers of the other crates.

use axum::http::request::Parts;
use parlance_base::{
    Authenticate, BoxFuture, Caller, CallerRef, Check, Credential, Credentials, Grant, Result, SignInId,
    WorkspaceId,
};
use parlance_workspace::permission::workspace_not_found;

use super::proof::Proven;
use crate::{Auth, key::KeyHolder, sign_in::Known, ticket};

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
            let proven = match &ticket {
                Some(ticket) => self.proven_by_ticket(ticket).await?,
                None => self.proven(credentials, request).await?,
            };
            let only = ticket.and_then(|ticket| ticket.workspace);
            match proven {
                Proven::SignIn(known) => self.caller_signed_in(known, workspace, only).await,
                Proven::Key(holder) => self.caller_by_key(holder, workspace).await,
            }
        })
    }

    /// Asks the store, whatever is remembered: two reads for every 1,000 sign-ins, and those of the keys and the workspaces.
    fn revalidate<'a>(&'a self, callers: &'a [CallerRef]) -> BoxFuture<'a, Result<Vec<Check>>> {
        Box::pin(async move {
            let mut sign_ins: Vec<SignInId> =
                callers.iter().filter_map(|caller| caller.credential.sign_in()).collect();
            sign_ins.sort_unstable();
            sign_ins.dedup();
            let (standings, now) = (self.read_standings(&sign_ins).await?, self.now());
            let keys = self.keys_holding(callers).await?;
            let members = self.core.workspaces.revalidate(callers).await?;
            let check = |(caller, member): (&CallerRef, Check)| {
                let standing = caller.credential.sign_in().and_then(|id| standings.get(&id));
                let is_signed_in = standing.is_some_and(|standing| standing.is_good_for(caller.user, now));
                if is_signed_in || keys.contains(caller) { member } else { Check::Revoked }
            };
            Ok(callers.iter().zip(members).map(check).collect())
        })
    }
}

impl Auth {
    /// The workspace is the one that is named, else the one that a ticket is for, else the only one.
    async fn caller_signed_in(
        &self,
        known: Known,
        named: Option<&str>,
        only: Option<WorkspaceId>,
    ) -> Result<Caller> {
        let (workspaces, Known { holder, email, .. }) = (&self.core.workspaces, known);
        let workspace = match (named, only) {
            (None, Some(only)) => only,
            (named, _) => workspaces.asked_for(named, holder.user).await?,
        };
        let role = workspaces.role_of(workspace, holder.user).await?;
        if only.is_some_and(|only| only != workspace) {
            return Err(ticket::other_workspace());
        }
        let credential = Credential::SignIn(holder.sign_in);
        Ok(Caller { workspace, user: holder.user, credential, grant: Grant::Full, role, email, backer: None })
    }

    /// The workspace is the key's: beside it there is none, whatever else its user is in.
    async fn caller_by_key(&self, holder: KeyHolder, named: Option<&str>) -> Result<Caller> {
        let KeyHolder { workspace, user, role, key, grant, backer } = holder;
        if let Some(named) = named
            && self.core.workspaces.resolve(named).await? != workspace
        {
            return Err(workspace_not_found());
        }
        let credential = Credential::Key(key);
        Ok(Caller { workspace, user, credential, grant, role, email: None, backer })
    }
}
