//! Has a message sent later.

use std::time::Duration;

use parlance_base::{
    Author, Credential, Error, JobId, Kind, Result, ScheduledId, StreamId, Time, UserId, WorkspaceId,
};
use parlance_store::job::Job;
use parlance_stream::{Head, Plan, Read, Receipt, Step, Submission, View};
use serde_json::json;

use super::{MOST, MOST_CANCELLED, SCHEDULED, Scheduled, ScheduledState, change::Told, send::Due};
use crate::{
    chat::{By, invalid},
    event,
    member::Member,
    message::{NewMessage, Sent, check_name, check_new},
    own,
    permission::{self, Act},
};

/// How far ahead a message may be scheduled.
const FURTHEST: Duration = Duration::from_secs(366 * 24 * 3_600);

const SEND_AT: &str = "message.send_at";

impl By {
    /// Has the message sent at that time; false where it was scheduled or sent under the same name before: it then answers what
    /// there is.
    ///
    /// # Errors
    /// As [`send`](By::send), for what can be said of it now; 422 `message.send_at`, `scheduled.too_many`; 409 `scheduled.cancelled`.
    pub(crate) async fn schedule(
        &self,
        group: StreamId,
        new: NewMessage,
        send_at: Time,
    ) -> Result<(Sent, bool)> {
        check_name(&new)?;
        let (name, user) = (new.client_id.clone(), self.user());
        if let Some(sent) = self.sent_before(group, name.as_deref()).await? {
            return Ok((sent, false));
        }
        let (head, member) = self.known(group).await?;
        let checked = permission::check_now(&head, member.as_ref(), &self.caller, Act::GroupPost);
        self.noted(Some(group), checked)?;
        check_new(&new)?;
        self.check_answered(&head, member.as_ref(), &new).await?;
        let id = match &name {
            Some(name) => ScheduledId::derived(&[&group.to_string(), &user.to_string(), name]),
            None => self.chat.shared.ids.next(),
        };
        let (workspace, credential) = (self.workspace(), self.caller.credential);
        let joined_seq =
            self.chat.workspaces().present(workspace, user).await?.map_or(0, |member| member.joined_seq);
        let plan = Schedule { workspace, user, credential, joined_seq, group, id, new, send_at };
        let submission = Submission::new(Author::from(user), plan);
        let made = match self.streams().submit(workspace, own::stream(user), submission).await {
            // It may have been sent meanwhile.
            Err(error) if error.code() == SEND_AT => match self.sent_before(group, name.as_deref()).await? {
                Some(sent) => return Ok((sent, false)),
                None => return Err(error),
            },
            made => matches!(made?, Receipt::Appended(_)),
        };
        match self.scope().get::<Scheduled>(id).await? {
            Some(scheduled) => Ok((Sent::Scheduled(Box::new(scheduled.into())), made)),
            None => self
                .sent_before(group, name.as_deref())
                .await?
                .map(|sent| (sent, made))
                .ok_or_else(super::not_found),
        }
    }

    /// Nothing, where what the message answers is there now.
    async fn check_answered(&self, head: &Head, member: Option<&Member>, new: &NewMessage) -> Result<()> {
        if let Some(id) = new.reply_to {
            let answered = self.entry(head, member, id).await;
            answered.map_err(|error| unless_there(error, "message.reply_to"))?;
        }
        if let Some(id) = new.thread_id {
            let root = self.root(head, member, id).await;
            root.map_err(|error| unless_there(error, "message.thread_id"))?;
        }
        Ok(())
    }

    /// What the caller has sent to the group under this name.
    pub(super) async fn sent_before(&self, group: StreamId, name: Option<&str>) -> Result<Option<Sent>> {
        let Some(name) = name else { return Ok(None) };
        let author = self.user().to_string();
        match self.streams().named(self.workspace(), group, &author, name).await? {
            Some(entry) => self.repeated(group, &entry).await.map(Some),
            None => Ok(None),
        }
    }
}

struct Schedule {
    workspace: WorkspaceId,
    user: UserId,
    credential: Credential,
    joined_seq: i64,
    group: StreamId,
    id: ScheduledId,
    new: NewMessage,
    send_at: Time,
}

impl Plan for Schedule {
    fn reads(&self) -> Vec<Read> {
        vec![Read::of::<Scheduled>(self.id)]
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        if let Some(there) = view.get::<Scheduled>(self.id)? {
            return if there.state == ScheduledState::Cancelled {
                Err(cancelled())
            } else {
                Ok(Step::Nothing)
            };
        }
        let now = view.now();
        if self.send_at <= now || self.send_at > now.after(FURTHEST) {
            return Err(invalid(SEND_AT, "send_at is a moment to come, within a year"));
        }
        let (waiting, cancelled) = own::count_scheduled(view, self.user, (1, 0));
        if exceeds(waiting, MOST) {
            return Err(invalid("scheduled.too_many", format!("at most {MOST} messages are scheduled")));
        }
        if exceeds(cancelled, MOST_CANCELLED) {
            let message = format!("{MOST_CANCELLED} messages were taken back whose time has not come");
            return Err(invalid("scheduled.too_many", message));
        }
        let made_seq = view.next_seq();
        let due = Due { user_id: self.user, group_id: self.group, scheduled_id: self.id, made_seq };
        let job = JobId::derived(&["scheduled", &view.entry_id().to_string()]);
        let job = Job::new(job, self.workspace, SCHEDULED, json!(due).to_string(), now).due(self.send_at);
        view.insert(&job)?;
        view.put(&self.scheduled(made_seq, now))?;
        let told = Told {
            group_id: self.group,
            scheduled_id: self.id,
            state: "waiting",
            message_id: None,
            error: None,
        };
        Ok(own::tell(view, self.user, event::SCHEDULED_UPDATED, json!(told)))
    }
}

impl Schedule {
    fn scheduled(&self, made_seq: i64, now: Time) -> Scheduled {
        let new = &self.new;
        Scheduled {
            id: self.id,
            user_id: self.user,
            group_id: self.group,
            content: new.content.clone(),
            client_id: new.client_id.clone().unwrap_or_else(|| self.id.to_string()),
            reply_to: new.reply_to,
            thread_id: new.thread_id,
            mentions: new.mentions.clone(),
            metadata: new.metadata.as_ref().map(|metadata| metadata.get().to_owned()),
            send_at: self.send_at,
            created_at: now,
            made_seq,
            credential: self.credential,
            joined_seq: self.joined_seq,
            claimed_at: None,
            state: ScheduledState::Waiting,
            error: None,
        }
    }
}

fn exceeds(count: i64, most: usize) -> bool {
    usize::try_from(count).is_ok_and(|count| count > most)
}

fn cancelled() -> Error {
    Error::new(
        Kind::Conflict,
        "scheduled.cancelled",
        "the message was taken back: schedule another under another client_id",
    )
}

fn unless_there(error: Error, code: &'static str) -> Error {
    match error.kind() {
        Kind::NotFound => invalid(code, "there is no such message in this group"),
        _ => error,
    }
}
