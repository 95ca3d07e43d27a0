//! Clients that do not read.

use parlance_base::UserId;
use parlance_chat::realtime::limits::USER_CONNECTIONS;

use super::{
    client::Client,
    node::{Node, World, on_both},
};

on_both! {
    clients_that_do_not_read_are_closed_cost_little_and_miss_nothing,
}

/// The size of an entry, and how many are said at once before anything is looked at: 4 MiB.
const BYTES: usize = 60_000;
const AT_ONCE: u64 = 70;

/// More is never needed to fill what the network keeps for a client, and the queue.
const MOST: u64 = 1_000;

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

    let before = resident();
    let mut last = 2;
    // As long as all of them are connected, there is no room for another.
    while !lets_in(&node, "bob").await {
        assert!(last < MOST, "nobody is too slow");
        last = say_much(&world, &node, ada, &mut reader, last).await;
    }
    let (mut client, ready) = slow.pop().unwrap();
    last = say_much(&world, &node, ada, &mut reader, last).await;
    let read = read_up(&mut client).await;
    assert!(read < last, "the network kept everything");

    while last < AT_ONCE * 5 {
        last = say_much(&world, &node, ada, &mut reader, last).await;
    }
    let (said, grown) = (last * BYTES as u64, resident().saturating_sub(before));
    assert!(grown < said * 4, "memory grew by {} MiB for {} clients", grown >> 20, slow.len());

    let mut client = node.client("bob").await;
    client.resume(&ready["epoch"], world.group, read).await;
    client.follow(world.group, read, last).await;
}

/// Says a lot in the group. Who reads is not held up: they have each entry before the next is said.
async fn say_much(world: &World, node: &Node, user: UserId, reader: &mut Client, last: u64) -> u64 {
    for seq in last + 1..=last + AT_ONCE {
        assert_eq!(node.say(user, &"x".repeat(BYTES)).await, seq);
        reader.follow(world.group, seq - 1, seq).await;
    }
    last + AT_ONCE
}

/// Whether the user may have one connection more.
async fn lets_in(node: &Node, token: &str) -> bool {
    let mut client = Client::with_token(&node.url, token).await;
    loop {
        match client.next().await {
            Ok(frame) if frame["type"] == "ready" => return true,
            Ok(_) => {}
            Err(code) => {
                assert_eq!(code, 4029);
                return false;
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

/// Bytes of memory that this process has.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 4_096
}
