//! Files that hold a secret, and that everybody on the machine can read.

use std::{os::unix::fs::PermissionsExt as _, path::Path};

/// Readable by those who are neither its owner nor of its group.
const BY_OTHERS: u32 = 0o004;

/// Nothing, where the file is its owner's and its group's alone, or not there.
///
/// # Errors
/// Where everybody can read it, with what to do, for people.
pub(crate) fn is_kept(file: &Path) -> Result<(), String> {
    let mode = std::fs::metadata(file).map_or(0, |found| found.permissions().mode());
    if mode & BY_OTHERS == 0 {
        return Ok(());
    }
    let file = file.display();
    Err(format!(
        "{file} can be read by everybody: run `chmod o= {file}` (where it is mounted, give it the mode 0440), and think about who may have read it"
    ))
}
