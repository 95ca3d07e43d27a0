//! Acting as an embedded user: what an application does for its users without giving each of them a key.

use parlance_base::{Backer, Grant, Result, UserId};
use parlance_workspace::user_not_found;

use super::{check::KeyHolder, embedded::id_of, not_master};
use crate::Auth;

/// The header that names the embedded user, as the application knows them.
pub(crate) const ACT_AS: &str = "parlance-act-as";

impl Auth {
    /// Who acts where the holder of a master key acts as this embedded user of its workspace: what that user may, and no
    /// more.
    ///
    /// # Errors
    /// 403 `key.not_master`; 404 `user.not_found`.
    pub(super) async fn acting_as(&self, holder: KeyHolder, external_id: &str) -> Result<KeyHolder> {
        self.acting_as_member(holder, id_of(holder.workspace, external_id)).await
    }

    /// As [`acting_as`](Self::acting_as), by the user's id.
    pub(super) async fn acting_as_member(&self, holder: KeyHolder, user: UserId) -> Result<KeyHolder> {
        if holder.grant != Grant::Master {
            return Err(not_master());
        }
        let member = self.core.workspaces.present(holder.workspace, user).await?;
        let member = member.filter(|member| member.embedded).ok_or_else(user_not_found)?;
        let backer = Some(Backer { key: holder.key, user: holder.user });
        Ok(KeyHolder { user, role: member.role, grant: Grant::Full, backer, ..holder })
    }
}
