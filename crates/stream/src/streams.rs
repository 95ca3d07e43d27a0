//! All streams of a node: who writes which, and where submissions go.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use parlance_base::{Clock, Error, Ids, Result, StreamId, WorkspaceId};
use parlance_store::{Store, measure::OneMore};
use tokio::{
    sync::{broadcast, mpsc, oneshot},
    time::Instant,
};
use tokio_util::task::TaskTracker;
use tracing::{Instrument as _, Span};

use crate::{
    company::Company,
    measure::Writing,
    outcome::{Committed, Receipt},
    pending::Pending,
    plan::Submission,
    planner::Task,
    trace,
    writer::Writer,
};

/// What bounds the writing of a node.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many submissions may wait for one stream; one more is refused as unavailable.
    pub waiting: usize,
    /// How many of them are committed together.
    pub together: usize,
    /// How many streams may have a writer; a submission to one more is refused as unavailable.
    pub writers: usize,
    /// How long a writer without work stays.
    pub idle: Duration,
    /// How many commits a listener of [`Streams::committed`] may be behind before it misses some.
    pub news: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { waiting: 256, together: 64, writers: 20_000, idle: Duration::from_secs(60), news: 4_096 }
    }
}

/// The streams of a store, as this node writes them. Clones share the writers.
#[derive(Clone)]
pub struct Streams {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Ids,
    pub(crate) news: broadcast::Sender<Committed>,
    /// Whether anybody but this node's writers may write to the store's streams.
    pub(crate) others_write: bool,
    pub(crate) measured: Writing,
    limits: Limits,
    writers: Mutex<Writers>,
    tasks: TaskTracker,
}

#[derive(Default)]
struct Writers {
    closed: bool,
    queues: HashMap<(WorkspaceId, StreamId), mpsc::Sender<Pending>>,
}

impl Streams {
    /// The streams of this store. A store that several processes share is written with that in mind; so is one that is
    /// given to several `Streams` in one process, where `others_write` says so.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>, ids: Ids, limits: Limits, others_write: bool) -> Self {
        let others_write = others_write || store.is_shared();
        let (news, _) = broadcast::channel(limits.news.max(1));
        let (measured, writers, tasks) = (Writing::new(), Mutex::default(), TaskTracker::new());
        let shared = Shared { store, clock, ids, news, others_write, measured, limits, writers, tasks };
        Self { shared: Arc::new(shared) }
    }

    /// What this node commits from now on, in the order of each stream. A listener that falls behind misses some and is
    /// told so; the streams have them.
    #[must_use]
    pub fn committed(&self) -> broadcast::Receiver<Committed> {
        self.shared.news.subscribe()
    }

    /// Has the plan done on this stream, and answers once that is certain.
    ///
    /// Dropping the future does not stop the plan.
    ///
    /// # Errors
    /// What the plan says against it; `stream.busy` (503) where too many wait or others keep changing the stream;
    /// `store.unavailable` and `store.unknown` (503) where the store cannot say yes: submitting again under the same name
    /// is safe.
    pub async fn submit(
        &self,
        workspace: WorkspaceId,
        stream: StreamId,
        submission: Submission,
    ) -> Result<Receipt> {
        let Submission { author, client_id, entry_id, plan } = submission;
        let uncertain = entry_id.is_some();
        let task = Task { id: entry_id.unwrap_or_else(|| self.shared.ids.next()), author, client_id, plan };
        let (answer, answered) = oneshot::channel();
        let (span, waiting) = (Span::current(), OneMore::of(&self.shared.measured.queue));
        let pending = Pending { task, uncertain, answer, span, _waiting: waiting };
        self.shared.enqueue(workspace, stream, pending)?;
        answered
            .await
            .map_err(|_| Error::unavailable("store.unknown", "the writer ended before it could answer"))?
    }

    /// Does what waits, refuses all else, and ends the writers.
    pub async fn close(&self) {
        self.shared.refuse();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}

impl Shared {
    fn writers(&self) -> MutexGuard<'_, Writers> {
        self.writers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes no more submissions; a writer ends when its queue, closed by this, is empty.
    fn refuse(&self) {
        let mut writers = self.writers();
        writers.closed = true;
        writers.queues.clear();
    }

    /// Puts the submission into the queue of the stream's writer, starting one where there is none. All under the lock,
    /// so that no writer ends between being found and being given work.
    fn enqueue(self: &Arc<Self>, workspace: WorkspaceId, stream: StreamId, pending: Pending) -> Result<()> {
        let mut writers = self.writers();
        if writers.closed {
            return Err(Error::unavailable("stream.closing", "the server is shutting down"));
        }
        let key = (workspace, stream);
        let queue = match writers.queues.get(&key) {
            Some(queue) => queue,
            None if writers.queues.len() >= self.limits.writers => {
                return Err(Error::unavailable("stream.busy", "too many streams are being written"));
            }
            None => {
                let (queue, waiting) = mpsc::channel(self.limits.waiting.max(1));
                self.tasks.spawn(Arc::clone(self).write(workspace, stream, waiting));
                writers.queues.entry(key).or_insert(queue)
            }
        };
        queue
            .try_send(pending)
            .map_err(|_| Error::unavailable("stream.busy", "too many changes wait for the stream"))
    }

    /// The life of a writer: it ends when it had nothing to do for a while, or when its queue is closed and empty.
    async fn write(
        self: Arc<Self>,
        workspace: WorkspaceId,
        stream: StreamId,
        mut waiting: mpsc::Receiver<Pending>,
    ) {
        let _one = OneMore::of(&self.measured.writers);
        let mut writer = Writer::new(workspace, stream, Arc::clone(&self));
        let mut company = Company::of(self.limits.together);
        loop {
            let mut pending = Vec::new();
            let received = waiting.recv_many(&mut pending, company.most());
            match tokio::time::timeout(self.limits.idle, received).await {
                Ok(0) => return,
                Ok(_) => {
                    company.gather(&mut pending, &mut waiting).await;
                    let span = trace::write(&pending);
                    let (many, begun) = (pending.len(), Instant::now());
                    writer.process(pending).instrument(span).await;
                    company.committed(many, begun.elapsed());
                    // Whoever makes up ids must not keep writers from others.
                    if !writer.has_stream() && self.retire(workspace, stream, &waiting) {
                        return;
                    }
                }
                Err(_) if self.retire(workspace, stream, &waiting) => return,
                Err(_) => {}
            }
        }
    }

    /// Takes the writer off the list, unless something waits for it. Under the lock, so that nothing can come meanwhile.
    fn retire(&self, workspace: WorkspaceId, stream: StreamId, waiting: &mpsc::Receiver<Pending>) -> bool {
        let mut writers = self.writers();
        let is_idle = waiting.is_empty();
        if is_idle {
            writers.queues.remove(&(workspace, stream));
        }
        is_idle
    }
}

impl fmt::Debug for Streams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streams").field("store", &self.shared.store).finish_non_exhaustive()
    }
}
