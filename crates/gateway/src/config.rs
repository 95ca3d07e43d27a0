//! How an installation is run: defaults, then a file, then the environment, then the command line; the later one wins.
//! Nothing else reads the environment.

mod collector;
mod files;
mod found;
mod rules;
mod shown;
mod unusable;
mod variables;

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize, Serializer};

pub(crate) use collector::{headers, traces_url};
pub use unusable::Unusable;
pub(crate) use {found::Found, shown::Shown, unusable::Wrong};

/// Every setting; `docs/operating.md` says what each is for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The folder for everything that this installation keeps on this machine.
    pub data: PathBuf,
    /// Where browsers find this installation, as `https://chat.example.com`; none for where it listens.
    pub public_url: Option<String>,
    /// The file with the server's certificate and those that lead to its issuer, in PEM; none to speak without TLS.
    pub tls_certificate: Option<PathBuf>,
    /// The file with the certificate's private key, in PEM.
    pub tls_key: Option<PathBuf>,
    /// Further origins whose pages may use the session cookie, as `https://app.example.com`.
    pub allowed_origins: Vec<String>,
    /// The proxies before this server whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// A connection string of a MongoDB replica set, to keep everything there instead of in `data`.
    pub mongodb: Option<Hidden>,
    /// The file that says it instead.
    pub mongodb_file: Option<PathBuf>,
    /// The database there.
    pub mongodb_database: String,
    /// How nodes tell each other what happens; none for what the store offers.
    pub bus: Option<BusKind>,
    /// What an acknowledged message survives in the embedded store.
    pub durability: Durability,
    /// 32 random bytes in base64, the same on every node; none for those in the file `secret` in `data`.
    pub secret: Option<Hidden>,
    /// The file that says it instead.
    pub secret_file: Option<PathBuf>,
    /// Who may register, once there is an admin.
    pub registration: Registration,
    /// How many logins and registrations one address may try at once; they come back one a second. 0 sets no limit.
    pub login_burst: u32,
    /// How many messages a user may send each second; 0 sets no limit.
    pub sends_per_second: u32,
    /// How many of them at once, after a pause.
    pub send_burst: u32,
    /// How many groups a user may make, join or change each second, 50 at once; 0 sets no limit.
    pub group_changes_per_second: u32,
    /// How often a user may say that they type each second, 20 times at once; 0 sets no limit.
    pub typing_per_second: u32,
    /// How many connections may be open at once, sockets included; one more waits until another ends.
    pub max_connections: usize,
    /// Where metrics can be read, under `/metrics`; none for nowhere, and then nothing is counted.
    pub metrics_listen: Option<SocketAddr>,
    /// Where the collector of traces is that spans are sent to by OTLP over HTTP, as `http://127.0.0.1:4318`; none for none, and
    /// then there are no spans. Of the process: read where it starts.
    pub otlp_endpoint: Option<String>,
    /// The share of traces that are sent, from 0 to 1.
    pub otlp_sample: f64,
    /// What is sent with them, as `authorization=Bearer%20token`, with commas between several.
    pub otlp_headers: Option<Hidden>,
    /// The file that says it instead.
    pub otlp_headers_file: Option<PathBuf>,
    /// What to log, as `info` or `info,parlance_chat=debug`.
    pub log: String,
    /// How to log.
    pub log_format: LogFormat,
}

/// A setting that no log, error or command may show.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Hidden(pub String);

/// What an acknowledged message survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// A power cut.
    #[default]
    Power,
    /// The end of the process, but not of the machine.
    Process,
}

/// How nodes tell each other what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BusKind {
    /// Not at all: they find out by asking, within seconds.
    Local,
    /// Through the MongoDB that they share.
    Mongodb,
}

/// Who may register.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// Anybody.
    #[default]
    Open,
    /// Who was invited.
    Invite,
    /// Nobody.
    Closed,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines: a JSON object a line.
    Json,
}

/// Settings given on the command line.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Flags {
    /// As [`Config::listen`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// As [`Config::data`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            data: "parlance-data".into(),
            public_url: None,
            tls_certificate: None,
            tls_key: None,
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            mongodb: None,
            mongodb_file: None,
            mongodb_database: "parlance".to_owned(),
            bus: None,
            durability: Durability::default(),
            secret: None,
            secret_file: None,
            registration: Registration::default(),
            login_burst: 60,
            sends_per_second: 10,
            send_burst: 20,
            group_changes_per_second: 5,
            typing_per_second: 5,
            max_connections: 50_000,
            metrics_listen: None,
            otlp_endpoint: None,
            otlp_sample: 1.0,
            otlp_headers: None,
            otlp_headers_file: None,
            log: "info".to_owned(),
            log_format: LogFormat::default(),
        }
    }
}

impl Config {
    /// The settings of this process: those in `file` (which must be there; none for the one that `PARLANCE_CONFIG` names, or
    /// for `parlance.toml`, which need not be), in
    /// `PARLANCE_…` variables and in `flags`.
    ///
    /// # Errors
    /// What cannot be read, or says what cannot be: with the setting's name and where it was found.
    pub fn load(file: Option<&Path>, flags: &Flags) -> Result<Self, Unusable> {
        Found::new(file, flags)?.config()
    }

    /// Where a server that listens here is found, where nothing stands before it.
    pub(crate) fn found_at(&self, address: SocketAddr) -> String {
        let scheme = if self.tls_certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{address}")
    }
}

impl Hidden {
    const SHOWN: &str = "(hidden)";
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::SHOWN)
    }
}

impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Self::SHOWN)
    }
}
