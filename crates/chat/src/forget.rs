//! Forgetting what somebody was called, where they are erased: their name is stored with each message of theirs, in their
//! memberships, and in the entries that tell of these. A job of the workspace has all of these say what the directory says
//! now, in bounded steps that can be repeated: the membership first, from which new messages take the name. Their
//! folders, which they named themselves, their drafts and what they were to say later go.

use parlance_base::{Author, BoxFuture, EntryId, Result, StreamId, UserId, WorkspaceId};
use parlance_store::{
    Batch, Find,
    job::{Failure, Handler, Job},
};
use parlance_stream::{Draft, Entry, Page, Plan, Read, Step, Submission, View};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    chat::Chat,
    event,
    member::{ACTIVE, GROUP_ID, Member, USER_ID},
    progress::next,
};

/// The kind of job that has the entries of who is known no more say what they are called now. It follows every new name in
/// the workspace; what is said by people who are known keeps the name that they had.
pub(crate) const FORGOTTEN: &str = "chat.forgotten";

/// How many entries are looked at, and changed, at once.
const AT_ONCE: usize = 100;

/// How many such steps one run of the job takes.
const STEPS: usize = 50;

/// How far the job has come: through the groups that they are in, then through those that they were in.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Progress {
    user_id: UserId,
    #[serde(default)]
    ended: bool,
    /// The group it is in.
    #[serde(default)]
    group: Option<StreamId>,
    #[serde(default)]
    place: Place,
}

/// How far it has come in the group.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    /// Through it.
    #[default]
    Through,
    /// Through what they wrote, up to what they called this.
    Written(String),
    /// Through what tells of members, up to here.
    Told(i64),
    /// Through what of it is shown among the messages, up to here.
    Shown(i64),
}

/// Has a user's entries say what the user is called now.
#[derive(Debug)]
pub(crate) struct Forgetting(pub(crate) Chat);

impl Handler for Forgetting {
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(async move {
            let mut progress: Progress =
                serde_json::from_str(&job.payload).map_err(|error| Failure::Final(error.to_string()))?;
            let (workspace, user) = (job.workspace_id, progress.user_id);
            if self.0.shared.workspaces.people().get(user).await?.is_some() {
                return Ok(Batch::new());
            }
            let named = self.0.shared.workspaces.names(workspace, [user]).await?.into_iter().next();
            let Some(named) = named else { return Ok(Batch::new()) };
            self.0.forget_folders(workspace, user).await?;
            self.0.forget_drafts(workspace, user).await?;
            self.0.forget_scheduled(workspace, user).await?;
            for _ in 0..STEPS {
                match self.step(workspace, &progress, &named.display_name).await? {
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

impl Forgetting {
    /// Takes one step, and says where it leads; nowhere from the last one.
    async fn step(&self, workspace: WorkspaceId, from: &Progress, name: &str) -> Result<Option<Progress>> {
        let user = from.user_id;
        let (Some(group), streams) = (from.group, self.0.streams()) else {
            return self.next_group(workspace, from, name).await;
        };
        let (entries, place) = match &from.place {
            Place::Through => return self.next_group(workspace, from, name).await,
            Place::Written(after) => {
                let page = streams.by_author(workspace, group, &user.to_string(), after, AT_ONCE).await?;
                let last = page.last().map(|last| Place::Written(last.client_id.clone()));
                (page, last.unwrap_or(Place::Told(0)))
            }
            Place::Told(after) => {
                let page = streams.after(workspace, group, Page::Event, *after, AT_ONCE).await?;
                let last = page.last().map(|last| Place::Told(last.seq));
                (page, last.unwrap_or(Place::Shown(0)))
            }
            Place::Shown(after) => {
                let page = streams.after(workspace, group, Page::System, *after, AT_ONCE).await?;
                let last = page.last().map(|last| Place::Shown(last.seq));
                (page, last.unwrap_or_default())
            }
        };
        let plan = Rename { group, user, name: name.to_owned(), entries: Vec::new() };
        self.rename(workspace, plan, entries).await?;
        Ok(Some(Progress { place, ..from.clone() }))
    }

    /// From one group to the next one.
    async fn next_group(
        &self,
        workspace: WorkspaceId,
        from: &Progress,
        name: &str,
    ) -> Result<Option<Progress>> {
        let theirs = [USER_ID.is(from.user_id.to_string()), ACTIVE.is(!from.ended)];
        let after = from.group.map(|group| GROUP_ID.above(group.to_string()));
        let find = Find::new(theirs.into_iter().chain(after)).ascending(GROUP_ID).limit(1);
        let scope = self.0.shared.store.workspace(workspace);
        match scope.find::<Member>(find).await?.into_iter().next() {
            Some(member) => {
                if member.name != name {
                    let (group, user, name) = (member.group_id, member.user_id, name.to_owned());
                    self.submit(workspace, Rename { group, user, name, entries: Vec::new() }).await?;
                }
                let place = Place::Written(String::new());
                Ok(Some(Progress { group: Some(member.group_id), place, ..from.clone() }))
            }
            None if from.ended => Ok(None),
            // One that ends meanwhile is found among those that ended.
            None => Ok(Some(Progress { ended: true, group: None, ..from.clone() })),
        }
    }

    async fn rename(&self, workspace: WorkspaceId, mut plan: Rename, mut page: Vec<Entry>) -> Result<()> {
        page.retain_mut(|entry| says_otherwise(entry, plan.user, &plan.name));
        plan.entries = page.iter().map(|entry| entry.id).collect();
        if plan.entries.is_empty() { Ok(()) } else { self.submit(workspace, plan).await }
    }

    async fn submit(&self, workspace: WorkspaceId, plan: Rename) -> Result<()> {
        let group = plan.group;
        self.0.streams().submit(workspace, group, Submission::new(Author::system(), plan)).await.map(drop)
    }
}

/// Has a membership and these entries call the user so.
struct Rename {
    group: StreamId,
    user: UserId,
    name: String,
    entries: Vec<EntryId>,
}

impl Plan for Rename {
    fn reads(&self) -> Vec<Read> {
        let member = Read::of::<Member>(Member::id_of(self.group, self.user));
        self.entries.iter().map(Read::of::<Entry>).chain([member]).collect()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let mut is_any = false;
        let member = view.get::<Member>(Member::id_of(self.group, self.user))?;
        if let Some(member) = member.filter(|member| member.name != self.name) {
            view.put(&Member { name: self.name.clone(), ..member })?;
            is_any = true;
        }
        for id in &self.entries {
            let Some(mut entry) = view.get::<Entry>(id)? else { continue };
            if says_otherwise(&mut entry, self.user, &self.name) {
                entry.rev = view.next_seq();
                view.put(&entry)?;
                is_any = true;
            }
        }
        if !is_any {
            return Ok(Step::Nothing);
        }
        let data = json!({ "user_id": self.user, "name": self.name });
        Ok(Step::Append(Draft { page: Page::Event, kind: event::AUTHOR_FORGOTTEN, counts: false, data }))
    }
}

/// Has the entry call the user so wherever it names them; whether it called them otherwise anywhere.
fn says_otherwise(entry: &mut Entry, user: UserId, name: &str) -> bool {
    let id = user.to_string();
    if entry.kind == event::MESSAGE_NEW {
        return entry.author_id == id && replace(entry.data.get_mut("author_name"), name);
    }
    let members = entry.data.get_mut("members").and_then(Value::as_array_mut).into_iter().flatten();
    let theirs = members.filter(|member| member.get("user_id").and_then(Value::as_str) == Some(&id));
    theirs.filter_map(|member| replace(member.get_mut("name"), name).then_some(())).count() > 0
}

fn replace(called: Option<&mut Value>, name: &str) -> bool {
    match called {
        Some(called) if called != name => {
            *called = json!(name);
            true
        }
        _ => false,
    }
}
