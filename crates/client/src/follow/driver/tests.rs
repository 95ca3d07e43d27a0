//! The follower against a server of a few lines.

use parlance_base::{ConnectionId, EntryId, Epoch, StreamId, UserId, WorkspaceId};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::*;
use crate::{
    NewMessage, StreamKind,
    fake::{Answer, Asked, Peer, Server, answer, only_sockets, refusal, tokens},
    follow::{Cursor, Snapshot},
};

const PATIENCE: Duration = Duration::from_secs(30);

fn stream() -> StreamId {
    StreamId::derived(&["a"])
}

fn epoch() -> Epoch {
    Epoch::derived(&["e"])
}

/// A client that has the stream up to here.
fn at(seq: u64) -> State {
    let cursor = Cursor { kind: StreamKind::Group, epoch: epoch(), seq };
    State { streams: [(stream(), cursor)].into(), ..State::default() }
}

fn quick() -> FollowOptions {
    let millis = Duration::from_millis;
    FollowOptions { reconnect: Backoff { first: millis(1), most: millis(10) }, ..FollowOptions::default() }
}

fn follow(server: &Server, state: State) -> Follower {
    Follower::start(server.workspace(), state, quick())
}

async fn let_in(peer: &mut Peer, seq: u64) {
    let streams = json!([{ "id": stream(), "kind": "group", "seq": seq }]);
    let user = json!({ "id": UserId::derived(&["u"]), "role": "member" });
    let data = json!({ "connection_id": ConnectionId::derived(&["c"]), "epoch": epoch(), "user": user,
        "workspace_id": WorkspaceId::derived(&["w"]), "streams": streams, "more": false });
    peer.send(&json!({ "type": "ready", "data": data })).await;
}

/// Lets the client in, and takes its resume from this position.
async fn resumed(peer: &mut Peer, seq: u64) {
    let_in(peer, seq).await;
    let resume = peer.next().await;
    assert_eq!(resume["type"], "resume");
    assert_eq!(resume["data"], json!({ "epoch": epoch(), "cursors": { stream().to_string(): seq } }));
    peer.ok(&resume, json!({})).await;
}

async fn entry(peer: &mut Peer, seq: u64) {
    let author = json!({ "kind": "user", "id": "u" });
    peer.send(&json!({ "type": "group.archived", "stream_id": stream(), "seq": seq, "author": author,
        "at": "2026-11-21T09:30:00Z", "data": {} }))
        .await;
}

async fn event(follower: &mut Follower) -> Event {
    timeout(PATIENCE, follower.next()).await.expect("an event in time").expect("the follower goes on")
}

async fn takes(follower: &mut Follower, seq: u64) {
    let event = event(follower).await;
    assert!(matches!(&event, Event::Entry(entry) if entry.seq == seq), "{event:?} instead of {seq}");
}

async fn connected(follower: &mut Follower) {
    let event = event(follower).await;
    assert!(matches!(event, Event::Connected { .. }), "{event:?}");
}

#[tokio::test]
async fn a_lost_connection_is_made_again_and_resumed_from_where_one_is() {
    let mut server = Server::start(only_sockets).await;
    let mut follower = follow(&server, at(3));
    let mut peer = server.socket().await;
    resumed(&mut peer, 3).await;
    entry(&mut peer, 4).await;
    connected(&mut follower).await;
    takes(&mut follower, 4).await;
    drop(peer);
    assert_eq!(event(&mut follower).await, Event::Disconnected { code: None, stopped: false });
    let mut peer = server.socket().await;
    resumed(&mut peer, 4).await;
    entry(&mut peer, 5).await;
    connected(&mut follower).await;
    takes(&mut follower, 5).await;
    let (state, ()) = tokio::join!(follower.close(), peer.gone());
    assert_eq!(state, at(5));
}

#[tokio::test]
async fn a_command_is_answered() {
    let mut server = Server::start(only_sockets).await;
    let follower = follow(&server, State::default());
    let commands = follower.commands();
    assert!(matches!(commands.ping().await, Err(Error::NotConnected)));
    let mut peer = server.socket().await;
    let_in(&mut peer, 0).await;
    let serve = async {
        let asked = peer.next().await;
        assert_eq!((&asked["type"], &asked["data"]["seq"]), (&json!("read.ack"), &json!(7)));
        peer.ok(&asked, json!({ "read_seq": 7, "unread": 2 })).await;
        let asked = peer.next().await;
        let error = json!({ "code": "message.not_author", "message": "no" });
        peer.send(&json!({ "type": "error", "id": asked["id"], "error": error })).await;
    };
    let ask = async {
        let mut follower = follower;
        connected(&mut follower).await;
        assert_eq!(commands.read(stream(), 7, None).await.unwrap().unread, 2);
        let refused = commands.edit(stream(), EntryId::derived(&["m"]), "x").await.unwrap_err();
        assert_eq!(refused.code(), Some("message.not_author"));
    };
    tokio::join!(serve, ask);
}

#[tokio::test]
async fn a_message_without_an_answer_is_sent_again_under_the_same_name() {
    let mut server = Server::start(only_sockets).await;
    let follower = follow(&server, State::default());
    let commands = follower.commands();
    let serve = async {
        let mut peer = server.socket().await;
        let_in(&mut peer, 0).await;
        let first = peer.next().await;
        drop(peer);
        let mut peer = server.socket().await;
        let_in(&mut peer, 0).await;
        let second = peer.next().await;
        assert_eq!((&first["data"], &first["type"]), (&second["data"], &json!("message.send")));
        assert!(first["data"]["client_id"].as_str().is_some_and(|name| !name.is_empty()));
        peer.ok(&second, json!({ "id": EntryId::derived(&["m"]), "seq": 9 })).await;
    };
    let (sent, ()) = tokio::join!(commands.send(stream(), NewMessage::text("hi")), serve);
    assert_eq!(sent.unwrap().seq(), 9);
}

#[tokio::test]
async fn after_4001_nobody_connects_before_the_application_asks_for_it() {
    let mut server = Server::start(only_sockets).await;
    let mut follower = follow(&server, at(3));
    server.socket().await.close(4001).await;
    assert_eq!(event(&mut follower).await, Event::Disconnected { code: Some(4001), stopped: true });
    assert!(matches!(follower.commands().ping().await, Err(Error::NotConnected)));
    assert_eq!(server.opened(), 1);
    follower.commands().reconnect().await.unwrap();
    resumed(&mut server.socket().await, 3).await;
    connected(&mut follower).await;
    assert_eq!(server.opened(), 2);
}

#[tokio::test]
async fn whoever_is_refused_over_http_does_not_come_back_either() {
    let server = Server::start(|_| refusal(401, "auth.invalid_token")).await;
    let mut follower = follow(&server, at(3));
    assert_eq!(event(&mut follower).await, Event::Disconnected { code: Some(4001), stopped: true });
}

#[tokio::test]
async fn an_expired_token_does_not_stop_a_follower() {
    let mut server = Server::start(|asked| match asked.line.as_str() {
        "POST /api/auth/refresh" => answer(200, &json!(tokens("second"))),
        _ if asked.head.contains("Bearer second") => None,
        _ => refusal(401, "auth.token_expired"),
    })
    .await;
    let mut follower = follow(&server, at(3));
    resumed(&mut server.socket().await, 3).await;
    connected(&mut follower).await;
}

fn pages(asked: &Asked) -> Answer {
    let page = json!({ "items": [], "seq": 8, "epoch": epoch() });
    if asked.line.starts_with("GET /api/chat/groups/") { answer(200, &page) } else { None }
}

#[tokio::test]
async fn a_stream_that_is_not_held_is_fetched_over_http() {
    let mut server = Server::start(pages).await;
    let mut follower = follow(&server, State::default());
    let mut peer = server.socket().await;
    let_in(&mut peer, 7).await;
    connected(&mut follower).await;
    let snapshot = Snapshot::Messages(Vec::new());
    let (kind, epoch, seq) = (StreamKind::Group, epoch(), 8);
    assert_eq!(event(&mut follower).await, Event::Reset { stream_id: stream(), kind, seq, epoch, snapshot });
    entry(&mut peer, 9).await;
    takes(&mut follower, 9).await;
    assert_eq!(follower.state(), &at(9));
}

#[tokio::test]
async fn an_application_that_takes_its_time_misses_nothing() {
    let mut server = Server::start(only_sockets).await;
    let options = FollowOptions { events: 1, ..quick() };
    let mut follower = Follower::start(server.workspace(), at(0), options);
    let mut peer = server.socket().await;
    resumed(&mut peer, 0).await;
    for seq in 1..=50 {
        entry(&mut peer, seq).await;
    }
    assert_eq!(follower.state(), &at(0));
    connected(&mut follower).await;
    for seq in 1..=50 {
        takes(&mut follower, seq).await;
    }
    assert_eq!(follower.state(), &at(50));
}

#[tokio::test]
async fn a_closed_follower_takes_no_commands() {
    let mut server = Server::start(only_sockets).await;
    let follower = follow(&server, at(3));
    let commands = follower.commands();
    let mut peer = server.socket().await;
    resumed(&mut peer, 3).await;
    let (state, ()) = tokio::join!(follower.close(), peer.gone());
    assert_eq!(state, at(3));
    assert!(matches!(commands.ping().await, Err(Error::Closed { .. })));
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_ends_the_connection_and_is_asked_for_again() {
    let mut server = Server::start(only_sockets).await;
    let mut follower = follow(&server, at(3));
    let mut peer = server.socket().await;
    resumed(&mut peer, 3).await;
    let nonsense: Value = json!({ "type": "message.new", "stream_id": "x", "seq": 4 });
    peer.send(&nonsense).await;
    resumed(&mut server.socket().await, 3).await;
    connected(&mut follower).await;
    assert_eq!(event(&mut follower).await, Event::Disconnected { code: None, stopped: false });
}
