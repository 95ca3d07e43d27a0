//! A server of its own for each test, and people to use it.

use std::{path::Path, sync::Arc};

use parlance_base::{SystemClock, UserId};
use parlance_client::{AddMember, Client, InWorkspace, NewUser, Whom, Workspace};
use parlance_gateway::{Config, Once, Server, config::Hidden};
use parlance_trial::{TempDir, mongodb};

pub(crate) use parlance_trial::{On, on_both};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A server that listens on a port of its own, over a store of its own.
pub(crate) struct World {
    pub(crate) config: Config,
    server: Option<Server>,
    _folder: TempDir,
}

/// Somebody with a sign-in and one workspace.
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) email: String,
    pub(crate) here: InWorkspace,
}

impl World {
    pub(crate) async fn new(on: On) -> Self {
        Self::with(on, |_| {}).await
    }

    /// A world whose server has other settings than a new one would.
    pub(crate) async fn with(on: On, set: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(on, folder.path());
        set(&mut config);
        let mut world = Self { config, server: None, _folder: folder };
        world.start().await;
        world
    }

    /// The world of a server that was started with this configuration, in this folder.
    pub(crate) fn of(mut config: Config, server: Server, folder: TempDir) -> Self {
        config.listen = server.address();
        Self { config, server: Some(server), _folder: folder }
    }

    /// Starts the server again, where it was before.
    pub(crate) async fn start(&mut self) {
        let server = start(&self.config).await;
        self.config.listen = server.address();
        self.server = Some(server);
    }

    /// Ends the server in order.
    pub(crate) async fn stop(&mut self) {
        self.server.take().unwrap().shutdown().await;
    }

    /// A second node of the same installation.
    pub(crate) async fn second(&self) -> Server {
        let mut config = self.config.clone();
        config.listen.set_port(0);
        start(&config).await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.config.listen)
    }

    /// A client that nobody has signed in with.
    pub(crate) fn client(&self) -> Client {
        Client::new(&self.url()).unwrap()
    }

    /// Somebody new in no workspace.
    pub(crate) async fn user(&self, name: &str) -> (UserId, Client) {
        let client = self.client();
        let email = email(name);
        let new =
            NewUser { email: email.clone(), password: PASSWORD.into(), full_name: name.into(), handle: None };
        let id = client.register(&new).await.unwrap().id;
        client.login(&email, PASSWORD).await.unwrap();
        (id, client)
    }

    /// Somebody new with a new workspace.
    pub(crate) async fn founder(&self, name: &str, slug: &str) -> Person {
        let (id, client) = self.user(name).await;
        let Workspace { id: workspace, .. } = client.create_workspace(slug, slug).await.unwrap();
        Person { id, email: email(name), here: client.in_workspace(workspace.to_string()) }
    }

    /// Somebody new whom `owner` makes a member of their workspace.
    pub(crate) async fn colleague(&self, owner: &Person, name: &str) -> Person {
        let (id, client) = self.user(name).await;
        owner.here.add_workspace_member(&AddMember::new(Whom::UserId(id))).await.unwrap();
        Person { id, email: email(name), here: client.in_workspace(owner.here.named()) }
    }
}

/// Starts a server with this configuration, as `parlance serve` does.
pub(crate) async fn start(config: &Config) -> Server {
    Server::start(config, Arc::new(SystemClock), Once::default()).await.unwrap()
}

/// A configuration for tests: any port, no limits on how fast anybody is.
pub(crate) fn config(on: On, folder: &Path) -> Config {
    let mut config = Config {
        login_burst: 0,
        sends_per_second: 0,
        group_changes_per_second: 0,
        typing_per_second: 0,
        ..Config::default()
    };
    config.listen.set_port(0);
    config.data = folder.join("data");
    if let On::Mongo = on {
        config.mongodb = Some(Hidden(mongodb()));
        let name = folder.file_name().and_then(|name| name.to_str()).unwrap();
        config.mongodb_database = format!("e2e-{}-{}", std::process::id(), name.trim_start_matches('.'));
    }
    config
}

fn email(name: &str) -> String {
    format!("{name}@example.org")
}
