//! Takes reactions out of the store whose message says nothing any more.

use parlance_base::{BoxFuture, EntryId, JobId, Result, Time, WorkspaceId};
use parlance_store::{
    Batch, Find, Scope,
    job::{Failure, Handler, Job},
};
use serde::Deserialize;
use serde_json::json;

use super::{MESSAGE_ID, Reaction, SEQ};
use crate::chat::Chat;

/// The kind of job that takes the reactions to a deleted message out of the store.
pub(crate) const UNREACTED: &str = "chat.unreacted";

/// How many are taken out at once.
const AT_ONCE: usize = 500;

/// The job that takes the reactions to this message, which is deleted, out of the store.
pub(in crate::message) fn unreacted(workspace: WorkspaceId, message: EntryId, now: Time) -> Job {
    let id = JobId::derived(&[UNREACTED, &message.to_string()]);
    Job::new(id, workspace, UNREACTED, json!({ "message_id": message }).to_string(), now)
}

/// Takes the reactions to deleted messages out of the store.
#[derive(Debug)]
pub(crate) struct Unreacting(pub(crate) Chat);

#[derive(Debug, Deserialize)]
struct Of {
    message_id: EntryId,
}

impl Handler for Unreacting {
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(async move {
            let Of { message_id } =
                serde_json::from_str(&job.payload).map_err(|error| Failure::Final(error.to_string()))?;
            remove_reactions(&self.0.shared.store.workspace(job.workspace_id), message_id).await?;
            Ok(Batch::new())
        })
    }
}

/// Takes the reactions to a message that is deleted out of the store.
pub(crate) async fn remove_reactions(scope: &Scope, message: EntryId) -> Result<()> {
    loop {
        let some = Find::new([MESSAGE_ID.is(message.to_string())]).ascending(SEQ).limit(AT_ONCE);
        let some = scope.find::<Reaction>(some).await?;
        if some.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for reaction in &some {
            batch.delete::<Reaction>(reaction.id, []);
        }
        scope.commit(batch).await?;
    }
}
