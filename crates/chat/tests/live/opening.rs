//! How callers prove who they are, and what they are told if they cannot.

use http::header;
use parlance_chat::realtime::limits::USER_CONNECTIONS;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{
    client::Client,
    host::ORIGIN,
    node::{On, World},
};

/// The code of the one error frame, and of the close after it.
async fn refused(mut client: Client) -> (Value, u16) {
    let mut error = client.until("error").await;
    (error["error"]["code"].take(), client.closed().await)
}

fn auth(token: &str) -> Value {
    json!({ "type": "auth", "id": "1", "data": { "token": token } })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_of_proving_who_one_is_lets_in() {
    let world = World::new(On::Sqlite).await;
    let node = world.node().await;
    let user = world.member(&node, "ada").await;
    let url = &node.url;
    let workspace = world.workspace;
    for (url, headers) in [
        (url.clone(), vec![(header::AUTHORIZATION, "Bearer ada")]),
        (format!("{url}?ticket=ada"), vec![]),
        (
            format!("{url}?workspace={workspace}"),
            vec![(header::COOKIE, "session=ada"), (header::ORIGIN, ORIGIN)],
        ),
        (format!("{url}?token=ada&workspace={workspace}"), vec![]),
        // A browser sends its cookie though the page has another proof.
        (format!("{url}?token=ada"), vec![(header::COOKIE, "session=old"), (header::ORIGIN, ORIGIN)]),
    ] {
        let mut client = Client::open(&url, &headers).await.unwrap();
        let ready = client.ready().await;
        assert_eq!(
            (&ready["user"]["id"], &ready["workspace_id"]),
            (&json!(user), &json!(workspace)),
            "{url}"
        );
        assert_eq!(ready["streams"].as_array().unwrap().len(), 3, "{url}");
    }
    let mut client = Client::open(url, &[]).await.unwrap();
    client.send(auth("ada")).await;
    assert_eq!(client.next().await.unwrap()["type"], "ok");
    client.ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_does_not_hold_is_refused_over_http() {
    let world = World::new(On::Sqlite).await;
    let node = world.node().await;
    let answer = Client::open(&node.url, &[(header::AUTHORIZATION, "Bearer eve")]).await.err().unwrap();
    assert_eq!(answer.status(), 401);
    let body: Value = serde_json::from_slice(answer.body().as_ref().unwrap()).unwrap();
    assert_eq!(body["error"]["code"], "auth.invalid");
    assert!(body["error"]["request_id"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_as_browsers_do_is_told_over_the_socket() {
    let world = World::new(On::Sqlite).await;
    let node = world.node().await;
    world.user("ada");
    let url = &node.url;
    let elsewhere = world.ids.next::<parlance_base::WorkspaceId>();
    for (query, code, close) in [
        ("ticket=eve".to_owned(), "auth.invalid", 4001),
        ("token=eve".to_owned(), "auth.invalid", 4001),
        (format!("token=ada&workspace={elsewhere}"), "workspace.not_found", 4003),
    ] {
        let client = Client::open(&format!("{url}?{query}"), &[]).await.unwrap();
        assert_eq!(refused(client).await, (json!(code), close), "{query}");
    }
    let mut client = Client::open(url, &[]).await.unwrap();
    client.send(auth("eve")).await;
    assert_eq!(refused(client).await, (json!("auth.invalid"), 4001));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_from_a_page_of_another_origin_counts_as_none() {
    let world = World::new(On::Sqlite).await;
    let node = world.node().await;
    world.user("ada");
    let headers = [(header::COOKIE, "session=ada"), (header::ORIGIN, "https://evil.example")];
    let mut client = Client::open(&node.url, &headers).await.unwrap();
    client.send(json!({ "type": "ping", "id": "1" })).await;
    assert_eq!(client.until("error").await["error"]["code"], "auth.required");
    // Nothing else is said, so the socket is closed.
    assert_eq!(client.closed().await, 4001);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_no_upgrade_is_refused() {
    let world = World::new(On::Sqlite).await;
    let node = world.node().await;
    let address = node.url.trim_start_matches("ws://").trim_end_matches("/ws");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /ws HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("socket.upgrade_required"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_too_many_is_closed_and_the_others_stay() {
    let world = World::new(On::Sqlite).await;
    let node = world.node().await;
    let user = world.member(&node, "ada").await;
    let mut clients = Vec::new();
    for _ in 0..USER_CONNECTIONS {
        clients.push(node.client("ada").await);
    }
    assert_eq!(Client::with_token(&node.url, "ada").await.closed().await, 4029);
    let seq = node.say(user, "hello").await;
    for client in &mut clients {
        client.follow(world.group, seq - 1, seq).await;
    }
    // A place that was left can be taken.
    let mut left = clients.pop().unwrap();
    left.send_raw(tokio_tungstenite::tungstenite::Message::Close(None)).await.unwrap();
    left.closed().await;
    node.client("ada").await;
}
