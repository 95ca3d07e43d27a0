//! A mongod of its own, on the core of the server: a replica set of one member, thrown away at the end.

use std::{
    fs::File,
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::Stdio,
    time::Duration,
};

use mongodb::{Client, Database, bson::doc};
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep},
};

use crate::{pin, text};

/// How long it may take to become the primary of itself.
const WITHIN: Duration = Duration::from_secs(60);

/// Runs until it is dropped.
pub(crate) struct Mongod {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Mongod {
    pub(crate) async fn start(program: Option<&Path>) -> Result<Self, String> {
        let program = program.ok_or(
            "no mongod is named: run eval \"$(scripts/servers)\", and give it with --mongod or PARLANCE_MONGOD",
        )?;
        let folder = TempDir::with_prefix("parlance-bench-mongod-").map_err(text)?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
        let port = port.map_err(text)?.port();
        pin::to(pin::SERVER)?;
        let started = spawn(program, port, folder.path());
        pin::to(pin::LOAD)?;
        let mongod = Self { process: started?, port, _folder: folder };
        mongod.initiate().await?;
        Ok(mongod)
    }

    pub(crate) fn uri(&self) -> String {
        format!("mongodb://127.0.0.1:{}/?replicaSet=rs0", self.port)
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id().unwrap_or_default()
    }

    /// How many queries it was asked since it was started.
    pub(crate) async fn queries(&self) -> Result<i64, String> {
        let status = self.admin().await?.run_command(doc! { "serverStatus": 1 }).await;
        let status = status.map_err(text)?;
        let count =
            status.get_document("opcounters").ok().and_then(|counters| counters.get("query")?.as_i64());
        count.ok_or_else(|| "mongod does not say how many queries it was asked".to_owned())
    }

    /// A connection of its own each time: one that is left alone while the load spins counts itself as lost.
    async fn admin(&self) -> Result<Database, String> {
        let uri = format!("mongodb://127.0.0.1:{}/?directConnection=true", self.port);
        Ok(Client::with_uri_str(uri).await.map_err(text)?.database("admin"))
    }

    async fn initiate(&self) -> Result<(), String> {
        let admin = self.admin().await?;
        let member = format!("127.0.0.1:{}", self.port);
        let config = doc! { "_id": "rs0", "members": [{ "_id": 0, "host": member }] };
        admin.run_command(doc! { "replSetInitiate": config }).await.map_err(text)?;
        let until = Instant::now() + WITHIN;
        while Instant::now() < until {
            let hello = admin.run_command(doc! { "hello": 1 }).await.map_err(text)?;
            if hello.get_bool("isWritablePrimary").unwrap_or(false) {
                return Ok(());
            }
            sleep(Duration::from_millis(50)).await;
        }
        Err("mongod did not become primary within a minute".to_owned())
    }
}

fn spawn(program: &Path, port: u16, folder: &Path) -> Result<Child, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", program.display());
    Command::new(program)
        .args([
            "--replSet",
            "rs0",
            "--bind_ip",
            "127.0.0.1",
            "--nounixsocket",
            "--wiredTigerCacheSizeGB",
            "1",
        ])
        .args(["--port", &port.to_string()])
        .arg("--dbpath")
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(File::create(folder.join("mongod.log")).map_err(failed)?)
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)
}
