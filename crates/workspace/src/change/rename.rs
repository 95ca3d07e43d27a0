//! What a member is called: by themselves, and by nobody any more.

use std::collections::BTreeSet;

use parlance_base::{Author, Caller, Kind, Result, UserId, WorkspaceId};
use parlance_stream::{Plan, Read, Receipt, Step, View};

use super::{add::handle_taken, concerned, head};
use crate::{
    departure::{self, Renamed},
    directory::Listed,
    event::Event,
    member::Member,
    name::{DisplayName, Handle},
    permission::workspace_not_found,
    retry, words,
    workspaces::{Workspaces, member_not_found},
};

/// What somebody is called whom the installation does not know any more.
const NOBODY: &str = "deleted user";

impl Workspaces {
    /// Calls the caller this in their workspace, as far as it is given.
    ///
    /// # Errors
    /// 404 `workspace.not_found` where they are out of it; 409 `member.handle_taken`.
    pub async fn rename(
        &self,
        caller: &Caller,
        name: Option<DisplayName>,
        handle: Option<Handle>,
    ) -> Result<Listed> {
        let name = name.map(DisplayName::into_string);
        retry::while_conflicting(|| self.try_rename(caller, &name, handle.as_ref())).await?;
        let listed = self.listed(vec![self.member(caller.workspace, caller.user).await?]).await?;
        listed.into_iter().next().ok_or_else(member_not_found)
    }

    async fn try_rename(
        &self,
        caller: &Caller,
        name: &Option<String>,
        handle: Option<&Handle>,
    ) -> Result<()> {
        let (workspace, user) = (caller.workspace, caller.user);
        let before = self.member(workspace, user).await.map_err(|error| match error.kind() {
            Kind::NotFound => workspace_not_found(),
            _ => error,
        })?;
        if let Some(handle) = handle
            && self.by_handle(workspace, handle).await?.is_some_and(|holder| holder.id != user)
        {
            return Err(handle_taken());
        }
        let display_name = name.clone().unwrap_or_else(|| before.display_name.clone());
        let handle = handle.map_or_else(|| before.handle.clone(), |handle| handle.as_str().to_owned());
        let email = self.people().get(user).await?.map(|person| person.email).unwrap_or_default();
        let words = words::of(&display_name, &handle, &email);
        let after = Member { display_name, handle, words, ..before.clone() };
        self.submit_by(caller, Rename { workspace, before, after, must_be_member: true }).await.map(drop)
    }

    /// Takes the user's name away in every workspace that they are or were in, and in its groups after that: what they
    /// said is said by nobody who is known. Their handles are free. Calling it again is harmless.
    ///
    /// # Errors
    /// `workspace.busy`, `store.unavailable`, `store.unknown` (503): call it again.
    pub async fn anonymise(&self, user: UserId) -> Result<()> {
        for workspace in self.ever_workspaces_of(user).await? {
            retry::while_conflicting(|| self.try_anonymise(workspace, user)).await?;
        }
        Ok(())
    }

    async fn try_anonymise(&self, workspace: WorkspaceId, user: UserId) -> Result<Receipt> {
        let Some(before) = self.scope(workspace).get::<Member>(user).await? else {
            return Ok(Receipt::Unchanged);
        };
        let (display_name, handle) = (NOBODY.to_owned(), Member::no_handle(user));
        let after = Member { display_name, handle, words: Vec::new(), ..before.clone() };
        let plan = Rename { workspace, before, after, must_be_member: false };
        self.submit(workspace, Author::system(), plan).await
    }
}

struct Rename {
    workspace: WorkspaceId,
    /// The row as it was when the plan was made.
    before: Member,
    after: Member,
    must_be_member: bool,
}

impl Plan for Rename {
    fn reads(&self) -> Vec<Read> {
        let both: BTreeSet<&String> = self.before.words.iter().chain(&self.after.words).collect();
        let mut reads = words::reads(self.before.id, both);
        reads.push(Read::of::<Member>(self.before.id));
        reads
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let user = self.before.id;
        if self.must_be_member {
            head(view)?;
            concerned(view, user).map_err(|_| workspace_not_found())?;
        }
        let Some(held) = view.get::<Member>(user)? else { return Ok(Step::Nothing) };
        if held != self.before {
            return Err(retry::stale());
        }
        let mut changed = Vec::new();
        if held.display_name != self.after.display_name {
            changed.push("display_name".to_owned());
            view.insert(&departure::renamed(view, self.workspace, Renamed { user_id: user }))?;
        }
        if held.handle != self.after.handle {
            changed.push("handle".to_owned());
        }
        if changed.is_empty() {
            return Ok(Step::Nothing);
        }
        words::turn(view, user, &held.words, &self.after.words)?;
        view.put(&Member { changed_seq: view.next_seq(), ..self.after.clone() })?;
        Ok(Event::MemberUpdated { user_id: user, changed }.append())
    }
}
