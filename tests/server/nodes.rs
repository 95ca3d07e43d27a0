//! Two servers on one MongoDB.

use parlance_client::{NewGroup, NewMessage, Position};
use parlance_gateway::Server;
use serde_json::json;

use crate::{
    raw::Raw,
    world::{On, PASSWORD, World, start},
};

/// A second node of the same installation.
async fn second(world: &World) -> Server {
    let mut config = world.config.clone();
    config.listen.set_port(0);
    start(&config).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_on_one_node_is_seen_on_the_other() {
    let mut world = World::new(On::Mongo).await;
    let ann = world.founder("ann", "acme").await;
    let bob = world.colleague(&ann, "bob").await;
    let other = second(&world).await;
    let there = parlance_client::Client::new(&format!("http://{}", other.address())).unwrap();
    there.login(&bob.email, PASSWORD).await.unwrap();
    let bobs = there.in_workspace(bob.here.named());

    let token = there.access_token().await.unwrap().unwrap();
    let first = world.config.listen;
    world.config.listen = other.address();
    let mut socket = Raw::open(&world, &format!("?token={token}"), &[]).await.unwrap();
    world.config.listen = first;
    socket.until("ready").await;

    let group = ann.here.create_group(&NewGroup::named("General").with_members([bob.id])).await.unwrap().id;
    let joined = socket.until("group.joined").await;
    assert_eq!(joined["data"]["group_id"], json!(group));
    let mut sent = Vec::new();
    for number in 0..20 {
        let by = if number % 2 == 0 { &ann.here } else { &bobs };
        sent.push(by.send(group, NewMessage::text(number.to_string())).await.unwrap().seq());
    }
    for seq in &sent {
        assert_eq!(socket.until("message.new").await["seq"], json!(seq));
    }
    assert_eq!(
        ann.here.messages(group, Position::Newest, 100).await.unwrap(),
        bobs.messages(group, Position::Newest, 100).await.unwrap()
    );
    // The sign-in was made there, and is ended here.
    bob.here.client().set_tokens(there.tokens());
    bob.here.client().logout().await.unwrap();
    assert_eq!(socket.closed().await, 4010);
    other.shutdown().await;
    world.stop().await;
}
