//! A server as a child process.

use std::{
    fs::File,
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use http::Method;
use parlance_client::Client;
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    process::Command,
    time::{Instant, sleep},
};

/// How long a server may take to become ready, and to end when it is told to.
const WITHIN: Duration = Duration::from_secs(60);

/// How often it is asked.
const EACH: Duration = Duration::from_millis(20);

/// How the server is to run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The program `parlance`.
    pub program: PathBuf,
    /// Its folder: for its data, and beside them its log.
    pub folder: PathBuf,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Further settings, as variables of the environment.
    pub variables: Vec<(&'static str, String)>,
}

/// A server that runs as a child of this process, and ends with it.
#[derive(Debug)]
pub struct Child {
    settings: Settings,
    process: tokio::process::Child,
}

impl Settings {
    /// A server in this folder, on a loopback port that was free just now, without limits on how fast anybody is.
    ///
    /// # Errors
    /// Where no port can be had.
    pub fn new(program: &Path, folder: &Path) -> io::Result<Self> {
        let listen = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let off = || "0".to_owned();
        let variables = vec![
            ("PARLANCE_LOGIN_BURST", off()),
            ("PARLANCE_SENDS_PER_SECOND", off()),
            ("PARLANCE_GROUP_CHANGES_PER_SECOND", off()),
        ];
        Ok(Self { program: program.to_owned(), folder: folder.to_owned(), listen, variables })
    }

    /// Where clients find it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// The file that it logs to.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }
}

impl Child {
    /// Starts the server, and waits until it is ready.
    ///
    /// # Errors
    /// What went wrong, with where its log is.
    pub async fn start(settings: Settings) -> Result<Self, String> {
        let failed = |error: io::Error| format!("{}: {error}", settings.program.display());
        let log = File::options().create(true).append(true).open(settings.log()).map_err(failed)?;
        let process = Command::new(&settings.program)
            .arg("serve")
            .args(["--listen", &settings.listen.to_string()])
            .arg("--data")
            .arg(settings.folder.join("data"))
            .envs(settings.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let mut child = Self { settings, process };
        child.ready().await?;
        Ok(child)
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id().unwrap_or_default()
    }

    /// How it runs.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Kills it as `kill -9` does, and answers how to start it again.
    ///
    /// # Errors
    /// Where it ended by itself before.
    pub async fn kill(mut self) -> Result<Settings, String> {
        let early =
            |ended| format!("the server ended by itself, {ended}: see {}", self.settings.log().display());
        if let Ok(Some(ended)) = self.process.try_wait() {
            return Err(early(ended));
        }
        self.process.kill().await.map_err(|error| error.to_string())?;
        Ok(self.settings)
    }

    /// Tells it to end as SIGTERM does, and waits for that.
    ///
    /// # Errors
    /// Where it does not end in time, or in another way than it should.
    pub async fn stop(mut self) -> Result<Settings, String> {
        let told = self.process.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(pid) = told {
            kill_process(pid, Signal::TERM).map_err(|error| error.to_string())?;
        }
        let ended = tokio::time::timeout(WITHIN, self.process.wait()).await;
        match ended.map_err(|_| "the server does not end".to_owned())? {
            Ok(status) if status.success() => Ok(self.settings),
            Ok(status) => {
                Err(format!("the server ended with {status}: see {}", self.settings.log().display()))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    async fn ready(&mut self) -> Result<(), String> {
        let client = Client::new(&self.settings.url()).map_err(|error| error.to_string())?;
        let until = Instant::now() + WITHIN;
        while Instant::now() < until {
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(format!("the server ended with {status}: see {}", self.settings.log().display()));
            }
            if let Ok((status, _, _)) = client.request(Method::GET, "/health/ready", None).await
                && status == 200
            {
                return Ok(());
            }
            sleep(EACH).await;
        }
        Err(format!(
            "the server is not ready after {} s: see {}",
            WITHIN.as_secs(),
            self.settings.log().display()
        ))
    }
}
