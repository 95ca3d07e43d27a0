//! The least that a host has to say of its users, and what chat makes of it: who calls, as what, and whether they still may.

use std::{collections::HashSet, future::Future};

use http::request::Parts;
use parlance_base::{
    Authenticate, BoxFuture, Caller, CallerRef, Check, Credentials, Error, Kind, Result, SignInId, UserId,
};
use parlance_workspace::Workspaces;

/// The logins of a host whose users act in their own name, with everything that their roles allow. Who needs more (API keys,
/// narrower grants, codes of its own for what it refuses) implements [`Authenticate`] instead.
pub trait Logins: Send + Sync + 'static {
    /// The login that the request proves, and whose it is; none where it proves none. A login that has ended is none.
    ///
    /// A cookie is sent by any page: a host that takes one refuses an `Origin` that it does not know, and a request that changes
    /// something without the token that only its own pages have (403 `csrf.refused`).
    ///
    /// # Errors
    /// Where it cannot be told now, or is refused.
    fn login(
        &self,
        credentials: Credentials<'_>,
        request: &Parts,
    ) -> impl Future<Output = Result<Option<(SignInId, UserId)>>> + Send;

    /// Those of these logins that have not ended. Asked every three seconds for all that have sockets open on this node, up to
    /// 500 at a time, and for one that has waited in a long poll before it is told anything.
    ///
    /// # Errors
    /// Where it cannot be told now: after five seconds of that, their sockets are sent nothing until it can.
    fn live(&self, logins: &[SignInId]) -> impl Future<Output = Result<HashSet<SignInId>>> + Send;
}

/// Logins, and what their users are in the workspaces.
#[derive(Debug)]
pub(crate) struct Host<L> {
    pub(crate) logins: L,
    pub(crate) workspaces: Workspaces,
}

impl<L: Logins> Authenticate for Host<L> {
    fn authenticate<'a>(
        &'a self,
        credentials: Credentials<'a>,
        workspace: Option<&'a str>,
        request: &'a Parts,
    ) -> BoxFuture<'a, Result<Caller>> {
        Box::pin(async move {
            let login = self.logins.login(credentials, request).await?;
            let (sign_in, user) = login.ok_or_else(nobody)?;
            let workspace = self.workspaces.asked_for(workspace, user).await?;
            let role = self.workspaces.role_of(workspace, user).await?;
            Ok(Caller::signed_in(workspace, user, sign_in, role))
        })
    }

    fn revalidate<'a>(&'a self, callers: &'a [CallerRef]) -> BoxFuture<'a, Result<Vec<Check>>> {
        Box::pin(async move {
            let mut logins: Vec<SignInId> =
                callers.iter().filter_map(|caller| caller.credential.sign_in()).collect();
            logins.sort_unstable();
            logins.dedup();
            let live = self.logins.live(&logins).await?;
            let members = self.workspaces.revalidate(callers).await?;
            let check = |(caller, member): (&CallerRef, Check)| {
                if caller.credential.sign_in().is_some_and(|id| live.contains(&id)) {
                    member
                } else {
                    Check::Revoked
                }
            };
            Ok(callers.iter().zip(members).map(check).collect())
        })
    }
}

fn nobody() -> Error {
    Error::new(Kind::Unauthenticated, "auth.required", "this needs a login")
}
