//! What a running server logs, changed while it runs.

use std::path::Path;

use http::Method;
use parlance_client::Client;
use parlance_gateway::rehearsal::{Child, Settings};

use crate::run::{done, refused};

/// Whether the log has a line about the request with this id.
async fn tells(settings: &Settings, id: &str) -> bool {
    let request = http::Request::builder().method(Method::GET).uri("/health/live").header("x-request-id", id);
    let client = Client::new(&settings.url()).unwrap();
    client.exchange(request.body(Vec::new()).unwrap()).await.unwrap();
    std::fs::read_to_string(settings.log()).unwrap().contains(id)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_another_from_one_moment_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::new(Path::new(env!("CARGO_BIN_EXE_parlance")), folder.path()).unwrap();
    let child = Child::start(settings.clone()).await.unwrap();
    assert!(!tells(&settings, "request-one").await, "a start logs what happens, not what is asked");
    let to = |filter| ["log-level", filter, "--data", "data"];
    let said = done(folder.path(), &to("info,parlance_gateway::access=debug"));
    assert_eq!(said, "logs info,parlance_gateway::access=debug from now on\n");
    assert!(tells(&settings, "request-two").await);
    let wrong = refused(folder.path(), &to("parlance=loudly"));
    assert!(wrong.contains("log.unchanged"), "{wrong}");
    assert!(tells(&settings, "request-three").await, "what is wrong changes nothing");
    done(folder.path(), &to("warn"));
    assert!(!tells(&settings, "request-four").await);
    child.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_there_is_nothing_to_change() {
    let folder = tempfile::tempdir().unwrap();
    let said = refused(folder.path(), &["log-level", "debug", "--data", "data"]);
    assert!(said.contains("no server runs in data"), "{said}");
    assert!(!folder.path().join("data").exists(), "nor is a store made");
}
