//! Where a user stands in streams: which they may read, how far each has come, by what right.

use std::collections::HashMap;

use parlance_base::{Result, Role, StreamId, UserId, WorkspaceId};
use parlance_stream::Head;

use crate::{
    chat::Chat,
    group::{self, Visibility},
    member::Member,
    realtime::{Access, Standing, StreamKind},
};

impl Chat {
    /// Where the user stands in those of these streams that they may read. The heads are read first, the rights after
    /// them.
    ///
    /// # Errors
    /// `store.unavailable`.
    pub(crate) async fn standings(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        role: Role,
        streams: &[StreamId],
    ) -> Result<Vec<Standing>> {
        let heads = self.streams().heads(workspace, streams.iter().copied()).await?;
        let heads: HashMap<StreamId, Head> = heads.into_iter().map(|head| (head.id, head)).collect();
        let owned = [user.uuid(), workspace.uuid()];
        let groups = streams.iter().filter(|stream| !owned.contains(&stream.uuid()));
        let members = groups.map(|group| Member::id_of(*group, user));
        let members = self.shared.store.workspace(workspace).get_many::<Member>(members).await?;
        let members: HashMap<StreamId, Member> =
            members.into_iter().map(|member| (member.group_id, member)).collect();
        let standings = streams.iter().filter_map(|&stream| match heads.get(&stream) {
            _ if stream.uuid() == user.uuid() => Some(own(stream, StreamKind::User, heads.get(&stream))),
            _ if stream.uuid() == workspace.uuid() => {
                Some(own(stream, StreamKind::Workspace, heads.get(&stream)))
            }
            Some(head) => {
                let member = members.get(&stream);
                let access = group::access(head, member, role)?;
                Some(Standing::in_group(head, member, access))
            }
            None => None,
        });
        Ok(standings.collect())
    }
}

impl Standing {
    /// In the group of this head, by this right.
    pub(crate) fn in_group(head: &Head, member: Option<&Member>, access: Access) -> Self {
        let is_member = member.filter(|member| member.active);
        let visible_from = is_member.map_or(1, |member| position(member.visible_from));
        let is_public = group::visibility(head) == Visibility::Public;
        let runs = is_member.is_some_and(|member| member.rights.is_owner || member.rights.is_admin);
        Self { access, visible_from, is_public, runs, ..own(head.id, StreamKind::Group, Some(head)) }
    }
}

/// A stream that is the user's by right; one without a head has no entries yet.
fn own(stream: StreamId, kind: StreamKind, head: Option<&Head>) -> Standing {
    let (seq, log_floor) = head.map_or((0, 0), |head| (position(head.seq), position(head.log_floor)));
    let (visible_from, is_public, access, runs) = (1, false, Access::Member, false);
    Standing { stream, kind, head: seq, log_floor, visible_from, is_public, access, runs }
}

fn position(seq: i64) -> u64 {
    u64::try_from(seq).unwrap_or(0)
}
