//! What is licensed.

use serde::{Deserialize, Serialize};

/// What is licensed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct License {
    /// The plan, as `community`.
    pub plan: String,
    /// Whether it is the trial of a new installation.
    pub trial: bool,
    /// How many seats are used.
    pub seats_used: i64,
    /// How many days are left; none where it does not end, or has.
    pub days_left: Option<u64>,
    /// For those who run the installation only.
    pub details: Option<LicenseDetails>,
}

/// What only those who run the installation see.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LicenseDetails {
    /// How it stands with it: `trial`, `community`, `valid`, `grace` or `lapsed`.
    pub state: String,
    /// Whom the key was issued to.
    pub org: Option<String>,
    /// The id of the license.
    pub lid: Option<String>,
    /// What there is beyond chat.
    pub features: Vec<String>,
    /// How many seats there are; none where there is no limit.
    pub seats: Option<i64>,
    /// When it ends, or ended, as RFC 3339.
    pub valid_until: Option<String>,
    /// Until when everything goes on after that.
    pub grace_until: Option<String>,
    /// What to know and to do something about, as `expired_in_grace`.
    pub warnings: Vec<String>,
}

/// What came of installing a key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct InstalledLicense {
    /// `installed`, `installed_older` or `unchanged`.
    pub outcome: String,
    /// The id of the license in whose place it came.
    pub replaced: Option<String>,
    /// What is licensed now.
    pub license: License,
}

#[derive(Serialize)]
pub(crate) struct InstallKey<'a> {
    pub(crate) key: &'a str,
}
