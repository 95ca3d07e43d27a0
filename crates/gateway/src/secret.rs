//! The installation's secret: given in the configuration, else kept in the file `secret` in the data folder, which is made
//! at the first start. The store remembers a fingerprint of it, so that a node with another one does not start.

use std::{
    fs::{DirBuilder, File, OpenOptions, hard_link, remove_file},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use parlance_base::{Error, Ids, NodeId, Result};
use parlance_store::{Batch, Collection, CommitError, Field, Home, Scope, Stored};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tracing::warn;

use crate::{config::Config, error::StartError};

const FILE: &str = "secret";

/// Where a secret is that the configuration gives.
pub(crate) const CONFIGURED: &str = "in the configuration";

/// The only id in the collection.
const ID: &str = "secret";

const SHA256: Field = Field::text("sha256");

/// Holds one document: what the installation's secret looks like.
pub(crate) static FINGERPRINTS: Collection =
    Collection { name: "fingerprints", home: Home::System, indexes: &[], fields: &[SHA256] };

/// Tells a secret from another without telling what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fingerprint {
    id: String,
    sha256: String,
}

impl Stored for Fingerprint {
    const COLLECTION: &'static Collection = &FINGERPRINTS;
}

/// The secret of the installation in the store, made now if the installation is new. `replace` takes whatever secret there is for
/// the right one from now on.
pub(crate) async fn settle(
    config: &Config,
    system: &Scope,
    ids: &Ids,
    replace: bool,
) -> Result<[u8; 32], StartError> {
    let known = system.get::<Fingerprint>(ID).await?;
    let file = config.data.join(FILE);
    let (root, place) = match &config.secret {
        Some(given) => (parse(&given.0, CONFIGURED)?, CONFIGURED.to_owned()),
        None => {
            let may_make = known.is_none() || replace;
            let kept = read(&file)?.map_or_else(|| make(&file, ids, may_make), Ok)?;
            (kept, format!("in {}", file.display()))
        }
    };
    let ours = Fingerprint { id: ID.to_owned(), sha256: fingerprint(&root) };
    match known {
        Some(known) if known == ours => {
            if replace {
                warn!("--replace-secret changed nothing: the secret is the one that the store knows");
            }
        }
        Some(_) if !replace => return Err(StartError::OtherSecret(place)),
        known => {
            let is_replaced = known.is_some();
            if !remember(system, known, &ours).await? {
                return Err(StartError::OtherSecret(place));
            }
            if is_replaced {
                warn!(
                    "the secret was replaced: every sign-in has ended, and a second factor has to be set up anew, after a recovery code or `parlance user reset-second-factor`"
                );
            }
        }
    }
    Ok(root)
}

/// The file that the secret is in, where the configuration does not give it.
pub(crate) fn file(config: &Config) -> Option<PathBuf> {
    config.secret.is_none().then(|| config.data.join(FILE))
}

/// Nothing, where the store can be read now.
///
/// # Errors
/// `store.unavailable` where it cannot.
pub(crate) async fn probe(system: &Scope) -> Result<()> {
    system.get::<Fingerprint>(ID).await.map(drop)
}

/// Makes the folder of this installation, for its owner only.
pub(crate) fn make_folder(folder: &Path) -> Result<(), StartError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| StartError::File(folder.to_owned(), error))
}

/// Whether ours is the one that is remembered now.
async fn remember(system: &Scope, known: Option<Fingerprint>, ours: &Fingerprint) -> Result<bool> {
    let mut batch = Batch::new();
    match known {
        Some(known) => {
            batch.update::<Fingerprint>(ID, [SHA256.is(known.sha256)], [SHA256.set(ours.sha256.clone())]);
        }
        None => {
            batch.insert(ours);
        }
    }
    match system.commit(batch).await {
        Ok(()) => Ok(true),
        // Another node was first, or this one was and does not know.
        Err(CommitError::Duplicate(..) | CommitError::Unknown | CommitError::Conflict(_)) => {
            Ok(system.get::<Fingerprint>(ID).await?.as_ref() == Some(ours))
        }
        Err(error) => Err(Error::from(error)),
    }
}

fn read(file: &Path) -> Result<Option<[u8; 32]>, StartError> {
    let failed = |error| StartError::File(file.to_owned(), error);
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if std::fs::metadata(file).map_err(failed)?.permissions().mode() & 0o077 != 0 {
        return Err(StartError::Readable(file.to_owned()));
    }
    parse(&text, &format!("in {}", file.display())).map(Some)
}

/// Makes the file, whole or not at all: it has its name only once it is on the disk.
fn make(file: &Path, ids: &Ids, may_make: bool) -> Result<[u8; 32], StartError> {
    if !may_make {
        return Err(StartError::LostSecret(file.to_owned()));
    }
    let root = ids.random();
    let name = ids.next::<NodeId>().to_string();
    match write(file, &root, name) {
        Ok(()) => Ok(root),
        // Another process was first: its secret counts.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            read(file)?.ok_or_else(|| StartError::LostSecret(file.to_owned()))
        }
        Err(error) => Err(StartError::File(file.to_owned(), error)),
    }
}

/// Writes the secret under a name of its own first.
fn write(file: &Path, root: &[u8; 32], name: String) -> io::Result<()> {
    let unfinished: PathBuf = file.with_extension(name);
    let mut open = OpenOptions::new();
    let mut writing = open.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    writeln!(writing, "{}", BASE64_STANDARD.encode(root))?;
    writing.sync_all()?;
    // Unlike a rename, a link does not replace what another process has made meanwhile.
    let linked = hard_link(&unfinished, file);
    remove_file(&unfinished)?;
    linked?;
    match file.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// The secret that the text says.
///
/// # Errors
/// [`StartError::NoSecret`], with the place that it was found in.
pub(crate) fn parse(text: &str, place: &str) -> Result<[u8; 32], StartError> {
    let bytes = BASE64_STANDARD.decode(text.trim()).unwrap_or_default();
    bytes.try_into().map_err(|_| StartError::NoSecret(place.to_owned()))
}

fn fingerprint(root: &[u8; 32]) -> String {
    let digest = Sha256::new().chain_update(b"parlance/fingerprint/v1").chain_update(root).finalize();
    BASE64_STANDARD.encode(digest)
}
