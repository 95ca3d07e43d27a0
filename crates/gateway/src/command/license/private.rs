//! The vendor's private key, in a file that nobody else can read.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
    sync::Arc,
};

use parlance_base::{Ids, SystemClock};
use parlance_license::Issuer;

use super::print;

/// No private key is longer.
const MOST_BYTES: u64 = 4_096;

/// Makes a new one, and prints its public key. A file that is there already is left alone.
pub(super) fn make(file: &Path) -> Result<(), String> {
    let ids = Ids::new(Arc::new(SystemClock)).map_err(|_| "the system has no randomness to give")?;
    let issuer = Issuer::from_seed(&ids.random());
    let pem = issuer.to_pem().map_err(|error| error.to_string())?;
    write(file, &pem).map_err(|error| unusable(file, &error))?;
    let public = issuer.trust().public_key().unwrap_or_default();
    print(&format!(
        "{} holds the private key: keep it, and keep it from everybody.\n\
         Servers that take its license keys are built with\n\n  \
         PARLANCE_LICENSE_PUBLIC_KEY={public} cargo build --release",
        file.display()
    ))
}

/// The issuer whose private key the file holds.
pub(super) fn read(file: &Path) -> Result<Issuer, String> {
    let failed = |error: io::Error| unusable(file, &error);
    // What is looked at and what is read is one file, also if the name is given to another one meanwhile.
    let opened = File::open(file).map_err(failed)?;
    if opened.metadata().map_err(failed)?.permissions().mode() & 0o077 != 0 {
        let file = file.display();
        return Err(format!(
            "{file} can be read by others: run `chmod 600 {file}`, and think about who may have read it"
        ));
    }
    let mut content = Vec::new();
    opened.take(MOST_BYTES).read_to_end(&mut content).map_err(failed)?;
    Issuer::read(&content).map_err(|error| format!("{} is no private key: {error}", file.display()))
}

fn write(file: &Path, pem: &str) -> io::Result<()> {
    let mut writing = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writing.write_all(pem.as_bytes())?;
    writing.sync_all()
}

fn unusable(file: &Path, error: &io::Error) -> String {
    format!("cannot use {}: {error}", file.display())
}
