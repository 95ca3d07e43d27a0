//! Documents whose guards failed lately: other processes write to them, so their batches would spoil the merges that
//! they are part of. They go alone until that has passed.

use std::collections::HashMap;

/// After how many commits in a row a document is no longer contested.
const CLEAN: u8 = 10;

/// How many documents are remembered. Where more are contested at once, all are forgotten: each then costs one more
/// merge that is split.
const MAX_REMEMBERED: usize = 4_096;

#[derive(Debug, Default)]
pub(super) struct Contested(HashMap<u64, u8>);

impl Contested {
    /// Whether batches about the document go alone.
    pub(super) fn has(&self, document: u64) -> bool {
        self.0.contains_key(&document)
    }

    /// A guard on the document failed.
    pub(super) fn conflicted(&mut self, document: u64) {
        if self.0.len() >= MAX_REMEMBERED && !self.has(document) {
            self.0.clear();
        }
        self.0.insert(document, CLEAN);
    }

    /// A guard on the document held.
    pub(super) fn held(&mut self, document: u64) {
        if let Some(left) = self.0.get_mut(&document) {
            *left -= 1;
            if *left == 0 {
                self.0.remove(&document);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_contested_until_ten_guards_in_a_row_held() {
        let mut contested = Contested::default();
        contested.conflicted(7);
        (1..CLEAN).for_each(|_| contested.held(7));
        contested.conflicted(7);
        (1..CLEAN).for_each(|_| contested.held(7));
        assert!(contested.has(7));
        contested.held(7);
        assert!(!contested.has(7));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut contested = Contested::default();
        let documents = 0..u64::try_from(MAX_REMEMBERED).unwrap();
        documents.clone().for_each(|document| contested.conflicted(document));
        assert!(documents.clone().all(|document| contested.has(document)));
        contested.conflicted(u64::MAX);
        assert!(contested.has(u64::MAX) && !contested.has(0));
    }
}
