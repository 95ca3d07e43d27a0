//! A socket against a server of a few lines.

use parlance_base::{ConnectionId, Epoch, StreamId, UserId, WorkspaceId};
use serde_json::json;

use super::*;
use crate::fake::{Server, answer, only_sockets, refusal, tokens};

const PATIENCE: Duration = Duration::from_secs(30);

fn ready(stream: &str, more: bool) -> Value {
    let user = json!({ "id": UserId::derived(&["u"]), "role": "member" });
    let streams = json!([{ "id": StreamId::derived(&[stream]), "kind": "group", "seq": 1 }]);
    json!({ "type": "ready", "data": { "connection_id": ConnectionId::derived(&["c"]), "user": user,
        "epoch": Epoch::derived(&["e"]), "workspace_id": WorkspaceId::derived(&["w"]),
        "streams": streams, "more": more } })
}

async fn open(options: SocketOptions) -> (Server, crate::fake::Peer, Socket) {
    let mut server = Server::start(only_sockets).await;
    let workspace = server.workspace();
    let (socket, peer) = tokio::join!(workspace.connect(options), server.socket());
    (server, peer, socket.unwrap())
}

#[tokio::test]
async fn the_parts_of_ready_are_put_together() {
    let (_server, mut peer, mut socket) = open(SocketOptions::default()).await;
    peer.send(&ready("a", true)).await;
    peer.send(&ready("b", false)).await;
    let ready = socket.ready(PATIENCE).await.unwrap();
    let streams: Vec<StreamId> = ready.streams.iter().map(|stream| stream.id).collect();
    assert_eq!(streams, [StreamId::derived(&["a"]), StreamId::derived(&["b"])]);
}

#[tokio::test]
async fn an_answer_is_told_from_what_comes_before_it() {
    let (_server, mut peer, mut socket) = open(SocketOptions::default()).await;
    let serve = async {
        let asked = peer.next().await;
        assert_eq!(asked, json!({ "type": "ping", "id": "1" }));
        peer.send(&json!({ "type": "first" })).await;
        peer.send(&json!({ "type": "ok", "id": "other", "data": {} })).await;
        peer.ok(&asked, json!({ "x": 1 })).await;
        peer.send(&json!({ "type": "last" })).await;
    };
    let (answer, ()) = tokio::join!(socket.ask(&Command::Ping, PATIENCE), serve);
    assert_eq!(answer.unwrap(), json!({ "x": 1 }));
    assert_eq!(socket.next().await.unwrap(), Frame::Other(json!({ "type": "first" })));
    assert!(matches!(socket.next().await.unwrap(), Frame::Ok { .. }));
    assert_eq!(socket.next().await.unwrap(), Frame::Other(json!({ "type": "last" })));
}

#[tokio::test]
async fn the_close_code_is_told_and_stays() {
    let (_server, peer, mut socket) = open(SocketOptions::default()).await;
    let (next, ()) = tokio::join!(socket.next(), peer.close(4010));
    assert!(matches!(next, Err(Error::Closed { code: Some(4010), .. })));
    assert!(matches!(socket.next().await, Err(Error::Closed { code: Some(4010), .. })));
    assert_eq!(socket.close_code(), Some(4010));
}

#[tokio::test]
async fn rule_14_a_connection_without_a_sign_of_life_is_dead() {
    let silence = Duration::from_millis(20);
    let (_server, _peer, mut socket) = open(SocketOptions { silence, ..SocketOptions::default() }).await;
    let next = timeout(PATIENCE, socket.next()).await.unwrap();
    assert!(matches!(next, Err(Error::Closed { code: None, .. })));
}

#[tokio::test]
async fn the_first_frame_may_say_who_one_is() {
    let options = SocketOptions { proof: Proof::FirstFrame, ..SocketOptions::default() };
    let (_server, mut peer, _socket) = open(options).await;
    let data = json!({ "token": "first", "workspace": "acme" });
    assert_eq!(peer.next().await, json!({ "type": "auth", "id": "auth", "data": data }));
}

#[tokio::test]
async fn a_refused_upgrade_says_why_and_an_expired_token_is_replaced() {
    let mut server = Server::start(|asked| match asked.line.as_str() {
        "POST /api/auth/refresh" => answer(200, &json!(tokens("second"))),
        _ if asked.head.contains("Bearer second") => None,
        _ => refusal(401, "auth.token_expired"),
    })
    .await;
    let workspace = server.workspace();
    let (socket, _peer) = tokio::join!(workspace.connect(SocketOptions::default()), server.socket());
    assert!(socket.is_ok());

    let server = Server::start(|_| refusal(404, "workspace.not_found")).await;
    let error = server.workspace().connect(SocketOptions::default()).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(404), Some("workspace.not_found")));
}

#[tokio::test]
async fn what_is_no_frame_is_an_error_and_the_next_may_be_one() {
    let (_server, mut peer, mut socket) = open(SocketOptions::default()).await;
    peer.send(&json!({ "type": "ready", "data": {} })).await;
    peer.send(&json!({ "type": "next" })).await;
    assert!(matches!(socket.next().await, Err(Error::Unreadable(_))));
    assert_eq!(socket.next().await.unwrap(), Frame::Other(json!({ "type": "next" })));
}
