//! Deletes folders: the groups in them stay, in none.

use parlance_base::{Author, BoxFuture, FolderId, JobId, Result, UserId, WorkspaceId};
use parlance_store::{
    Batch,
    job::{Failure, Handler, Job},
};
use parlance_stream::{Plan, Read, Step, Submission, View};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Folder, change::count, folders_of, not_found};
use crate::{
    chat::{By, Chat},
    event,
    member::{self, FOLDER_ID, Member},
    own,
};

/// The kind of job that takes groups out of a folder that is gone.
pub(crate) const FOLDER_DELETED: &str = "chat.folder_deleted";

/// How many groups are taken out in one commit.
const AT_ONCE: usize = 200;

impl By {
    /// Deletes the folder: its groups are in none then.
    ///
    /// # Errors
    /// 404 `folder.not_found`; 429 `rate.limited`.
    pub async fn delete_folder(&self, id: FolderId) -> Result<()> {
        let plan = Delete { workspace: self.workspace(), user: self.user(), id };
        self.change_folders(plan).await?;
        self.chat.shared.jobs.wake();
        Ok(())
    }
}

impl Chat {
    /// Deletes the folders of somebody who is known no more.
    ///
    /// # Errors
    /// `store.unavailable`.
    pub(crate) async fn forget_folders(&self, workspace: WorkspaceId, user: UserId) -> Result<()> {
        for folder in folders_of(&self.shared.store.workspace(workspace), user).await? {
            let gone = Submission::new(Author::system(), Delete { workspace, user, id: folder.id });
            self.streams().submit(workspace, own::stream(user), gone).await?;
        }
        Ok(())
    }
}

struct Delete {
    workspace: WorkspaceId,
    user: UserId,
    id: FolderId,
}

impl Plan for Delete {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Folder>(self.id)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let own = view.get::<Folder>(self.id)?.filter(|folder| folder.user_id == self.user);
        own.ok_or_else(not_found)?;
        count(view, self.user, -1)?;
        view.remove::<Folder>(self.id)?;
        let id = JobId::derived(&["folder_deleted", &self.id.to_string()]);
        let payload = json!(Deleted { user_id: self.user, folder_id: self.id }).to_string();
        view.insert(&Job::new(id, self.workspace, FOLDER_DELETED, payload, view.now()))?;
        Ok(own::tell(view, self.user, event::SETTINGS_UPDATED, json!({ "folder_deleted": self.id })))
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Deleted {
    user_id: UserId,
    folder_id: FolderId,
}

/// Takes groups out of folders that are gone.
#[derive(Debug)]
pub(crate) struct Emptying(pub(crate) Chat);

impl Handler for Emptying {
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(async move {
            let deleted: Deleted =
                serde_json::from_str(&job.payload).map_err(|error| Failure::Final(error.to_string()))?;
            let scope = self.0.shared.store.workspace(job.workspace_id);
            let mut members = member::memberships(&scope, deleted.user_id).await?;
            members.retain(|member| member.folder_id == Some(deleted.folder_id));
            for some in members.chunks(AT_ONCE) {
                let mut batch = Batch::new();
                for member in some {
                    // Only unless it is in another folder by now.
                    batch.update::<Member>(
                        member.id,
                        [FOLDER_ID.is(deleted.folder_id.to_string())],
                        [FOLDER_ID.unset()],
                    );
                }
                scope.commit(batch).await.map_err(parlance_base::Error::from)?;
            }
            Ok(Batch::new())
        })
    }
}
