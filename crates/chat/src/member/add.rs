//! Puts people into a group.

use parlance_base::{Caller, Result, StreamId, UserId};
use parlance_stream::{Plan, Read, Receipt, Step, View};
use parlance_workspace::user_not_found;

use super::{Member, Person, prefer};
use crate::{
    chat::{By, invalid},
    event,
    group::{self, Group, GroupKind, newcomers},
    outbox,
    permission::{self, Act},
};

const MAX_AT_ONCE: usize = 100;

impl By {
    /// Puts these people of the workspace into the group; who is in it already stays as they are.
    ///
    /// # Errors
    /// 403 `group.missing_right`; 404 `group.not_found`, `user.not_found`; 409 `member.too_many_groups`; 422 for none or more than 100 people, or a
    /// direct group; 429 `rate.limited`.
    pub async fn add_members(&self, group: StreamId, users: Vec<UserId>) -> Result<()> {
        if users.is_empty() || users.len() > MAX_AT_ONCE {
            return Err(invalid("group.too_many_members", format!("1–{MAX_AT_ONCE} people at once")));
        }
        self.chat.shared.pace.change_group(self.user())?;
        self.known(group).await?;
        let people = self.people(users).await?;
        self.submit_held(group, Add { caller: self.caller.clone(), group, people }).await?;
        self.chat.shared.jobs.wake();
        Ok(())
    }

    /// Joins a public group.
    ///
    /// # Errors
    /// 404 `group.not_found`; 409 `member.too_many_groups`; 429 `rate.limited`.
    pub async fn join(&self, group: StreamId) -> Result<Group> {
        self.chat.shared.pace.change_group(self.user())?;
        self.known(group).await?;
        let people = self.people([self.user()]).await?;
        self.submit_held(group, Add { caller: self.caller.clone(), group, people }).await?;
        self.chat.shared.jobs.wake();
        self.known_group(group).await
    }

    /// What these people are called in the workspace, each once.
    ///
    /// # Errors
    /// 404 `user.not_found` where one is not of the workspace.
    pub(crate) async fn people(&self, users: impl IntoIterator<Item = UserId>) -> Result<Vec<Person>> {
        let mut users: Vec<UserId> = users.into_iter().collect();
        users.sort();
        users.dedup();
        let names = self.chat.shared.workspaces.names(self.workspace(), users.iter().copied()).await?;
        let people = self.persons(names).await?;
        if people.len() < users.len() { Err(user_not_found()) } else { Ok(people) }
    }

    /// Has a plan done that begins memberships: none begins once its member is no longer of the workspace.
    pub(crate) async fn submit_held(&self, group: StreamId, plan: impl Plan) -> Result<Receipt> {
        let receipt = self.submit(group, plan, None).await;
        receipt.map_err(|error| if error.code() == "store.conflict" { user_not_found() } else { error })
    }
}

/// Writes memberships that begin, or go on under another membership of the workspace; only if that lasts.
pub(crate) fn begin(view: &mut View<'_>, members: &[Member]) -> Result<()> {
    for member in members {
        view.put(member)?;
        if member.begins() {
            prefer::forget(view, member);
        }
        member.tenure.hold(view, member.user_id);
    }
    Ok(())
}

struct Add {
    caller: Caller,
    group: StreamId,
    people: Vec<Person>,
}

impl Plan for Add {
    fn reads(&self) -> Vec<Read> {
        let users = self.people.iter().map(|person| person.user).chain([self.caller.user]);
        users.map(|user| Read::of::<Member>(Member::id_of(self.group, user))).collect()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let joins = matches!(&self.people[..], [person] if person.user == self.caller.user);
        let act = if joins { Act::GroupTakePart } else { Act::GroupInvite };
        let (mut head, _) = permission::check(view, self.group, &self.caller, act)?;
        if group::kind(&head)? == GroupKind::Direct {
            return Err(invalid("group.is_direct", "a direct group stays between two"));
        }
        let rights = newcomers::rights(&head)?;
        let (mut added, mut come) = (Vec::new(), 0);
        for person in &self.people {
            let held = view.get::<Member>(Member::id_of(self.group, person.user))?;
            match held.filter(|member| member.active) {
                Some(member) if member.tenure == person.tenure => {}
                // It was about to end with their time in the workspace before this one.
                Some(member) => added.push(member.again(view, person.tenure)),
                None => {
                    come += 1;
                    added.push(Member::beginning(view, self.group, person.clone(), rights)?);
                }
            }
        }
        if added.is_empty() {
            return Ok(Step::Nothing);
        }
        begin(view, &added)?;
        group::count_members(&mut head, come);
        view.put_head(head);
        let users = added.iter().map(|member| member.user_id).collect();
        view.insert(&outbox::membership_changed(view, self.caller.workspace, self.group, users))?;
        Ok(event::members(view, event::MEMBER_ADDED, &added))
    }
}
