//! What a store must hold before anyone may use it: one list of collections and one of migrations, for both engines.
//!
//! A store remembers the version it was written by and a fingerprint of the declarations. Opening an older one brings
//! it up to date: what is declared and missing is made, documents are rewritten, indexes no longer declared go. Documents
//! of a collection that is no longer declared stay where they are.

use std::{fmt::Write, path::PathBuf};

use sha2::{Digest, Sha256};

use crate::{
    collection::{Collection, Home},
    document::Document,
};

/// Everything a release stores.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Counted up whenever a declaration changes or a migration is added.
    pub version: u32,
    /// Every collection of every crate.
    pub collections: Vec<&'static Collection>,
    /// What to do to documents of older versions, in the order of `to`.
    pub migrations: Vec<Migration>,
}

/// Rewrites the documents of one collection for the version `to`, all workspaces' alike.
///
/// A crash in mid-migration can lead a document through `rewrite` again: it must leave a rewritten one as it is.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// The version whose documents this makes.
    pub to: u32,
    /// Whose documents it rewrites.
    pub collection: &'static Collection,
    /// The document as it is from now on; its id stays.
    pub rewrite: fn(Document) -> Document,
}

/// Why a store cannot be opened. Each says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has the folder.
    #[error("{} is in use by another process: one process at a time can have the embedded store", .0.display())]
    InUse(PathBuf),
    /// The database is some other program's.
    #[error("{0} holds something that is not a Parlance store")]
    Foreign(String),
    /// A newer release wrote it.
    #[error("the store has schema {found}, written by a newer release: this one knows schemas up to {known}")]
    Newer {
        /// The store's version.
        found: u32,
        /// This release's version.
        known: u32,
    },
    /// The declarations changed, and the version did not: no release does this.
    #[error(
        "the store's schema {0} was declared differently: a changed declaration needs a new schema version"
    )]
    Changed(u32),
    /// A rewritten or declared document cannot be stored.
    #[error("the store cannot be migrated to schema {to}: {reason}")]
    Migration {
        /// The version that was to be made.
        to: u32,
        /// What stood in the way.
        reason: String,
    },
    /// A `mongod` that belongs to no replica set.
    #[error(
        "MongoDB runs as a standalone server: Parlance needs a replica set (one member is enough), start mongod with --replSet and run rs.initiate()"
    )]
    Standalone,
    /// No server of the connection string can be used.
    #[error("MongoDB cannot be used at {addresses}: {reason}")]
    Unreachable {
        /// Where it was looked for, without a name or a password.
        addresses: String,
        /// What failed, and what to look at.
        reason: String,
    },
    /// A server that is too old.
    #[error("MongoDB {0} is too old: Parlance needs version 6.0 or later")]
    TooOld(String),
    /// The files or the server do not answer as they should.
    #[error("the store cannot be opened: {0}")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl OpenError {
    pub(crate) fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Failed(error.into())
    }
}

impl Schema {
    /// The migrations that lead from `version` to this one, in order.
    pub(crate) fn since(&self, version: u32) -> Vec<Migration> {
        let mut due: Vec<_> =
            self.migrations.iter().filter(|migration| migration.to > version).copied().collect();
        due.sort_by_key(|migration| migration.to);
        due
    }

    /// Whether a store of this version and fingerprint can be used as it is (`Ok(true)`), after migrations
    /// (`Ok(false)`), or not at all.
    pub(crate) fn accepts(&self, version: u32, fingerprint: &str) -> Result<bool, OpenError> {
        match version.cmp(&self.version) {
            std::cmp::Ordering::Greater => Err(OpenError::Newer { found: version, known: self.version }),
            std::cmp::Ordering::Equal if fingerprint == self.fingerprint() => Ok(true),
            std::cmp::Ordering::Equal => Err(OpenError::Changed(version)),
            std::cmp::Ordering::Less => Ok(false),
        }
    }

    /// A hash of all that engines know of the declarations.
    pub(crate) fn fingerprint(&self) -> String {
        let mut text = String::new();
        let mut collections = self.collections.clone();
        collections.sort_by_key(|collection| collection.name);
        for collection in collections {
            let led = collection.home == Home::Workspace;
            let _ = writeln!(text, "collection {} led={led}", collection.name);
            for index in collection.indexes {
                let fields: Vec<_> = index.fields.iter().map(|field| (field.name, field.kind)).collect();
                let _ = writeln!(text, "index {} unique={} {fields:?}", index.name, index.unique);
            }
        }
        Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}
