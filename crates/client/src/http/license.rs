//! `/api/license`.

use super::{Client, call::Call};
use crate::{
    Error,
    wire::{InstallKey, InstalledLicense, License},
};

impl Client {
    /// What is licensed; with details for those who run the installation.
    ///
    /// # Errors
    /// 401 where nobody is signed in.
    pub async fn license(&self) -> Result<License, Error> {
        self.call(Call::get("/api/license")).await
    }

    /// Installs a license key, for those who run the installation.
    ///
    /// # Errors
    /// 403 `license.not_admin`; 422 with a code for each reason why it cannot be installed, as `license.key_expired`.
    pub async fn install_license(&self, key: &str) -> Result<InstalledLicense, Error> {
        self.call(Call::post("/api/license").json(&InstallKey { key })?).await
    }
}
