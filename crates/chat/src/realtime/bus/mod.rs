//! Carries signals between the nodes of an installation. It may lose, double and reorder them; where it may have lost
//! some, it says so.

mod tasks;
mod wire;

use metrics::Counter;
use parlance_base::NodeId;
use parlance_store::{Hearing, Store};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::signal::Signal;
use crate::measure;

/// Signals that may wait to be carried; one more is lost.
const WAITING: usize = 4_096;

/// Signals that came and may wait for the hub; more wait where they come from.
const HEARD: usize = 256;

/// How signals get to other nodes.
#[derive(Clone, Debug)]
pub enum Bus {
    /// Not at all: there are no other nodes, or they find out by asking.
    Local,
    /// Through the store that all nodes share. If it is one that only this process has, there are no other nodes.
    Store(Store),
}

/// What came from other nodes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Signal(Signal),
    /// Anything may have been lost.
    Lagged,
}

/// A node's end of the bus.
#[derive(Debug)]
pub(super) struct Line {
    out: Option<mpsc::Sender<Signal>>,
    heard: mpsc::Receiver<Heard>,
    /// Whether the others can be heard at all.
    pub(super) hearing: Hearing,
    lost: Counter,
}

impl Bus {
    /// Joins the bus as this node. The tasks end when `end` is cancelled.
    pub(super) fn join(self, node: NodeId, tasks: &TaskTracker, end: &CancellationToken) -> Line {
        let (hear, heard) = mpsc::channel(HEARD);
        let lost = measure::lost();
        let Self::Store(store) = self else {
            return Line { out: None, heard, hearing: Hearing::of_nobody(), lost };
        };
        let (out, signals) = mpsc::channel(WAITING);
        let announcements = store.announcements(node);
        let hearing = announcements.hearing();
        let listening = tasks::listen(announcements, hear);
        tasks.spawn(end.clone().run_until_cancelled_owned(listening));
        tasks.spawn(end.clone().run_until_cancelled_owned(tasks::publish(
            store,
            node,
            signals,
            lost.clone(),
        )));
        Line { out: Some(out), heard, hearing, lost }
    }
}

impl Line {
    /// Has the signal carried to the other nodes, if there is room.
    pub(super) fn publish(&self, signal: Signal) {
        if let Some(out) = &self.out {
            // One more than may wait is lost, as any may be.
            if out.try_send(signal).is_err() {
                self.lost.increment(1);
            }
        }
    }

    /// Waits for what comes from other nodes, as long as it takes. Nothing is lost if the wait is dropped.
    pub(super) async fn hear(&mut self) -> Heard {
        match self.heard.recv().await {
            Some(heard) => heard,
            None => std::future::pending().await,
        }
    }
}
