//! The groups of a workspace for those who are not in them: the public ones for all of its members, and every one for who runs
//! it.

use std::collections::HashSet;

use futures::future::try_join_all;
use parlance_base::{Result, StreamId};
use parlance_edge::Listing;
use parlance_store::{Find, ID};
use parlance_stream::{HEAD_KIND, HEAD_STATE, HEAD_VISIBILITY, Head};
use parlance_workspace::permission::{self as table, Standing};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ACTIVE, ARCHIVED, Group, GroupKind, INACTIVE, Visibility, group_of};
use crate::{chat::By, member::Member, permission::Act};

/// A public group, as somebody of the workspace finds it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ListedGroup {
    /// The group.
    #[serde(flatten)]
    pub group: Group,
    /// Whether the caller is a member of it.
    pub joined: bool,
}

/// Which groups are looked for; what is none does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DirectoryFilter {
    /// Those of this kind.
    pub kind: Option<GroupKind>,
    /// Those that are active, or those that rest or are archived.
    pub active: Option<bool>,
}

impl By {
    /// The public groups that take messages, in the order of their ids, after the one that the page before ended with.
    ///
    /// # Errors
    /// 403 `workspace.insufficient_role` for guests, `key.missing_scope`; `store.unavailable`.
    pub async fn discover(&self, after: Option<StreamId>, limit: usize) -> Result<Listing<ListedGroup>> {
        self.noted(None, table::check(Act::WorkspaceView, &Standing::of_caller(&self.caller)))?;
        let public = [HEAD_VISIBILITY.is(Visibility::Public.as_str()), HEAD_STATE.among([ACTIVE, INACTIVE])];
        let public = Find::new(public.into_iter().chain(after.map(|after| ID.above(after.to_string()))));
        let heads = self.scope().find::<Head>(public.ascending(ID).limit(limit + 1)).await?;
        let own = heads.iter().map(|head| Member::id_of(head.id, self.user()));
        let own = self.scope().get_many::<Member>(own.collect::<Vec<_>>()).await?;
        let joined: HashSet<StreamId> =
            own.into_iter().filter(|member| member.active).map(|member| member.group_id).collect();
        let groups = heads.iter().filter_map(|head| group_of(head).ok());
        let groups = groups.map(|group| ListedGroup { joined: joined.contains(&group.id), group });
        Ok(Listing::cut(groups.collect(), limit, |listed| listed.group.id.to_string()))
    }

    /// Every group of the workspace that the filter lets through, in the order of their ids, after the one that the page before
    /// ended with. What is said in them is another question.
    ///
    /// # Errors
    /// 403 `workspace.insufficient_role` for who does not run the workspace, `key.missing_scope`; `store.unavailable`.
    pub async fn every_group(
        &self,
        filter: DirectoryFilter,
        after: Option<StreamId>,
        limit: usize,
    ) -> Result<Listing<Group>> {
        self.noted(None, table::check(Act::GroupListAll, &Standing::of_caller(&self.caller)))?;
        let scope = self.scope();
        let kinds = GroupKind::ALL.into_iter().filter(|kind| filter.kind.is_none_or(|only| only == *kind));
        let finds = kinds.map(|kind| {
            let of_kind = [HEAD_KIND.is(kind.as_str()), HEAD_STATE.among(filter.states())];
            let after = after.map(|after| ID.above(after.to_string()));
            let find = Find::new(of_kind.into_iter().chain(after)).ascending(ID).limit(limit + 1);
            scope.find::<Head>(find)
        });
        let mut heads = try_join_all(finds).await?.concat();
        heads.sort_by_key(|head| head.id);
        let groups = heads.iter().filter_map(|head| group_of(head).ok());
        Ok(Listing::cut(groups.collect(), limit, |group| group.id.to_string()))
    }
}

impl DirectoryFilter {
    fn states(self) -> Vec<&'static str> {
        match self.active {
            Some(true) => vec![ACTIVE],
            Some(false) => vec![INACTIVE, ARCHIVED],
            None => vec![ACTIVE, INACTIVE, ARCHIVED],
        }
    }
}
