//! Does what the administrator asks, in whichever process has the store open.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use parlance_auth::{Auth, Link, Profile, UserView};
use parlance_base::{Clock, Error, JobId, Kind, Result, UserId, WorkspaceId};
use parlance_license::{Gate, Installer};
use parlance_store::{
    Store,
    job::{DeadJob, Jobs, Whose},
};
use parlance_workspace::{Workspace, all_workspaces};
use tokio::sync::{Mutex, MutexGuard};

use super::{Answer, DeadJobLine, Request, Steps, UserLine, WorkspaceLine};
use crate::{backup, logs, transfer};

/// How many lines a page has at most.
const MOST_LISTED: u16 = 1_000;

/// The parts that know how.
#[derive(Clone, Debug)]
pub(crate) struct Office {
    pub(crate) auth: Auth,
    pub(crate) gate: Gate,
    pub(crate) store: Store,
    pub(crate) jobs: Jobs,
    pub(crate) clock: Arc<dyn Clock>,
    /// The file that the secret is in; none where the configuration gives it.
    pub(crate) secret: Option<PathBuf>,
    /// The turn of who keeps something: two at once could write to one place.
    pub(crate) keeping: Arc<Mutex<()>>,
}

impl Office {
    /// Does it, and tells how far it is where that takes long.
    ///
    /// # Errors
    /// As the parts have them: a 4xx where it cannot be done, a 503 where it can be tried again.
    pub(super) async fn perform(&self, request: Request, steps: Steps) -> Result<Answer> {
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
            Request::ListWorkspaces { after, limit } => self.workspaces(after, limit).await,
            Request::ListDeadJobs { after, limit } => self.dead_jobs(after, limit).await,
            Request::ReplayJob { id } => self.jobs.replay(Whose::Everyone, id).await.map(|()| Answer::Done),
            Request::BackUp { folder } => {
                let _turn = self.turn()?;
                let made =
                    backup::make(&self.store, self.secret.clone(), folder, self.clock.now(), steps).await?;
                Ok(Answer::BackedUp { bytes: made.bytes, has_secret: made.has_secret })
            }
            Request::Export { file, freeze } => self.export(&file, freeze, &steps).await,
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
        let users = self.auth.users(after, limit.saturating_add(1)).await?;
        let (users, next) = page(users, limit, |user| user.id);
        Ok(Answer::Users { items: users.into_iter().map(UserLine::from).collect(), next })
    }

    async fn workspaces(&self, after: Option<WorkspaceId>, limit: u16) -> Result<Answer> {
        let limit = usize::from(limit.clamp(1, MOST_LISTED));
        let found = all_workspaces(&self.store.system(), after, limit.saturating_add(1)).await?;
        let (found, next) = page(found, limit, |workspace| workspace.id);
        Ok(Answer::Workspaces { items: found.into_iter().map(WorkspaceLine::from).collect(), next })
    }

    async fn dead_jobs(&self, after: Option<JobId>, limit: u16) -> Result<Answer> {
        let limit = usize::from(limit.clamp(1, MOST_LISTED));
        let found = self.jobs.dead(Whose::Everyone, after, limit.saturating_add(1)).await?;
        let (found, next) = page(found, limit, |job| job.id);
        Ok(Answer::DeadJobs { items: found.into_iter().map(DeadJobLine::from).collect(), next })
    }

    async fn export(&self, file: &Path, freeze: bool, steps: &Steps) -> Result<Answer> {
        let _turn = self.turn()?;
        let thaw = if freeze { Some(self.freeze().await?) } else { None };
        let exported = transfer::export(&self.store, file, self.clock.now(), steps).await?;
        thaw.into_iter().for_each(Thaw::never);
        Ok(Answer::Exported { documents: exported.documents, frozen: freeze })
    }

    fn turn(&self) -> Result<MutexGuard<'_, ()>> {
        let busy =
            || Error::new(Kind::Conflict, "keeping.busy", "a backup or an export is being made: wait for it");
        self.keeping.try_lock().map_err(|_| busy())
    }

    async fn freeze(&self) -> Result<Thaw> {
        if self.store.is_shared() {
            let message = "nodes on MongoDB cannot be frozen: stop all of them, then export without --freeze";
            return Err(Error::new(Kind::Conflict, "store.not_embedded", message));
        }
        let thaw = Thaw(Some(self.store.clone()));
        self.store.freeze().await?;
        Ok(thaw)
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

/// Thaws the store, unless what it was frozen for was done.
struct Thaw(Option<Store>);

impl Thaw {
    fn never(mut self) {
        self.0 = None;
    }
}

impl Drop for Thaw {
    fn drop(&mut self) {
        if let Some(store) = self.0.take() {
            store.thaw();
        }
    }
}

/// As many as a page may have of those that were found, and after which there are more.
fn page<T, I>(mut found: Vec<T>, limit: usize, id: impl FnOnce(&T) -> I) -> (Vec<T>, Option<I>) {
    let has_more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| has_more).map(id);
    (found, next)
}

impl From<Workspace> for WorkspaceLine {
    fn from(workspace: Workspace) -> Self {
        Self {
            id: workspace.id,
            slug: workspace.slug,
            name: workspace.name,
            created_at: workspace.created_at.to_rfc3339(),
            deleted_at: workspace.deleted_at.map(|at| at.to_rfc3339()),
        }
    }
}

impl From<DeadJob> for DeadJobLine {
    fn from(job: DeadJob) -> Self {
        Self {
            id: job.id,
            workspace_id: job.workspace_id,
            kind: job.kind,
            attempts: job.attempt,
            died_at: job.died_at.to_rfc3339(),
            last_error: job.last_error,
        }
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
