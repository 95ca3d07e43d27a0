//! Whose the data folder is: files that another user leaves in it would keep its owner out.

use std::{os::unix::fs::MetadataExt as _, path::Path};

use rustix::process::geteuid;

use crate::error::StartError;

/// Nothing, where a command of this process's user may leave files in the folder.
///
/// # Errors
/// Where it is another user's, for people.
pub(crate) fn is_ours(folder: &Path) -> Result<(), String> {
    match owner(folder) {
        Some(owner) if owner != geteuid().as_raw() => {
            let folder = folder.display();
            Err(format!("{folder} belongs to the user with the id {owner}: run this as that user"))
        }
        // What else is wrong with it, opening the store tells.
        _ => Ok(()),
    }
}

/// Nothing, unless this is root and the folder another user's. Who is not root is kept out by the system where it has to be: in a
/// container, a folder that is shared by a group is root's.
///
/// # Errors
/// [`StartError::OthersFolder`].
pub(crate) fn is_open_to_us(folder: &Path) -> Result<(), StartError> {
    match owner(folder) {
        Some(owner) if geteuid().is_root() && owner != 0 => {
            Err(StartError::OthersFolder(folder.to_owned(), owner))
        }
        _ => Ok(()),
    }
}

/// The id of its owner, where it is there.
fn owner(folder: &Path) -> Option<u32> {
    std::fs::metadata(folder).ok().map(|found| found.uid())
}
