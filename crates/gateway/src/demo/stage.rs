//! What the audience sees.

use std::io::{Write as _, stdout};

use super::text;

/// Prints the story, step by step.
pub(super) struct Stage {
    steps: usize,
}

impl Stage {
    pub(super) const fn new() -> Self {
        Self { steps: 0 }
    }

    pub(super) fn say(&self, line: &str) -> Result<(), String> {
        writeln!(stdout(), "{line}").map_err(text)
    }

    /// Tells of a step that has been checked.
    pub(super) fn step(&mut self, name: &str, what: &str) -> Result<(), String> {
        self.steps += 1;
        self.say(&format!("{:>2}. {name:<14} {what}", self.steps))
    }
}
