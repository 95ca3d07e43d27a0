//! Real nodes: a store, streams, live delivery, and a server on a port of its own.

use std::{future::IntoFuture as _, sync::Arc};

use parlance_base::{Credential, Ids, Revocation, StreamId, SystemClock, UserId, WorkspaceId};
use parlance_chat::realtime::{Bus, Realtime, Setup, Signals, router, signals};
use parlance_store::{Config, Schema, Store};
use parlance_stream::{ENTRIES, HEADS, Limits, Receipt, Streams, Submission};
use parlance_trial::{TempDir, place};
use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet};

use super::{
    client::Client,
    domain::{Room, Told},
    door::{Came, Door, Past, told_of_their_wires},
    host::Host,
    plans::{Admit, MEMBERS, Say, Tell},
};

pub(super) use parlance_trial::{On, mongodb, on_both_and_one_thread};

/// An installation with one workspace and one group, and people who are known to its host.
pub(super) struct World {
    pub(super) ids: Ids,
    pub(super) host: Arc<Host>,
    pub(super) workspace: WorkspaceId,
    pub(super) group: StreamId,
    /// The name of the database, where there is one.
    pub(super) database: String,
    config: Config,
    _folder: TempDir,
}

/// One process of it.
pub(super) struct Node {
    pub(super) streams: Streams,
    pub(super) signals: Signals,
    pub(super) realtime: Realtime,
    pub(super) url: String,
    pub(super) told: Told,
    /// What each page that is read holds.
    pub(super) turn: Arc<Semaphore>,
    pub(super) past: Past,
    world: (WorkspaceId, StreamId),
    _server: JoinSet<std::io::Result<()>>,
}

impl World {
    pub(super) async fn new(on: On) -> Self {
        let ids = Ids::new(Arc::new(SystemClock)).unwrap();
        let (config, folder) = place(on, &ids);
        let database = match &config {
            Config::Mongo(config) => config.database.clone(),
            Config::Sqlite(_) => String::new(),
        };
        let host = Arc::new(Host::default());
        Self { workspace: ids.next(), group: ids.next(), ids, host, database, config, _folder: folder }
    }

    /// A node that hears the others.
    pub(super) async fn node(&self) -> Node {
        self.start(true).await
    }

    /// A node whose bus loses everything.
    pub(super) async fn deaf_node(&self) -> Node {
        self.start(false).await
    }

    async fn start(&self, hears: bool) -> Node {
        let schema = Schema { version: 1, collections: vec![&ENTRIES, &HEADS, &MEMBERS], migrations: vec![] };
        let store = Store::open(self.config.clone(), &schema, &self.ids).await.unwrap();
        let limits = Limits { news: 64, ..Limits::default() };
        let streams = Streams::new(store.clone(), Arc::new(SystemClock), self.ids.clone(), limits, false);
        let (signals, said) = signals();
        let (told, turn) = (Told::default(), Arc::new(Semaphore::new(1)));
        let room = Room {
            store: store.clone(),
            streams: streams.clone(),
            signals: signals.clone(),
            told: told.clone(),
            turn: Arc::clone(&turn),
        };
        let realtime = Realtime::start(Setup {
            domain: Arc::new(room),
            host: Arc::clone(&self.host) as _,
            committed: streams.committed(),
            said,
            bus: if hears { Bus::Store(store.clone()) } else { Bus::Local },
            ids: self.ids.clone(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/ws", listener.local_addr().unwrap());
        let router = router(realtime.clone()).split_for_parts().0;
        let app = parlance_edge::finish(router, self.ids.clone());
        let past = Past::default();
        let app = told_of_their_wires(app, past.clone()).into_make_service_with_connect_info::<Came>();
        let mut server = JoinSet::new();
        server.spawn(axum::serve(Door(listener), app).into_future());
        let world = (self.workspace, self.group);
        Node { streams, signals, realtime, url, told, turn, past, world, _server: server }
    }

    /// A user who is signed in under this token.
    pub(super) fn user(&self, token: &str) -> (UserId, Credential) {
        let user = UserId::derived(&[token]);
        (user, self.host.sign_in(token, self.workspace, user))
    }

    /// A user who is signed in under this token and a member of the group.
    pub(super) async fn member(&self, node: &Node, token: &str) -> UserId {
        let (user, _) = self.user(token);
        node.admit(user, true).await;
        user
    }
}

impl Node {
    pub(super) async fn admit(&self, user: UserId, joins: bool) {
        let (workspace, group) = self.world;
        let submission = Submission::new(user, Admit(group, user, joins));
        self.streams.submit(workspace, group, submission).await.unwrap();
        if joins {
            let told = Submission::new(user, Tell(group, user));
            self.streams.submit(workspace, StreamId::from(user.uuid()), told).await.unwrap();
        }
    }

    /// Says something in the group; answers its `seq`.
    pub(super) async fn say(&self, user: UserId, text: &str) -> u64 {
        let (workspace, group) = self.world;
        let submission = Submission::new(user, Say(group, user, text.to_owned()));
        match self.streams.submit(workspace, group, submission).await.unwrap() {
            Receipt::Appended(entry) => u64::try_from(entry.seq).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// A client that is let in and ready.
    pub(super) async fn client(&self, token: &str) -> Client {
        let mut client = Client::with_token(&self.url, token).await;
        client.ready().await;
        client
    }

    pub(super) fn revoke(&self, credential: Credential) {
        if let Credential::SignIn(id) = credential {
            self.signals.revoke(Revocation::SignIn(id));
        }
    }
}
