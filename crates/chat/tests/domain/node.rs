//! One process: chat and all that it stands on, over a store.

use std::{future::IntoFuture as _, io, sync::Arc};

use axum::Router;
use parlance_base::{
    Authenticate, BoxFuture, Caller, CallerRef, Check, Clock, Credential, Credentials, Error, Grant, Ids,
    Kind, Result, Scope, Scopes, SystemClock, UserId, WorkspaceId,
};
use parlance_chat::{Chat, Rates, Running, Setup, realtime::Bus, schema};
use parlance_store::{Config, Store};
use parlance_workspace::Workspaces;
use tokio::{net::TcpListener, task::JoinSet};

use super::described::Described;

pub(crate) struct Node {
    pub(crate) router: Router,
    /// What is said of the routes.
    pub(crate) described: Described,
    pub(crate) workspaces: Workspaces,
    pub(crate) store: Store,
    _running: Running,
    server: JoinSet<io::Result<()>>,
}

/// Lets in whoever names themselves: `<user> <workspace>`, as a token or in `Authorization`; with `<scope>,<scope>` after
/// that, by an API key.
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
            let mut named = named.ok_or_else(nobody)?.split(' ');
            let (user, workspace) = named.next().zip(named.next()).ok_or_else(nobody)?;
            let user: UserId = user.parse().map_err(|_| nobody())?;
            let workspace: WorkspaceId = workspace.parse().map_err(|_| nobody())?;
            let role = self.0.role_of(workspace, user).await?;
            let credential = Credential::SignIn(user.uuid().into());
            let grant = named.next().map_or(Grant::Full, |scopes| Grant::Scoped(parsed(scopes)));
            Ok(Caller { workspace, user, credential, grant, role, email: None, backer: None })
        })
    }

    fn revalidate<'a>(&'a self, callers: &'a [CallerRef]) -> BoxFuture<'a, Result<Vec<Check>>> {
        Box::pin(async move { Ok(vec![Check::Good; callers.len()]) })
    }
}

fn parsed(scopes: &str) -> Scopes {
    Scope::ALL.into_iter().filter(|scope| scopes.split(',').any(|name| name == scope.name())).collect()
}

impl Node {
    pub(crate) async fn start(config: Config, ids: &Ids, rates: Rates) -> Self {
        Self::over(Store::open(config, &schema(), ids).await.unwrap(), ids, rates).await
    }

    /// A node over a store that another one may be over too.
    pub(crate) async fn over(store: Store, ids: &Ids, rates: Rates) -> Self {
        Self::at(Arc::new(SystemClock), store, ids, rates).await
    }

    /// The same, where it is another time.
    pub(crate) async fn at(clock: Arc<dyn Clock>, store: Store, ids: &Ids, rates: Rates) -> Self {
        let setup = Setup::over(store.clone(), clock, ids.clone()).await.unwrap();
        // Nodes tell each other nothing here.
        let (chat, starter) = Chat::new(Setup { rates, bus: Bus::Local, others_write: true, ..setup });
        let workspaces = chat.workspaces().clone();
        let running = starter.start(Arc::new(Host(workspaces.clone())));
        let (_, document) = parlance_chat::open_api(&running).split_for_parts();
        let described = Described::by(&serde_json::to_value(document).unwrap());
        let router = parlance_chat::router(&running);
        Self { router, described, workspaces, store, _running: running, server: JoinSet::new() }
    }

    /// Serves the router on a port of its own; the address of its socket.
    pub(crate) async fn listen(&mut self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/ws", listener.local_addr().unwrap());
        self.server.spawn(axum::serve(listener, self.router.clone()).into_future());
        url
    }
}
