//! The one document about the store itself: which schema it has, and which epoch its streams count in.

use parlance_base::Epoch;
use serde::{Deserialize, Serialize};

/// Kept by the engines outside every collection, so that it can be read before anything is known to exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Installation {
    /// The schema version that the store has.
    pub(crate) version: u32,
    /// The declarations it was made from.
    pub(crate) fingerprint: String,
    /// Positions in streams count only within one epoch: it changes when stored entries may have been taken back.
    pub(crate) epoch: Epoch,
}
