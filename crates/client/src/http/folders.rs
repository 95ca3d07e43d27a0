//! `/api/chat/folders`.

use parlance_base::FolderId;

use super::{InWorkspace, call::Call};
use crate::{
    Error,
    wire::{Folder, FolderChange, NewFolder, Page},
};

impl InWorkspace {
    /// The caller's folders, in their order.
    ///
    /// # Errors
    /// 401; 403 `key.missing_scope`.
    pub async fn folders(&self) -> Result<Vec<Folder>, Error> {
        let all: Page<Folder> = self.call(Call::get("/api/chat/folders")).await?;
        Ok(all.items)
    }

    /// Makes a folder, or finds the one that the caller has under that name.
    ///
    /// # Errors
    /// 422 `folder.name`, `folder.too_many`.
    pub async fn create_folder(&self, name: &str, position: i64) -> Result<Folder, Error> {
        self.post("/api/chat/folders".to_owned(), &NewFolder { name, position }).await
    }

    /// Changes a folder.
    ///
    /// # Errors
    /// 404 `folder.not_found`; 409 `folder.exists`; 422 `folder.name`.
    pub async fn update_folder(&self, id: FolderId, change: &FolderChange) -> Result<Folder, Error> {
        self.patch(format!("/api/chat/folders/{id}"), change).await
    }

    /// Deletes a folder: the groups in it stay, in none.
    ///
    /// # Errors
    /// 404 `folder.not_found`.
    pub async fn delete_folder(&self, id: FolderId) -> Result<(), Error> {
        self.call(Call::delete(format!("/api/chat/folders/{id}"))).await
    }
}
