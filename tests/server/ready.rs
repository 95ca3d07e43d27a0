//! Whether a node says that it can serve, as its store, the other nodes and its clock are.

use std::{sync::Arc, time::Duration};

use http::Method;
use parlance_base::{Clock, ManualClock, SystemClock};
use parlance_client::Client;
use parlance_gateway::{Once, Server, config::Hidden};
use parlance_trial::eventually;
use serde_json::json;

use crate::{
    mongod::Mongod,
    world::{On, World, config, on_both},
};

on_both! {
    a_node_is_ready_until_it_is_told_to_stop,
}

/// The status, and why.
async fn ready(client: &Client) -> (u16, String) {
    let (status, _, body) = client.request(Method::GET, "/health/ready", None).await.unwrap();
    (status.as_u16(), body["error"]["code"].as_str().unwrap_or_default().to_owned())
}

async fn a_node_is_ready_until_it_is_told_to_stop(mut world: World) {
    let client = world.client();
    let (status, _, body) = client.request(Method::GET, "/health/ready", None).await.unwrap();
    assert_eq!((status.as_u16(), body), (200, json!({ "status": "ready" })));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_follows_its_store_down_and_up_again() {
    let mut mongod = Mongod::start().await;
    let world = World::with(On::Sqlite, |config| config.mongodb = Some(Hidden(mongod.uri()))).await;
    let client = world.client();
    assert_eq!(ready(&client).await.0, 200);
    mongod.kill();
    eventually("the node is not ready", async || {
        ready(&client).await == (503, "store.unavailable".to_owned())
    })
    .await;
    let (status, _, _) = client.request(Method::GET, "/health/live", None).await.unwrap();
    assert_eq!(status, 200, "it lives all the same");
    mongod.start_again();
    eventually("the node is ready again", async || ready(&client).await.0 == 200).await;
    // What it is ready for, it does.
    world.founder("ann", "acme").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_clock_is_off_the_stores_is_not_ready() {
    let hour = Duration::from_secs(3_600);
    let now = SystemClock.now();
    for (on, clock, expected) in [
        (On::Mongo, None, (200, "")),
        (On::Mongo, Some(now.after(hour)), (503, "clock.off")),
        (On::Mongo, Some(now.before(hour)), (503, "clock.off")),
        // The embedded store has no other clock than the node's.
        (On::Sqlite, Some(now.after(hour)), (200, "")),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = match clock {
            Some(time) => Arc::new(ManualClock::at(time)),
            None => Arc::new(SystemClock),
        };
        let server = Server::start(&config(on, folder.path()), clock, Once::default()).await.unwrap();
        let client = Client::new(&format!("http://{}", server.address())).unwrap();
        let (status, code) = ready(&client).await;
        assert_eq!((status, code.as_str()), expected, "{on:?}");
        server.shutdown().await;
    }
}
