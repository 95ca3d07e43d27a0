//! The documents: a job that is to run, and one that was given up.

use parlance_base::{JobId, NodeId, Time, WorkspaceId};
use serde::{Deserialize, Serialize, Serializer, ser::Error};

use crate::{
    collection::{Collection, Field, Home, ID, Index, Stored},
    query::Cond,
};

pub(super) const WORKSPACE: Field = Field::text("workspace_id");
pub(super) const STATE: Field = Field::text("state");
pub(super) const DUE_AT: Field = Field::int("due_at");
pub(super) const ATTEMPT: Field = Field::int("attempt");
pub(super) const FORGIVEN: Field = Field::int("forgiven");
pub(super) const OWNER: Field = Field::text("owner");
pub(super) const LAST_ERROR: Field = Field::text("last_error");
pub(super) const DIED_AT: Field = Field::int("died_at");

/// The jobs that wait, are ready or run.
pub static JOBS: Collection = Collection {
    name: "jobs",
    home: Home::Riding,
    indexes: &[
        Index { name: "due", fields: &[STATE, DUE_AT], unique: false },
        Index { name: "turn", fields: &[STATE, WORKSPACE, DUE_AT], unique: false },
    ],
    fields: &[ATTEMPT, FORGIVEN, OWNER, LAST_ERROR],
};

/// The jobs that were given up. They lie apart: nothing that runs jobs passes them, and their ids are in the order in
/// which they died.
pub static DEAD_JOBS: Collection = Collection {
    name: "dead_jobs",
    home: Home::System,
    indexes: &[
        Index { name: "workspace", fields: &[WORKSPACE, ID], unique: false },
        Index { name: "died", fields: &[DIED_AT], unique: false },
    ],
    fields: &[],
};

/// How many bytes a job's payload may have.
pub const MAX_PAYLOAD: usize = 64 << 10;

/// How many characters of an error are kept.
const MAX_ERROR: usize = 500;

/// A piece of work that a change asked for, inserted by the batch that makes the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The job's id: every effect that the job has on the outside is keyed by it.
    pub id: JobId,
    /// The workspace whose work it is.
    pub workspace_id: WorkspaceId,
    /// Which handler runs it.
    pub kind: String,
    /// What the handler needs to know, in a form of its own: ids rather than content. A batch with a job whose payload
    /// has more than [`MAX_PAYLOAD`] bytes is refused.
    #[serde(serialize_with = "bounded")]
    pub payload: String,
    /// Where it is on its way.
    pub state: State,
    /// When it may run; of a leased one, when its lease ends.
    pub due_at: Time,
    /// How many times it was begun: while it runs, the number of the attempt, counted from 1. It only grows, so that it
    /// names a lease for good.
    pub attempt: u32,
    /// How many of the attempts do not count: those that were given back, and those before a replay.
    pub forgiven: u32,
    /// The node that runs it, while it is leased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<NodeId>,
    /// When it was asked for.
    pub created_at: Time,
    /// What the last attempt failed of, cut after 500 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// Where a job is on its way. One that is given up is a [`DeadJob`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It may not run before it is due.
    Waiting,
    /// A worker may take it.
    Ready,
    /// A worker runs it.
    Leased,
}

/// A job that failed for good or too often. An administrator can look at it and replay it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadJob {
    /// What a replay names: a job that dies again gets another one.
    pub id: JobId,
    /// The id that the job has and keeps.
    pub job_id: JobId,
    /// The workspace whose work it is.
    pub workspace_id: WorkspaceId,
    /// Which handler ran it.
    pub kind: String,
    /// As the job had it.
    pub payload: String,
    /// How many times it was begun.
    pub attempt: u32,
    /// When it was asked for.
    pub created_at: Time,
    /// When it was given up.
    pub died_at: Time,
    /// What the last attempt failed of, cut after 500 characters.
    pub last_error: String,
}

impl Stored for Job {
    const COLLECTION: &'static Collection = &JOBS;
}

impl Stored for DeadJob {
    const COLLECTION: &'static Collection = &DEAD_JOBS;
}

impl Job {
    /// A job that may run at once. Its id is a new one, or derived from what must not be in the queue twice.
    #[must_use]
    pub fn new(
        id: JobId,
        workspace_id: WorkspaceId,
        kind: impl Into<String>,
        payload: impl Into<String>,
        now: Time,
    ) -> Self {
        Self {
            id,
            workspace_id,
            kind: kind.into(),
            payload: payload.into(),
            state: State::Ready,
            due_at: now,
            attempt: 0,
            forgiven: 0,
            owner: None,
            created_at: now,
            last_error: None,
        }
    }

    /// The same job, which may not run before `due_at`.
    #[must_use]
    pub fn due(mut self, due_at: Time) -> Self {
        self.state = if due_at > self.created_at { State::Waiting } else { State::Ready };
        self.due_at = due_at;
        self
    }

    /// How many attempts count.
    pub(super) const fn spent(&self) -> u32 {
        self.attempt.saturating_sub(self.forgiven)
    }

    /// What a document must be for it to be the one that was read: nobody began, ended, renewed or moved it since.
    pub(super) fn unchanged(&self) -> [Cond; 3] {
        [STATE.is(self.state.as_str()), ATTEMPT.is(i64::from(self.attempt)), DUE_AT.is(self.due_at)]
    }

    /// The job as it is kept once it is given up.
    pub(super) fn given_up(&self, id: JobId, died_at: Time, error: &str) -> DeadJob {
        DeadJob {
            id,
            job_id: self.id,
            workspace_id: self.workspace_id,
            kind: self.kind.clone(),
            payload: self.payload.clone(),
            attempt: self.attempt,
            created_at: self.created_at,
            died_at,
            last_error: shortened(error),
        }
    }
}

impl State {
    /// The state as it is stored.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Ready => "ready",
            Self::Leased => "leased",
        }
    }
}

impl DeadJob {
    /// The job in the queue again: it may run at once, and its attempts until now do not count.
    pub(super) fn revived(self, now: Time) -> Job {
        Job {
            attempt: self.attempt,
            forgiven: self.attempt,
            created_at: self.created_at,
            last_error: Some(self.last_error),
            ..Job::new(self.job_id, self.workspace_id, self.kind, self.payload, now)
        }
    }
}

/// As much of an error as is kept.
pub(super) fn shortened(error: &str) -> String {
    error.chars().take(MAX_ERROR).collect()
}

fn bounded<S: Serializer>(payload: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if payload.len() > MAX_PAYLOAD {
        return Err(S::Error::custom(format!("a payload of {} bytes", payload.len())));
    }
    serializer.serialize_str(payload)
}
