//! What goes with a workspace that is deleted, counted up to a bound.

use parlance_base::{Caller, Result};
use parlance_store::{Find, ID};
use parlance_stream::{HEAD_KIND, HEAD_STATE, Head};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Workspaces,
    member::{ACTIVE, Member, STATE},
    permission::{Action, GroupKind},
    workspace::DELETED,
};

/// Up to how many are counted.
const CAP: usize = 5_000;

/// How many groups of a kind are looked at.
const GROUPS: usize = 1_000;

/// What goes with the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Preview {
    /// Its members.
    pub members: Count,
    /// Its groups, those of two people among them.
    pub groups: Count,
    /// The messages in them, as their readers count them.
    pub messages: Count,
}

/// How many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Count {
    /// As many as were counted.
    pub count: usize,
    /// Whether there are or may be more.
    pub capped: bool,
}

impl Workspaces {
    /// What goes when the caller deletes their workspace. It costs the same however much that is.
    ///
    /// # Errors
    /// As the permission table's row `workspace.delete` says.
    pub async fn delete_preview(&self, caller: &Caller) -> Result<Preview> {
        self.allow(caller, Action::WorkspaceDelete)?;
        let scope = self.scope(caller.workspace);
        let active = Find::new([STATE.is(ACTIVE)]).ascending(ID).limit(CAP);
        let members = Count::default().and(scope.count::<Member>(active).await?, false);
        let (mut groups, mut messages) = (Count::default(), Count::default());
        for kind in GroupKind::ALL {
            let of_kind = || Find::new([HEAD_KIND.is(kind.as_str())]).ascending(HEAD_STATE);
            let heads = scope.find::<Head>(of_kind().limit(GROUPS + 1)).await?;
            let is_more = heads.len() > GROUPS;
            let there: Vec<&Head> = heads.iter().filter(|head| head.state != DELETED).collect();
            groups = groups.and(there.len().min(GROUPS), is_more);
            let said = there.iter().map(|head| usize::try_from(head.ordinal).unwrap_or(0)).sum();
            messages = messages.and(said, is_more);
        }
        Ok(Preview { members, groups, messages })
    }
}

impl Count {
    /// So many more.
    fn and(self, more: usize, is_more: bool) -> Self {
        let count = self.count.saturating_add(more);
        Self { count: count.min(CAP), capped: self.capped || is_more || count >= CAP }
    }
}
