//! Whether the writer can store anything, as far as its last try says.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use parlance_base::{Error, Result};
use rusqlite::ErrorCode;

/// Why nothing can be stored now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unable {
    /// Somebody wanted it so.
    Frozen,
    /// There is no room.
    Full,
    /// The database fails otherwise.
    Failing,
}

/// What the writer's thread says of itself, for all others to read.
#[derive(Clone, Debug, Default)]
pub(super) struct Ability(Arc<AtomicU8>);

const ABLE: u8 = 0;
const FROZEN: u8 = 1;
const FULL: u8 = 2;
const FAILING: u8 = 3;

impl Ability {
    pub(super) fn lost(&self, unable: Unable) {
        let unable = match unable {
            Unable::Frozen => FROZEN,
            Unable::Full => FULL,
            Unable::Failing => FAILING,
        };
        self.0.store(unable, Ordering::Relaxed);
    }

    pub(super) fn regained(&self) {
        self.0.store(ABLE, Ordering::Relaxed);
    }

    /// Why nothing can be stored; nothing where something can.
    pub(super) fn unable(&self) -> Option<Unable> {
        match self.0.load(Ordering::Relaxed) {
            FROZEN => Some(Unable::Frozen),
            FULL => Some(Unable::Full),
            FAILING => Some(Unable::Failing),
            _ => None,
        }
    }

    /// The same, as an error.
    pub(super) fn answer(&self) -> Result<()> {
        self.unable().map_or(Ok(()), |unable| Err(unable.into()))
    }
}

impl From<&rusqlite::Error> for Unable {
    fn from(error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Failing,
        }
    }
}

impl From<Unable> for Error {
    fn from(unable: Unable) -> Self {
        match unable {
            Unable::Frozen => {
                Self::unavailable("store.frozen", "the store is frozen until the server is started anew")
            }
            Unable::Full => Self::unavailable("store.full", "the disk is full: nothing can be stored"),
            Unable::Failing => Self::unavailable("store.unwritable", "nothing can be stored now"),
        }
    }
}
