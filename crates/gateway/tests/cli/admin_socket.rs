//! The socket of a running server for its administrator.

use std::{
    fs,
    io::{Read as _, Write as _},
    os::unix::{
        fs::PermissionsExt as _,
        net::{UnixListener, UnixStream},
    },
    time::Duration,
};

use parlance_gateway::Once;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::run::{config, done, refused, server};

const LIST: [&str; 4] = ["user", "list", "--data", "data"];

/// What the server answers this text with, and then ends the connection; nothing where it ends it at once.
fn answered(socket: &std::path::Path, text: &[u8]) -> Option<Value> {
    let mut stream = UnixStream::connect(socket).unwrap();
    // Who does not read on has closed by then.
    let _ = stream.write_all(text);
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    serde_json::from_str(&answer).ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_its_owners_alone_and_gone_with_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let socket = config.data.join("admin.sock");
    // One that a killed server has left is in nobody's way.
    fs::create_dir(&config.data).unwrap();
    drop(UnixListener::bind(&socket).unwrap());
    done(folder.path(), &["user", "create", "ann@example.org", "--name", "Ann", "--data", "data"]);
    assert!(done(folder.path(), &LIST).contains("ann@example.org"));
    let server = server(&config, Once::default()).await;
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(done(folder.path(), &LIST).contains("ann@example.org"));
    server.shutdown().await;
    assert!(!socket.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_does_not_know_it_refuses_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let socket = config.data.join("admin.sock");
    let server = server(&config, Once::default()).await;
    let malformed = |answer: Option<Value>| answer.unwrap()["Err"]["code"] == "request.malformed";
    for text in [
        &b"\n"[..],
        b"list_users\n",
        b"{\"ask\":\"list_users\"}\n",
        b"{\"ask\":\"drop_everything\"}\n",
        b"{\"ask\":\"list_users\",\"after\":null,\"limit\":1,\"more\":1}\n",
    ] {
        assert!(malformed(answered(&socket, text)), "{}", String::from_utf8_lossy(text));
    }
    assert_eq!(answered(&socket, b"\xff\xfe\n"), None);
    assert!(answered(&socket, &[b'x'; 1 << 20]).is_none_or(|answer| malformed(Some(answer))));
    // A page has its bound whoever asks.
    let all = json!({ "ask": "list_users", "after": null, "limit": u16::MAX });
    assert_eq!(answered(&socket, format!("{all}\n").as_bytes()).unwrap()["Ok"]["users"]["items"], json!([]));
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_nothing_takes_a_place_for_seconds_only() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let socket = config.data.join("admin.sock");
    let server = server(&config, Once::default()).await;
    let silent: Vec<_> = (0..20).map(|_| UnixStream::connect(&socket).unwrap()).collect();
    let asked = Instant::now();
    assert_eq!(done(folder.path(), &LIST).trim(), "");
    assert!(asked.elapsed() > Duration::from_secs(9), "they were not counted");
    drop(silent);
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_one_is_said_to_have_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let server = server(&config, Once::default()).await;
    fs::remove_file(config.data.join("admin.sock")).unwrap();
    let error = refused(folder.path(), &LIST);
    assert!(error.contains("another process uses the store"), "{error}");
    assert_eq!(error.trim().lines().count(), 1, "{error}");
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_starts_also_where_there_can_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.data = folder.path().join("d".repeat(120));
    let server = server(&config, Once::default()).await;
    assert!(!config.data.join("admin.sock").exists());
    server.shutdown().await;
}
