//! What becomes of a message that is to be sent later: its author's own stream tells each step of it, and nothing of what it says.

use std::time::Duration;

use parlance_base::{Author, EntryId, Error, Kind, Result, ScheduledId, StreamId, Time, UserId, WorkspaceId};
use parlance_stream::{Plan, Read, Receipt, Step, Submission, View};
use serde::Serialize;
use serde_json::json;

use super::{Scheduled, ScheduledState, Unsent, not_found};
use crate::{
    chat::{By, Chat},
    event,
    message::Sent,
    own,
    permission::{self, Act},
};

/// What is to become of a message that is to be sent later.
#[derive(Clone, Debug)]
pub(super) enum Turn {
    /// Its author takes it back.
    Cancel,
    /// Its time has come.
    Claim,
    /// It was sent, as this message.
    Sent(EntryId),
    /// It cannot be sent; kept for its author to see, where they may see it.
    Failed { why: Unsent, kept: bool },
    /// Its author is known no more.
    Forget,
    /// It was taken back, and its time has come.
    Pass,
}

/// After this long a message that is being sent is not any more: what was to send it has been given up.
const GIVEN_UP: Duration = Duration::from_secs(3_600);

/// What the author's devices are told.
#[derive(Serialize)]
pub(super) struct Told {
    pub(super) group_id: StreamId,
    pub(super) scheduled_id: ScheduledId,
    pub(super) state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message_id: Option<EntryId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Unsent>,
}

impl By {
    /// Takes back a message that is to be sent later.
    ///
    /// # Errors
    /// 404 `group.not_found`, `scheduled.not_found`, also for one that was sent; 409 `scheduled.sending`; 403 `key.missing_scope`; 429
    /// `rate.limited`.
    pub async fn cancel_scheduled(&self, group: StreamId, id: ScheduledId) -> Result<()> {
        self.chat.shared.pace.change_group(self.user())?;
        self.noted(Some(group), permission::check_scope(&self.caller, Act::GroupTakePart))?;
        let scheduled = self.scope().get::<Scheduled>(id).await?;
        let scheduled = scheduled.filter(|it| it.user_id == self.user() && it.group_id == group);
        let Some(scheduled) = scheduled else {
            // Whoever has none there is told of the group only what they may know.
            self.own_part(group).await?;
            return Err(not_found());
        };
        let sent = match scheduled.state {
            ScheduledState::Sending => self.sent_before(group, Some(&scheduled.client_id)).await?,
            _ => None,
        };
        let turn = sent.as_ref().and_then(Sent::id).map_or(Turn::Cancel, Turn::Sent);
        let change = Change { user: self.user(), group, id, made_seq: None, turn };
        self.chat.change_scheduled(self.workspace(), Author::from(self.user()), change).await?;
        if sent.is_some() { Err(not_found()) } else { Ok(()) }
    }
}

impl Chat {
    /// Has this become of it; false where it is so already, or there is no such message any more.
    pub(super) async fn change_scheduled(
        &self,
        workspace: WorkspaceId,
        author: Author,
        change: Change,
    ) -> Result<bool> {
        let own = own::stream(change.user);
        let receipt = self.streams().submit(workspace, own, Submission::new(author, change)).await?;
        Ok(matches!(receipt, Receipt::Appended(_)))
    }
}

pub(super) struct Change {
    pub(super) user: UserId,
    pub(super) group: StreamId,
    pub(super) id: ScheduledId,
    /// Which of those under this id is meant; any where none is named.
    pub(super) made_seq: Option<i64>,
    pub(super) turn: Turn,
}

impl Plan for Change {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Scheduled>(self.id)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let is_meant = |it: &Scheduled| {
            let is_of = it.user_id == self.user && it.group_id == self.group;
            is_of && self.made_seq.is_none_or(|seq| seq == it.made_seq)
        };
        let Some(before) = view.get::<Scheduled>(self.id)?.filter(is_meant) else {
            return if matches!(self.turn, Turn::Cancel) { Err(not_found()) } else { Ok(Step::Nothing) };
        };
        let (mut message_id, mut error) = (None, None);
        let state = match (&self.turn, before.state) {
            (Turn::Cancel, ScheduledState::Cancelled) => return Err(not_found()),
            (Turn::Cancel, ScheduledState::Sending) if is_under_way(&before, view.now()) => {
                return Err(sending());
            }
            (Turn::Claim, ScheduledState::Waiting | ScheduledState::Sending) => "sending",
            (Turn::Pass, ScheduledState::Cancelled) | (Turn::Cancel | Turn::Forget, _) => "cancelled",
            (Turn::Claim | Turn::Pass, _)
            | (Turn::Failed { .. }, ScheduledState::Failed | ScheduledState::Cancelled) => {
                return Ok(Step::Nothing);
            }
            (Turn::Sent(id), _) => {
                message_id = Some(*id);
                "sent"
            }
            (Turn::Failed { why, .. }, _) => {
                error = Some(why.clone());
                "failed"
            }
        };
        self.keep(view, before)?;
        let told = Told { group_id: self.group, scheduled_id: self.id, state, message_id, error };
        Ok(own::tell(view, self.user, event::SCHEDULED_UPDATED, json!(told)))
    }
}

impl Change {
    /// Keeps what is left of the message, if anything is.
    fn keep(&self, view: &mut View<'_>, before: Scheduled) -> Result<()> {
        let was_cancelled = before.state == ScheduledState::Cancelled;
        match &self.turn {
            Turn::Claim => {
                let claimed_at = Some(view.now());
                view.put(&Scheduled { state: ScheduledState::Sending, claimed_at, ..before })
            }
            Turn::Failed { why, kept: true } => {
                view.put(&Scheduled { state: ScheduledState::Failed, error: Some(why.clone()), ..before })
            }
            // What has its job still to come is remembered until then.
            Turn::Cancel if before.may_come_again(view.now()) => {
                own::count_scheduled(view, self.user, (-1, 1));
                view.put(&before.emptied())
            }
            _ => {
                own::count_scheduled(view, self.user, if was_cancelled { (0, -1) } else { (-1, 0) });
                view.remove::<Scheduled>(self.id)
            }
        }
    }
}

/// Whether something may be sending it still.
fn is_under_way(scheduled: &Scheduled, now: Time) -> bool {
    scheduled.claimed_at.is_none_or(|at| now.since(at) < GIVEN_UP)
}

fn sending() -> Error {
    Error::new(Kind::Conflict, "scheduled.sending", "the message is being sent")
}
