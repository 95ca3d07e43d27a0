//! The span of what a writer does at once for several who wait.

use parlance_base::SPANS;
use tracing::{Span, trace_span};

use crate::pending::Pending;

/// The writing of these submissions: within what made the first of them, and linked to what made the others. Nothing where
/// nobody follows any of it.
pub(crate) fn write(pending: &[Pending]) -> Span {
    let mut asking = pending.iter().map(|waiting| &waiting.span).filter(|span| !span.is_disabled());
    let Some(first) = asking.next() else { return Span::none() };
    let submissions = i64::try_from(pending.len()).unwrap_or(i64::MAX);
    let span = trace_span!(target: SPANS, parent: first, "write", parlance.submissions = submissions);
    for other in asking {
        span.follows_from(other);
    }
    span
}
