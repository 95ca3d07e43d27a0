//! `parlance license install`: a key for the installation. It counts at once on a server that runs, and within seconds on all
//! others of the same store.

use clap::Args;
use parlance_license::Outcome;

use super::{Installation, text::KeyText};
use crate::admin::{Answer, Request};

/// A key, and where to put it.
#[derive(Args, Debug)]
pub(crate) struct Install {
    #[command(flatten)]
    text: KeyText,
    #[command(flatten)]
    pub(crate) installation: Installation,
}

impl Install {
    pub(super) async fn run(self) -> Result<(), String> {
        let key = self.text.read()?;
        self.installation.ask(Request::InstallLicense { key }, show).await
    }
}

fn show(answer: &Answer) -> String {
    let Answer::License { lid, plan, valid_until, outcome, replaced } = answer else {
        return "done".to_owned();
    };
    let what = match outcome {
        Outcome::Unchanged => "was installed already",
        Outcome::Installed => "is installed",
        Outcome::InstalledOlder => "is installed, though another one that had been was issued later",
    };
    let instead = replaced.as_ref().map(|lid| format!(", in the place of {lid}")).unwrap_or_default();
    format!("The license {lid} (plan {plan}, until {valid_until}) {what}{instead}.")
}
