//! Ends a group: there is none for anybody at once, and its memberships end by a job, in bounded steps that can be repeated.

use parlance_base::{Author, BoxFuture, Caller, JobId, Result, StreamId, UserId, WorkspaceId};
use parlance_store::{
    Batch, Find,
    job::{Failure, Handler, Job},
};
use parlance_stream::{Draft, Page, Plan, Read, Step, Submission, View};
use parlance_workspace::audit;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{DELETED, GroupKind, count_members, count_owners};
use crate::{
    chat::{By, Chat, invalid},
    event,
    member::{self, Member, Rights},
    permission::{self, Act},
    progress::next,
};

/// The kind of job that ends the memberships of a deleted group.
pub(crate) const ENDED: &str = "chat.group_deleted";

/// How many memberships one commit ends.
const AT_ONCE: usize = 100;

/// How many commits one run of the job makes.
const STEPS: usize = 50;

impl By {
    /// Ends the group: from now on there is no such group for anybody.
    ///
    /// # Errors
    /// 403 `group.not_owner`; 404 `group.not_found`; 422 `group.is_direct`; 429 `rate.limited`.
    pub async fn delete_group(&self, id: StreamId) -> Result<()> {
        self.chat.shared.pace.change_group(self.user())?;
        self.submit(id, Delete { caller: self.caller.clone(), id }, None).await?;
        self.chat.shared.jobs.wake();
        Ok(())
    }
}

struct Delete {
    caller: Caller,
    id: StreamId,
}

impl Plan for Delete {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(Member::id_of(self.id, self.caller.user))]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let (mut head, _) = permission::check(view, self.id, &self.caller, Act::GroupDelete)?;
        if super::kind(&head)? == GroupKind::Direct {
            return Err(invalid("group.is_direct", "what two said to each other stays theirs"));
        }
        DELETED.clone_into(&mut head.state);
        view.put_head(head);
        let id = JobId::derived(&["deleted", &view.entry_id().to_string()]);
        let payload = json!(Progress { group_id: self.id, after: None }).to_string();
        view.insert(&Job::new(id, self.caller.workspace, ENDED, payload, view.now()))?;
        audit::record(view, &self.caller, event::GROUP_DELETED, Some(self.id.to_string()))?;
        Ok(Step::Append(Draft {
            page: Page::Event,
            kind: event::GROUP_DELETED,
            counts: false,
            data: json!({}),
        }))
    }
}

/// How far the job has come, in the order of users.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Progress {
    group_id: StreamId,
    after: Option<UserId>,
}

/// Ends the memberships of deleted groups: they count no more among those that somebody has.
#[derive(Debug)]
pub(crate) struct Ending(pub(crate) Chat);

impl Handler for Ending {
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(async move {
            let mut progress: Progress =
                serde_json::from_str(&job.payload).map_err(|error| Failure::Final(error.to_string()))?;
            for _ in 0..STEPS {
                match self.step(job.workspace_id, progress).await? {
                    Some(further) => progress = further,
                    None => return Ok(Batch::new()),
                }
            }
            let mut batch = Batch::new();
            batch.insert(&next(job, &progress));
            Ok(batch)
        })
    }
}

impl Ending {
    /// Ends some memberships, and says how far it has come; none where there were none left.
    async fn step(&self, workspace: WorkspaceId, from: Progress) -> Result<Option<Progress>> {
        let group = from.group_id;
        let after = from.after.map(|user| member::USER_ID.above(user.to_string()));
        let active = [member::GROUP_ID.is(group.to_string()), member::ACTIVE.is(true)];
        let find = Find::new(active.into_iter().chain(after)).ascending(member::USER_ID).limit(AT_ONCE);
        let members = self.0.shared.store.workspace(workspace).find::<Member>(find).await?;
        let users: Vec<UserId> = members.into_iter().map(|member| member.user_id).collect();
        let Some(last) = users.last().copied() else { return Ok(None) };
        let plan = Submission::new(Author::system(), End { group, users });
        self.0.streams().submit(workspace, group, plan).await?;
        Ok(Some(Progress { after: Some(last), ..from }))
    }
}

struct End {
    group: StreamId,
    users: Vec<UserId>,
}

impl Plan for End {
    fn reads(&self) -> Vec<Read> {
        self.users.iter().map(|user| Read::of::<Member>(Member::id_of(self.group, *user))).collect()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let Some(mut head) = view.head().cloned() else { return Ok(Step::Nothing) };
        let mut ended = Vec::new();
        for user in &self.users {
            let held = view.get::<Member>(Member::id_of(self.group, *user))?;
            let Some(member) = held.filter(|member| member.active) else { continue };
            count_members(&mut head, -1);
            if member.rights.is_owner {
                count_owners(&mut head, -1);
            }
            let member =
                Member { active: false, rights: Rights::NONE, changed_seq: view.next_seq(), ..member };
            view.put(&member)?;
            ended.push(member);
        }
        if ended.is_empty() {
            return Ok(Step::Nothing);
        }
        view.put_head(head);
        Ok(event::members(view, event::MEMBER_REMOVED, &ended))
    }
}
