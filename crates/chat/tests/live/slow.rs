//! Clients that do not read.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use parlance_base::UserId;
use parlance_chat::realtime::limits::{QUEUE_BYTES, USER_CONNECTIONS};
use parlance_trial::eventually;
use serde_json::json;
use tokio::time::timeout;

use super::{
    client::Client,
    node::{Node, World, on_both_and_one_thread},
};

on_both_and_one_thread! {
    clients_that_do_not_read_are_closed_cost_little_and_miss_nothing,
    who_takes_in_nothing_for_long_is_closed_though_their_queue_has_room,
    a_client_that_does_not_read_keeps_no_turn_from_those_who_do,
}

/// The size of an entry, what its frame has at most, and how many are said before anything is looked at: 1 MiB.
const BYTES: usize = 60_000;
const FRAME: usize = BYTES + 1_000;
const AT_ONCE: u64 = 18;

/// What is said that the network does not take, to nobody's harm.
const PAST_THE_NETWORK: u64 = 16 << 20;

/// More is never needed to fill what the network takes for a client, and the queue.
const MOST: u64 = 700;

/// Of what was said no more waits than the newest: what fits into a queue, what was taken from there to be sent, which
/// was as much at most, and what everybody is being sent.
const WAITING: usize = 3 * QUEUE_BYTES;

async fn clients_that_do_not_read_are_closed_cost_little_and_miss_nothing(world: World) {
    let node = world.node().await;
    let ada = world.member(&node, "ada").await;
    world.member(&node, "bob").await;
    let mut reader = node.client("ada").await;
    let mut slow = Vec::new();
    for _ in 0..USER_CONNECTIONS {
        let mut client = Client::with_token(&node.url, "bob").await;
        let ready = client.ready().await;
        slow.push((client, ready));
    }

    let mut last = 2;
    while !all_are_gone(&node, "bob").await {
        assert!(last < MOST, "nobody is too slow");
        last = say_much(&world, &node, ada, &mut reader, last).await;
    }
    // What waited for them is let go of before they have hung up, except for the frame that each was in the middle of.
    eventually("nothing waits for nobody", async || node.told.waiting() <= USER_CONNECTIONS * FRAME).await;
    // The network has what it took, and the client is told what became of the rest.
    let (mut client, ready) = slow.pop().unwrap();
    let read = read_up(&mut client).await;

    // The others never read anything.
    while (last - read) * (BYTES as u64) < PAST_THE_NETWORK {
        last = say_much(&world, &node, ada, &mut reader, last).await;
    }
    for have in [read, 2] {
        let mut client = node.client("bob").await;
        client.resume(&ready["epoch"], world.group, have).await;
        client.follow(world.group, have, last).await;
    }
    assert!(node.told.waiting() <= WAITING);
}

async fn who_takes_in_nothing_for_long_is_closed_though_their_queue_has_room(world: World) {
    let node = world.node().await;
    let ada = world.member(&node, "ada").await;
    world.member(&node, "bob").await;
    let mut reader = node.client("ada").await;
    let mut slow = Client::with_token(&node.url, "bob").await;
    let epoch = slow.ready().await["epoch"].take();
    // What is said until the network takes no more, and a little waits behind that.
    let mut last = 2;
    while node.told.waiting() < 4 * BYTES {
        assert!(last < MOST, "the network takes everything");
        last += 1;
        assert_eq!(node.say(ada, &"x".repeat(BYTES)).await, last);
        reader.follow(world.group, last - 1, last).await;
    }
    eventually("the client is closed", async || node.told.waiting() == 0).await;
    let mut again = node.client("bob").await;
    again.resume(&epoch, world.group, 2).await;
    again.follow(world.group, 2, last).await;
}

async fn a_client_that_does_not_read_keeps_no_turn_from_those_who_do(world: World) {
    let node = world.node().await;
    let ada = world.member(&node, "ada").await;
    world.member(&node, "bob").await;
    let last = node.say(ada, "hello").await;
    let mut slow = Client::with_token(&node.url, "bob").await;
    let epoch = slow.ready().await["epoch"].take();

    // Its page waits for its turn, which comes once nothing can be sent to it any more.
    let turn = Arc::clone(&node.turn).acquire_owned().await.unwrap();
    slow.resume(&epoch, world.group, 1).await;
    let answered_at_once = json!({ "type": "ping", "id": "p".repeat(64) });
    while timeout(Duration::from_millis(500), slow.send(answered_at_once.clone())).await.is_ok() {}
    drop(turn);

    let mut other = node.client("ada").await;
    other.resume(&epoch, world.group, 1).await;
    let followed = timeout(Duration::from_secs(10), other.follow(world.group, 1, last)).await;
    followed.expect("a page in time");
}

/// Says a lot in the group. Who reads is not held up: they have each entry before the next is said.
async fn say_much(world: &World, node: &Node, user: UserId, reader: &mut Client, last: u64) -> u64 {
    for seq in last + 1..=last + AT_ONCE {
        assert_eq!(node.say(user, &"x".repeat(BYTES)).await, seq);
        reader.follow(world.group, seq - 1, seq).await;
        let waiting = node.told.waiting();
        assert!(waiting <= WAITING, "{waiting} bytes wait");
    }
    last + AT_ONCE
}

/// Whether none of the user's connections is left: all their places can be taken.
async fn all_are_gone(node: &Node, token: &str) -> bool {
    let clients = join_all((0..USER_CONNECTIONS).map(|_| Client::with_token(&node.url, token))).await;
    join_all(clients.into_iter().map(lets_in)).await.iter().all(|(_, lets_in)| *lets_in)
}

/// The client, and whether it is let in.
async fn lets_in(mut client: Client) -> (Client, bool) {
    loop {
        match client.next().await {
            Ok(frame) if frame["type"] == "ready" => return (client, true),
            Ok(_) => {}
            Err(code) => {
                assert_eq!(code, 4029);
                return (client, false);
            }
        }
    }
}

/// Reads what is left, up to the close of a client that was too slow; the `seq` of the last entry.
async fn read_up(client: &mut Client) -> u64 {
    let mut last = 0;
    loop {
        match client.next().await {
            Ok(frame) => last = frame["seq"].as_u64().unwrap_or(last),
            Err(code) => {
                assert_eq!(code, 4008);
                return last;
            }
        }
    }
}
