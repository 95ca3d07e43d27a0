//! Streams: ordered logs whose entries are numbered 1, 2, 3 … without gap or repeat, across crashes, retries and nodes.
//!
//! Everything that changes in a group, for a user or in a workspace is an entry of a stream, and a stream changes only
//! here: a caller hands in a [`Plan`], the stream's writer task applies it to the documents it is about to change,
//! numbers what comes out and commits it under a guard on the head's `seq`. So checking and acting are one step, and a
//! node that worked from old documents commits nothing.
//!
//! What was committed is handed out through [`Streams::committed`]; that is a hint, the store is the truth.

mod cache;
mod check;
mod commit;
mod company;
mod entry;
mod head;
pub mod measure;
mod outcome;
mod pending;
mod plan;
mod planner;
mod read;
mod stored;
mod streams;
mod trace;
mod view;
mod writer;

pub use check::{check, check_for_strays};
pub use entry::{ENTRIES, Entry, Page};
pub use head::{
    ACTIVE_DAY as HEAD_ACTIVE_DAY, HEADS, Head, KIND as HEAD_KIND, STATE as HEAD_STATE,
    VISIBILITY as HEAD_VISIBILITY, day_of,
};
pub use outcome::{Committed, Receipt};
pub use plan::{Draft, Plan, Read, Step, Submission};
pub use read::{MAX_READ, Slice, page_after};
pub use streams::{Limits, Streams};
pub use view::View;
