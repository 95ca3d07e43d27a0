//! Changing what a workspace is called and how it is set.

use parlance_base::{Caller, Result};
use parlance_stream::{Plan, Read, Step, View};
use serde_json::json;

use super::{acting, create::slug_taken, head};
use crate::{
    audit,
    event::Event,
    member::Member,
    name::{DisplayName, Slug},
    permission::Action,
    retry,
    settings::SettingsChange,
    workspace::{Details, NAME, SETTINGS, SLUG, Workspace},
    workspaces::Workspaces,
};

/// What to change of a workspace; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct WorkspaceChange {
    /// What it is called.
    pub name: Option<DisplayName>,
    /// What it is called in addresses.
    pub slug: Option<Slug>,
    /// How it is set.
    pub settings: SettingsChange,
}

impl Workspaces {
    /// Changes the caller's workspace.
    ///
    /// # Errors
    /// 409 `workspace.slug_taken`; 422 `settings.out_of_range`; else as the permission table's row `workspace.update` says.
    pub async fn update(&self, caller: &Caller, change: WorkspaceChange) -> Result<Workspace> {
        retry::while_conflicting(|| self.try_update(caller, &change)).await?;
        self.seen(caller.workspace).await
    }

    async fn try_update(&self, caller: &Caller, change: &WorkspaceChange) -> Result<()> {
        if let Some(slug) = &change.slug {
            let holder = self.by_slug(slug.as_str()).await?;
            if holder.is_some_and(|holder| holder.id != caller.workspace) {
                return Err(slug_taken(slug));
            }
        }
        self.submit_by(caller, Update { caller: caller.clone(), change: change.clone() }).await.map(drop)
    }
}

struct Update {
    caller: Caller,
    change: WorkspaceChange,
}

impl Plan for Update {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(self.caller.user)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        acting(view, &self.caller, Action::WorkspaceUpdate)?;
        let mut head = head(view)?;
        let mut details = Details::of(&head);
        let name = self.change.name.clone().map(DisplayName::into_string);
        let name = name.filter(|name| head.name.as_ref() != Some(name));
        let slug = self.change.slug.as_ref().map(|slug| slug.as_str().to_owned());
        let slug = slug.filter(|slug| details.slug != *slug);
        let settings = self.change.settings.apply(&mut details.settings)?;
        if name.is_none() && slug.is_none() && settings.is_empty() {
            return Ok(Step::Nothing);
        }
        let set = (!settings.is_empty()).then(|| SETTINGS.set(json!(details.settings)));
        let changes = [name.clone().map(|name| NAME.set(name)), slug.clone().map(|slug| SLUG.set(slug)), set];
        view.update::<Workspace>(self.caller.workspace, changes.into_iter().flatten());
        head.name = name.clone().or(head.name);
        details.slug = slug.clone().unwrap_or(details.slug);
        details.into_head(&mut head);
        view.put_head(head);
        audit::record(view, &self.caller, "workspace.updated", None)?;
        Ok(Event::WorkspaceUpdated { name, slug, settings }.append())
    }
}
