//! A MongoDB of a test's own, which it may stop and start again.

use std::{
    net::{Ipv4Addr, TcpListener},
    process::{Child, Command, Stdio},
    time::Duration,
};

use mongodb::{
    Client,
    bson::{Document, doc},
};
use tempfile::TempDir;
use tokio::time::sleep;

/// A replica set of one member; its end is the server's.
pub(crate) struct Mongod {
    process: Child,
    port: u16,
    folder: TempDir,
}

impl Mongod {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mongod = Self { process: run(&folder, port), port, folder };
        let member = doc! { "_id": 0, "host": format!("127.0.0.1:{port}") };
        mongod.command(doc! { "replSetInitiate": { "_id": "rs0", "members": [member] } }).await;
        while !mongod.command(doc! { "hello": 1 }).await.get_bool("isWritablePrimary").unwrap_or(false) {
            sleep(Duration::from_millis(20)).await;
        }
        mongod
    }

    pub(crate) fn uri(&self) -> String {
        format!("mongodb://127.0.0.1:{}/?replicaSet=rs0", self.port)
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts it again, where it was before.
    pub(crate) fn start_again(&mut self) {
        self.process = run(&self.folder, self.port);
    }

    async fn command(&self, command: Document) -> Document {
        let uri = format!(
            "mongodb://127.0.0.1:{}/?directConnection=true&serverSelectionTimeoutMS=60000",
            self.port
        );
        Client::with_uri_str(uri).await.unwrap().database("admin").run_command(command).await.unwrap()
    }
}

impl Drop for Mongod {
    fn drop(&mut self) {
        self.kill();
    }
}

#[expect(clippy::disallowed_methods, reason = "the test command names its servers in the environment")]
fn run(folder: &TempDir, port: u16) -> Child {
    let program = std::env::var("PARLANCE_MONGOD").expect("run scripts/test, which fetches mongod");
    let mut command = Command::new(program);
    command.args(["--bind_ip", "127.0.0.1", "--nounixsocket", "--wiredTigerCacheSizeGB", "0.25"]);
    command.args(["--oplogSize", "64", "--replSet", "rs0", "--port", &port.to_string()]);
    command.arg("--dbpath").arg(folder.path()).arg("--logpath").arg(folder.path().join("log"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}
