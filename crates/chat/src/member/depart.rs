//! What somebody who is no longer of the workspace has in its groups ends: a job of the workspace's, in bounded steps that
//! can be repeated. A group that they alone owned passes to an owner or admin of the workspace before they go.

use parlance_base::{Author, BoxFuture, Error, Result, StreamId, UserId, WorkspaceId};
use parlance_store::{
    Batch, Find,
    job::{Failure, Handler, Job},
};
use parlance_stream::{Plan, Read, Step, Submission, View};
use parlance_workspace::{Departed, Tenure};
use serde::{Deserialize, Serialize};

use super::{ACTIVE, GROUP_ID, Member, Rights, USER_ID, inherit::Inherit, remove::last_owner};
use crate::{chat::Chat, event, group, outbox, progress::next};

/// The kind of job that ends what a membership of the workspace had of groups.
pub(crate) const DEPARTED: &str = "chat.departed";

/// How many memberships one run of the job ends.
const PAGE: usize = 50;

/// How often a group is looked at again in which others change owners meanwhile.
const TRIES: usize = 5;

/// How far the job has come, in the order of groups.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Progress {
    #[serde(flatten)]
    departed: Departed,
    #[serde(default)]
    after: Option<StreamId>,
}

/// Ends memberships of groups.
#[derive(Debug)]
pub(crate) struct Departures(pub(crate) Chat);

impl Handler for Departures {
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(async move {
            let progress: Progress =
                serde_json::from_str(&job.payload).map_err(|error| Failure::Final(error.to_string()))?;
            let page = self.page(job.workspace_id, progress).await?;
            for member in &page {
                self.depart(job.workspace_id, member.group_id, progress.departed).await?;
            }
            self.0.shared.jobs.wake();
            let mut batch = Batch::new();
            if let (PAGE, Some(last)) = (page.len(), page.last()) {
                batch.insert(&next(job, &Progress { after: Some(last.group_id), ..progress }));
            }
            Ok(batch)
        })
    }
}

impl Departures {
    async fn page(&self, workspace: WorkspaceId, progress: Progress) -> Result<Vec<Member>> {
        let theirs = [USER_ID.is(progress.departed.user_id.to_string()), ACTIVE.is(true)];
        let after = progress.after.map(|group| GROUP_ID.above(group.to_string()));
        let find = Find::new(theirs.into_iter().chain(after)).ascending(GROUP_ID).limit(PAGE);
        self.0.shared.store.workspace(workspace).find(find).await
    }

    /// Ends one membership. Who inherits is looked for where somebody has to, and again where they cannot any more.
    async fn depart(&self, workspace: WorkspaceId, group: StreamId, departed: Departed) -> Result<()> {
        let Departed { user_id: user, tenure } = departed;
        let mut may_orphan = false;
        for _ in 0..TRIES {
            let plan = Depart { workspace, group, user, tenure, may_orphan };
            match self.submit(workspace, group, plan).await {
                Err(error) if error.code() == last_owner().code() => {
                    may_orphan = !self.hand_over(workspace, group, user).await?;
                }
                outcome => return outcome,
            }
        }
        Err(Error::unavailable("group.busy", "the group's owners keep changing"))
    }

    /// Has another one own the group too; false where there is nobody.
    async fn hand_over(&self, workspace: WorkspaceId, group: StreamId, from: UserId) -> Result<bool> {
        let Some(heir) = self.0.heir(workspace, group, from).await? else { return Ok(false) };
        match self.submit(workspace, group, Inherit { workspace, group, heir }).await {
            // They are an owner or admin of the workspace no more: another one is looked for.
            Err(error) if error.code() == "store.conflict" => Ok(true),
            outcome => outcome.map(|()| true),
        }
    }

    async fn submit(&self, workspace: WorkspaceId, group: StreamId, plan: impl Plan) -> Result<()> {
        let submission = Submission::new(Author::system(), plan);
        self.0.streams().submit(workspace, group, submission).await.map(drop)
    }
}

struct Depart {
    workspace: WorkspaceId,
    group: StreamId,
    user: UserId,
    tenure: Tenure,
    /// Whether the group may be left without an owner, because nobody can be one.
    may_orphan: bool,
}

impl Plan for Depart {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(Member::id_of(self.group, self.user))]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let member = view.get::<Member>(Member::id_of(self.group, self.user))?;
        let member = member.filter(|member| member.active && member.tenure <= self.tenure);
        let (Some(mut member), Some(mut head)) = (member, view.head().cloned()) else {
            return Ok(Step::Nothing);
        };
        let must_inherit = member.rights.is_owner && group::exists(&head) && !self.may_orphan;
        if member.rights.is_owner && group::count_owners(&mut head, -1) == 0 && must_inherit {
            return Err(last_owner());
        }
        member.active = false;
        member.rights = Rights::NONE;
        member.changed_seq = view.next_seq();
        view.put(&member)?;
        group::count_members(&mut head, -1);
        view.put_head(head);
        view.insert(&outbox::membership_changed(view, self.workspace, self.group, vec![self.user]))?;
        Ok(event::members(view, event::MEMBER_REMOVED, &[member]))
    }
}
