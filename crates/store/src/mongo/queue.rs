//! Which of the waiting batches are committed together, and which must wait for others. Pure: it knows what batches
//! touch, not what they do.
//!
//! A merge is committed as one transaction whose updates come before its inserts and those before its deletes. That is
//! one of the orders in which its batches could have been committed, because no two of them touch one document unless
//! both update it, and batches whose own order matters go alone.

use std::collections::{HashMap, HashSet, VecDeque};

use parlance_base::WorkspaceId;

use super::contested::Contested;

/// How many batches a merge has at most …
pub(super) const MAX_MERGE: usize = 64;

/// … how many of them one workspace's, while others wait …
const MAX_SHARE: usize = 16;

/// … and how many bytes.
const MAX_BYTES: usize = 4 << 20;

/// Batches in the order of their arrival, and what is being committed.
#[derive(Debug)]
pub(super) struct Queue<T> {
    waiting: VecDeque<(Footprint, T)>,
    /// The documents of batches that are being committed.
    busy: HashSet<u64>,
    pub(super) contested: Contested,
}

/// What the queue knows of a batch.
#[derive(Clone, Debug)]
pub(super) struct Footprint {
    /// Whose batch it is.
    pub(super) workspace: Option<WorkspaceId>,
    pub(super) touches: Vec<Touch>,
    pub(super) bytes: usize,
    /// Whether it cannot share a transaction.
    pub(super) alone: bool,
}

/// A document that a batch is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Touch {
    pub(super) document: u64,
    pub(super) how: How,
}

/// What a batch does to a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Updates it.
    Update,
    /// Updates it, if it meets a guard.
    GuardedUpdate,
    /// Inserts or deletes it.
    MakeOrTake,
}

/// What is taken from the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Batches that can share a transaction.
    Merge,
    /// A batch that goes alone.
    Single,
}

impl How {
    /// Whether batches that do this and that to one document can share a transaction.
    fn goes_with(self, other: Self) -> bool {
        self != Self::MakeOrTake && other != Self::MakeOrTake
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), busy: HashSet::new(), contested: Contested::default() }
    }
}

impl<T> Queue<T> {
    pub(super) fn push(&mut self, footprint: Footprint, batch: T) {
        self.waiting.push_back((footprint, batch));
    }

    /// How many batches wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The batches to commit next, in one transaction; none where none can be begun. Their documents are busy from now on.
    pub(super) fn take(&mut self, wanted: Wanted) -> Vec<(Footprint, T)> {
        let mut merge = Merge::new(wanted, self.share());
        let mut taken = Vec::new();
        let mut left = VecDeque::with_capacity(self.waiting.len());
        let mut waiting = std::mem::take(&mut self.waiting).into_iter();
        while taken.len() < merge.most {
            let Some((footprint, batch)) = waiting.next() else { break };
            if merge.admits(&footprint, &self.busy, &self.contested) {
                taken.push((footprint, batch));
            } else {
                left.push_back((footprint, batch));
            }
        }
        left.extend(waiting);
        self.waiting = left;
        self.busy.extend(taken.iter().flat_map(|(footprint, _)| footprint.documents()));
        taken
    }

    /// The documents are touched no more.
    pub(super) fn release(&mut self, documents: impl IntoIterator<Item = u64>) {
        for document in documents {
            self.busy.remove(&document);
        }
    }

    /// How many batches of one workspace may go into the next merge.
    fn share(&self) -> usize {
        let first = self.waiting.front().map(|(footprint, _)| footprint.workspace);
        let alike = |(footprint, _): &(Footprint, T)| Some(footprint.workspace) == first;
        if self.waiting.iter().all(alike) { MAX_MERGE } else { MAX_SHARE }
    }
}

impl Footprint {
    pub(super) fn documents(&self) -> impl Iterator<Item = u64> {
        self.touches.iter().map(|touch| touch.document)
    }

    /// The documents that must be as a guard demands.
    pub(super) fn guarded(&self) -> impl Iterator<Item = u64> {
        self.touches.iter().filter(|touch| touch.how == How::GuardedUpdate).map(|touch| touch.document)
    }
}

/// A merge that is being put together.
struct Merge {
    wanted: Wanted,
    most: usize,
    share: usize,
    shares: HashMap<Option<WorkspaceId>, usize>,
    bytes: usize,
    /// The documents of those that are in it.
    touched: HashMap<u64, How>,
    /// The documents of those that were passed over: who comes later does not overtake them.
    awaited: HashSet<u64>,
}

impl Merge {
    fn new(wanted: Wanted, share: usize) -> Self {
        let most = if wanted == Wanted::Merge { MAX_MERGE } else { 1 };
        Self {
            wanted,
            most,
            share,
            shares: HashMap::new(),
            bytes: 0,
            touched: HashMap::new(),
            awaited: HashSet::new(),
        }
    }

    /// Takes the batch in, if it can be part of it.
    fn admits(&mut self, footprint: &Footprint, busy: &HashSet<u64>, contested: &Contested) -> bool {
        let share = self.shares.entry(footprint.workspace).or_default();
        if *share == self.share {
            return false;
        }
        let alone = footprint.alone || footprint.guarded().any(|document| contested.has(document));
        let wanted = if alone { Wanted::Single } else { Wanted::Merge };
        let fits = self.wanted == wanted
            && (self.bytes == 0 || self.bytes + footprint.bytes <= MAX_BYTES)
            && footprint.touches.iter().all(|touch| {
                !busy.contains(&touch.document)
                    && !self.awaited.contains(&touch.document)
                    && self.touched.get(&touch.document).is_none_or(|how| how.goes_with(touch.how))
            });
        if fits {
            *share += 1;
            self.bytes += footprint.bytes;
            self.touched.extend(footprint.touches.iter().map(|touch| (touch.document, touch.how)));
        } else {
            self.awaited.extend(footprint.documents());
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(workspace: u64, touches: &[(u64, How)]) -> Footprint {
        let touches =
            touches.iter().map(|(document, how)| Touch { document: *document, how: *how }).collect();
        Footprint {
            workspace: Some(WorkspaceId::derived(&[&workspace.to_string()])),
            touches,
            bytes: 100,
            alone: false,
        }
    }

    fn queue(batches: impl IntoIterator<Item = Footprint>) -> Queue<usize> {
        let mut queue = Queue::default();
        batches.into_iter().enumerate().for_each(|(number, footprint)| queue.push(footprint, number));
        queue
    }

    fn take(queue: &mut Queue<usize>, wanted: Wanted) -> Vec<usize> {
        queue.take(wanted).into_iter().map(|(_, number)| number).collect()
    }

    #[test]
    fn a_merge_has_at_most_sixty_four_batches() {
        let mut queue = queue((0..100).map(|document| batch(1, &[(document, How::Update)])));
        assert_eq!(take(&mut queue, Wanted::Merge), (0..64).collect::<Vec<_>>());
        assert_eq!(take(&mut queue, Wanted::Merge), (64..100).collect::<Vec<_>>());
    }

    #[test]
    fn one_workspace_has_sixteen_of_them_while_others_wait() {
        let hot = (0..50).map(|document| batch(1, &[(document, How::Update)]));
        let mut queue = queue(hot.chain([batch(2, &[(50, How::Update)])]));
        assert_eq!(take(&mut queue, Wanted::Merge), (0..16).chain([50]).collect::<Vec<_>>());
        assert_eq!(take(&mut queue, Wanted::Merge), (16..50).collect::<Vec<_>>());
    }

    #[test]
    fn updates_of_one_document_share_a_merge_and_makers_and_takers_do_not() {
        let (update, guarded) = ([(7, How::Update)], [(7, How::GuardedUpdate)]);
        let mut merging = queue([batch(1, &update), batch(1, &guarded), batch(1, &update)]);
        assert_eq!(take(&mut merging, Wanted::Merge), [0, 1, 2]);
        let made = [(7, How::MakeOrTake)];
        for (first, second) in [(made, update), (guarded, made), (made, made)] {
            let mut queue = queue([batch(1, &first), batch(1, &second)]);
            assert_eq!(take(&mut queue, Wanted::Merge), [0]);
            queue.release([7]);
            assert_eq!(take(&mut queue, Wanted::Merge), [1]);
        }
    }

    #[test]
    fn documents_that_are_being_committed_are_waited_for() {
        let mut queue = queue([batch(1, &[(1, How::Update)]), batch(1, &[(2, How::Update)])]);
        assert_eq!(take(&mut queue, Wanted::Merge), [0, 1]);
        queue.push(batch(1, &[(2, How::Update)]), 2);
        queue.push(batch(1, &[(3, How::Update)]), 3);
        assert_eq!(take(&mut queue, Wanted::Merge), [3]);
        assert!(take(&mut queue, Wanted::Merge).is_empty());
        queue.release([2]);
        assert_eq!(take(&mut queue, Wanted::Merge), [2]);
    }

    #[test]
    fn nobody_overtakes_a_batch_on_its_documents() {
        let mut queue = queue([batch(1, &[(1, How::Update)])]);
        assert_eq!(take(&mut queue, Wanted::Merge), [0]);
        queue.push(batch(1, &[(1, How::Update), (2, How::Update)]), 1);
        queue.push(batch(1, &[(2, How::Update)]), 2);
        assert!(take(&mut queue, Wanted::Merge).is_empty());
        queue.release([1]);
        assert_eq!(take(&mut queue, Wanted::Merge), [1, 2]);
    }

    #[test]
    fn contested_guards_and_batches_that_cannot_share_go_alone() {
        let cannot = Footprint { alone: true, ..batch(1, &[(3, How::Update)]) };
        let guarded = batch(1, &[(1, How::GuardedUpdate)]);
        let mut queue =
            queue([guarded, batch(1, &[(2, How::Update)]), cannot, batch(1, &[(4, How::Update)])]);
        queue.contested.conflicted(1);
        queue.contested.conflicted(2);
        assert_eq!(take(&mut queue, Wanted::Merge), [1, 3]);
        assert_eq!(take(&mut queue, Wanted::Single), [0]);
        assert_eq!(take(&mut queue, Wanted::Single), [2]);
        assert!(take(&mut queue, Wanted::Single).is_empty());
    }

    #[test]
    fn a_merge_has_a_bound_in_bytes_that_a_single_batch_may_pass() {
        let large = |document| Footprint { bytes: MAX_BYTES / 2 + 1, ..batch(1, &[(document, How::Update)]) };
        let mut queue = queue([large(1), large(2), batch(1, &[(3, How::Update)])]);
        assert_eq!(take(&mut queue, Wanted::Merge), [0, 2]);
        assert_eq!(take(&mut queue, Wanted::Merge), [1]);
    }
}
