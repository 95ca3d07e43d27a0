//! Sends a message whose time has come: it is claimed, sent under its own name, and then gone from what is to be sent. Whatever ends in
//! between is done again, and finds what was done.

use parlance_base::{
    Author, BoxFuture, Caller, Error, Grant, Kind, Result, ScheduledId, StreamId, UserId, WorkspaceId,
};
use parlance_store::{
    Batch,
    job::{Failure, Handler, Job},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    Scheduled, Unsent,
    change::{Change, Turn},
};
use crate::{
    chat::Chat,
    message::{NewMessage, Sent},
};

/// The kind of job that sends a message whose time has come.
pub(crate) const SCHEDULED: &str = "chat.scheduled";

/// What is due.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Due {
    pub(super) user_id: UserId,
    pub(super) group_id: StreamId,
    pub(super) scheduled_id: ScheduledId,
    pub(super) made_seq: i64,
}

/// Sends messages whose time has come.
#[derive(Debug)]
pub(crate) struct Sending(pub(crate) Chat);

impl Handler for Sending {
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(async move {
            let due: Due =
                serde_json::from_str(&job.payload).map_err(|error| Failure::Final(error.to_string()))?;
            let workspace = job.workspace_id;
            self.turn(workspace, due, Turn::Claim).await?;
            self.turn(workspace, due, Turn::Pass).await?;
            let scope = self.0.shared.store.workspace(workspace);
            let scheduled = scope.get::<Scheduled>(due.scheduled_id).await?;
            // What was taken back is not there.
            let is_due = |it: &Scheduled| it.made_seq == due.made_seq && it.is_claimed();
            let Some(scheduled) = scheduled.filter(is_due) else { return Ok(Batch::new()) };
            let Some(caller) = self.author(workspace, &scheduled).await? else {
                let why = Unsent { code: "workspace.not_found".into(), message: "no such workspace".into() };
                self.turn(workspace, due, Turn::Failed { why, kept: false }).await?;
                return Ok(Batch::new());
            };
            match self.0.by(&caller).send_scheduled(due.group_id, scheduled.into()).await {
                Ok(Sent::Message(message)) => self.turn(workspace, due, Turn::Sent(message.id)).await?,
                Ok(Sent::Place { id, .. }) => self.turn(workspace, due, Turn::Sent(id)).await?,
                Ok(Sent::Scheduled(_)) => {}
                Err(error) if is_final(&error) => {
                    let why = Unsent { code: error.code().into(), message: error.message().into() };
                    self.turn(workspace, due, Turn::Failed { why, kept: true }).await?;
                }
                Err(error) => return Err(error.into()),
            }
            Ok(Batch::new())
        })
    }
}

impl Sending {
    async fn turn(&self, workspace: WorkspaceId, due: Due, turn: Turn) -> Result<()> {
        let Due { user_id: user, group_id: group, scheduled_id: id, made_seq } = due;
        let change = Change { user, group, id, made_seq: Some(made_seq), turn };
        self.0.change_scheduled(workspace, Author::system(), change).await.map(drop)
    }

    /// Its author as they are now; none where they are not of the workspace any more, or went and came again.
    async fn author(&self, workspace: WorkspaceId, scheduled: &Scheduled) -> Result<Option<Caller>> {
        let Scheduled { user_id: user, credential, joined_seq, .. } = *scheduled;
        let member = self.0.workspaces().present(workspace, user).await?;
        let member = member.filter(|member| member.joined_seq == joined_seq);
        let caller = |role| Caller {
            workspace,
            user,
            credential,
            grant: Grant::Full,
            role,
            email: None,
            backer: None,
        };
        Ok(member.map(|member| caller(member.role)))
    }
}

impl From<Scheduled> for NewMessage {
    fn from(it: Scheduled) -> Self {
        let metadata = it.metadata.and_then(|text| RawValue::from_string(text).ok());
        Self {
            content: it.content,
            client_id: Some(it.client_id),
            reply_to: it.reply_to,
            thread_id: it.thread_id,
            mentions: it.mentions,
            metadata,
            send_at: None,
        }
    }
}

/// Whether sending it again later cannot help.
fn is_final(error: &Error) -> bool {
    matches!(
        error.kind(),
        Kind::Invalid | Kind::Malformed | Kind::Forbidden | Kind::NotFound | Kind::Payment | Kind::TooLarge
    )
}
