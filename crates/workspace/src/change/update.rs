//! Changing what a workspace is called.

use parlance_base::{Caller, Result, UserId, WorkspaceId};
use parlance_stream::{Plan, Read, Step, View};

use super::{acting, create::slug_taken, head};
use crate::{
    event::Event,
    member::Member,
    name::{DisplayName, Slug},
    permission::Action,
    retry,
    workspace::{Details, NAME, SLUG, Workspace},
    workspaces::Workspaces,
};

impl Workspaces {
    /// Gives the caller's workspace this name and this slug, as far as they are given.
    ///
    /// # Errors
    /// 409 `workspace.slug_taken`; else as the permission table's row `workspace.update` says.
    pub async fn update(
        &self,
        caller: &Caller,
        name: Option<DisplayName>,
        slug: Option<Slug>,
    ) -> Result<Workspace> {
        let name = name.map(DisplayName::into_string);
        retry::while_conflicting(|| self.try_update(caller, &name, &slug)).await?;
        self.view(caller).await
    }

    async fn try_update(&self, caller: &Caller, name: &Option<String>, slug: &Option<Slug>) -> Result<()> {
        let (workspace, actor) = (caller.workspace, caller.user);
        if let Some(slug) = slug {
            let holder = self.by_slug(slug.as_str()).await?;
            if holder.is_some_and(|holder| holder.id != workspace) {
                return Err(slug_taken(slug));
            }
        }
        let (name, slug) = (name.clone(), slug.as_ref().map(|slug| slug.as_str().to_owned()));
        self.submit(workspace, actor, Update { workspace, actor, name, slug }).await.map(drop)
    }
}

struct Update {
    workspace: WorkspaceId,
    actor: UserId,
    name: Option<String>,
    slug: Option<String>,
}

impl Plan for Update {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Member>(self.actor)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        acting(view, self.actor, Action::WorkspaceUpdate)?;
        let mut head = head(view)?;
        let mut details = Details::of(&head);
        let name = self.name.clone().filter(|name| head.name.as_ref() != Some(name));
        let slug = self.slug.clone().filter(|slug| details.slug != *slug);
        if name.is_none() && slug.is_none() {
            return Ok(Step::Nothing);
        }
        let changes = [name.clone().map(|name| NAME.set(name)), slug.clone().map(|slug| SLUG.set(slug))];
        view.update::<Workspace>(self.workspace, changes.into_iter().flatten());
        head.name = name.clone().or(head.name);
        details.slug = slug.clone().unwrap_or(details.slug);
        details.into_head(&mut head);
        view.put_head(head);
        Ok(Event::WorkspaceUpdated { name, slug }.append())
    }
}
