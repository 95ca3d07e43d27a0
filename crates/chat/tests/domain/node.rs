//! One process: chat and all that it stands on, over a store.

use std::{future::IntoFuture as _, io, sync::Arc};

use axum::Router;
use parlance_base::{
    Authenticate, BoxFuture, Caller, CallerRef, Check, Credential, Credentials, Error, Grant, Ids, Kind,
    NodeId, Result, SystemClock, UserId, WorkspaceId,
};
use parlance_chat::{
    Chat, DEPARTED, Parts, RENAMED, Rate,
    realtime::{Bus, Realtime, Setup, signals},
};
use parlance_license::Gate;
use parlance_store::{
    Config, Schema, Store,
    job::{DEAD_JOBS, Handlers, JOBS, Jobs, Policy, Worker, WorkerConfig},
};
use parlance_stream::{ENTRIES, HEADS, Limits, Streams};
use parlance_workspace::{Followers, Workspaces};
use tokio::{net::TcpListener, task::JoinSet};

pub(crate) struct Node {
    pub(crate) router: Router,
    pub(crate) workspaces: Workspaces,
    pub(crate) store: Store,
    _worker: Worker,
    server: JoinSet<io::Result<()>>,
}

/// Lets in whoever names themselves: `<user> <workspace>`, as a token or in `Authorization`.
struct Host(Workspaces);

impl Authenticate for Host {
    fn authenticate<'a>(
        &'a self,
        credentials: Credentials<'a>,
        _: Option<&'a str>,
        request: &'a axum::http::request::Parts,
    ) -> BoxFuture<'a, Result<Caller>> {
        Box::pin(async move {
            let nobody = || Error::new(Kind::Unauthenticated, "auth.required", "who are you");
            let named = match credentials {
                Credentials::Ticket(token) | Credentials::Token(token) => Some(token),
                _ => request.headers.get("authorization").and_then(|value| value.to_str().ok()),
            };
            let (user, workspace) = named.and_then(|named| named.split_once(' ')).ok_or_else(nobody)?;
            let user: UserId = user.parse().map_err(|_| nobody())?;
            let workspace: WorkspaceId = workspace.parse().map_err(|_| nobody())?;
            let role = self.0.role_of(workspace, user).await?;
            let credential = Credential::SignIn(user.uuid().into());
            Ok(Caller { workspace, user, credential, grant: Grant::Full, role, email: None })
        })
    }

    fn revalidate<'a>(&'a self, callers: &'a [CallerRef]) -> BoxFuture<'a, Result<Vec<Check>>> {
        Box::pin(async move { Ok(vec![Check::Good; callers.len()]) })
    }
}

impl Node {
    pub(crate) async fn start(config: Config, ids: &Ids) -> Self {
        Self::over(open(config, ids).await, ids).await
    }

    /// A node over a store that another one may be over too.
    pub(crate) async fn over(store: Store, ids: &Ids) -> Self {
        let clock = Arc::new(SystemClock);
        let streams = Streams::new(store.clone(), clock.clone(), ids.clone(), Limits::default(), true);
        let gate = Gate::open(&store, clock.clone()).await.unwrap();
        let workspaces = Workspaces::new(store.clone(), streams.clone(), gate, ids.clone());
        let node: NodeId = ids.next();
        let jobs = Jobs::new(store.clone(), clock.clone(), ids.clone(), node, Policy::default());
        let (signals, said) = signals();
        let chat = Chat::new(Parts {
            store: store.clone(),
            streams: streams.clone(),
            jobs: jobs.clone(),
            workspaces: workspaces.clone(),
            signals,
            ids: ids.clone(),
            rate: Rate { per_second: None, ..Rate::default() },
        });
        let followers = Followers { departed: vec![DEPARTED], renamed: vec![RENAMED] };
        let handlers = workspaces.handlers(chat.handlers(Handlers::new()), followers);
        let worker = Worker::start(jobs, handlers, &WorkerConfig::default());
        let host: Arc<dyn Authenticate> = Arc::new(Host(workspaces.clone()));
        let committed = streams.committed();
        let domain = Arc::new(chat.clone());
        let setup =
            Setup { domain, host: Arc::clone(&host), committed, said, bus: Bus::Local, ids: ids.clone() };
        let router = parlance_chat::router(chat, Realtime::start(setup), host).split_for_parts().0;
        let router = parlance_edge::finish(router, ids.clone());
        Self { router, workspaces, store, _worker: worker, server: JoinSet::new() }
    }

    /// Serves the router on a port of its own; the address of its socket.
    pub(crate) async fn listen(&mut self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/ws", listener.local_addr().unwrap());
        self.server.spawn(axum::serve(listener, self.router.clone()).into_future());
        url
    }
}

async fn open(config: Config, ids: &Ids) -> Store {
    let mut collections = vec![&ENTRIES, &HEADS, &JOBS, &DEAD_JOBS];
    collections.extend(parlance_license::COLLECTIONS);
    collections.extend(parlance_workspace::COLLECTIONS);
    collections.extend(parlance_chat::COLLECTIONS);
    Store::open(config, &Schema { version: 1, collections, migrations: vec![] }, ids).await.unwrap()
}
