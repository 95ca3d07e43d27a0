//! What a schedule is made of.

use std::time::Duration;

/// Something that happens to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A member writes, through any node.
    Write,
    /// Many entries at once.
    Burst,
    /// A client sends a message over its socket, and perhaps sends it again.
    Send,
    /// A client sends more frames at once than a connection lets wait.
    Flood,
    /// A client sends what is no frame.
    Nonsense,
    /// A member is removed.
    Remove,
    /// A user is added.
    Add,
    /// A user is removed and added again.
    Readd,
    /// A public group becomes private, a private one public.
    Publicity,
    /// A group is deleted.
    Delete,
    /// A client watches a group.
    Watch,
    /// A client stops watching a group.
    Unwatch,
    /// A client resumes some of its streams, from where it is or from earlier.
    Resume,
    /// A client's connection breaks.
    Cut,
    /// A node dies, and comes back.
    Crash,
    /// A node shuts down, and comes back.
    Shutdown,
    /// A client stops reading for a while.
    Stall,
    /// Old entries are pruned.
    Prune,
    /// The store forgets its last entries.
    Epoch,
    /// The store does not answer for a while.
    Outage,
    /// Callers cannot be checked for a while.
    ChecksOutage,
    /// A sign-in ends; sometimes nobody is told.
    Revoke,
    /// The bus to a node breaks, which the node is told later.
    Lag,
}

/// How the bus treats a signal to a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bus {
    /// Out of a hundred, how many are lost,
    pub(super) lost: u32,
    /// come twice,
    pub(super) twice: u32,
    /// or come very late.
    pub(super) late: u32,
    /// Whether it carries entries only as hints.
    pub(super) hints: bool,
}

/// One kind of schedule.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    /// At most so many nodes,
    pub(super) nodes: usize,
    /// users
    pub(super) users: usize,
    /// and groups, and at least one of each.
    pub(super) groups: usize,
    pub(super) steps: usize,
    /// The longest pause between two steps.
    pub(super) pause: Duration,
    pub(super) mix: &'static [(Step, u32)],
    pub(super) bus: Bus,
    /// Bytes that each message is padded with.
    pub(super) padding: usize,
    /// An entry that a connected client receives later than this after its commit is a fault.
    pub(super) patience: Option<Duration>,
    /// What this world does wrong, to see that it is noticed.
    pub(super) planted: Option<Planted>,
}

/// A fault outside the state machines, which breaks the promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Planted {
    /// Nobody looks at heads.
    NoHeadCheck,
    /// Rights are read before the head that they are told with.
    RightsBeforeHead,
    /// The head of the user's own stream is read after their memberships.
    OwnHeadLast,
    /// A node does not tell its hub that the bus lagged, nor does it look at heads.
    LagUntold,
    /// A client takes what comes before the `ok` to its resume.
    ClientTakesAll,
    /// A client goes on with what it has after a `reset`.
    ClientIgnoresReset,
    /// A page is read without minding that its beginning was pruned.
    PagesSkipHoles,
    /// A connection does not hear of what was sent past it.
    PassedUnheard,
    /// A check that found nothing wrong is taken to be as new as its answer.
    ChecksDatedLate,
}

impl Setup {
    /// Whether connections break.
    pub(super) fn cuts(&self) -> bool {
        self.mix.iter().any(|(step, _)| *step == Step::Cut)
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            nodes: 3,
            users: 3,
            groups: 2,
            steps: 60,
            pause: Duration::from_millis(150),
            mix: &[(Step::Write, 1)],
            bus: Bus { lost: 10, twice: 10, late: 10, hints: false },
            padding: 0,
            patience: None,
            planted: None,
        }
    }
}
