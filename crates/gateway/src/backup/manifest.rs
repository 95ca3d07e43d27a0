//! What is in a backup, and how each file is known to be whole.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::MANIFEST;

/// Which form of backup this release writes and reads.
pub(super) const FORMAT: u32 = 1;

/// How much of a file is in memory at once.
const BUFFER: usize = 1 << 20;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    /// The release that made it.
    pub(super) release: String,
    /// The schema of its store.
    pub(super) schema: u32,
    pub(super) made_at: String,
    pub(super) files: Vec<Part>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Manifest {
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        let text = fs::read(folder.join(MANIFEST))?;
        serde_json::from_slice(&text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let mut file = new_file(&folder.join(MANIFEST))?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.write_all(b"\n")?;
        file.sync_all()
    }
}

impl Part {
    /// The file as it is.
    pub(super) fn of(folder: &Path, name: &str) -> io::Result<Self> {
        let (bytes, sha256) = read_through(&folder.join(name), |_| Ok(()))?;
        Ok(Self { name: name.to_owned(), bytes, sha256 })
    }

    /// Copies the file, and tells whether it is the one that was backed up; `copied` is told the bytes of each step.
    pub(super) fn copy(&self, from: &Path, to: &Path, mut copied: impl FnMut(usize)) -> io::Result<bool> {
        let mut target = new_file(to)?;
        let (bytes, sha256) = read_through(&from.join(&self.name), |chunk| {
            copied(chunk.len());
            target.write_all(chunk)
        })?;
        target.sync_all()?;
        Ok(bytes == self.bytes && sha256 == self.sha256)
    }
}

/// A file that was not there, for its owner alone.
pub(super) fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// How long the file is, and its hash.
fn read_through(file: &Path, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<(u64, String)> {
    let (mut file, mut digest, mut buffer) = (File::open(file)?, Sha256::new(), vec![0; BUFFER]);
    let mut bytes = 0_u64;
    loop {
        let read = file.read(&mut buffer)?;
        let chunk = buffer.get(..read).unwrap_or_default();
        if chunk.is_empty() {
            let hash = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            return Ok((bytes, hash));
        }
        digest.update(chunk);
        take(chunk)?;
        bytes = bytes.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
}
