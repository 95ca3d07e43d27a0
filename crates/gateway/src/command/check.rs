//! `parlance check`.

use std::sync::Arc;

use clap::Args;
use parlance_base::{Ids, SystemClock};
use parlance_store::{Findings, OpenError};

use super::{Installation, print, progress};
use crate::{check, owner, stored};

/// Look over all that is stored: streams without gaps, counters, indexes, what belongs to nothing
#[derive(Args, Debug)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) installation: Installation,
}

impl Check {
    /// Looks it over.
    ///
    /// # Errors
    /// How much is wrong, or why it could not be looked at, for people.
    pub(crate) async fn run(self) -> Result<(), String> {
        let config = self.installation.config()?;
        let ids = Ids::new(Arc::new(SystemClock)).map_err(|_| "the system has no randomness to give")?;
        if config.mongodb.is_none() {
            owner::is_ours(&config.data)?;
        }
        stored::found(&config).await?;
        let store = stored::open(&config, &ids).await.map_err(|error| match error {
            OpenError::InUse(_) => {
                format!("{error}: stop the server, or restore a backup and check that (`--data`)")
            }
            error => error.to_string(),
        })?;
        let mut findings = Findings::new(|documents| progress::show(&format!("{documents} documents")));
        let checked = check::check(&store, &mut findings).await;
        progress::clear();
        store.close().await;
        checked.map_err(|error| error.message().to_owned())?;
        let documents = findings.looked_at();
        let (wrong, more) = findings.into_wrong();
        if wrong.is_empty() {
            let documents =
                if documents == 0 { "nothing to look at yet".to_owned() } else { looked_at(documents) };
            return print(&format!("{documents}: nothing is wrong"));
        }
        print(&wrong.join("\n"))?;
        let count = more.saturating_add(u64::try_from(wrong.len()).unwrap_or(u64::MAX));
        let findings = if count == 1 { "1 finding".to_owned() } else { format!("{count} findings") };
        Err(format!("{}: {findings}", looked_at(documents)))
    }
}

fn looked_at(documents: u64) -> String {
    match documents {
        0 => "no document could be looked at".to_owned(),
        1 => "1 document looked at".to_owned(),
        documents => format!("{documents} documents looked at"),
    }
}
