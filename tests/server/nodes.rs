//! Two servers on one MongoDB.

use futures::future::join_all;
use parlance_client::{NewGroup, NewMessage, Position};
use serde_json::json;

use crate::{
    raw::Raw,
    world::{On, PASSWORD, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_on_one_node_is_seen_on_the_other() {
    let mut world = World::new(On::Mongo).await;
    let ann = world.founder("ann", "acme").await;
    let bob = world.colleague(&ann, "bob").await;
    let other = world.second().await;
    let there = parlance_client::Client::new(&format!("http://{}", other.address())).unwrap();
    there.login(&bob.email, PASSWORD).await.unwrap();
    let bobs = there.in_workspace(bob.here.named());

    let token = there.access_token().await.unwrap().unwrap();
    let mut socket = Raw::open_at(other.address(), &format!("?token={token}"), &[]).await.unwrap();
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

#[tokio::test(flavor = "multi_thread")]
async fn of_many_sockets_with_one_ticket_at_both_nodes_one_gets_in() {
    let mut world = World::new(On::Mongo).await;
    let ann = world.founder("ann", "acme").await;
    let other = world.second().await;
    for _ in 0..5 {
        let query = format!("?ticket={}", ann.here.ticket().await.unwrap().ticket);
        let addresses = [world.config.listen, other.address()].into_iter().cycle().take(20);
        let openings = addresses.map(async |address| {
            let mut socket = Raw::open_at(address, &query, &[]).await.unwrap();
            loop {
                match socket.next().await {
                    Ok(frame) if frame["type"] == "ready" => return Ok(socket),
                    Ok(_) => {}
                    Err(code) => return Err(code),
                }
            }
        });
        let outcomes = join_all(openings).await;
        let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
        assert_eq!(refused.copied().collect::<Vec<_>>(), [4001; 19]);
    }
    other.shutdown().await;
    world.stop().await;
}
