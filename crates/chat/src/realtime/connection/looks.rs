//! What waits for the rights to be looked up: one look at a time, the client's frames in the order they came, and
//! after them the streams that the user may have gained.

use std::collections::{BTreeSet, VecDeque};

use parlance_base::{StreamId, Time};

use super::errand::Errand;
use crate::realtime::{
    frame::{CloseCode, Resume},
    limits::{DOUBTS, WAITING_RESUMES},
};

#[derive(Debug)]
pub(super) enum Ask {
    Resume { id: String, resume: Resume },
    Watch { id: Option<String>, stream: StreamId },
    Unwatch { id: Option<String>, stream: StreamId },
    Doubts(Vec<StreamId>),
}

#[derive(Debug, Default)]
pub(super) struct Looks {
    waiting: VecDeque<Ask>,
    doubts: BTreeSet<StreamId>,
    current: Option<Ask>,
    errand: Errand,
}

impl Looks {
    /// Frames that wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + usize::from(matches!(self.current, Some(Ask::Resume { .. } | Ask::Watch { .. })))
    }

    pub(super) fn takes_resumes(&self) -> bool {
        let resumes =
            self.waiting.iter().chain(&self.current).filter(|ask| matches!(ask, Ask::Resume { .. }));
        resumes.count() < WAITING_RESUMES
    }

    pub(super) fn push(&mut self, ask: Ask) {
        self.waiting.push_back(ask);
    }

    /// The user may have gained this stream; an error if there is too much to look up.
    pub(super) fn doubt(&mut self, stream: StreamId) -> Result<(), CloseCode> {
        self.doubts.insert(stream);
        if self.doubts.len() > DOUBTS { Err(CloseCode::SlowConsumer) } else { Ok(()) }
    }

    /// Whose turn it is, if nobody's is running.
    pub(super) fn turn(&mut self) -> Option<Ask> {
        if self.current.is_some() {
            return None;
        }
        let doubts = || {
            let doubts = std::mem::take(&mut self.doubts);
            (!doubts.is_empty()).then(|| Ask::Doubts(doubts.into_iter().collect()))
        };
        self.waiting.pop_front().or_else(doubts)
    }

    pub(super) fn run(&mut self, ask: Ask) {
        self.current = Some(ask);
    }

    /// The streams to look up, if it is time.
    pub(super) fn begin(&mut self, now: Time) -> Option<Vec<StreamId>> {
        if !self.errand.may_start(now) {
            return None;
        }
        let streams = match self.current.as_ref()? {
            Ask::Resume { resume, .. } => resume.cursors.keys().copied().collect(),
            Ask::Watch { stream, .. } | Ask::Unwatch { stream, .. } => vec![*stream],
            Ask::Doubts(streams) => streams.clone(),
        };
        self.errand.start();
        Some(streams)
    }

    /// The look was answered; returns what it was for.
    pub(super) fn answered(&mut self) -> Option<Ask> {
        self.errand.succeeded();
        self.current.take()
    }

    /// The answer cannot be used: the look begins anew.
    pub(super) fn again(&mut self) {
        self.errand.succeeded();
    }

    pub(super) fn failed(&mut self, now: Time) -> Result<(), CloseCode> {
        self.errand.failed(now)
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        self.errand.deadline()
    }

    /// Nothing more is looked up. Returns the ids of the frames that waited for it.
    pub(super) fn close(&mut self) -> impl Iterator<Item = String> {
        let asks = self.current.take().into_iter().chain(std::mem::take(&mut self.waiting));
        asks.filter_map(Ask::into_id)
    }
}

impl Ask {
    pub(super) fn into_id(self) -> Option<String> {
        match self {
            Self::Resume { id, .. } => Some(id),
            Self::Watch { id, .. } | Self::Unwatch { id, .. } => id,
            Self::Doubts(_) => None,
        }
    }
}
