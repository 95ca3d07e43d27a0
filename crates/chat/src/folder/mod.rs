//! Folders: how somebody sorts their groups for themselves. They change through their owner's own stream, so that all of the
//! owner's devices hear of it, and a group is never put into a folder that is gone.

mod change;
mod delete;

use parlance_base::{Error, FolderId, Kind, Result, UserId};
use parlance_edge::Listing;
use parlance_store::{Collection, Field, Find, Findings, Home, Index, Scope, Stored};
use parlance_stream::Head;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{chat::By, own, permission};

pub use change::{FolderChange, NewFolder};
pub(crate) use delete::{Emptying, FOLDER_DELETED};

/// How many folders somebody may have.
pub(crate) const MAX_FOLDERS: usize = 100;

/// A folder, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Folder {
    pub(crate) id: FolderId,
    pub(crate) user_id: UserId,
    pub(crate) name: String,
    /// Folders are in the order of their positions, and then of their names.
    pub(crate) position: i64,
}

/// A folder of the caller's groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FolderView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: FolderId,
    /// What it is called; no other folder of the caller's is called so.
    pub name: String,
    /// Folders are in the order of their positions, and then of their names.
    pub position: i64,
}

const USER_ID: Field = Field::text("user_id");
const NAME: Field = Field::text("name");
const POSITION: Field = Field::int("position");

/// The folders of a workspace's members.
pub(crate) static FOLDERS: Collection = Collection {
    name: "folders",
    home: Home::Workspace,
    indexes: &[Index { name: "by_name", fields: &[USER_ID, NAME], unique: true }],
    fields: &[POSITION],
};

impl Stored for Folder {
    const COLLECTION: &'static Collection = &FOLDERS;
}

impl From<Folder> for FolderView {
    fn from(Folder { id, name, position, .. }: Folder) -> Self {
        Self { id, name, position }
    }
}

impl By {
    /// The caller's folders, in their order.
    ///
    /// # Errors
    /// 403 `key.missing_scope`; `store.unavailable`.
    pub async fn folders(&self) -> Result<Listing<FolderView>> {
        self.noted(None, permission::check_own(&self.caller))?;
        let mut folders = folders_of(&self.scope(), self.user()).await?;
        folders.sort_by(|one, other| (one.position, &one.name).cmp(&(other.position, &other.name)));
        Ok(Listing { items: folders.into_iter().map(FolderView::from).collect(), next: None })
    }
}

async fn folders_of(scope: &Scope, user: UserId) -> Result<Vec<Folder>> {
    scope.find::<Folder>(Find::new([USER_ID.is(user.to_string())]).limit(MAX_FOLDERS)).await
}

pub(crate) fn not_found() -> Error {
    Error::new(Kind::NotFound, "folder.not_found", "you have no such folder")
}

/// Notes that the head of somebody's own stream counts other folders than they have.
///
/// # Errors
/// `store.unavailable` while the store is out of reach.
pub(crate) async fn check(scope: &Scope, head: &Head, findings: &mut Findings) -> Result<()> {
    let (user, counted) = (UserId::from(head.id.uuid()), own::details(head).folders);
    let folders = i64::try_from(folders_of(scope, user).await?.len()).unwrap_or(i64::MAX);
    findings
        .expect(counted == folders, || format!("user {user}: {counted} folders are counted, of {folders}"));
    Ok(())
}
