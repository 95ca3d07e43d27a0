//! A user's sign-ins, as they see them, and ending some of them.

use futures::future::try_join_all;
use parlance_base::{Credential, Error, Kind, Result, SignInId, Time, UserId};
use parlance_store::Find;

use super::{EXPIRES_AT, SignIn, USER_ID};
use crate::Auth;

/// How many sign-ins of one user are read: ten times as many as they can have, but for logins at the same time.
const AT_MOST: usize = 1_000;

/// A sign-in, as its user sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInView {
    /// Its id.
    pub id: SignInId,
    /// When they logged in.
    pub created_at: Time,
    /// When it was used last, to the hour; an open socket does not count as use beyond its opening.
    pub last_used_at: Time,
    /// What the device said of itself.
    pub device: Option<String>,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl Auth {
    /// The user's sign-ins, those used last first.
    ///
    /// # Errors
    /// 503 while the store is out of reach.
    pub async fn sign_ins(&self, user: UserId, asking: Credential) -> Result<Vec<SignInView>> {
        let (version, now) = (self.user(user).await?.password_version, self.now());
        let mut all = self.all_sign_ins(user).await?;
        all.retain(|sign_in| now < sign_in.expires_at && sign_in.password_version >= version);
        all.sort_by_key(|sign_in| (std::cmp::Reverse(sign_in.last_used_at), sign_in.id));
        let view = |sign_in: SignIn| SignInView {
            current: asking == Credential::SignIn(sign_in.id),
            id: sign_in.id,
            created_at: sign_in.created_at,
            last_used_at: sign_in.last_used_at,
            device: sign_in.device,
        };
        Ok(all.into_iter().map(view).collect())
    }

    /// Ends one of the user's sign-ins.
    ///
    /// # Errors
    /// 404 `sign_in.not_found` for what is none of theirs; 503 where the store cannot say that it is gone.
    pub async fn end_sign_in(&self, user: UserId, id: SignInId) -> Result<()> {
        let found = self.core.system.get::<SignIn>(id).await?;
        if found.is_none_or(|sign_in| sign_in.user_id != user) {
            return Err(Error::new(Kind::NotFound, "sign_in.not_found", "there is no such sign-in"));
        }
        // Sign-ins never change hands.
        self.revoke_sign_in(id).await
    }

    /// Ends all of the user's sign-ins but the one that asks.
    ///
    /// # Errors
    /// 503 where the store cannot say that all are gone.
    pub async fn end_other_sign_ins(&self, user: UserId, asking: Credential) -> Result<()> {
        self.end_sign_ins(user, |sign_in| Credential::SignIn(sign_in.id) != asking).await
    }

    /// Takes the sign-ins of the user's passwords before this version away, which have ended already. Where that fails they
    /// are found out when they are used, and their connections within 5 seconds.
    pub(crate) async fn clear_outdated(&self, user: UserId, version: i64) {
        let outdated = self.end_sign_ins(user, |sign_in| sign_in.password_version < version);
        if let Err(error) = outdated.await {
            tracing::warn!(user.id = %user, error = %error, "ended sign-ins could not be taken away");
        }
    }

    async fn end_sign_ins(&self, user: UserId, which: impl Fn(&SignIn) -> bool) -> Result<()> {
        let all = self.all_sign_ins(user).await?;
        let ending =
            all.iter().filter(|sign_in| which(sign_in)).map(|sign_in| self.revoke_sign_in(sign_in.id));
        try_join_all(ending).await.map(drop)
    }

    async fn all_sign_ins(&self, user: UserId) -> Result<Vec<SignIn>> {
        let all = Find::new([USER_ID.is(user.to_string())]).ascending(EXPIRES_AT).limit(AT_MOST);
        self.core.system.find::<SignIn>(all).await
    }
}
