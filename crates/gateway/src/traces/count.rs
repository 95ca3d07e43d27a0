//! What became of the spans of this process. Spans begin before metrics do, so these are numbers of our own, which the page of
//! metrics reads.

use std::sync::atomic::{AtomicU64, Ordering};

static DELIVERED: AtomicU64 = AtomicU64::new(0);
static DROPPED: AtomicU64 = AtomicU64::new(0);
static FAILED: AtomicU64 = AtomicU64::new(0);

/// Spans by what became of them.
pub(crate) fn counted() -> [(&'static str, u64); 3] {
    [("delivered", &DELIVERED), ("dropped", &DROPPED), ("failed", &FAILED)]
        .map(|(outcome, spans)| (outcome, spans.load(Ordering::Relaxed)))
}

/// One more found no room.
pub(super) fn dropped() {
    DROPPED.fetch_add(1, Ordering::Relaxed);
}

/// So many were taken by the collector, or were not.
pub(super) fn sent(spans: usize, delivered: bool) {
    let spans = u64::try_from(spans).unwrap_or(u64::MAX);
    let counter = if delivered { &DELIVERED } else { &FAILED };
    counter.fetch_add(spans, Ordering::Relaxed);
}
