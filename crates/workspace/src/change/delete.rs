//! Deleting a workspace: it is gone for everybody at once, and its slug is free. What it has is removed later.

use parlance_base::{Caller, Result, UserId, WorkspaceId};
use parlance_stream::{Plan, Read, Step, View};

use super::{acting, head};
use crate::{
    audit,
    event::Event,
    member::Member,
    permission::Action,
    purge,
    workspace::{DELETED, DELETED_AT, SLUG, Workspace},
    workspaces::Workspaces,
};

impl Workspaces {
    /// Deletes the caller's workspace.
    ///
    /// # Errors
    /// As the permission table's row `workspace.delete` says; 404 `workspace.not_found` where it is deleted already.
    pub async fn delete(&self, caller: &Caller) -> Result<()> {
        self.submit_by(caller, Delete { caller: caller.clone() }).await.map(drop)
    }
}

struct Delete {
    caller: Caller,
}

impl Plan for Delete {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(self.caller.user)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        acting(view, &self.caller, Action::WorkspaceDelete)?;
        audit::record(view, &self.caller, "workspace.deleted", None)?;
        delete(view, self.caller.workspace)
    }
}

/// Deletes the workspace. Its members' seats are given back and its data is removed by the job that goes with it.
pub(super) fn delete(view: &mut View<'_>, workspace: WorkspaceId) -> Result<Step> {
    let mut head = head(view)?;
    DELETED.clone_into(&mut head.state);
    view.put_head(head);
    // No slug begins so.
    let changes = [SLUG.set(format!("~{workspace}")), DELETED_AT.set(view.now().millis())];
    view.update::<Workspace>(workspace, changes);
    view.insert(&purge::vacating(view, workspace))?;
    Ok(Event::WorkspaceDeleted {}.append())
}

/// Takes a member out of a workspace that is deleted, so that they have their seat back.
pub(crate) struct Vacate {
    pub(crate) workspace: WorkspaceId,
    pub(crate) user: UserId,
    pub(crate) seat: crate::seat::SeatRead,
}

impl Plan for Vacate {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(self.user)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        match view.get::<Member>(self.user)?.filter(Member::is_active) {
            // No words are taken off, no groups are left: all of it goes.
            Some(member) => super::go(view, self.workspace, member, &self.seat, None),
            None => Ok(Step::Nothing),
        }
    }
}
