//! The task that writes one stream: it takes what waits, plans it on what it remembers, and commits it as one batch.
//!
//! What it remembers is true as long as its commits succeed: each is guarded by the head's `seq`, which every other
//! writer's commit would have raised. So an answer is given only once a commit, or a look at the head, has shown that it
//! rests on the stream as it is.

use std::{sync::Arc, time::Duration};

use parlance_base::{EntryId, Error, Ids, Kind, Result, StreamId, WorkspaceId};
use parlance_store::{CommitError, MAX_LIMIT, PRIMARY, Scope};
use tokio::time::Instant;

use crate::{
    cache::Cache,
    commit::{self, Part},
    entry::{BY_CLIENT, Entry},
    head::Head,
    outcome::{Committed, Receipt},
    pending::Pending,
    plan::Read,
    planner::{self, Task, Verdict},
    stored,
    streams::Shared,
    view::Changes,
};

/// How long a submission is tried again before its caller is told that it cannot be done now.
const PATIENCE: Duration = Duration::from_secs(5);

/// One stream as its task on this node knows it.
pub(crate) struct Writer {
    workspace: WorkspaceId,
    stream: StreamId,
    scope: Scope,
    shared: Arc<Shared>,
    cache: Option<Cache>,
}

/// Why the waiting submissions must be planned again, or cannot be.
enum Setback {
    /// What the writer remembered was old.
    Stale,
    /// One of them was answered otherwise; the rest is as good as before.
    Fewer,
    /// They may have been committed.
    Unknown,
    /// The store cannot do it now, or a fault of ours: nothing was committed.
    Failed(Error),
}

impl From<Error> for Setback {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Writer {
    pub(crate) fn new(workspace: WorkspaceId, stream: StreamId, shared: Arc<Shared>) -> Self {
        Self { workspace, stream, scope: shared.store.workspace(workspace), shared, cache: None }
    }

    /// Whether it is known that there is such a stream.
    pub(crate) fn has_stream(&self) -> bool {
        self.cache.as_ref().is_some_and(|cache| cache.head.is_some())
    }

    /// Answers all of these submissions.
    pub(crate) async fn process(&mut self, mut pending: Vec<Pending>) {
        let deadline = Instant::now() + PATIENCE;
        let mut pause = Duration::from_millis(2);
        while !pending.is_empty() {
            let setback = match self.attempt(&mut pending).await {
                Ok(()) => break,
                Err(setback) => setback,
            };
            if !matches!(setback, Setback::Fewer) {
                self.cache = None;
            }
            match setback {
                Setback::Fewer => continue,
                Setback::Stale => self.shared.measured.stale.increment(1),
                Setback::Unknown => {
                    self.shared.measured.unknown.increment(1);
                    pending.iter_mut().for_each(|waiting| waiting.uncertain = true);
                }
                Setback::Failed(error) => return self.fail(pending, &error).await,
            }
            if Instant::now() >= deadline {
                return self
                    .fail(pending, &Error::unavailable("stream.busy", "others keep changing the stream"))
                    .await;
            }
            tokio::time::sleep(jittered(pause, &self.shared.ids)).await;
            pause = (pause * 2).min(Duration::from_millis(200));
        }
        if let Some(cache) = &mut self.cache {
            cache.trim();
        }
    }

    async fn attempt(&mut self, pending: &mut Vec<Pending>) -> Result<(), Setback> {
        self.find_committed(pending).await?;
        let was_remembered = self.cache.is_some();
        let reads = pending.iter().flat_map(|waiting| waiting.task.plan.reads()).collect();
        self.load(reads).await?;
        let Some(cache) = &self.cache else { return Err(Setback::Stale) };
        let now = self.shared.clock.now();
        let mut tasks: Vec<&mut Task> = pending.iter_mut().map(|waiting| &mut waiting.task).collect();
        let (changes, verdicts) = planner::plan(cache, self.stream, &mut tasks, now);
        let commit = match commit::of(cache, &changes) {
            Ok(commit) => commit,
            Err(error) => return self.alone(pending, error).await,
        };
        if commit.batch.is_empty() {
            self.confirm(was_remembered).await?;
        } else {
            match self.scope.commit(commit.batch).await {
                Ok(()) => {}
                Err(CommitError::Refused(reason)) => {
                    return self.alone(pending, Error::internal("stream.unwritable", reason)).await;
                }
                Err(error) => return Err(self.uncommitted(pending, &commit.parts, error).await),
            }
        }
        self.conclude(std::mem::take(pending), changes, verdicts).await;
        Ok(())
    }

    /// Answers those whose entry turns out to be stored already.
    async fn find_committed(&self, pending: &mut Vec<Pending>) -> Result<(), Setback> {
        let ids: Vec<EntryId> =
            pending.iter().filter(|waiting| waiting.uncertain).map(|waiting| waiting.task.id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        for entry in stored::identified(&self.scope, self.stream, ids).await? {
            if let Some(at) = pending.iter().position(|waiting| waiting.task.id == entry.id) {
                pending.swap_remove(at).answered(Ok(Receipt::Appended(Arc::new(entry))));
            }
        }
        Ok(())
    }

    /// Reads what the plans look at and is not remembered. The head comes first: documents read after it are as old as
    /// the head or newer, and if newer, the head's guard fails.
    async fn load(&mut self, reads: Vec<Read>) -> Result<()> {
        if self.cache.is_none() {
            let head = self.scope.get::<Head>(self.stream).await?;
            self.cache = Some(Cache { head, ..Cache::default() });
        }
        let Some(cache) = &mut self.cache else { return Ok(()) };
        for (collection, ids) in cache.missing(&reads) {
            // Those that wait together may name more than one read gives.
            for some in ids.chunks(MAX_LIMIT) {
                let found = self.scope.get_documents(collection, some.to_vec()).await?;
                cache.learn(collection, some.to_vec(), found);
            }
        }
        Ok(())
    }

    /// Makes sure that answers which commit nothing rest on the stream as it is.
    async fn confirm(&self, was_remembered: bool) -> Result<(), Setback> {
        if !self.shared.others_write || !was_remembered {
            return Ok(());
        }
        let seq = |head: Option<&Head>| head.map_or(0, |head| head.seq);
        let now = self.scope.get::<Head>(self.stream).await?;
        let remembered = self.cache.as_ref().and_then(|cache| cache.head.as_ref());
        if seq(now.as_ref()) == seq(remembered) { Ok(()) } else { Err(Setback::Stale) }
    }

    /// What a failed commit means for those who wait.
    async fn uncommitted(&self, pending: &mut Vec<Pending>, parts: &[Part], error: CommitError) -> Setback {
        let part = match &error {
            CommitError::Conflict(at) | CommitError::Duplicate(at, _) | CommitError::Missing(at) => {
                parts.get(*at).copied()
            }
            CommitError::Unknown => return Setback::Unknown,
            CommitError::Unavailable | CommitError::Refused(_) => return Setback::Failed(error.into()),
        };
        match (part, &error) {
            (Some(Part::Entry(at)), CommitError::Duplicate(_, BY_CLIENT)) => self.repeated(pending, at).await,
            (Some(Part::Entry(at)), CommitError::Duplicate(_, PRIMARY)) => {
                if let Some(waiting) = pending.get_mut(at) {
                    waiting.uncertain = true;
                }
                Setback::Stale
            }
            (Some(Part::Document(at)), _) => {
                pending.remove(at).answered(Err(error.into()));
                Setback::Fewer
            }
            _ => Setback::Stale,
        }
    }

    /// Answers the one at this place with the entry that its author had appended under the same name.
    async fn repeated(&self, pending: &mut Vec<Pending>, at: usize) -> Setback {
        let Some((id, key)) = pending.get(at).map(|waiting| (waiting.task.id, waiting.task.key())) else {
            return Setback::Stale;
        };
        match stored::named(&self.scope, self.stream, &key.0, &key.1).await {
            Ok(Some(entry)) => {
                let entry = Arc::new(entry);
                let own = entry.id == id;
                pending.remove(at).answered(Ok(if own {
                    Receipt::Appended(entry)
                } else {
                    Receipt::Repeated(entry)
                }));
                Setback::Fewer
            }
            // The other commit is not visible to majority reads yet: it is not certain to stay.
            Ok(None) => Setback::Stale,
            Err(error) => Setback::Failed(error),
        }
    }

    /// Does one after the other what cannot be done together, so that a faulty plan fails alone.
    async fn alone(&mut self, pending: &mut Vec<Pending>, error: Error) -> Result<(), Setback> {
        if pending.len() <= 1 {
            return Err(Setback::Failed(error));
        }
        for waiting in std::mem::take(pending) {
            Box::pin(self.process(vec![waiting])).await;
        }
        Ok(())
    }

    /// The commit stands: remembers it, tells the world and answers everyone.
    async fn conclude(&mut self, pending: Vec<Pending>, mut changes: Changes, verdicts: Vec<Verdict>) {
        let appended = std::mem::take(&mut changes.appended).into_iter();
        let entries: Vec<(usize, Arc<Entry>)> = appended.map(|(at, entry)| (at, Arc::new(entry))).collect();
        let changed = changes.changed_entries();
        if let Some(cache) = &mut self.cache {
            cache.advance(changes, &entries);
        }
        if !entries.is_empty() {
            self.shared.measured.entries.increment(u64::try_from(entries.len()).unwrap_or(u64::MAX));
            let entries = entries.iter().map(|(_, entry)| Arc::clone(entry)).collect();
            // Without anybody who listens there is nobody to tell.
            let _ = self.shared.news.send(Committed {
                workspace: self.workspace,
                stream: self.stream,
                entries,
                changed,
            });
        }
        let entry_of =
            |wanted: usize| entries.iter().find(|(at, _)| *at == wanted).map(|(_, entry)| Arc::clone(entry));
        let lost = || Error::internal("stream.unanswered", "an entry got lost");
        for (at, (waiting, verdict)) in pending.into_iter().zip(verdicts).enumerate() {
            let outcome = match verdict {
                Verdict::Appended => entry_of(at).map(Receipt::Appended).ok_or_else(lost),
                Verdict::Repeats(first) => entry_of(first).map(Receipt::Repeated).ok_or_else(lost),
                Verdict::Unchanged => self.unless_repeated(waiting.task.name(), Ok(Receipt::Unchanged)).await,
                Verdict::Failed(error) => self.unless_repeated(waiting.task.name(), Err(error)).await,
            };
            waiting.answered(outcome);
        }
    }

    /// A submission that appends nothing now may repeat one that did: then that is its answer.
    async fn unless_repeated(
        &self,
        name: Option<(String, String)>,
        outcome: Result<Receipt>,
    ) -> Result<Receipt> {
        let Some((author, name)) = name else { return outcome };
        match stored::named(&self.scope, self.stream, &author, &name).await? {
            Some(entry) => Ok(Receipt::Repeated(Arc::new(entry))),
            None => outcome,
        }
    }

    async fn fail(&self, pending: Vec<Pending>, error: &Error) {
        for waiting in pending {
            let same = match error.kind() {
                _ if waiting.uncertain => {
                    Error::unavailable("store.unknown", "it may have been done, or not")
                }
                Kind::Internal => Error::internal("stream.failed", error.to_string()),
                kind => Error::new(kind, error.code(), error.message()),
            };
            waiting.answered(Err(same));
        }
    }
}

/// Between half of the pause and all of it, so that writers which collided do not meet again.
fn jittered(pause: Duration, ids: &Ids) -> Duration {
    let [byte] = ids.random::<1>();
    pause / 2 + pause.mul_f64(f64::from(byte) / 512.0)
}
