//! `parlance license install`: a key into the configured store, without a running server on it or beside those that share
//! it. What installs is `Gate::install`, as it is for a server that is asked to.

use std::sync::Arc;

use clap::Args;
use parlance_base::{Clock, Ids, SystemClock};
use parlance_license::{Gate, Installed, Installer, Outcome, Trust};
use parlance_store::{OpenError, Store};

use super::{Place, print, text::KeyText};
use crate::{
    config::{Config, Flags},
    secret, stored,
};

/// A key, and where to put it.
#[derive(Args, Debug)]
pub(crate) struct Install {
    #[command(flatten)]
    text: KeyText,
    #[command(flatten)]
    place: Place,
}

impl Install {
    pub(super) async fn run(self) -> Result<(), String> {
        let flags = Flags { data: self.place.data, ..Flags::default() };
        let config = Config::load(self.place.config.as_deref(), &flags).map_err(|error| error.to_string())?;
        let text = self.text.read()?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = open(&config, &clock).await?;
        let installed = install(&store, clock, Trust::built_in(), &text).await;
        store.close().await;
        print(&told(&installed?))
    }
}

async fn open(config: &Config, clock: &Arc<dyn Clock>) -> Result<Store, String> {
    let ids = Ids::new(Arc::clone(clock)).map_err(|_| "the system has no randomness to give")?;
    secret::make_folder(&config.data).map_err(|error| error.to_string())?;
    stored::open(config, &ids).await.map_err(|error| match error {
        OpenError::InUse(folder) => format!(
            "a server has the store in {} open: install the key through it, with POST /api/license, or stop it first",
            folder.display()
        ),
        error => error.to_string(),
    })
}

async fn install(
    store: &Store,
    clock: Arc<dyn Clock>,
    trust: Trust,
    text: &str,
) -> Result<Installed, String> {
    let gate = Gate::open_trusting(store, clock, trust).await.map_err(|error| error.to_string())?;
    let installed = gate.install(text, Installer::CommandLine).await;
    installed.map_err(|error| error.message().to_owned())
}

fn told(installed: &Installed) -> String {
    let Installed { key, outcome, replaced } = installed;
    let (plan, until) = (key.plan.name(), key.valid_until.to_rfc3339());
    let what = match outcome {
        Outcome::Unchanged => "was installed already",
        Outcome::Installed => "is installed",
        Outcome::InstalledOlder => "is installed, though another one that had been was issued later",
    };
    let instead = replaced.as_ref().map(|lid| format!(", in the place of {lid}")).unwrap_or_default();
    format!("The license {} (plan {plan}, until {until}) {what}{instead}.", key.lid)
}

#[cfg(test)]
mod tests {
    use parlance_license::{Issuer, Key, Plan};

    use super::*;

    #[tokio::test]
    async fn a_key_is_in_the_store_afterwards_and_what_became_of_it_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data: folder.path().join("data"), ..Config::default() };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let issuer = Issuer::from_seed(b"PARLANCE TEST KEY: TRUST NOBODY!");
        let key = |lid: &str| {
            let now = clock.now();
            let key = Key {
                lid: lid.to_owned(),
                org: "Acme".to_owned(),
                plan: Plan::Team,
                seats: None,
                features: Vec::new(),
                issued_at: now,
                valid_from: now,
                valid_until: now.after(std::time::Duration::from_hours(24)),
            };
            issuer.issue(&key).unwrap()
        };
        let (first, second) = (key("lic-1"), key("lic-2"));
        for (text, expected) in [
            (&first, ") is installed."),
            (&first, ") was installed already."),
            (&second, ") is installed, in the place of lic-1."),
        ] {
            let store = open(&config, &clock).await.unwrap();
            let installed = install(&store, Arc::clone(&clock), issuer.trust(), text).await.unwrap();
            assert!(told(&installed).ends_with(expected), "{}", told(&installed));
            let gate = Gate::open_trusting(&store, Arc::clone(&clock), issuer.trust()).await.unwrap();
            assert_eq!(gate.license().plan, Plan::Team);
            store.close().await;
        }
    }
}
