//! Jobs: work that a change asks for, in an outbox.
//!
//! A job is a document that is inserted in the very batch that makes the change, so there is a job exactly if there is
//! the change. [`Jobs`] is the queue over these documents: it hands them out under leases, to each node of the
//! installation others, turn by turn of the workspaces. [`Worker`] runs them with the [`Handlers`] of this node.
//!
//! **Jobs run at least once.** A worker that dies, hangs or loses its answer leaves a job that runs again, from the
//! beginning. What a handler changes in the store it returns as a [`Batch`](crate::Batch), which is committed together
//! with the job's end, and so happens once. Every other effect (a mail, a webhook, a call) must be keyed by the job's
//! id, so that whoever receives it can tell a repeat.

mod claim;
mod dead;
mod document;
mod handler;
mod lease;
mod policy;
mod queue;
mod remove;
mod run;
mod sweep;
mod worker;

pub use dead::Whose;
pub use document::{DEAD_JOBS, DeadJob, JOBS, Job, MAX_PAYLOAD, State};
pub use handler::{Failure, Handler, Handlers};
pub use lease::{Lease, LeaseError};
pub use policy::Policy;
pub use queue::Jobs;
pub use sweep::Swept;
pub use worker::{Worker, WorkerConfig};
