//! Adding a person of the installation to a workspace.

use parlance_base::{Caller, Error, Kind, Result, Role, Time, WorkspaceId};
use parlance_stream::{Plan, Read, Receipt, Step, View};

use super::{acting, count_owners};
use crate::{
    audit,
    directory::Listed,
    event::Event,
    member::{Member, State},
    name::{DisplayName, Handle},
    people::Person,
    permission::{Action, check_reach},
    retry,
    seat::{Part, SeatRead},
    words,
    workspaces::{Made, Workspaces},
};

/// How a person is added; what is not said is taken from what is known of them.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// What they will be.
    pub role: Role,
    /// What they will be mentioned by.
    pub handle: Option<Handle>,
    /// What they will be called.
    pub display_name: Option<DisplayName>,
}

impl NewMember {
    /// Somebody who will be this, and is named as they are known.
    #[must_use]
    pub const fn of(role: Role) -> Self {
        Self { role, handle: None, display_name: None }
    }
}

impl Workspaces {
    /// Adds the person to the caller's workspace. One who is a member already stays what they are.
    ///
    /// # Errors
    /// 404 `person.not_found`; 409 `member.handle_taken`, `person.too_many_workspaces`; 402 `license.seat_limit`; else as
    /// the permission table's row `workspace.manage_members` says, and 403 `workspace.insufficient_role` above one's own.
    pub async fn add(&self, caller: &Caller, person: Option<Person>, new: NewMember) -> Result<Made<Listed>> {
        // Who may not add anybody does not learn either who is there.
        self.allow(caller, Action::WorkspaceManageMembers)?;
        let person = person.ok_or_else(no_such_person)?;
        let made = retry::while_conflicting(|| self.try_add(caller, &person, &new)).await?;
        let member = self.member(caller.workspace, person.id).await?;
        let listed = Listed { member, email: Some(person.email) };
        Ok(if made { Made::New(listed) } else { Made::Existing(listed) })
    }

    async fn try_add(&self, caller: &Caller, person: &Person, new: &NewMember) -> Result<bool> {
        let (workspace, name) = (caller.workspace, new.display_name.clone());
        let member = match self.member(workspace, person.id).await {
            Ok(member) => member,
            Err(error) if error.kind() == Kind::NotFound => {
                self.member_to_be(workspace, person, new.role, new.handle.as_ref(), name).await?
            }
            Err(error) => return Err(error),
        };
        let seat = self.seat_of(person.id).await?;
        let join = Join { caller: caller.clone(), member, role: new.role, seat };
        let receipt = self.submit_by(caller, join).await?;
        Ok(receipt != Receipt::Unchanged)
    }

    /// The row of somebody who is not a member yet; its moment and its `seq` are the plan's.
    pub(super) async fn member_to_be(
        &self,
        workspace: WorkspaceId,
        person: &Person,
        role: Role,
        handle: Option<&Handle>,
        name: Option<DisplayName>,
    ) -> Result<Member> {
        let handle = match handle {
            Some(handle) => self.unless_taken(workspace, handle).await?,
            None => {
                let address = person.email.split('@').next().unwrap_or_default();
                self.handle_near(workspace, person.handle_wish.as_deref().unwrap_or(address)).await?
            }
        };
        let display_name = name.unwrap_or_else(|| DisplayName::near(&person.full_name)).into_string();
        let words = words::of(&display_name, &handle, &person.email);
        Ok(Member {
            id: person.id,
            role,
            handle,
            display_name,
            words,
            state: State::Active,
            embedded: false,
            joined_at: Time::default(),
            joined_seq: 0,
            changed_seq: 0,
        })
    }

    async fn unless_taken(&self, workspace: WorkspaceId, handle: &Handle) -> Result<String> {
        match self.by_handle(workspace, handle).await? {
            None => Ok(handle.as_str().to_owned()),
            Some(_) => Err(handle_taken()),
        }
    }

    /// A free handle as near as can be to this one.
    pub(super) async fn handle_near(&self, workspace: WorkspaceId, wish: &str) -> Result<String> {
        let wishes = Handle::near(wish).alternatives(self.ids().random());
        let free = self.free_handle(workspace, wishes).await?;
        free.ok_or_else(handle_taken)
    }
}

/// 404 `person.not_found`.
pub(super) fn no_such_person() -> Error {
    Error::new(Kind::NotFound, "person.not_found", "nobody of this installation is that")
}

pub(super) fn handle_taken() -> Error {
    Error::new(Kind::Conflict, "member.handle_taken", "another member has this handle")
}

/// The row as the plan writes it.
pub(super) fn member_of(member: &Member, view: &View<'_>) -> Member {
    let seq = view.next_seq();
    Member { joined_at: view.now(), joined_seq: seq, changed_seq: seq, ..member.clone() }
}

struct Join {
    caller: Caller,
    member: Member,
    /// What was asked for, which the row need not have where they are a member already.
    role: Role,
    seat: SeatRead,
}

impl Plan for Join {
    fn reads(&self) -> Vec<Read> {
        let members = [self.caller.user, self.member.id].map(Read::of::<Member>);
        members.into_iter().chain(words::reads(self.member.id, &self.member.words)).collect()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let actor = acting(view, &self.caller, Action::WorkspaceManageMembers)?;
        check_reach(actor.role, None, Some(self.role))?;
        let known = view.get::<Member>(self.member.id)?;
        if known.as_ref().is_some_and(Member::is_active) {
            return Ok(Step::Nothing);
        }
        let member = member_of(&Member { role: self.role, ..self.member.clone() }, view);
        view.put(&member)?;
        words::turn(view, member.id, &[], &member.words)?;
        count_owners(view, None, Some(self.role))?;
        self.seat.turn(view, self.caller.workspace, Part::None, Part::of(Some(&member)))?;
        audit::record(view, &self.caller, "member.added", Some(member.id.to_string()))?;
        Ok(Event::MemberJoined { user_id: member.id, role: self.role }.append())
    }
}
