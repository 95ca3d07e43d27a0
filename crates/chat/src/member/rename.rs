//! What members are called in groups follows what they are called in the workspace: a job of the workspace's, in bounded
//! steps that can be repeated.

use parlance_base::{Author, BoxFuture, Result, StreamId, UserId, WorkspaceId};
use parlance_store::{
    Batch, Find,
    job::{Failure, Handler, Job},
};
use parlance_stream::{Plan, Read, Step, Submission, View};
use parlance_workspace::Renamed;
use serde::{Deserialize, Serialize};

use super::{ACTIVE, GROUP_ID, Member, USER_ID};
use crate::{chat::Chat, event, progress::next};

/// The kind of job that has groups call somebody what they are called in the workspace.
pub(crate) const RENAMED: &str = "chat.renamed";

/// How many memberships one run of the job renames.
const PAGE: usize = 50;

/// How far the job has come: first the memberships that last, then those that ended, each in the order of groups.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Progress {
    #[serde(flatten)]
    renamed: Renamed,
    #[serde(default)]
    ended: bool,
    #[serde(default)]
    after: Option<StreamId>,
}

/// Renames members of groups.
#[derive(Debug)]
pub(crate) struct Renames(pub(crate) Chat);

impl Handler for Renames {
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(async move {
            let progress: Progress =
                serde_json::from_str(&job.payload).map_err(|error| Failure::Final(error.to_string()))?;
            let (workspace, user) = (job.workspace_id, progress.renamed.user_id);
            let mut batch = Batch::new();
            // Read now: the job of a later name may have come first.
            let named = self.0.shared.workspaces.names(workspace, [user]).await?.into_iter().next();
            let Some(named) = named else { return Ok(batch) };
            let page = self.page(workspace, progress).await?;
            for member in page.iter().filter(|member| member.name != named.display_name) {
                self.rename(workspace, member.group_id, user, named.display_name.clone()).await?;
            }
            let further = match (page.len(), page.last()) {
                (PAGE, Some(last)) => Some(Progress { after: Some(last.group_id), ..progress }),
                _ if !progress.ended => Some(Progress { ended: true, after: None, ..progress }),
                _ => None,
            };
            further.map(|progress| batch.insert(&next(job, &progress)));
            Ok(batch)
        })
    }
}

impl Renames {
    async fn page(&self, workspace: WorkspaceId, progress: Progress) -> Result<Vec<Member>> {
        let theirs = [USER_ID.is(progress.renamed.user_id.to_string()), ACTIVE.is(!progress.ended)];
        let after = progress.after.map(|group| GROUP_ID.above(group.to_string()));
        let find = Find::new(theirs.into_iter().chain(after)).ascending(GROUP_ID).limit(PAGE);
        self.0.shared.store.workspace(workspace).find(find).await
    }

    async fn rename(
        &self,
        workspace: WorkspaceId,
        group: StreamId,
        user: UserId,
        name: String,
    ) -> Result<()> {
        let submission = Submission::new(Author::system(), Rename { group, user, name });
        self.0.streams().submit(workspace, group, submission).await.map(drop)
    }
}

struct Rename {
    group: StreamId,
    user: UserId,
    name: String,
}

impl Plan for Rename {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(Member::id_of(self.group, self.user))]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let held = view.get::<Member>(Member::id_of(self.group, self.user))?;
        let held = held.filter(|member| member.name != self.name);
        let (Some(held), Some(_)) = (held, view.head()) else { return Ok(Step::Nothing) };
        let member = Member { name: self.name.clone(), changed_seq: view.next_seq(), ..held };
        view.put(&member)?;
        Ok(event::members(view, event::MEMBER_UPDATED, &[member]))
    }
}
