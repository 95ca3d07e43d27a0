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

use crate::{pin, table::short, text};

/// How long it may take to become the primary of itself.
const WITHIN: Duration = Duration::from_secs(60);

/// Runs until it is dropped.
pub(crate) struct Mongod {
    process: Child,
    port: u16,
    _folder: TempDir,
}

/// Documents that were inserted and updated, one by one or many at once, and queries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Operations {
    pub(crate) insert: i64,
    pub(crate) update: i64,
    pub(crate) query: i64,
}

impl Operations {
    /// What came since, for each of so many, in words.
    pub(crate) fn each(self, since: Self, count: usize) -> String {
        let Self { insert, update, query } = self;
        let each = [insert - since.insert, update - since.update, query - since.query].map(|operations| {
            #[expect(clippy::cast_precision_loss, reason = "numbers of operations and messages")]
            let each = operations as f64 / count.max(1) as f64;
            short(each)
        });
        let [insert, update, query] = each;
        format!("{insert} documents inserted, {update} updated, {query} queries")
    }
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

    /// What it was asked since it was started.
    pub(crate) async fn operations(&self) -> Result<Operations, String> {
        let status = self.admin().await?.run_command(doc! { "serverStatus": 1 }).await;
        let status = status.map_err(text)?;
        let unsaid = || "mongod does not say what it was asked".to_owned();
        let counters = status.get_document("opcounters").map_err(|_| unsaid())?;
        let count = |name: &str| counters.get_i64(name).map_err(|_| unsaid());
        Ok(Operations { insert: count("insert")?, update: count("update")?, query: count("query")? })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_told_for_each() {
        let before = Operations { insert: 10, update: 10, query: 10 };
        let after = Operations { insert: 40, update: 25, query: 10 };
        let told = after.each(before, 10);
        assert_eq!(told, "3.00 documents inserted, 1.50 updated, 0 queries");
    }
}
