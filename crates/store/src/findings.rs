//! What a look over a store found wrong.

use std::fmt;

/// How many findings are kept; what comes after them tells nothing new.
const MOST: usize = 1_000;

/// Findings, a sentence each, and how much was looked at.
pub struct Findings {
    looked_at: u64,
    wrong: Vec<String>,
    more: u64,
    progress: Box<dyn Fn(u64) + Send + Sync>,
}

impl Findings {
    /// Nothing was looked at. `progress` is told, from time to time, how much was.
    #[must_use]
    pub fn new(progress: impl Fn(u64) + Send + Sync + 'static) -> Self {
        Self { looked_at: 0, wrong: Vec::new(), more: 0, progress: Box::new(progress) }
    }

    /// So many documents more were looked at.
    pub fn looked(&mut self, documents: usize) {
        self.looked_at = self.looked_at.saturating_add(u64::try_from(documents).unwrap_or(u64::MAX));
        (self.progress)(self.looked_at);
    }

    /// This is wrong.
    pub fn wrong(&mut self, finding: impl Into<String>) {
        if self.wrong.len() < MOST {
            self.wrong.push(finding.into());
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// This is wrong, unless it is so.
    pub fn expect(&mut self, so: bool, otherwise: impl FnOnce() -> String) {
        if !so {
            self.wrong(otherwise());
        }
    }

    /// How many documents were looked at.
    #[must_use]
    pub const fn looked_at(&self) -> u64 {
        self.looked_at
    }

    /// What is wrong, the first thousand of it, and how much more there is.
    #[must_use]
    pub fn into_wrong(self) -> (Vec<String>, u64) {
        (self.wrong, self.more)
    }
}

impl fmt::Debug for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Findings").field("looked_at", &self.looked_at).finish_non_exhaustive()
    }
}
