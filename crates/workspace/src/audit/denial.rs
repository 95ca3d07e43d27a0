//! Denials: noted wherever a caller of this crate or of chat is refused by the permission table or as forbidden, and
//! written by one task, off the way of the request. What is repeated within a minute raises a count; what comes faster
//! than it can be written is lost, and the log of the program says how much.

use std::{
    collections::HashMap,
    error::Error as _,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use parlance_base::{Caller, CallerRef, EntryId, Error, Ids, Kind, Time};
use parlance_store::{Batch, CommitError, Store};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::warn;

use super::{AuditEntry, COUNT, Outcome};
use crate::permission::{Action, Denied};

/// How many denials may wait to be written; one more is lost.
const WAITING: usize = 1_024;

/// For how long a repeated denial raises the count of the first.
const REPEATS: Duration = Duration::from_secs(60);

/// How many callers and actions are told apart within that time; one more is lost.
const MAX_HELD: usize = 10_000;

/// How often counts are written.
const TICK: Duration = Duration::from_secs(1);

/// Where denials are noted.
#[derive(Debug)]
pub(crate) struct Denials {
    sender: mpsc::Sender<Denial>,
    receiver: Mutex<Option<mpsc::Receiver<Denial>>>,
}

#[derive(Debug)]
struct Denial {
    by: Caller,
    action: String,
    target: Option<String>,
}

/// The task that writes denials.
#[derive(Debug)]
pub struct Auditing {
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// Whether the refusal is one by the permission table, or forbids.
pub(crate) fn is_denial(error: &Error) -> bool {
    error.kind() == Kind::Forbidden || denied(error).is_some()
}

impl Denials {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self { sender, receiver: Mutex::new(Some(receiver)) }
    }

    /// Notes that the caller was refused.
    pub(crate) fn note(&self, by: &Caller, target: Option<String>, refusal: &Error) {
        let action = denied(refusal).map_or_else(|| refusal.code().to_owned(), name);
        // One more than may wait is lost.
        let _ = self.sender.try_send(Denial { by: by.clone(), action, target });
    }

    /// Has what is noted written, from the beginning; once.
    pub(crate) fn start(&self, store: Store, ids: Ids) -> Auditing {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(receiver) = receiver {
            let writer = Writer { store, ids, held: HashMap::new() };
            tasks.spawn(writer.run(receiver, stop.clone()));
        }
        tasks.close();
        Auditing { stop, tasks }
    }
}

impl Auditing {
    /// Writes what waits, and ends.
    pub async fn end(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

fn denied(error: &Error) -> Option<Action> {
    Some(error.source()?.downcast_ref::<Denied>()?.0)
}

/// The action as the permission table's documents have it: `workspace.manage_members`.
fn name(action: Action) -> String {
    let mut name = String::new();
    for char in format!("{action:?}").chars() {
        if char.is_ascii_uppercase() && !name.is_empty() {
            name.push(if name.contains('.') { '_' } else { '.' });
        }
        name.push(char.to_ascii_lowercase());
    }
    name
}

/// What was written of a caller's denials, and what was not yet.
struct Held {
    id: EntryId,
    since: Instant,
    /// Tries that the entry does not count yet.
    more: i64,
}

struct Writer {
    store: Store,
    ids: Ids,
    held: HashMap<(CallerRef, String), Held>,
}

impl Writer {
    async fn run(mut self, mut noted: mpsc::Receiver<Denial>, stop: CancellationToken) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                denial = noted.recv() => match denial {
                    Some(denial) => self.take(denial).await,
                    None => break,
                },
                _ = ticks.tick() => self.count().await,
                () = stop.cancelled() => break,
            }
        }
        while let Ok(denial) = noted.try_recv() {
            self.take(denial).await;
        }
        self.count().await;
    }

    /// Writes the first of its kind; a repetition is counted.
    async fn take(&mut self, denial: Denial) {
        let key = (denial.by.reference(), denial.action);
        if let Some(held) = self.held.get_mut(&key) {
            held.more = held.more.saturating_add(1);
            return;
        }
        if self.held.len() >= MAX_HELD {
            warn!("a denial was not written to the audit log: too many callers are denied something");
            return;
        }
        let (id, since) = (self.ids.next::<EntryId>(), Instant::now());
        let done = AuditEntry::done(id, &denial.by, &key.1, denial.target, made_at(id));
        let mut batch = Batch::new();
        batch.insert(&AuditEntry { outcome: Outcome::Denied, ..done });
        if self.commit(&key.0, batch).await {
            self.held.insert(key, Held { id, since, more: 0 });
        }
    }

    /// Writes the counts, and forgets what is too old to be repeated.
    async fn count(&mut self) {
        let raised: Vec<(CallerRef, EntryId, i64)> = self
            .held
            .iter_mut()
            .filter(|(_, held)| held.more > 0)
            .map(|((by, _), held)| (*by, held.id, std::mem::take(&mut held.more)))
            .collect();
        self.held.retain(|_, held| held.since.elapsed() < REPEATS);
        for (by, id, more) in raised {
            let mut batch = Batch::new();
            batch.update::<AuditEntry>(id, [], [COUNT.grow(more)]);
            self.commit(&by, batch).await;
        }
    }

    /// Whether it is there. A commit whose outcome is unknown is taken to be: an audit log counts rather once too few.
    async fn commit(&self, by: &CallerRef, batch: Batch) -> bool {
        let committed = self.store.workspace(by.workspace).commit(batch).await;
        if let Err(error) = &committed {
            warn!(%error, workspace.id = %by.workspace, "a denial was not written to the audit log");
        }
        matches!(committed, Ok(()) | Err(CommitError::Unknown))
    }
}

/// The moment that the id was made at.
pub(super) fn made_at(id: EntryId) -> Time {
    let made = id.uuid().get_timestamp().map_or((0, 0), |timestamp| timestamp.to_unix());
    let millis = i64::try_from(made.0).unwrap_or(0).saturating_mul(1_000);
    Time::from_millis(millis.saturating_add(i64::from(made.1 / 1_000_000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_named_as_in_the_permission_table() {
        for (action, expected) in [
            (Action::WorkspaceView, "workspace.view"),
            (Action::WorkspaceManageMembers, "workspace.manage_members"),
            (Action::GroupCreatePublic, "group.create_public"),
        ] {
            assert_eq!(name(action), expected);
        }
    }
}
