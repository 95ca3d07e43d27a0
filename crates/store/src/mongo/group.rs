//! Commits a group of batches: together if that goes, else in halves, so that each gets its own answer.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::{error, warn};

use super::{
    fault::Fault,
    queue::Footprint,
    request::{Outcome, Request},
    retry,
    transaction::{Order, Transactions},
};
use crate::{commit_error::CommitError, measure::Commits};

/// How long a transaction that was disturbed is tried again, and how much longer for each statement of one that goes alone: it
/// takes its time before it is disturbed.
const PATIENCE: Duration = Duration::from_secs(1);
const EACH: Duration = Duration::from_millis(10);

/// What was learned about documents that guards are on.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// A guard on these failed.
    pub(super) conflicted: Vec<u64>,
    /// All guards on these held, in batches that went alone.
    pub(super) held: Vec<u64>,
}

/// What came of committing several batches at once.
enum Together {
    /// They all have this outcome.
    Alike(Outcome),
    /// Each has its own.
    Apart,
}

/// Commits the batches and answers each.
pub(super) async fn commit(
    transactions: &Transactions,
    measured: &Commits,
    group: Vec<(Footprint, Request)>,
) -> Findings {
    let mut findings = Findings::default();
    // The last part is the next, so the earlier half of what is split goes on top.
    let mut parts = vec![group];
    while let Some(mut part) = parts.pop() {
        if part.len() > 1 {
            match together(transactions, &part).await {
                Together::Alike(outcome) => {
                    measured.together(if outcome.is_ok() { part.len() } else { 0 });
                    part.iter().for_each(|(_, request)| request.shared(part.len()));
                    part.into_iter().for_each(|(_, request)| request.answer(outcome.clone()))
                }
                Together::Apart => {
                    let later = part.split_off(part.len() / 2);
                    parts.extend([later, part]);
                }
            }
        } else {
            for (footprint, request) in part {
                let outcome = alone(transactions, &request).await;
                measured.together(usize::from(outcome.is_ok()));
                request.shared(1);
                findings.note(&footprint, &request, &outcome);
                request.answer(outcome);
            }
        }
    }
    findings
}

async fn together(transactions: &Transactions, part: &[(Footprint, Request)]) -> Together {
    let statements: Vec<_> = part.iter().flat_map(|(_, request)| &request.statements).collect();
    let give_up = Instant::now() + PATIENCE;
    for wait in retry::waits() {
        match transactions.commit(&statements, Order::Grouped).await {
            Ok(()) => return Together::Alike(Ok(())),
            Err(Fault::Misfit | Fault::Rejected(_) | Fault::Contended) => return Together::Apart,
            Err(Fault::Unknown) => return Together::Alike(Err(CommitError::Unknown)),
            Err(Fault::Broken(reason)) => return Together::Alike(broken(&reason)),
            Err(Fault::Transient(error)) => {
                warn!(error = %error.kind, "a merge of {} batches was disturbed", part.len())
            }
        }
        if Instant::now() + wait > give_up {
            break;
        }
        sleep(wait).await;
    }
    Together::Alike(Err(CommitError::Unavailable))
}

async fn alone(transactions: &Transactions, request: &Request) -> Outcome {
    let statements: Vec<_> = request.statements.iter().collect();
    let mut order = if request.ordered || statements.len() == 1 { Order::Given } else { Order::Grouped };
    let give_up = Instant::now() + PATIENCE + EACH * u32::try_from(statements.len()).unwrap_or(u32::MAX);
    for wait in retry::waits() {
        match transactions.commit(&statements, order).await {
            Ok(()) => return Ok(()),
            Err(Fault::Rejected(error)) => return Err(error),
            Err(Fault::Unknown) => return Err(CommitError::Unknown),
            Err(Fault::Broken(reason)) => return broken(&reason),
            // Something stands against it: now in its own order, to see what.
            Err(Fault::Misfit) => {
                order = Order::Given;
                continue;
            }
            Err(Fault::Contended) => {}
            Err(Fault::Transient(error)) => warn!(error = %error.kind, "a batch was disturbed"),
        }
        if Instant::now() + wait > give_up {
            break;
        }
        sleep(wait).await;
    }
    Err(CommitError::Unavailable)
}

fn broken(reason: &str) -> Outcome {
    error!(reason, "a transaction failed");
    Err(CommitError::Unavailable)
}

impl Findings {
    fn note(&mut self, footprint: &Footprint, request: &Request, outcome: &Outcome) {
        match outcome {
            Ok(()) => self.held.extend(footprint.guarded()),
            Err(CommitError::Conflict(at)) => {
                self.conflicted.extend(request.statements.get(*at).map(|statement| statement.number));
            }
            Err(_) => {}
        }
    }
}
