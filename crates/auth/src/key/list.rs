//! The keys that the people of a workspace made.

use parlance_base::{Caller, Result};
use parlance_store::Find;
use parlance_workspace::permission::Action;

use super::{Key, KeyView, MADE, NAME, SHELF};
use crate::Auth;

impl Auth {
    /// The keys of the caller's workspace after this name, by name, at most `limit`; without their secrets, which nobody
    /// has, and without those of embedded users.
    ///
    /// # Errors
    /// As the permission table's row `key.manage` says.
    pub async fn keys(&self, caller: &Caller, after: Option<String>, limit: usize) -> Result<Vec<KeyView>> {
        self.core.workspaces.allow(caller, Action::KeyManage)?;
        let after = after.map(|after| NAME.above(after));
        let find = Find::new([SHELF.is(MADE)].into_iter().chain(after)).ascending(NAME).limit(limit);
        let keys = self.core.store.workspace(caller.workspace).find::<Key>(find).await?;
        Ok(keys.into_iter().map(KeyView::from).collect())
    }
}
