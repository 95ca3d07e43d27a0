//! An application that has users of its own and mounts chat: `examples/embed.rs`, as it is.

mod jobs;

use std::{future::IntoFuture as _, io, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header::AUTHORIZATION},
};
use parlance_base::{Ids, SystemClock};
use parlance_chat::Running;
use parlance_store::Config;
use parlance_trial::{On, TempDir, on_both, place};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet};
use tower::ServiceExt as _;

use crate::{
    domain::support::refusal,
    embed,
    live::client::{ABNORMAL, Client},
};

on_both! {
    who_logs_out_at_the_host_is_out_of_chat_and_nobody_else_is,
    what_was_said_is_there_when_the_host_comes_back,
    a_host_that_ends_says_goodbye_and_one_that_drops_chat_cuts_it_off,
    chat_is_under_the_prefix_and_nowhere_else,
}

/// A place for the application's data.
struct World {
    config: Config,
    _folder: TempDir,
}

/// The application, running.
struct App {
    app: Router,
    running: Running,
    socket: String,
    _server: JoinSet<io::Result<()>>,
}

impl World {
    async fn new(on: On) -> Self {
        let (config, _folder) = place(on, &Ids::new(Arc::new(SystemClock)).unwrap());
        Self { config, _folder }
    }

    async fn open(&self) -> App {
        let (app, running) = embed::open(self.config.clone()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = format!("ws://{}/team/talk/ws", listener.local_addr().unwrap());
        let mut _server = JoinSet::new();
        _server.spawn(axum::serve(listener, app.clone()).into_future());
        App { app, running, socket, _server }
    }
}

impl App {
    async fn ask(&self, token: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        let request = request.header("content-type", "application/json");
        let request = request.body(Body::from(body.to_string())).unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (status, body) =
            (response.status().as_u16(), to_bytes(response.into_body(), 1 << 20).await.unwrap());
        (status, if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() })
    }

    /// Asks chat for what must succeed.
    async fn talk(&self, token: &str, method: &str, path: &str, body: Value) -> Value {
        let (status, body) = self.ask(token, method, &format!("/team/talk{path}"), body).await;
        assert!(matches!(status, 200 | 201), "{method} {path}: {status} {body}");
        body
    }

    /// The token and the id of a user who logs in at the host.
    async fn login(&self, name: &str, password: &str) -> (String, String) {
        let (status, body) = self.ask("", "POST", "/login", json!([name, password])).await;
        assert_eq!(status, 200);
        let text = |key: &str| body[key].as_str().unwrap().to_owned();
        (text("token"), text("user_id"))
    }

    async fn connect(&self, token: &str) -> Client {
        let bearer = format!("Bearer {token}");
        let mut client = Client::open(&self.socket, &[(AUTHORIZATION, &bearer)]).await.unwrap();
        client.ready().await;
        client
    }

    /// A group of this user and another, and its path.
    async fn group(&self, token: &str, other: &str) -> String {
        let new = json!({ "kind": "group", "name": "Plans", "client_id": "plans", "member_ids": [other] });
        format!("/groups/{}", self.talk(token, "POST", "/groups", new).await["id"].as_str().unwrap())
    }

    async fn say(&self, token: &str, group: &str, content: &str) {
        self.talk(token, "POST", &format!("{group}/messages"), json!({ "content": content })).await;
    }
}

/// What the next message says.
async fn heard(client: &mut Client) -> Value {
    client.until("message.new").await["data"]["message"]["content"].take()
}

async fn who_logs_out_at_the_host_is_out_of_chat_and_nobody_else_is(world: World) {
    let app = world.open().await;
    let ((ann, _), (bob, bob_id)) = (app.login("ann", "sesame").await, app.login("bob", "barley").await);
    let (desk, _) = app.login("bob", "barley").await;
    let group = app.group(&ann, &bob_id).await;
    // A browser brings its token in the query, or in the first frame.
    let mut of_desk = Client::with_token(&app.socket, &desk).await;
    of_desk.ready().await;
    let mut sockets = [app.connect(&ann).await, app.connect(&bob).await, of_desk];
    app.say(&ann, &group, "lunch?").await;
    for socket in &mut sockets {
        assert_eq!(heard(socket).await, "lunch?");
    }

    assert_eq!(app.ask(&bob, "POST", "/logout", Value::Null).await.0, 200);
    let [mut of_ann, mut of_bob, mut of_desk] = sockets;
    assert_eq!(of_bob.closed().await, 4010);
    let (status, body) = app.ask(&bob, "GET", "/team/talk/unread", Value::Null).await;
    assert_eq!(refusal(&(status, body.clone())), (401, "auth.required"));
    assert!(body["error"]["request_id"].is_string() && body["error"]["message"].is_string(), "{body}");
    let bearer = format!("Bearer {bob}");
    let refused = Client::open(&app.socket, &[(AUTHORIZATION, &bearer)]).await.err().unwrap();
    assert_eq!(refused.status(), 401);

    app.say(&ann, &group, "still there?").await;
    assert_eq!(
        (heard(&mut of_ann).await, heard(&mut of_desk).await),
        (json!("still there?"), json!("still there?"))
    );
    assert_eq!(app.talk(&desk, "GET", "/unread", Value::Null).await["total"], 2);
}

async fn what_was_said_is_there_when_the_host_comes_back(world: World) {
    let app = world.open().await;
    let ((ann, _), (_, bob_id)) = (app.login("ann", "sesame").await, app.login("bob", "barley").await);
    let group = app.group(&ann, &bob_id).await;
    for number in 0..5 {
        app.say(&ann, &group, &number.to_string()).await;
    }
    app.running.shutdown().await;

    let app = world.open().await;
    let (status, _) = app.ask(&ann, "GET", "/team/talk/unread", Value::Null).await;
    assert_eq!(status, 401, "the host forgets its logins");
    let (bob, _) = app.login("bob", "barley").await;
    let page = app.talk(&bob, "GET", &format!("{group}/messages"), Value::Null).await;
    let said: Vec<_> = page["items"].as_array().unwrap().iter().map(|message| &message["content"]).collect();
    assert_eq!(said, ["4", "3", "2", "1", "0"]);
    let mut socket = app.connect(&bob).await;
    app.say(&bob, &group, "and on").await;
    assert_eq!(heard(&mut socket).await, "and on");
}

async fn a_host_that_ends_says_goodbye_and_one_that_drops_chat_cuts_it_off(world: World) {
    let app = world.open().await;
    let (ann, ann_id) = app.login("ann", "sesame").await;
    let mut socket = app.connect(&ann).await;
    let cursors = json!({ "cursors": { (ann_id.clone()): 0 }, "wait": 25 });
    let told = async {
        assert!(socket.until("server.shutdown").await["data"]["reconnect_after_ms"].is_u64());
        assert_eq!(socket.closed().await, 4011);
    };
    let (news, (), ()) =
        tokio::join!(app.talk(&ann, "POST", "/changes", cursors.clone()), app.running.stop(), told);
    assert_eq!(news["streams"], json!({}));
    // Other requests go on until the host has ended them.
    app.talk(&ann, "GET", "/unread", Value::Null).await;
    app.running.shutdown().await;

    let app = world.open().await;
    let (ann, _) = app.login("ann", "sesame").await;
    let mut socket = app.connect(&ann).await;
    drop(app.running);
    let code = socket.closed().await;
    assert!(matches!(code, ABNORMAL | 1011), "{code}");
}

async fn chat_is_under_the_prefix_and_nowhere_else(world: World) {
    let app = world.open().await;
    let (ann, _) = app.login("ann", "sesame").await;
    for path in ["/unread", "/team/unread", "/api/chat/unread"] {
        assert_eq!(app.ask(&ann, "GET", path, Value::Null).await, (404, Value::Null), "{path}");
    }
    let nowhere = app.ask(&ann, "GET", "/team/talk/nowhere", Value::Null).await;
    assert_eq!(refusal(&nowhere), (404, "route.not_found"));
    let wrong = app.ask(&ann, "PUT", "/team/talk/unread", Value::Null).await;
    assert_eq!(refusal(&wrong), (405, "route.wrong_method"));
    let large = json!({ "content": "x".repeat(256 * 1_024) });
    let large = app.ask(&ann, "POST", "/team/talk/changes", large).await;
    assert_eq!(large.0, 413);
    // The host's own routes answer as they like.
    assert_eq!(app.ask("", "POST", "/login", json!(["ann", "guess"])).await, (401, Value::Null));
}
