//! Whether somebody is not to be disturbed.

use parlance_base::{Author, Result, UserId, WorkspaceId};
use parlance_stream::{Plan, Read, Step, Submission, View};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{Settings, SettingsView};
use crate::{
    chat::{By, Chat},
    event, own,
    permission::{self, Act},
};

/// What the caller is to have set otherwise.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsChange {
    /// Whether they are not to be disturbed.
    pub dnd: Option<bool>,
}

impl Chat {
    /// Whether the user is not to be disturbed.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub(crate) async fn dnd(&self, workspace: WorkspaceId, user: UserId) -> Result<bool> {
        let settings = self.shared.store.workspace(workspace).get::<Settings>(user).await?;
        Ok(settings.is_some_and(|settings| settings.dnd))
    }
}

impl By {
    /// What the caller has set for themselves in the workspace.
    ///
    /// # Errors
    /// 403 `key.missing_scope`; `store.unavailable`.
    pub async fn settings(&self) -> Result<SettingsView> {
        self.noted(None, permission::check_own(&self.caller))?;
        self.own_settings().await
    }

    /// Sets something otherwise for the caller, and tells their devices, and who sees whether they are there.
    ///
    /// # Errors
    /// 403 `key.missing_scope`; 429 `rate.limited`.
    pub async fn change_settings(&self, change: SettingsChange) -> Result<SettingsView> {
        self.noted(None, permission::check_scope(&self.caller, Act::GroupTakePart))?;
        self.chat.shared.pace.change_group(self.user())?;
        if let Some(dnd) = change.dnd {
            let told = Submission::new(Author::from(self.user()), SetDnd { user: self.user(), dnd });
            self.streams().submit(self.workspace(), own::stream(self.user()), told).await?;
        }
        self.own_settings().await
    }

    async fn own_settings(&self) -> Result<SettingsView> {
        Ok(SettingsView { dnd: self.chat.dnd(self.workspace(), self.user()).await? })
    }
}

struct SetDnd {
    user: UserId,
    dnd: bool,
}

impl Plan for SetDnd {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Settings>(self.user)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let before = view.get::<Settings>(self.user)?.is_some_and(|settings| settings.dnd);
        if before == self.dnd {
            return Ok(Step::Nothing);
        }
        view.put(&Settings { id: self.user, dnd: self.dnd })?;
        Ok(own::tell(view, self.user, event::SETTINGS_UPDATED, json!({ "dnd": self.dnd })))
    }
}
