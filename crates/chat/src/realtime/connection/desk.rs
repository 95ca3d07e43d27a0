//! Commands of a client, carried out one after another: what a client says comes in the order it said it.

use std::collections::VecDeque;

use crate::realtime::frame::Command;

#[derive(Debug, Default)]
pub(super) struct Desk {
    waiting: VecDeque<(Option<String>, Command)>,
    /// The id of the frame whose command runs, if it has one.
    running: Option<Option<String>>,
}

impl Desk {
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + usize::from(self.is_busy())
    }

    pub(super) fn push(&mut self, id: Option<String>, command: Command) {
        self.waiting.push_back((id, command));
    }

    /// The next command, if none runs.
    pub(super) fn next(&mut self) -> Option<Command> {
        if self.is_busy() {
            return None;
        }
        let (id, command) = self.waiting.pop_front()?;
        self.running = Some(id);
        Some(command)
    }

    /// The running command was answered; returns the id of its frame.
    pub(super) fn answered(&mut self) -> Option<String> {
        self.running.take().flatten()
    }

    pub(super) fn is_busy(&self) -> bool {
        self.running.is_some()
    }

    /// Nothing more is carried out. Returns the ids of the frames that only waited.
    pub(super) fn close(&mut self) -> impl Iterator<Item = String> {
        std::mem::take(&mut self.waiting).into_iter().filter_map(|(id, _)| id)
    }
}
