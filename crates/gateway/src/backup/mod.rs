//! A backup of an installation on the embedded store: a folder with the database, the secret, and a list of both by which it is known
//! to be whole.

mod make;
mod manifest;
mod restore;

pub(crate) use make::make;
pub(crate) use restore::{is_finished, restore};

/// The files of a backup.
const DATABASE: &str = "parlance.db";
const SECRET: &str = "secret";
const MANIFEST: &str = "manifest.json";

/// What a backup, and what is being restored, is called until it is whole.
const UNFINISHED: &str = "unfinished";
