//! Hands a group over.

use parlance_base::{Caller, Result, StreamId, UserId};
use parlance_stream::{Plan, Read, Step, View};
use parlance_workspace::audit;

use super::{Group, GroupKind, count_owners};
use crate::{
    chat::{By, invalid},
    event,
    member::{self, Member, Rights},
    outbox,
    permission::{self, Act},
};

impl By {
    /// Makes the member an owner of the group. A caller who owns it does so no longer, and goes on running it; an owner of the
    /// workspace makes one more.
    ///
    /// # Errors
    /// 403 `group.not_owner`; 404 `group.not_found`, `member.not_found`; 422 `group.is_direct`; 429 `rate.limited`.
    pub async fn transfer_group(&self, id: StreamId, to: UserId) -> Result<Group> {
        self.chat.shared.pace.change_group(self.user())?;
        self.submit(id, Transfer { caller: self.caller.clone(), id, to }, None).await?;
        self.chat.shared.jobs.wake();
        let head = self.streams().heads(self.workspace(), [id]).await?;
        super::group_of(head.first().ok_or_else(super::not_found)?)
    }
}

struct Transfer {
    caller: Caller,
    id: StreamId,
    to: UserId,
}

impl Plan for Transfer {
    fn reads(&self) -> Vec<Read> {
        [self.caller.user, self.to].map(|user| Read::of::<Member>(Member::id_of(self.id, user))).into()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let (mut head, own) = permission::check(view, self.id, &self.caller, Act::GroupTransfer)?;
        if super::kind(&head)? == GroupKind::Direct {
            return Err(invalid("group.is_direct", "a direct group belongs to both"));
        }
        let heir = view.get::<Member>(Member::id_of(self.id, self.to))?.filter(|member| member.active);
        let heir = heir.ok_or_else(member::not_found)?;
        let gives = own.filter(|own| own.rights.is_owner && own.user_id != heir.user_id);
        let takes = Some(heir).filter(|heir| heir.rights != Rights::ALL);
        let owners =
            i64::from(takes.as_ref().is_some_and(|heir| !heir.rights.is_owner)) - i64::from(gives.is_some());
        let given = gives.map(|own| Member { rights: Rights { is_owner: false, ..own.rights }, ..own });
        let taken = takes.map(|heir| Member { rights: Rights::ALL, ..heir });
        let changed_seq = view.next_seq();
        let changed: Vec<Member> =
            given.into_iter().chain(taken).map(|member| Member { changed_seq, ..member }).collect();
        if changed.is_empty() {
            return Ok(Step::Nothing);
        }
        for member in &changed {
            view.put(member)?;
        }
        count_owners(&mut head, owners);
        view.put_head(head);
        let users = changed.iter().map(|member| member.user_id).collect();
        view.insert(&outbox::membership_changed(view, self.caller.workspace, self.id, users))?;
        audit::record(
            view,
            &self.caller,
            "group.transferred",
            Some(Member::id_of(self.id, self.to).to_string()),
        )?;
        Ok(event::members(view, event::MEMBER_UPDATED, &changed))
    }
}
