//! What changes a workspace, one file per verb: each a plan on the workspace's stream, which looks at the roles of those
//! concerned in the very step that changes them.

mod add;
mod create;
mod delete;
mod embed;
mod end;
mod leave;
mod remove;
mod rename;
mod role;
mod transfer;
mod update;

use parlance_base::{Caller, Error, Kind, Result, Role, UserId, WorkspaceId};
use parlance_stream::{Head, Step, View};

use crate::{
    departure::{self, Departed},
    event::Event,
    member::Member,
    permission::{Action, Standing, check, workspace_not_found},
    retry,
    seat::{Part, SeatRead},
    tenure::Tenure,
    words,
    workspace::{Details, is_deleted},
    workspaces::member_not_found,
};

pub use add::NewMember;
pub(crate) use delete::Vacate;
pub use end::Ending;
pub use update::WorkspaceChange;

/// The one who acts, where they may do this now by what they proved themselves with. What they are is looked up in the view.
fn acting(view: &View<'_>, actor: &Caller, action: Action) -> Result<Member> {
    head(view)?;
    let member = view.get::<Member>(actor.user)?.filter(Member::is_active).ok_or_else(workspace_not_found)?;
    check(action, &Standing::of(member.role).by(actor.grant))?;
    Ok(member)
}

/// The member whom it is about.
fn concerned(view: &View<'_>, user: UserId) -> Result<Member> {
    view.get::<Member>(user)?.filter(Member::is_active).ok_or_else(member_not_found)
}

/// The head of a workspace that there still is.
fn head(view: &View<'_>) -> Result<Head> {
    view.head().filter(|head| !is_deleted(head)).cloned().ok_or_else(workspace_not_found)
}

/// Ends the membership, with all that goes with it. `words` are those that the member is found by, which the plan named in
/// its reads. The owners are counted by the caller, who knows whether one may go.
fn depart(
    view: &mut View<'_>,
    workspace: WorkspaceId,
    member: Member,
    words: &[String],
    seat: &SeatRead,
    successor_id: Option<UserId>,
) -> Result<Step> {
    if member.words != words {
        return Err(retry::stale());
    }
    words::turn(view, member.id, words, &[])?;
    let departed = Departed { user_id: member.id, tenure: Tenure::of(&member) };
    view.insert(&departure::departed(view, workspace, departed))?;
    go(view, workspace, member, seat, successor_id)
}

/// Ends the membership itself.
fn go(
    view: &mut View<'_>,
    workspace: WorkspaceId,
    mut member: Member,
    seat: &SeatRead,
    successor_id: Option<UserId>,
) -> Result<Step> {
    seat.turn(view, workspace, Part::of(Some(&member)), Part::None)?;
    member.leave();
    member.changed_seq = view.next_seq();
    view.put(&member)?;
    Ok(Event::MemberLeft { user_id: member.id, successor_id }.append())
}

/// Counts the owners anew where somebody's role changes; there always is one.
fn count_owners(view: &mut View<'_>, was: Option<Role>, becomes: Option<Role>) -> Result<()> {
    let step = i64::from(becomes == Some(Role::Owner)) - i64::from(was == Some(Role::Owner));
    if step == 0 {
        return Ok(());
    }
    let mut head = head(view)?;
    let mut details = Details::of(&head);
    details.owners += step;
    if details.owners < 1 {
        return Err(Error::new(
            Kind::Conflict,
            "workspace.last_owner",
            "the workspace's last owner must stay its owner",
        ));
    }
    details.into_head(&mut head);
    view.put_head(head);
    Ok(())
}
