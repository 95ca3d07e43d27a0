//! How an installation is run: defaults, then a file, then the environment, then the command line; the later one wins.
//! Nothing else reads the environment.

mod collector;
mod shown;

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize, Serializer};

pub(crate) use collector::{headers, traces_url};
pub(crate) use shown::{Shown, shown};

/// Read where no other file is named, if it is there.
const FILE: &str = "parlance.toml";

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
        let config: Self = Self::found(file, flags)?.extract().map_err(|error| unusable(&error))?;
        config.checked()?.with_files()
    }

    /// Where a server that listens here is found, where nothing stands before it.
    pub(crate) fn found_at(&self, address: SocketAddr) -> String {
        let scheme = if self.tls_certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{address}")
    }

    /// All that is set, with where it was found.
    fn found(file: Option<&Path>, flags: &Flags) -> Result<Figment, Unusable> {
        let figment = Figment::from(Serialized::defaults(Self::default()));
        // Other variables with that prefix are not ours to judge: container platforms invent some.
        let names = figment.extract::<figment::value::Dict>().map(|all| all.into_keys().collect::<Vec<_>>());
        let names = names.map_err(|error| unusable(&error))?;
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let named = file.map(Path::to_owned).or_else(|| Env::var("PARLANCE_CONFIG").map(PathBuf::from));
        let figment = match settings_file(named.as_deref())? {
            Some(file) => figment.merge(Toml::file_exact(file)),
            None => figment,
        };
        Ok(figment.merge(Env::prefixed("PARLANCE_").only(&names)).merge(Serialized::defaults(flags)))
    }

    fn checked(self) -> Result<Self, Unusable> {
        if self.max_connections == 0 {
            return Err(Unusable("max_connections must be at least 1".to_owned()));
        }
        if self.sends_per_second > 0 && self.send_burst == 0 {
            return Err(Unusable("send_burst must be at least 1".to_owned()));
        }
        if self.bus == Some(BusKind::Mongodb) && self.mongodb.is_none() && self.mongodb_file.is_none() {
            let wrong = "bus is mongodb, and no MongoDB is configured: set mongodb, or leave bus out";
            return Err(Unusable(wrong.to_owned()));
        }
        if self.tls_certificate.is_some() != self.tls_key.is_some() {
            return Err(Unusable("tls_certificate and tls_key go together: set both, or none".to_owned()));
        }
        collector::checked(&self)?;
        Ok(self)
    }

    /// The same, with what files say.
    fn with_files(self) -> Result<Self, Unusable> {
        let mongodb = said(self.mongodb, self.mongodb_file.as_deref(), "mongodb")?;
        let secret = said(self.secret, self.secret_file.as_deref(), "secret")?;
        let otlp_headers = said(self.otlp_headers, self.otlp_headers_file.as_deref(), "otlp_headers")?;
        headers(otlp_headers.as_ref())?;
        Ok(Self { mongodb, secret, otlp_headers, ..self })
    }
}

/// What the setting says, or else the file that is named for it.
fn said(value: Option<Hidden>, file: Option<&Path>, name: &str) -> Result<Option<Hidden>, Unusable> {
    match (value, file) {
        (value, None) => Ok(value),
        (Some(_), Some(_)) => Err(Unusable(format!("{name} and {name}_file are both set: set one of them"))),
        (None, Some(file)) => match std::fs::read_to_string(file) {
            Ok(text) if !text.trim().is_empty() => Ok(Some(Hidden(text.trim().to_owned()))),
            Ok(_) => Err(Unusable(format!("{name}_file: {} is empty", file.display()))),
            Err(error) => Err(Unusable(format!("{name}_file: {}: {error}", file.display()))),
        },
    }
}

/// The file to read: the one that was named, or else the usual one, if it is there.
fn settings_file(named: Option<&Path>) -> Result<Option<&Path>, Unusable> {
    match named {
        Some(named) if !named.is_file() => Err(Unusable(format!("there is no file {}", named.display()))),
        Some(named) => Ok(Some(named)),
        None => Ok(Some(Path::new(FILE)).filter(|usual| usual.is_file())),
    }
}

/// What is wrong, without the line that it is in: that may hold what no log may show.
fn unusable(error: &figment::Error) -> Unusable {
    let text = error.to_string();
    let lines = text.lines().filter(|line| !line.contains('|'));
    Unusable(lines.map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", "))
}

/// Settings that cannot be used, and why.
#[derive(Debug, thiserror::Error)]
#[error("the configuration cannot be used: {0}")]
pub struct Unusable(String);

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
