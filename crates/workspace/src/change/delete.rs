//! Deleting a workspace.

use parlance_base::{Result, WorkspaceId};
use parlance_stream::{Step, View};

use super::head;
use crate::{
    event::Event,
    workspace::{DELETED, DELETED_AT, SLUG, Workspace},
};

/// Deletes the workspace for everybody: what it has stays for a while, its slug is free.
pub(super) fn delete(view: &mut View<'_>, workspace: WorkspaceId) -> Result<Step> {
    let mut head = head(view)?;
    DELETED.clone_into(&mut head.state);
    view.put_head(head);
    // No slug begins so.
    let changes = [SLUG.set(format!("~{workspace}")), DELETED_AT.set(view.now().millis())];
    view.update::<Workspace>(workspace, changes);
    Ok(Event::WorkspaceDeleted {}.append())
}
