//! What a change of a group has to tell its members' own streams: committed as a job with the change, carried out after.

use parlance_base::{Author, BoxFuture, EntryId, JobId, Kind, Result, StreamId, UserId, WorkspaceId};
use parlance_store::{
    Batch,
    job::{Failure, Handler, Job},
};
use parlance_stream::{Plan, Step, Submission, View};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    chat::Chat,
    event,
    member::{CHANGED_SEQ, Member},
    own,
};

/// The kind of job that tells users of their memberships.
pub(crate) const MEMBERSHIP: &str = "chat.membership";

#[derive(Debug, Deserialize, Serialize)]
struct Changed {
    group_id: StreamId,
    user_ids: Vec<UserId>,
}

/// The job that tells these users that their membership in the group changed with the view's entry.
pub(crate) fn membership_changed(
    view: &View<'_>,
    workspace: WorkspaceId,
    group: StreamId,
    users: Vec<UserId>,
) -> Job {
    let id = JobId::derived(&["membership", &view.entry_id().to_string()]);
    let payload = json!(Changed { group_id: group, user_ids: users }).to_string();
    Job::new(id, workspace, MEMBERSHIP, payload, view.now())
}

/// Tells users, in their own streams, which groups they joined and left.
#[derive(Debug)]
pub(crate) struct Memberships(pub(crate) Chat);

impl Handler for Memberships {
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(async move {
            let changed: Changed =
                serde_json::from_str(&job.payload).map_err(|error| Failure::Final(error.to_string()))?;
            for user in changed.user_ids {
                self.tell(job, changed.group_id, user).await?;
            }
            Ok(Batch::new())
        })
    }
}

impl Memberships {
    /// Tells one user how it is now. Where it changes again meanwhile, that change's own job tells of it.
    async fn tell(&self, job: &Job, group: StreamId, user: UserId) -> Result<()> {
        let scope = self.0.shared.store.workspace(job.workspace_id);
        let Some(member) = scope.get::<Member>(Member::id_of(group, user)).await? else { return Ok(()) };
        let own = own::stream(user);
        let id = EntryId::derived(&[&job.id.to_string(), &own.to_string()]);
        let told = Submission::new(Author::system(), Tell { member }).identified(id);
        match self.0.streams().submit(job.workspace_id, own, told).await {
            Err(error) if error.kind() == Kind::Conflict => Ok(()),
            told => told.map(drop),
        }
    }
}

struct Tell {
    member: Member,
}

impl Plan for Tell {
    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        // A late "joined" never follows a "left": this goes in only while the membership is as it was read.
        let changed = self.member.changed_seq;
        view.update_if::<Member>(self.member.id, [CHANGED_SEQ.is(changed)], [CHANGED_SEQ.raise_to(changed)]);
        let reads = self.member.active && self.member.rights.can_read;
        let kind = if reads { event::GROUP_JOINED } else { event::GROUP_LEFT };
        let data = json!({ "group_id": self.member.group_id });
        Ok(own::tell(view, self.member.user_id, kind, data))
    }
}
