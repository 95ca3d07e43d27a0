//! The task that drives the hub: everything that happens goes in, and what the hub asks is found out beside it.

use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        mpsc,
    },
    task::JoinSet,
    time::{Duration, Interval, MissedTickBehavior, interval, sleep_until},
};

use super::answer::Oracle;
use crate::measure::Hubs;
use crate::realtime::{
    Hub, HubInput, HubOutput,
    bus::{Heard, Line},
    signal::{Said, Signal},
    timeline::Timeline,
};
use parlance_base::{NodeId, Revocation};
use parlance_stream::Committed;

/// What sockets say that is taken in at one go.
const TOGETHER: usize = 256;

/// How often it is looked how much waits for sockets: at each of their queues.
const SAMPLE_EVERY: Duration = Duration::from_secs(10);

pub(super) struct Driver {
    /// What this node is called.
    node: NodeId,
    timeline: Timeline,
    hub: Hub,
    /// What the hub wants to know now.
    questions: Vec<HubOutput>,
    oracle: Oracle,
    ears: Ears,
    measured: Hubs,
    samples: Interval,
}

/// Where the driver hears of the world, except from sockets.
struct Ears {
    committed: broadcast::Receiver<Committed>,
    said: Said,
    line: Line,
    /// What the hub asked; it bounds how much that is.
    answers: JoinSet<HubInput>,
}

enum News {
    Committed(Committed),
    /// Commits were missed, here or anywhere.
    Lagged,
    /// Who may no longer be connected, said on this node.
    Revoked(Revocation),
    /// Anything else said on this node.
    Said(Signal),
    /// Said on another.
    Heard(Signal),
    Answered(HubInput),
}

impl Driver {
    pub(super) fn new(
        node: NodeId,
        timeline: Timeline,
        oracle: Oracle,
        committed: broadcast::Receiver<Committed>,
        said: Said,
        line: Line,
    ) -> Self {
        let ears = Ears { committed, said, line, answers: JoinSet::new() };
        let mut samples = interval(SAMPLE_EVERY);
        samples.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (hub, questions, measured) = (Hub::new(timeline.now()), Vec::new(), Hubs::new());
        Self { node, timeline, hub, questions, oracle, ears, measured, samples }
    }

    /// Runs until it is dropped. What sockets say comes first: one that is open when something is committed hears it.
    pub(super) async fn run(mut self, mut told: mpsc::Receiver<HubInput>) {
        let mut together = Vec::new();
        loop {
            let due = self.timeline.instant(self.hub.deadline());
            tokio::select! {
                biased;
                1.. = told.recv_many(&mut together, TOGETHER) => {
                    together.drain(..).for_each(|input| self.feed(input));
                }
                news = self.ears.next() => self.take(news),
                () = sleep_until(due) => self.feed(HubInput::Tick),
                _ = self.samples.tick() => self.measured.waiting(self.hub.waiting()),
            }
        }
    }

    fn take(&mut self, news: News) {
        match news {
            News::Committed(committed) => self.committed(&committed),
            News::Lagged => {
                self.measured.lagged.increment(1);
                self.feed(HubInput::Lagged);
            }
            News::Revoked(revocation) => self.revoke(revocation),
            News::Said(signal) => {
                self.ears.line.publish(signal.clone());
                self.feed(signal.into());
            }
            News::Heard(signal) => self.feed(signal.into()),
            News::Answered(input) => self.feed(input),
        }
    }

    fn committed(&mut self, committed: &Committed) {
        let entries = self.oracle.domain.encode(committed);
        // Other nodes read what they want of it.
        if let Some(last) = entries.last() {
            self.ears.line.publish(Signal::Hint(last.key, last.seq));
        }
        // Of several, each waits for the others, so that they leave together.
        let alone = entries.len() == 1 && self.ears.committed.is_empty();
        for live in entries {
            for user in live.audience.iter().flat_map(|audience| audience.gained()) {
                self.ears.line.publish(Signal::Gained(live.key, *user));
            }
            self.feed(HubInput::Entry { live, alone });
        }
        // In the order of the commits: who loses a right by one of them is sent nothing that is committed after it.
        for revocation in self.oracle.domain.revocations(committed) {
            self.revoke(revocation);
        }
    }

    fn revoke(&mut self, revocation: Revocation) {
        self.ears.line.publish(Signal::Revoked(revocation));
        self.feed(HubInput::Revoke(revocation));
    }

    fn feed(&mut self, input: HubInput) {
        if let HubInput::Revoke(revocation) = &input {
            // Nobody may be waiting.
            let _ = self.ears.said.ended.send(*revocation);
        }
        self.hub.handle(self.timeline.now(), input, &mut self.questions);
        self.measured.handed.increment(self.hub.take_handed());
        for question in self.questions.drain(..) {
            self.measured.asked(&question);
            match question {
                HubOutput::Tell(sightings) => {
                    self.ears.line.publish(Signal::Sighted(self.node, sightings));
                }
                question => drop(self.ears.answers.spawn(self.oracle.clone().answer(question))),
            }
        }
    }
}

impl Ears {
    /// Waits for whatever comes first; of what is there already, revocations come before entries, so that nothing is sent to
    /// whom a right was taken from before it was committed. Nothing is lost if the wait is dropped.
    async fn next(&mut self) -> News {
        let Self { committed, said: Said { revoked, volatile, .. }, line, answers } = self;
        let others = async {
            tokio::select! {
                news = recv(committed) => news,
                Some(signal) = volatile.recv() => News::Said(signal),
                heard = line.hear() => match heard {
                    Heard::Signal(signal) => News::Heard(signal),
                    Heard::Lagged => News::Lagged,
                },
                Some(Ok(input)) = answers.join_next() => News::Answered(input),
            }
        };
        tokio::select! {
            biased;
            Some(revocation) = revoked.recv() => News::Revoked(revocation),
            news = others => news,
        }
    }
}

async fn recv(committed: &mut broadcast::Receiver<Committed>) -> News {
    match committed.recv().await {
        Ok(committed) => News::Committed(committed),
        Err(RecvError::Lagged(_)) => News::Lagged,
        // Nothing is written here any more; what others write is heard of.
        Err(RecvError::Closed) => std::future::pending().await,
    }
}
