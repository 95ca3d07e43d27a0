//! `/api/chat/groups/{id}/scheduled`.

use parlance_base::{ScheduledId, StreamId, Time};

use super::{InWorkspace, groups::of};
use crate::{
    Error,
    wire::{Later, NewMessage, Page, Schedule, Scheduled},
};

impl InWorkspace {
    /// Has the message sent at that time, within a year. It gets a `client_id` where it has none.
    ///
    /// # Errors
    /// As [`send`](Self::send); 422 `message.send_at`, `scheduled.too_many`.
    pub async fn schedule(
        &self,
        group: StreamId,
        mut message: NewMessage,
        send_at: Time,
    ) -> Result<Schedule, Error> {
        self.name(&mut message);
        let later = Later { message: &message, send_at: send_at.to_rfc3339() };
        self.post(of(group, "/messages"), &later).await
    }

    /// The caller's messages to the group that are to be sent later, or could not be, the next one first.
    ///
    /// # Errors
    /// 404 `group.not_found`.
    pub async fn scheduled(&self, group: StreamId) -> Result<Vec<Scheduled>, Error> {
        Ok(self.get::<Page<Scheduled>>(of(group, "/scheduled")).await?.items)
    }

    /// Takes back a message that is to be sent later.
    ///
    /// # Errors
    /// 404 `scheduled.not_found`, also for one that was sent; 409 `scheduled.sending`.
    pub async fn cancel_scheduled(&self, group: StreamId, id: ScheduledId) -> Result<(), Error> {
        self.delete(of(group, &format!("/scheduled/{id}"))).await
    }
}
