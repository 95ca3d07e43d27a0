//! `parlance license issue`: the vendor's command.

use std::{path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use clap::{ArgGroup, Args};
use parlance_base::{Clock as _, Ids, JobId, SystemClock, Time};
use parlance_license::{Feature, Key, Plan};

use super::{print, private};

/// What the key is to say.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("end").required(true).args(["days", "until"])))]
pub(crate) struct Issue {
    /// The file with the private key: PKCS#8 in PEM, or the 32 bytes of a seed
    #[arg(long, value_name = "FILE")]
    private_key: PathBuf,
    /// Whom it is for
    #[arg(long, value_name = "NAME")]
    org: String,
    /// The plan: community, team, business, enterprise
    #[arg(long, value_parser = plan)]
    plan: Plan,
    /// How many seats, or `unlimited`
    #[arg(long, value_name = "NUMBER")]
    seats: Seats,
    /// A feature beyond the plan's own; can be given several times
    #[arg(long = "feature", value_name = "NAME", value_parser = feature)]
    features: Vec<Feature>,
    /// The license's id; a new one without it
    #[arg(long, value_name = "ID")]
    lid: Option<String>,
    /// From when on it can be installed, as 2026-11-21T00:00:00Z; from now on without it
    #[arg(long, value_name = "TIME", value_parser = time)]
    from: Option<Time>,
    /// How many days it lasts
    #[arg(long, value_name = "NUMBER")]
    days: Option<u32>,
    /// When it ends, as 2027-11-21T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seats {
    Unlimited,
    Limited(i64),
}

impl Issue {
    /// Prints the key.
    pub(super) fn run(self) -> Result<(), String> {
        let issuer = private::read(&self.private_key)?;
        let ids = Ids::new(Arc::new(SystemClock)).map_err(|_| "the system has no randomness to give")?;
        let key = self.key(SystemClock.now(), &ids);
        print(&issuer.issue(&key).map_err(|error| format!("this cannot be issued: {error}"))?)
    }

    fn key(self, now: Time, ids: &Ids) -> Key {
        let from = self.from.unwrap_or(now);
        let days = Duration::from_hours(24) * self.days.unwrap_or_default();
        Key {
            lid: self.lid.unwrap_or_else(|| ids.next::<JobId>().to_string()),
            org: self.org,
            plan: self.plan,
            seats: match self.seats {
                Seats::Unlimited => None,
                Seats::Limited(seats) => Some(seats),
            },
            features: self.features.into_iter().map(|feature| feature.name().to_owned()).collect(),
            issued_at: now,
            valid_from: from,
            valid_until: self.until.unwrap_or_else(|| from.after(days)),
        }
    }
}

impl FromStr for Seats {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "unlimited" => Ok(Self::Unlimited),
            number => {
                number.parse().map(Self::Limited).map_err(|_| "neither a number nor the word `unlimited`")
            }
        }
    }
}

fn plan(name: &str) -> Result<Plan, String> {
    Plan::named(name).ok_or_else(|| one_of(Plan::ALL.map(Plan::name)))
}

fn feature(name: &str) -> Result<Feature, String> {
    Feature::named(name).ok_or_else(|| one_of(Feature::ALL.map(Feature::name)))
}

fn time(text: &str) -> Result<Time, &'static str> {
    Time::parse_rfc3339(text).map_err(|_| "not a time as 2026-11-21T00:00:00Z")
}

fn one_of<const N: usize>(names: [&str; N]) -> String {
    format!("one of {}", names.join(", "))
}
