//! Does what the administrator asks, in whichever process has the store open.

use parlance_auth::{Auth, Link, Profile, UserView};
use parlance_base::{Error, Kind, Result, UserId};
use parlance_license::{Gate, Installer};

use super::{Answer, Request, request::UserLine};
use crate::logs;

/// How many users a page has at most.
const MOST_LISTED: u16 = 1_000;

/// The parts that know how.
#[derive(Clone, Debug)]
pub(crate) struct Office {
    pub(crate) auth: Auth,
    pub(crate) gate: Gate,
}

impl Office {
    /// Does it.
    ///
    /// # Errors
    /// As the parts have them: a 4xx where it cannot be done, a 503 where it can be tried again.
    pub(super) async fn perform(&self, request: Request) -> Result<Answer> {
        let auth = &self.auth;
        match request {
            Request::CreateUser { email, full_name, is_admin } => {
                self.create(&email, full_name, is_admin).await
            }
            Request::ListUsers { after, limit } => self.list(after, limit).await,
            Request::ResetLink { email } => auth.reset_link(&email).await.map(Answer::from),
            Request::VerifyLink { email } => auth.verify_link(&email).await.map(Answer::from),
            Request::SetAdmin { email, is_admin } => {
                let user = auth.user_by_email(&email).await?.id;
                auth.set_installation_admin(user, is_admin).await.map(|()| Answer::Done)
            }
            Request::DeactivateUser { email } => {
                let user = auth.user_by_email(&email).await?.id;
                auth.deactivate(user).await.map(|()| Answer::Done)
            }
            Request::ReactivateUser { email } => {
                let user = auth.user_by_email(&email).await?.id;
                auth.reactivate(user).await.map(|()| Answer::Done)
            }
            Request::ResetSecondFactor { email } => {
                let user = auth.user_by_email(&email).await?.id;
                auth.reset_second_factor(user).await.map(|()| Answer::Done)
            }
            Request::InstallLicense { key } => self.install(&key).await,
            Request::ChangeLog { filter } => {
                let refused = |reason| Error::new(Kind::Invalid, "log.unchanged", reason);
                logs::change(&filter).map(|()| Answer::Done).map_err(refused)
            }
        }
    }

    async fn create(&self, email: &str, full_name: String, is_admin: bool) -> Result<Answer> {
        let mut user = self.auth.create_user(email, Profile { full_name, handle: None }).await?;
        if is_admin && !user.is_installation_admin {
            self.auth.set_installation_admin(user.id, true).await?;
            user.is_installation_admin = true;
        }
        Ok(Answer::User(user.into()))
    }

    /// A page of users, and the last one's id where there are more.
    async fn list(&self, after: Option<UserId>, limit: u16) -> Result<Answer> {
        let limit = usize::from(limit.clamp(1, MOST_LISTED));
        let mut users = self.auth.users(after, limit.saturating_add(1)).await?;
        let has_more = users.len() > limit;
        users.truncate(limit);
        let next = users.last().filter(|_| has_more).map(|last| last.id);
        Ok(Answer::Users { items: users.into_iter().map(UserLine::from).collect(), next })
    }

    async fn install(&self, key: &str) -> Result<Answer> {
        let installed = self.gate.install(key, Installer::CommandLine).await?;
        Ok(Answer::License {
            lid: installed.key.lid,
            plan: installed.key.plan.name().to_owned(),
            valid_until: installed.key.valid_until.to_rfc3339(),
            outcome: installed.outcome,
            replaced: installed.replaced,
        })
    }
}

impl From<Link> for Answer {
    fn from(link: Link) -> Self {
        Self::Link { url: link.url, expires_at: link.expires_at.to_rfc3339() }
    }
}

impl From<UserView> for UserLine {
    fn from(user: UserView) -> Self {
        Self {
            id: user.id,
            email: user.email,
            full_name: user.full_name,
            state: user.state,
            is_installation_admin: user.is_installation_admin,
            created_at: user.created_at.to_rfc3339(),
            reset_asked_at: user.reset_asked_at.map(|at| at.to_rfc3339()),
        }
    }
}
