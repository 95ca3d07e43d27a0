//! A host that knows its callers by heart.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
};

use http::{header, request::Parts};
use parlance_base::{
    Authenticate, BoxFuture, Caller, CallerRef, Check, Credential, Credentials, Error, Grant, Kind, Result,
    Role, SignInId, UserId, WorkspaceId,
};
use tokio::sync::Notify;

/// The one origin whose pages may use the cookie.
pub(super) const ORIGIN: &str = "https://chat.example";

#[derive(Default)]
pub(super) struct Host {
    callers: Mutex<HashMap<String, Caller>>,
    revoked: Mutex<HashSet<Credential>>,
    /// Who is asked for a caller says so here, and answers once it is told to, where it is to wait.
    pub(super) slow: Mutex<Option<(Arc<Notify>, Arc<Notify>)>>,
}

impl Host {
    /// Lets a user in under a token, which is their ticket and their cookie as well.
    pub(super) fn sign_in(&self, token: &str, workspace: WorkspaceId, user: UserId) -> Credential {
        let credential = Credential::SignIn(SignInId::derived(&[token]));
        let caller = Caller {
            workspace,
            user,
            credential,
            grant: Grant::Full,
            role: Role::Member,
            email: None,
            backer: None,
        };
        self.callers.lock().unwrap().insert(token.to_owned(), caller);
        credential
    }

    /// Ends a sign-in without telling anybody.
    pub(super) fn revoke(&self, credential: Credential) {
        self.revoked.lock().unwrap().insert(credential);
    }

    fn check(&self, token: Option<&str>, workspace: Option<&str>) -> Result<Caller> {
        let unknown = || Error::new(Kind::Unauthenticated, "auth.invalid", "unknown token");
        let callers = self.callers.lock().unwrap();
        let caller = token.and_then(|token| callers.get(token)).ok_or_else(unknown)?;
        if self.revoked.lock().unwrap().contains(&caller.credential) {
            return Err(unknown());
        }
        if workspace.is_some_and(|named| named != caller.workspace.to_string()) {
            return Err(Error::new(Kind::NotFound, "workspace.not_found", "no such workspace"));
        }
        Ok(caller.clone())
    }
}

impl Authenticate for Host {
    fn authenticate<'a>(
        &'a self,
        credentials: Credentials<'a>,
        workspace: Option<&'a str>,
        request: &'a Parts,
    ) -> BoxFuture<'a, Result<Caller>> {
        let header = |name| request.headers.get(name).and_then(|value| value.to_str().ok());
        let token = match credentials {
            Credentials::Header => {
                header(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "))
            }
            Credentials::Cookie { origin: Some(ORIGIN) } => {
                header(header::COOKIE).and_then(|value| value.strip_prefix("session="))
            }
            Credentials::Cookie { .. } => None,
            Credentials::Ticket(token) | Credentials::Token(token) => Some(token),
        };
        let slow = self.slow.lock().unwrap().clone();
        Box::pin(async move {
            if let Some((asked, answer)) = slow {
                asked.notify_one();
                answer.notified().await;
            }
            self.check(token, workspace)
        })
    }

    fn revalidate<'a>(&'a self, callers: &'a [CallerRef]) -> BoxFuture<'a, Result<Vec<Check>>> {
        let revoked = self.revoked.lock().unwrap();
        let check = |caller: &CallerRef| match revoked.contains(&caller.credential) {
            true => Check::Revoked,
            false => Check::Good,
        };
        Box::pin(std::future::ready(Ok(callers.iter().map(check).collect())))
    }
}
