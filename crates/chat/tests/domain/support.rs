//! A workspace with people in it, and the router before it.

use std::sync::Arc;

use axum::{Router, body::Body, http::Request};
use parlance_base::{
    Authenticate, BoxFuture, Caller, CallerRef, Check, Credential, Credentials, Error, Ids, Kind, NodeId,
    Result, Role, SystemClock, UserId, WorkspaceId,
};
use parlance_chat::{
    Chat, Parts, Rate,
    realtime::{Bus, Realtime, Setup, signals},
};
use parlance_license::Gate;
use parlance_store::{
    Config, MongoConfig, Schema, SqliteConfig, Store,
    job::{DEAD_JOBS, Handlers, JOBS, Jobs, Policy, Worker, WorkerConfig},
};
use parlance_stream::{ENTRIES, HEADS, Limits, Streams};
use parlance_workspace::{DisplayName, Made, Person, Slug, Workspaces};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

/// The engines that every case runs on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum On {
    Sqlite,
    Mongo,
}

/// A server without its sockets' port: two workspaces, people, and the router.
pub(crate) struct World {
    pub(crate) workspace: WorkspaceId,
    pub(crate) elsewhere: WorkspaceId,
    pub(crate) ids: Ids,
    pub(crate) workspaces: Workspaces,
    owners: Vec<(WorkspaceId, UserId)>,
    router: Router,
    _worker: Worker,
    _folder: TempDir,
}

/// Lets in whoever names themselves: `Authorization: <user> <workspace>`.
struct Host(Workspaces);

impl Authenticate for Host {
    fn authenticate<'a>(
        &'a self,
        _: Credentials<'a>,
        _: Option<&'a str>,
        request: &'a axum::http::request::Parts,
    ) -> BoxFuture<'a, Result<Caller>> {
        Box::pin(async move {
            let nobody = || Error::new(Kind::Unauthenticated, "auth.required", "who are you");
            let named = request.headers.get("authorization").and_then(|value| value.to_str().ok());
            let (user, workspace) = named.and_then(|named| named.split_once(' ')).ok_or_else(nobody)?;
            let user: UserId = user.parse().map_err(|_| nobody())?;
            let workspace: WorkspaceId = workspace.parse().map_err(|_| nobody())?;
            let role = self.0.role_of(workspace, user).await?;
            let credential = Credential::SignIn(user.uuid().into());
            Ok(Caller { workspace, user, credential, role, email: None })
        })
    }

    fn revalidate<'a>(&'a self, callers: &'a [CallerRef]) -> BoxFuture<'a, Result<Vec<Check>>> {
        Box::pin(async move { Ok(vec![Check::Good; callers.len()]) })
    }
}

impl World {
    pub(crate) async fn new(on: On) -> Self {
        let clock = Arc::new(SystemClock);
        let ids = Ids::new(clock.clone()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = open(on, &folder, &ids).await;
        let streams = Streams::new(store.clone(), clock.clone(), ids.clone(), Limits::default(), false);
        let gate = Gate::open(&store, clock.clone()).await.unwrap();
        let workspaces = Workspaces::new(store.clone(), streams.clone(), gate, ids.clone());
        let node: NodeId = ids.next();
        let jobs = Jobs::new(store.clone(), clock.clone(), ids.clone(), node, Policy::default());
        let (signals, said) = signals();
        let chat = Chat::new(Parts {
            store,
            streams: streams.clone(),
            jobs: jobs.clone(),
            workspaces: workspaces.clone(),
            signals,
            ids: ids.clone(),
            rate: Rate { per_second: None, ..Rate::default() },
        });
        let handlers = chat.handlers(Handlers::new());
        let worker = Worker::start(jobs, handlers, &WorkerConfig::default());
        let host: Arc<dyn Authenticate> = Arc::new(Host(workspaces.clone()));
        let committed = streams.committed();
        let domain = Arc::new(chat.clone());
        let setup =
            Setup { domain, host: Arc::clone(&host), committed, said, bus: Bus::Local, ids: ids.clone() };
        let router = parlance_chat::router(chat, Realtime::start(setup), host).split_for_parts().0;
        let router = parlance_edge::finish(router, ids.clone());
        let mut world = Self {
            workspace: ids.next(),
            elsewhere: ids.next(),
            ids,
            workspaces,
            owners: Vec::new(),
            router,
            _worker: worker,
            _folder: folder,
        };
        world.workspace = world.found("acme").await;
        world.elsewhere = world.found("other").await;
        world
    }

    async fn found(&mut self, slug: &str) -> WorkspaceId {
        let owner = self.person().await;
        let (name, slug) = (DisplayName::parse(slug).unwrap(), Slug::parse(slug).unwrap());
        let made = self.workspaces.create(owner, name, slug).await.unwrap();
        let (Made::New(workspace) | Made::Existing(workspace)) = made;
        self.owners.push((workspace.id, owner));
        workspace.id
    }

    async fn person(&self) -> UserId {
        let id: UserId = self.ids.next();
        let person = Person {
            id,
            email: format!("{id}@example.org"),
            full_name: format!("Person {id}"),
            handle_wish: None,
            is_installation_admin: false,
        };
        self.workspaces.people().upsert(&person).await.unwrap();
        id
    }

    /// A new person with this role in a workspace.
    pub(crate) async fn join(&self, workspace: WorkspaceId, role: Role) -> UserId {
        let user = self.person().await;
        let person = self.workspaces.people().get(user).await.unwrap();
        let owner = self.owners.iter().find(|(of, _)| *of == workspace).unwrap().1;
        let owner = Caller {
            workspace,
            user: owner,
            credential: Credential::SignIn(owner.uuid().into()),
            role: Role::Owner,
            email: None,
        };
        let new = parlance_workspace::NewMember { role, handle: None, display_name: None };
        self.workspaces.add(&owner, person, new).await.unwrap();
        user
    }

    /// Three members of the workspace.
    pub(crate) async fn people(&self) -> [UserId; 3] {
        [
            self.join(self.workspace, Role::Member).await,
            self.join(self.workspace, Role::Member).await,
            self.join(self.workspace, Role::Member).await,
        ]
    }

    /// Asks in the workspace, as this user.
    pub(crate) async fn ask(&self, user: UserId, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.ask_in(self.workspace, user, method, path, body).await
    }

    pub(crate) async fn ask_in(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        method: &str,
        path: &str,
        body: Value,
    ) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("{user} {workspace}"));
        let request = match body {
            Value::Null => request.body(Body::empty()).unwrap(),
            body => {
                request.header("content-type", "application/json").body(Body::from(body.to_string())).unwrap()
            }
        };
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), 10 << 20).await.unwrap();
        let value = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        (status, value)
    }

    /// As [`ask`](Self::ask), for what must succeed.
    pub(crate) async fn must(&self, user: UserId, method: &str, path: &str, body: Value) -> Value {
        let (status, value) = self.ask(user, method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {value}");
        value
    }

    /// A new group of this kind, and its path.
    pub(crate) async fn group(&self, kind: &str, owner: UserId, members: &[UserId]) -> String {
        let body = serde_json::json!({ "kind": kind, "name": "a group", "member_ids": members });
        let group = self.must(owner, "POST", "/groups", body).await;
        format!("/groups/{}", group["id"].as_str().unwrap())
    }

    /// Sends a message and answers it.
    pub(crate) async fn say(&self, user: UserId, group: &str, content: &str) -> Value {
        self.must(user, "POST", &format!("{group}/messages"), serde_json::json!({ "content": content })).await
    }
}

async fn open(on: On, folder: &TempDir, ids: &Ids) -> Store {
    let config = match on {
        On::Sqlite => Config::Sqlite(SqliteConfig::new(folder.path())),
        On::Mongo => {
            Config::Mongo(MongoConfig { uri: mongodb(), database: format!("chat-{}", ids.next::<NodeId>()) })
        }
    };
    let mut collections = vec![&ENTRIES, &HEADS, &JOBS, &DEAD_JOBS];
    collections.extend(parlance_license::COLLECTIONS);
    collections.extend(parlance_workspace::COLLECTIONS);
    collections.extend(parlance_chat::COLLECTIONS);
    Store::open(config, &Schema { version: 1, collections, migrations: vec![] }, ids).await.unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the test command names its servers in the environment")]
fn mongodb() -> String {
    std::env::var("PARLANCE_TEST_MONGODB").unwrap_or_else(|_| {
        panic!("run scripts/test, which starts the servers, or set PARLANCE_TEST_MONGODB")
    })
}

/// The status and the code of a refusal.
pub(crate) fn refusal((status, body): &(u16, Value)) -> (u16, &str) {
    (*status, body["error"]["code"].as_str().unwrap_or_default())
}

/// Runs each case on both engines, as a test of its own on each.
macro_rules! on_both {
    ($($case:ident,)*) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                super::$case(crate::domain::support::World::new(crate::domain::support::On::Sqlite).await).await;
            })*
        }

        mod on_mongodb {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                super::$case(crate::domain::support::World::new(crate::domain::support::On::Mongo).await).await;
            })*
        }
    };
}
pub(crate) use on_both;
