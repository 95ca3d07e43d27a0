//! `parlance export` and `parlance import`.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use parlance_base::{Ids, SystemClock};

use super::{Installation, absolute, print, progress};
use crate::{
    admin::{Answer, Request, Steps},
    owner, secret, stored, transfer,
};

/// Write the whole installation to a file, to be imported into another store
#[derive(Args, Debug)]
pub(crate) struct Export {
    /// The file to make; it must not be there yet
    file: PathBuf,
    /// Have the server that runs change nothing from now on until it is stopped, so that nothing is missing in the file
    #[arg(long)]
    freeze: bool,
    #[command(flatten)]
    pub(crate) installation: Installation,
}

/// Read an export into a store that nobody has used; clients begin anew with what it holds
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// The file that `parlance export` made
    file: PathBuf,
    #[command(flatten)]
    pub(crate) installation: Installation,
}

impl Export {
    /// Writes it.
    ///
    /// # Errors
    /// Why not, for people.
    pub(crate) async fn run(self) -> Result<(), String> {
        let file = absolute(&self.file)?;
        let request = Request::Export { file: file.clone(), freeze: self.freeze };
        self.installation.ask_of_store(request, |answer| match answer {
            Answer::Exported { documents, frozen } => {
                let frozen = if *frozen { "\nthe server that runs here changes nothing any more: stop it" } else { "" };
                let file = file.display();
                format!("{file}: {documents} documents; the secret is not in it, take it along by itself{frozen}")
            }
            _ => "done".to_owned(),
        })
        .await
    }
}

impl Import {
    /// Reads it.
    ///
    /// # Errors
    /// Why not, for people.
    pub(crate) async fn run(self) -> Result<(), String> {
        let config = self.installation.config()?;
        let ids = Ids::new(Arc::new(SystemClock)).map_err(|_| "the system has no randomness to give")?;
        owner::is_ours(&config.data)?;
        secret::make_folder(&config.data).map_err(|error| error.to_string())?;
        let store = stored::open(&config, &ids).await.map_err(|error| error.to_string())?;
        let (steps, heard) = Steps::new();
        let importing = transfer::import(&store, &self.file, &steps);
        let imported = progress::watched(importing, heard, |step| format!("{} documents", step.done)).await;
        store.close().await;
        print(&format!("{} documents; start the server with the secret of the old store", imported?))
    }
}
