//! The document port: every query is written once, as data, and means the same on both engines.
//!
//! There are two ways to documents: [`Store::workspace`], which sees one workspace and nothing else, and
//! [`Store::system`], which sees what belongs to no workspace. Nothing above this crate knows which engine runs.
//!
//! What a condition and a change mean is in [`meaning`]; what may be asked at all is in [`query`].

mod announce;
mod batch;
mod change;
mod collection;
mod commit_error;
mod document;
mod engine;
#[cfg(feature = "fault")]
pub mod fault;
mod findings;
mod installation;
pub mod job;
pub mod lease;
pub mod meaning;
pub mod measure;
#[cfg(feature = "mongodb")]
mod mongo;
pub mod query;
mod schema;
mod scope;
mod snapshot;
mod sqlite;
mod store;
mod trace;

pub use announce::{Announcements, Hearing, News};
pub use batch::{Batch, MAX_OPS};
pub use change::Change;
pub use collection::{Collection, Field, Home, ID, Index, IndexName, Kind, PRIMARY, Stored};
pub use commit_error::CommitError;
pub use document::{Document, MAX_SIZE, decode};
pub use findings::Findings;
#[cfg(feature = "mongodb")]
pub use mongo::MongoConfig;
pub use query::{Cond, Dir, Find, MAX_LIMIT, Scalar};
pub use schema::{Migration, OpenError, Schema};
pub use scope::Scope;
pub use snapshot::{Place, Row, Snapshot};
pub use sqlite::{Durability, Progress, SqliteConfig};
pub use store::{Config, Store};
