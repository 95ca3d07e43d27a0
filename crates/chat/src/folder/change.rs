//! Makes folders, and changes them.

use parlance_base::{Author, Error, FolderId, Kind, Result, UserId};
use parlance_stream::{Plan, Read, Step, Submission, View};
use parlance_workspace::visible;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{Folder, FolderView, MAX_FOLDERS, folders_of, not_found};
use crate::{
    chat::{By, invalid},
    event, own,
    permission::{self, Act},
};

const MAX_NAME: usize = 80;

/// A folder that is to be.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFolder {
    /// What it is called, 1–80 characters.
    pub name: String,
    /// Where it stands among the others (0): folders are in the order of their positions, and then of their names.
    #[serde(default)]
    pub position: i64,
}

/// What is to change of a folder; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FolderChange {
    /// What it is called from now on, 1–80 characters.
    pub name: Option<String>,
    /// Where it stands among the others.
    pub position: Option<i64>,
}

impl By {
    /// Makes the folder; false where the caller has one of that name already, which stays as it is.
    ///
    /// # Errors
    /// 422 for a name that no folder can have, or `folder.too_many`; 429 `rate.limited`.
    pub async fn create_folder(&self, new: NewFolder) -> Result<(FolderView, bool)> {
        check_name(&new.name)?;
        let id = self.chat.shared.ids.next();
        let folder = Folder { id, user_id: self.user(), name: new.name, position: new.position };
        let made = self.change_folders(Make { folder: folder.clone() }).await;
        match made {
            Ok(()) => Ok((folder.into(), true)),
            Err(error) if error.code() == EXISTS => {
                let own = folders_of(&self.scope(), self.user()).await?;
                let same = own.into_iter().find(|own| own.name == folder.name);
                Ok((same.ok_or(error)?.into(), false))
            }
            Err(error) => Err(error),
        }
    }

    /// Changes the folder.
    ///
    /// # Errors
    /// 404 `folder.not_found`; 409 `folder.exists`; 422 for a name that no folder can have; 429 `rate.limited`.
    pub async fn update_folder(&self, id: FolderId, change: FolderChange) -> Result<FolderView> {
        if let Some(name) = &change.name {
            check_name(name)?;
        }
        self.change_folders(Alter { user: self.user(), id, change }).await?;
        let folder = self.scope().get::<Folder>(id).await?;
        folder.map(FolderView::from).ok_or_else(not_found)
    }

    /// Has the plan done on the caller's own stream.
    pub(super) async fn change_folders(&self, plan: impl Plan) -> Result<()> {
        self.chat.shared.pace.change_group(self.user())?;
        self.noted(None, permission::check_scope(&self.caller, Act::GroupTakePart))?;
        let told = Submission::new(Author::from(self.user()), plan);
        let told = self.streams().submit(self.workspace(), own::stream(self.user()), told).await;
        told.map(drop).map_err(|error| if error.code() == "store.conflict" { exists() } else { error })
    }
}

const EXISTS: &str = "folder.exists";

fn exists() -> Error {
    Error::new(Kind::Conflict, EXISTS, "you have a folder of that name")
}

fn check_name(name: &str) -> Result<()> {
    if name.trim().is_empty() || name.chars().count() > MAX_NAME || visible(name) != name {
        let message = format!("a name has 1–{MAX_NAME} characters that can be seen, and not only spaces");
        return Err(invalid("folder.name", message));
    }
    Ok(())
}

struct Make {
    folder: Folder,
}

impl Plan for Make {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Folder>(self.folder.id)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        count(view, self.folder.user_id, 1)?;
        put(view, self.folder.clone())
    }
}

struct Alter {
    user: UserId,
    id: FolderId,
    change: FolderChange,
}

impl Plan for Alter {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Folder>(self.id)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let before = view.get::<Folder>(self.id)?.filter(|folder| folder.user_id == self.user);
        let before = before.ok_or_else(not_found)?;
        let FolderChange { name, position } = self.change.clone();
        let name = name.unwrap_or_else(|| before.name.clone());
        let folder = Folder { name, position: position.unwrap_or(before.position), ..before.clone() };
        if folder == before { Ok(Step::Nothing) } else { put(view, folder) }
    }
}

fn put(view: &mut View<'_>, folder: Folder) -> Result<Step> {
    view.put(&folder)?;
    // Names are for no log: they go with the folder.
    Ok(own::tell(view, folder.user_id, event::SETTINGS_UPDATED, json!({ "folder_changed": folder.id })))
}

/// Counts folders that come (or go, where negative).
pub(super) fn count(view: &mut View<'_>, user: UserId, come: i64) -> Result<()> {
    if own::count_folders(view, user, come) > i64::try_from(MAX_FOLDERS).unwrap_or(i64::MAX) {
        return Err(invalid("folder.too_many", format!("at most {MAX_FOLDERS} folders")));
    }
    Ok(())
}
