//! What becomes of a workspace that was deleted: its members have their seats back soon after, and everything that it has
//! is removed once it was kept for a while. Jobs in bounded steps, each of which can be repeated.

use std::{sync::Arc, time::Duration};

use parlance_base::{BoxFuture, JobId, Result, Time, UserId, WorkspaceId};
use parlance_store::{
    Batch, Collection, Document, Find, Home, ID,
    job::{Failure, Handler, Handlers, Job, Jobs},
};
use parlance_stream::{HEADS, View};

use crate::{
    Workspaces,
    change::Vacate,
    member::{ACTIVE, MEMBERS, Member, STATE},
    retry,
    seat::Seat,
    workspace::Workspace,
};

/// How long the data of a deleted workspace is kept.
pub const KEEP_DELETED: Duration = Duration::from_secs(30 * 24 * 3_600);

const VACATED: &str = "workspace.vacated";
const PURGED: &str = "workspace.purged";

/// How many members one run of a job takes out.
const MEMBERS_A_RUN: usize = 50;

/// How many documents are removed in one commit, and in how many commits one run of a job removes some.
const DOCUMENTS: usize = 200;
const COMMITS_A_RUN: usize = 25;

/// The job that is committed with a deletion.
pub(crate) fn vacating(view: &View<'_>, workspace: WorkspaceId) -> Job {
    let id = JobId::derived(&[VACATED, &workspace.to_string()]);
    Job::new(id, workspace, VACATED, "{}", view.now())
}

/// The same handlers and those that follow a deletion.
pub(crate) fn handlers(
    workspaces: &Workspaces,
    handlers: Handlers,
    jobs: Jobs,
    keep_deleted: Duration,
) -> Handlers {
    let vacating = Vacating { workspaces: workspaces.clone(), keep_deleted };
    let purging = Purging { workspaces: workspaces.clone(), jobs };
    handlers.on(VACATED, Arc::new(vacating)).on(PURGED, Arc::new(purging))
}

/// The job that goes on where this one ended, no sooner than then.
fn next(job: &Job, kind: &'static str, due: Time) -> Job {
    let id = JobId::derived(&["next", &job.id.to_string()]);
    Job::new(id, job.workspace_id, kind, "{}", job.created_at).due(due)
}

/// Takes the members out of a workspace that was deleted.
struct Vacating {
    workspaces: Workspaces,
    keep_deleted: Duration,
}

impl Handler for Vacating {
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(async move {
            let (workspace, mut batch) = (job.workspace_id, Batch::new());
            let Some(deleted_at) = self.workspaces.deleted_at(workspace).await? else { return Ok(batch) };
            let active = Find::new([STATE.is(ACTIVE)]).ascending(ID).limit(MEMBERS_A_RUN);
            let members = self.workspaces.scope(workspace).find::<Member>(active).await?;
            for member in &members {
                retry::while_conflicting(|| self.vacate(workspace, member.id)).await?;
            }
            if members.len() < MEMBERS_A_RUN {
                batch.insert(&next(job, PURGED, deleted_at.after(self.keep_deleted)));
            } else {
                batch.insert(&next(job, VACATED, job.created_at));
            }
            Ok(batch)
        })
    }
}

impl Vacating {
    async fn vacate(&self, workspace: WorkspaceId, user: UserId) -> Result<()> {
        let seat = self.workspaces.seat_of(user).await?;
        let plan = Vacate { workspace, user, seat };
        self.workspaces.submit(workspace, parlance_base::Author::system(), plan).await.map(drop)
    }
}

/// Removes everything that a workspace has.
struct Purging {
    workspaces: Workspaces,
    jobs: Jobs,
}

impl Handler for Purging {
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(async move {
            let (workspace, mut batch) = (job.workspace_id, Batch::new());
            // Whatever a job says: what was not deleted is not removed.
            if self.workspaces.deleted_at(workspace).await?.is_none() {
                return Ok(batch);
            }
            for _ in 0..COMMITS_A_RUN {
                if !self.step(workspace, job.id).await? {
                    batch.delete::<Workspace>(workspace, []);
                    return Ok(batch);
                }
            }
            batch.insert(&next(job, PURGED, job.created_at));
            Ok(batch)
        })
    }
}

impl Purging {
    /// Removes some of what there is; false where there is nothing. Jobs go first, so that nothing is written behind the
    /// step's back, and heads last, so that no stream begins anew while it has entries.
    async fn step(&self, workspace: WorkspaceId, own: JobId) -> Result<bool> {
        if self.jobs.remove_of(workspace, own).await? > 0 {
            return Ok(true);
        }
        let scope = self.workspaces.scope(workspace);
        let ours = self.workspaces.collections().iter().filter(|held| held.home == Home::Workspace);
        let mut collections: Vec<&'static Collection> = ours.copied().collect();
        collections.sort_by_key(|collection| collection.name == HEADS.name);
        for collection in collections {
            let all = Find::new([]).ascending(ID).limit(DOCUMENTS);
            let found = scope.find_documents(collection, all).await?;
            if !found.is_empty() {
                scope.commit(self.removing(workspace, collection, &found).await?).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn removing(
        &self,
        workspace: WorkspaceId,
        collection: &'static Collection,
        found: &[Document],
    ) -> Result<Batch> {
        let ids = found.iter().filter_map(|document| document.get("id")?.as_str());
        let mut batch = Batch::new();
        for id in ids.clone() {
            batch.delete_document(collection, id.to_owned(), []);
        }
        if collection.name == MEMBERS.name {
            let seats = self.workspaces.installation().get_many::<Seat>(ids).await?;
            seats.iter().for_each(|seat| seat.forget(&mut batch, workspace));
        }
        Ok(batch)
    }
}

impl Workspaces {
    /// When the workspace was deleted; none where it was not, or is removed already.
    async fn deleted_at(&self, workspace: WorkspaceId) -> Result<Option<Time>> {
        Ok(self.installation().get::<Workspace>(workspace).await?.and_then(|workspace| workspace.deleted_at))
    }
}
