//! What changes a workspace, one file per verb: each a plan on the workspace's stream, which looks at the roles of those
//! concerned in the very step that changes them.

mod add;
mod create;
mod remove;
mod role;
mod update;

use parlance_base::{Error, Kind, Result, Role, UserId};
use parlance_stream::{Head, View};

use crate::{
    member::Member,
    permission::{Action, Standing, check, workspace_not_found},
    workspace::Details,
    workspaces::member_not_found,
};

pub use add::NewMember;

/// The one who acts, where they may do this now.
fn acting(view: &View<'_>, actor: UserId, action: Action) -> Result<Member> {
    let member = view.get::<Member>(actor)?.filter(Member::is_active).ok_or_else(workspace_not_found)?;
    check(action, &Standing::of(member.role))?;
    Ok(member)
}

/// The member whom it is about.
fn concerned(view: &View<'_>, user: UserId) -> Result<Member> {
    view.get::<Member>(user)?.filter(Member::is_active).ok_or_else(member_not_found)
}

fn head(view: &View<'_>) -> Result<Head> {
    view.head().cloned().ok_or_else(workspace_not_found)
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
