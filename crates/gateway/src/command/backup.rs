//! `parlance backup` and `parlance restore`.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use parlance_base::{Ids, SystemClock};

use super::{Installation, absolute, print, progress};
use crate::{
    admin::{Answer, Request, Step, Steps},
    backup, owner,
};

/// Back up the embedded store and the secret, while the server runs or without it
#[derive(Args, Debug)]
pub(crate) struct Backup {
    /// The folder to make; it must not be there yet
    folder: PathBuf,
    #[command(flatten)]
    pub(crate) installation: Installation,
}

/// Make a data folder of a backup; clients begin anew with what it holds
#[derive(Args, Debug)]
pub(crate) struct Restore {
    /// The folder that `parlance backup` made
    folder: PathBuf,
    #[command(flatten)]
    pub(crate) installation: Installation,
}

impl Backup {
    /// Makes it.
    ///
    /// # Errors
    /// Why not, for people.
    pub(crate) async fn run(self) -> Result<(), String> {
        let folder = absolute(&self.folder)?;
        self.installation
            .ask_of_store(Request::BackUp { folder: folder.clone() }, |answer| match answer {
                Answer::BackedUp { bytes, has_secret: true } => {
                    format!(
                        "{}: {bytes} bytes, the secret among them: keep it as you keep a password",
                        folder.display()
                    )
                }
                Answer::BackedUp { bytes, .. } => {
                    format!(
                        "{}: {bytes} bytes, without the secret, which your configuration gives",
                        folder.display()
                    )
                }
                _ => "done".to_owned(),
            })
            .await
    }
}

impl Restore {
    /// Makes it.
    ///
    /// # Errors
    /// Why not, for people.
    pub(crate) async fn run(self) -> Result<(), String> {
        let config = self.installation.config()?;
        if config.mongodb.is_some() {
            return Err("a backup is of the embedded store: restore it with `mongodb` unset, then export it and import that into MongoDB".to_owned());
        }
        let ids = Ids::new(Arc::new(SystemClock)).map_err(|_| "the system has no randomness to give")?;
        owner::is_ours(&config.data)?;
        let (steps, heard) = Steps::new();
        let restoring = backup::restore(&self.folder, &config.data, &ids, steps);
        let restored = progress::watched(restoring, heard, |Step { done, of }| {
            format!("{done} of {} bytes", of.unwrap_or(done))
        });
        let restored = restored.await?;
        let (data, made_at) = (config.data.display(), restored.made_at);
        let secret =
            if restored.has_secret { "" } else { "; it has no secret: have your configuration give it" };
        print(&format!(
            "{data}: as it was at {made_at}{secret}\n`parlance check --data {data}` looks it over, `parlance --data {data}` starts it"
        ))
    }
}
