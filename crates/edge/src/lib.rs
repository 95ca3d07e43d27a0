//! What every router of Parlance shares, so that all of them answer alike: errors in the one shape, bodies without
//! unknown fields, callers from their host, lists in pages.
//!
//! A router built here ends in [`finish`], which turns whatever happens beneath it into that shape.

mod body;
mod caller;
mod described;
mod failure;
mod page;
mod rejection;

pub use body::{Json, Path, Query, Raw};
pub use caller::{Authenticated, Identified, SignedIn, check_signed_in, credentials, workspace_named};
pub use described::{describe, operations};
pub use failure::{ErrorBody, ErrorDetail, Failure, RequestId, finish, status};
pub use page::{Listing, PageQuery};
