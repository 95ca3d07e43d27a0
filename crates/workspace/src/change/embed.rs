//! Making an embedded user a member: somebody whom an application brings along, without e-mail address and password. They
//! take no seat and never run the workspace.

use std::collections::BTreeSet;

use parlance_base::{Caller, Error, Kind, Result, Role, Time, UserId};
use parlance_stream::{Plan, Read, Step, View};

use super::{acting, add::member_of};
use crate::{
    audit,
    departure::{self, Renamed},
    event::Event,
    member::{Member, State},
    name::DisplayName,
    permission::Action,
    retry,
    seat::{Part, SeatRead},
    words,
    workspaces::{Workspaces, member_not_found},
};

impl Workspaces {
    /// Makes the embedded user a member of the caller's workspace under this name; one who is a member already is called
    /// so from now on.
    ///
    /// # Errors
    /// As the permission table's row `key.manage` says; 409 `person.too_many_workspaces` never comes, since an embedded user
    /// is of one workspace.
    pub async fn embed(&self, caller: &Caller, user: UserId, name: DisplayName) -> Result<Member> {
        self.allow(caller, Action::KeyManage)?;
        let name = name.into_string();
        retry::while_conflicting(|| self.try_embed(caller, user, &name)).await?;
        self.present(caller.workspace, user).await?.ok_or_else(member_not_found)
    }

    async fn try_embed(&self, caller: &Caller, user: UserId, name: &str) -> Result<()> {
        let workspace = caller.workspace;
        let before = self.scope(workspace).get::<Member>(user).await?.filter(Member::is_active);
        let handle = match &before {
            Some(known) => known.handle.clone(),
            None => self.handle_near(workspace, name).await?,
        };
        let words = words::of(name, &handle, "");
        let member = Member {
            id: user,
            role: Role::Member,
            handle,
            display_name: name.to_owned(),
            words,
            state: State::Active,
            embedded: true,
            joined_at: Time::default(),
            joined_seq: 0,
            changed_seq: 0,
        };
        let seat = self.seat_of(user).await?;
        self.submit_by(caller, Embed { caller: caller.clone(), before, member, seat }).await.map(drop)
    }
}

/// Refuses to make more of an embedded user than a member.
///
/// # Errors
/// 409 `member.is_embedded`.
pub(super) fn check_role(member: &Member, role: Role) -> Result<()> {
    if member.embedded && role > Role::Member {
        let message = "an embedded user can be a member and no more";
        return Err(Error::new(Kind::Conflict, "member.is_embedded", message));
    }
    Ok(())
}

struct Embed {
    caller: Caller,
    /// The row as it was when the plan was made, where they were a member.
    before: Option<Member>,
    member: Member,
    seat: SeatRead,
}

impl Plan for Embed {
    fn reads(&self) -> Vec<Read> {
        let was = self.before.iter().flat_map(|before| &before.words);
        let words: BTreeSet<&String> = was.chain(&self.member.words).collect();
        let members = [self.caller.user, self.member.id].map(Read::of::<Member>);
        members.into_iter().chain(words::reads(self.member.id, words)).collect()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        acting(view, &self.caller, Action::KeyManage)?;
        let user_id = self.member.id;
        let held = view.get::<Member>(user_id)?.filter(Member::is_active);
        if held != self.before {
            return Err(retry::stale());
        }
        match held {
            Some(known) if known.display_name == self.member.display_name => Ok(Step::Nothing),
            Some(known) => {
                words::turn(view, user_id, &known.words, &self.member.words)?;
                let (display_name, words) = (self.member.display_name.clone(), self.member.words.clone());
                view.put(&Member { display_name, words, changed_seq: view.next_seq(), ..known })?;
                view.insert(&departure::renamed(view, self.caller.workspace, Renamed { user_id }))?;
                Ok(Event::MemberUpdated { user_id, changed: vec!["display_name".to_owned()] }.append())
            }
            None => {
                let member = member_of(&self.member, view);
                view.put(&member)?;
                words::turn(view, user_id, &[], &member.words)?;
                self.seat.turn(view, self.caller.workspace, Part::None, Part::of(Some(&member)))?;
                audit::record(view, &self.caller, "member.added", Some(user_id.to_string()))?;
                Ok(Event::MemberJoined { user_id, role: member.role }.append())
            }
        }
    }
}
