//! What others have to do when a member goes or is called something else: a job of the workspace, committed with the
//! change, which becomes one job for each of those who asked for it.

use std::sync::Arc;

use parlance_base::{BoxFuture, JobId, UserId, WorkspaceId};
use parlance_store::{
    Batch,
    job::{Failure, Handler, Handlers, Job},
};
use parlance_stream::View;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::tenure::Tenure;

const DEPARTED: &str = "workspace.departed";
const RENAMED: &str = "workspace.renamed";

/// A membership ended: what its member had of the workspace by it ends too. The payload of the jobs that
/// [`Followers::departed`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departed {
    /// Whose. They may be a member again.
    pub user_id: UserId,
    /// Which membership: what they have by a later one stays theirs.
    pub tenure: Tenure,
}

/// Somebody is called something else than before, which is theirs to look up: [`names`](crate::Workspaces::names). The
/// payload of the jobs that [`Followers::renamed`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// Who.
    pub user_id: UserId,
}

/// The kinds of jobs by which others follow: each is inserted once for every such change, and its handler is the
/// other's own. It runs at least once, and may run late.
#[derive(Clone, Debug, Default)]
pub struct Followers {
    /// Those who are told of [`Departed`].
    pub departed: Vec<&'static str>,
    /// Those who are told of [`Renamed`].
    pub renamed: Vec<&'static str>,
}

impl Departed {
    /// What the job is about.
    ///
    /// # Errors
    /// A final failure, where it is about something else.
    pub fn of(job: &Job) -> Result<Self, Failure> {
        payload(job)
    }
}

impl Renamed {
    /// What the job is about.
    ///
    /// # Errors
    /// A final failure, where it is about something else.
    pub fn of(job: &Job) -> Result<Self, Failure> {
        payload(job)
    }
}

impl Followers {
    /// The same handlers and those that tell the followers.
    pub(crate) fn handlers(self, handlers: Handlers) -> Handlers {
        handlers.on(DEPARTED, Arc::new(Split(self.departed))).on(RENAMED, Arc::new(Split(self.renamed)))
    }
}

/// The job that is committed with the end of a membership.
pub(crate) fn departed(view: &View<'_>, workspace: WorkspaceId, departed: Departed) -> Job {
    told(view, workspace, DEPARTED, &departed)
}

/// The job that is committed with a new name.
pub(crate) fn renamed(view: &View<'_>, workspace: WorkspaceId, renamed: Renamed) -> Job {
    told(view, workspace, RENAMED, &renamed)
}

fn told(view: &View<'_>, workspace: WorkspaceId, kind: &'static str, what: &impl Serialize) -> Job {
    let id = JobId::derived(&[kind, &view.entry_id().to_string()]);
    let payload = serde_json::to_string(what).unwrap_or_default();
    Job::new(id, workspace, kind, payload, view.now())
}

fn payload<T: DeserializeOwned>(job: &Job) -> Result<T, Failure> {
    serde_json::from_str(&job.payload).map_err(|error| Failure::Final(error.to_string()))
}

/// Makes one job into one of each of these kinds, with the same payload.
struct Split(Vec<&'static str>);

impl Handler for Split {
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Batch, Failure>> {
        let mut batch = Batch::new();
        for kind in &self.0 {
            let id = JobId::derived(&[kind, &job.id.to_string()]);
            batch.insert(&Job::new(id, job.workspace_id, *kind, job.payload.as_str(), job.created_at));
        }
        Box::pin(async move { Ok(batch) })
    }
}
