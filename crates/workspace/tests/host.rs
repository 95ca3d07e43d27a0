//! The least host: `Bearer <user id>` is that user, and what they are in a workspace is asked of the workspaces.

use http::request::Parts;
use parlance_base::{
    Authenticate, BoxFuture, Caller, CallerRef, Check, Credential, Credentials, Error, Grant, Identify,
    Identity, Kind, Result, SignInId, UserId,
};
use parlance_workspace::Workspaces;

pub(crate) struct Host(pub(crate) Workspaces);

impl Identify for Host {
    fn identify<'a>(&'a self, _: Credentials<'a>, request: &'a Parts) -> BoxFuture<'a, Result<Identity>> {
        let user = user(request);
        Box::pin(async move {
            let (user, credential) = (user?, Credential::SignIn(SignInId::derived(&["host"])));
            Ok(Identity {
                user,
                credential,
                grant: Grant::Full,
                workspace: None,
                email: None,
                is_installation_admin: false,
            })
        })
    }
}

impl Authenticate for Host {
    fn authenticate<'a>(
        &'a self,
        _: Credentials<'a>,
        workspace: Option<&'a str>,
        request: &'a Parts,
    ) -> BoxFuture<'a, Result<Caller>> {
        Box::pin(async move {
            let (user, credential) = (user(request)?, Credential::SignIn(SignInId::derived(&["host"])));
            let workspace = self.0.asked_for(workspace, user).await?;
            let role = self.0.role_of(workspace, user).await?;
            Ok(Caller { workspace, user, credential, grant: Grant::Full, role, email: None, backer: None })
        })
    }

    fn revalidate<'a>(&'a self, callers: &'a [CallerRef]) -> BoxFuture<'a, Result<Vec<Check>>> {
        Box::pin(async move { self.0.revalidate(callers).await })
    }
}

fn user(request: &Parts) -> Result<UserId> {
    let named =
        request.headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let user = named.and_then(|named| named.parse().ok());
    user.ok_or_else(|| Error::new(Kind::Unauthenticated, "auth.required", "nobody is signed in"))
}
