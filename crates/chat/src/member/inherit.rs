//! Who owns a group after its last owner: an owner or admin of the workspace, the same one whoever looks.

use std::collections::HashSet;

use parlance_base::{Result, StreamId, UserId, WorkspaceId};
use parlance_stream::{Plan, Read, Step, View};

use super::{Member, Person, Rights, mine, prefer};
use crate::{chat::Chat, event, group, outbox};

impl Chat {
    /// The first of the workspace's owners and then its admins, the longest-standing first, who is in the group; else the
    /// first of them all who has room for one group more.
    pub(super) async fn heir(
        &self,
        workspace: WorkspaceId,
        group: StreamId,
        from: UserId,
    ) -> Result<Option<Person>> {
        let mut stewards = self.shared.workspaces.stewards(workspace).await?;
        stewards.retain(|steward| steward.user != from);
        let ids = stewards.iter().map(|steward| Member::id_of(group, steward.user));
        let scope = self.shared.store.workspace(workspace);
        let members = scope.get_many::<Member>(ids).await?;
        let inside: HashSet<UserId> =
            members.into_iter().filter(|member| member.active).map(|member| member.user_id).collect();
        if let Some(at) = stewards.iter().position(|steward| inside.contains(&steward.user)) {
            return Ok(stewards.into_iter().nth(at).map(Person::from));
        }
        for steward in stewards {
            if mine::can_inherit(&scope, steward.user).await? {
                return Ok(Some(Person::from(steward)));
            }
        }
        Ok(None)
    }
}

/// Gives somebody all rights in the group, whether they are in it or not.
pub(super) struct Inherit {
    pub(super) workspace: WorkspaceId,
    pub(super) group: StreamId,
    pub(super) heir: Person,
}

impl Plan for Inherit {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(Member::id_of(self.group, self.heir.user))]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let Some(mut head) = view.head().filter(|head| group::exists(head)).cloned() else {
            return Ok(Step::Nothing);
        };
        let held = view.get::<Member>(Member::id_of(self.group, self.heir.user))?;
        let held = held.filter(|member| member.active);
        if held.as_ref().is_some_and(|member| member.rights.is_owner) {
            return Ok(Step::Nothing);
        }
        let (kind, come) = if held.is_some() { (event::MEMBER_UPDATED, 0) } else { (event::MEMBER_ADDED, 1) };
        let (tenure, changed_seq) = (self.heir.tenure, view.next_seq());
        let member = held.map(|member| Member { rights: Rights::ALL, tenure, changed_seq, ..member });
        let member = match member {
            Some(member) => member,
            None => Member::beginning(view, self.group, self.heir.clone(), Rights::ALL)?,
        };
        view.put(&member)?;
        if member.begins() {
            prefer::forget(view, &member);
        }
        group::count_members(&mut head, come);
        group::count_owners(&mut head, 1);
        view.put_head(head);
        self.heir.tenure.hold_as_steward(view, self.heir.user);
        view.insert(&outbox::membership_changed(view, self.workspace, self.group, vec![self.heir.user]))?;
        Ok(event::members(view, kind, &[member]))
    }
}
