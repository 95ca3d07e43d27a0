//! The server that all tests share, and processes of the tests' own.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use bson::{Document, doc};
use mongodb::{
    Client,
    error::{Error, ErrorKind},
    options::ClientOptions,
};
use tempfile::TempDir;
use tokio::{
    sync::OnceCell,
    time::{sleep, timeout},
};

const PATIENCE: Duration = Duration::from_secs(60);

/// The connection string of the shared server, once it takes writes.
pub(crate) async fn shared() -> String {
    static READY: OnceCell<String> = OnceCell::const_new();
    let uri = READY.get_or_init(|| async {
        let uri = environment("PARLANCE_TEST_MONGODB");
        let options = ClientOptions::parse(&uri).await.unwrap();
        let members = [options.hosts[0].to_string()];
        initiate(&options.repl_set_name.unwrap(), &members).await;
        uri
    });
    uri.await.clone()
}

/// Makes the servers a replica set, unless they are one, and waits until it takes writes.
pub(crate) async fn initiate(name: &str, members: &[String]) {
    let list: Vec<_> =
        members.iter().enumerate().map(|(id, host)| doc! { "_id": id as i32, "host": host }).collect();
    let settings = doc! { "electionTimeoutMillis": 2_000, "heartbeatIntervalMillis": 500 };
    let config = doc! { "_id": name, "members": list, "settings": settings };
    let initiated = command(&members[0], doc! { "replSetInitiate": config }).await;
    // Another test process may be doing the same.
    if let Err(error) = initiated {
        let known = matches!(&*error.kind, ErrorKind::Command(error) if [23, 95, 109].contains(&error.code));
        assert!(known, "the replica set cannot be initiated: {error}");
    }
    let hello = || command(&members[0], doc! { "hello": 1 });
    let ready = async {
        while !hello().await.is_ok_and(|hello| hello.contains_key("primary")) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, ready).await.expect("the replica set elects no primary");
}

/// Runs an admin command on this very server.
pub(crate) async fn command(host: &str, command: Document) -> Result<Document, Error> {
    let uri = format!(
        "mongodb://{host}/?directConnection=true&serverSelectionTimeoutMS=60000&heartbeatFrequencyMS=500"
    );
    Client::with_uri_str(uri).await?.database("admin").run_command(command).await
}

/// A server of a test's own; its end is the server's.
pub(crate) struct Mongod {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Mongod {
    /// Starts a server, as a member of the replica set if one is named.
    pub(crate) async fn start(replica_set: Option<&str>) -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let mut command = Command::new(PathBuf::from(environment("PARLANCE_MONGOD")));
        command.args(["--bind_ip", "127.0.0.1", "--nounixsocket", "--wiredTigerCacheSizeGB", "0.25"]);
        command.args(["--setParameter", "enableTestCommands=1", "--port", &port.to_string()]);
        command.arg("--dbpath").arg(folder.path()).arg("--logpath").arg(folder.path().join("log"));
        if let Some(name) = replica_set {
            command.args(["--oplogSize", "64", "--replSet", name]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mongod = Self { process: command.spawn().unwrap(), port, _folder: folder };
        self::command(&mongod.host(), doc! { "hello": 1 }).await.expect("mongod does not answer");
        mongod
    }

    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Mongod {
    fn drop(&mut self) {
        self.kill();
    }
}

fn environment(name: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "where the servers are is the test run's to say")]
    let value = std::env::var(name);
    value.unwrap_or_else(|_| panic!("run scripts/test, which starts the servers, or set {name}"))
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}
