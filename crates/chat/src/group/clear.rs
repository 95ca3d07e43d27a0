//! Clears a group: what was said in it is gone for everybody at once, and taken out of the store by a job, in bounded steps that
//! can be repeated.

use std::sync::Arc;

use parlance_base::{Author, BoxFuture, Caller, JobId, Result, StreamId, UserId, WorkspaceId};
use parlance_store::{
    Batch, MAX_OPS,
    job::{Failure, Handler, Job},
};
use parlance_stream::{Draft, Entry, Page, Plan, Read, Step, Submission, View};
use parlance_workspace::audit;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Group, details};
use crate::{
    chat::{By, Chat},
    event,
    member::Member,
    message,
    permission::{self, Act},
    progress::next,
    thread,
};

/// The kind of job that takes what was cleared out of the store.
pub(crate) const CLEARED: &str = "chat.cleared";

/// How many messages one commit takes out, with all of their versions, pins and threads.
const AT_ONCE: usize = 40;
const _: () = assert!(AT_ONCE * (message::MOST_CHANGES + 1) + 2 <= MAX_OPS, "a step fits into a commit");

/// How many steps one run of the job takes.
const STEPS: usize = 50;

/// Up to where everything that was said in a group is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Cleared {
    pub(crate) seq: i64,
    /// The ordinal of the last message up to there.
    pub(crate) ordinal: i64,
}

impl By {
    /// Clears the group: nothing that was said in it until now is read by anybody any more.
    ///
    /// # Errors
    /// 403 `group.not_admin`; 404 `group.not_found`; 429 `rate.limited`.
    pub async fn clear_group(&self, id: StreamId) -> Result<Group> {
        self.chat.shared.pace.change_group(self.user())?;
        self.submit(id, Clear { caller: self.caller.clone(), id }, None).await?;
        self.chat.shared.jobs.wake();
        self.known_group(id).await
    }
}

struct Clear {
    caller: Caller,
    id: StreamId,
}

impl Plan for Clear {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(Member::id_of(self.id, self.caller.user))]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let (mut head, _) = permission::check(view, self.id, &self.caller, Act::GroupManage)?;
        let mut kept = details(&head);
        if kept.cleared.ordinal == head.ordinal {
            return Ok(Step::Nothing);
        }
        let (since, seq) = (kept.cleared.seq, view.next_seq());
        kept.cleared = Cleared { seq, ordinal: head.ordinal };
        head.details = json!(kept);
        head.preview = None;
        // Who is further behind than this entry begins anew: what they would be told of is gone.
        head.log_floor = head.log_floor.max(seq);
        view.put_head(head);
        let progress = Progress { group: self.id, by: self.caller.user, after: since, reply: 0, up_to: seq };
        let id = JobId::derived(&["cleared", &view.entry_id().to_string()]);
        let payload = json!(progress).to_string();
        view.insert(&Job::new(id, self.caller.workspace, CLEARED, payload, view.now()))?;
        audit::record(view, &self.caller, event::GROUP_CLEARED, Some(self.id.to_string()))?;
        Ok(Step::Append(told(seq)))
    }
}

/// The entry that tells that everything up to here is gone.
fn told(seq: i64) -> Draft {
    Draft { page: Page::Event, kind: event::GROUP_CLEARED, counts: false, data: json!({ "seq": seq }) }
}

/// How far the job has come.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Progress {
    group: StreamId,
    by: UserId,
    after: i64,
    /// The last reply to the message after that.
    #[serde(default)]
    reply: i64,
    up_to: i64,
}

/// Takes what was cleared out of the store.
#[derive(Debug)]
pub(crate) struct Clearing(pub(crate) Chat);

impl Handler for Clearing {
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

impl Clearing {
    /// Takes some messages out, each after the replies to it, and says how far it has come; none where there are none left.
    async fn step(&self, workspace: WorkspaceId, from: Progress) -> Result<Option<Progress>> {
        let page = self.page(workspace, from, Page::Main, AT_ONCE).await?;
        if page.is_empty() {
            return Ok(None);
        }
        let (mut next, mut some) = (from, Vec::new());
        for message in page {
            let room = AT_ONCE - some.len();
            if room == 0 {
                break;
            }
            if thread::has_replies(&message) {
                let after = Progress { after: next.reply.max(message.seq), ..from };
                let replies = self.page(workspace, after, Page::Thread(message.id), room).await?;
                let is_end = replies.len() < room;
                next.reply = replies.last().map_or(next.reply, |last| last.seq);
                some.extend(replies);
                if !is_end {
                    break;
                }
                thread::remove(&self.0.shared.store.workspace(workspace), message.id).await?;
            }
            (next.after, next.reply) = (message.seq, 0);
            some.push(message);
        }
        self.wipe(workspace, from, some).await?;
        Ok(Some(next))
    }

    async fn page(
        &self,
        workspace: WorkspaceId,
        from: Progress,
        page: Page,
        limit: usize,
    ) -> Result<Vec<Entry>> {
        let mut messages = self.0.streams().after(workspace, from.group, page, from.after, limit).await?;
        messages.retain(|message| message.seq <= from.up_to);
        Ok(messages)
    }

    /// Reactions and mentions go first: once a message is wiped, nothing says any more that it had some.
    async fn wipe(&self, workspace: WorkspaceId, from: Progress, messages: Vec<Entry>) -> Result<()> {
        let scope = self.0.shared.store.workspace(workspace);
        for message in messages.iter().filter(|message| message::has_reactions(message)) {
            message::remove_reactions(&scope, message.id).await?;
        }
        message::remove_mentions(&scope, &messages).await?;
        let plan = Wipe { from, messages: messages.into() };
        let submission = Submission::new(Author::system(), plan);
        self.0.streams().submit(workspace, from.group, submission).await.map(drop)
    }
}

struct Wipe {
    from: Progress,
    messages: Arc<[Entry]>,
}

impl Plan for Wipe {
    fn reads(&self) -> Vec<Read> {
        let threads = self.messages.iter().filter(|message| thread::has_replies(message));
        let threads = threads.map(|message| thread::read_of(message.id));
        self.messages.iter().flat_map(message::belongings).chain(threads).collect()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let Some(mut head) = view.head().cloned() else { return Ok(Step::Nothing) };
        let mut is_any = false;
        for message in self.messages.iter() {
            let Some(mut entry) = view.get::<Entry>(message.id)? else { continue };
            is_any |= thread::forget(view, &mut entry)?;
            is_any |= message::empty(view, &mut head, &mut entry, self.from.by)?;
        }
        if !is_any {
            return Ok(Step::Nothing);
        }
        view.put_head(head);
        Ok(Step::Append(told(self.from.up_to)))
    }
}
