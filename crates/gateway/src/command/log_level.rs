//! `parlance log-level`: what a running server logs from now on.

use clap::Args;

use super::Installation;
use crate::admin::Request;

/// Have the server that runs here log something else, until it ends
#[derive(Args, Debug)]
pub(crate) struct LogLevel {
    /// As the setting `log` has it: info, or info,parlance_chat=debug
    filter: String,
    #[command(flatten)]
    pub(crate) installation: Installation,
}

impl LogLevel {
    /// Does it.
    ///
    /// # Errors
    /// Why it was not done, for people.
    pub(crate) async fn run(self) -> Result<(), String> {
        let done = format!("logs {} from now on", self.filter);
        self.installation.ask(Request::ChangeLog { filter: self.filter }, |_| done).await
    }
}
