//! Where the text of a key comes from: the argument, a file, or standard input.

use std::{
    fs::File,
    io::{self, Read},
    path::PathBuf,
};

use clap::Args;
use parlance_license::MAX_KEY;

/// A license key.
#[derive(Args, Debug)]
pub(crate) struct KeyText {
    /// The key; without it and without --file, it is read from standard input
    #[arg(value_name = "KEY", conflicts_with = "file")]
    key: Option<String>,
    /// A file that holds the key
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

impl KeyText {
    /// The text, whatever it is.
    pub(super) fn read(self) -> Result<String, String> {
        match (self.key, self.file) {
            (Some(key), _) => Ok(key),
            (None, Some(file)) => {
                let unusable = |error| format!("cannot use {}: {error}", file.display());
                File::open(&file).and_then(bounded).map_err(unusable)
            }
            (None, None) => {
                bounded(io::stdin().lock()).map_err(|error| format!("cannot use standard input: {error}"))
            }
        }
    }
}

/// What is longer than any key is not read to its end.
fn bounded(from: impl Read) -> io::Result<String> {
    let mut text = String::new();
    from.take(16 * MAX_KEY as u64).read_to_string(&mut text)?;
    Ok(text)
}
