//! How often the store is asked for what clients ask for often.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use parlance_store::fault::{Fault, Faults};
use serde_json::{Value, json};

use super::{
    node::Node,
    support::{World, on_both},
};
use parlance_chat::Rates;

on_both! {
    the_list_of_groups_is_three_reads_and_what_is_unread_seven_at_most,
}

/// Lets everything through and counts what is read.
#[derive(Debug, Default)]
struct Counting(AtomicUsize);

impl Faults for Counting {
    fn commit(&self) -> Fault {
        Fault::None
    }

    fn read(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed);
        false
    }
}

async fn the_list_of_groups_is_three_reads_and_what_is_unread_seven_at_most(world: World) {
    let [one, two, three] = world.people().await;
    let counting = Arc::new(Counting::default());
    let node = Node::over(world.node.store.with_faults(counting.clone()), &world.ids, Rates::UNLIMITED).await;
    // What is done beside it reads too, now and then: the fewest reads of some tries are its own.
    let reads = async |path: &str| {
        let mut fewest = usize::MAX;
        for _ in 0..10 {
            let before = counting.0.load(Ordering::Relaxed);
            let (status, _) = world.ask_node(&node, one, "GET", path, Value::Null).await;
            assert_eq!(status, 200);
            fewest = fewest.min(counting.0.load(Ordering::Relaxed) - before);
        }
        fewest
    };
    // Every request reads who asks.
    let asking = reads("/folders").await - 1;
    for round in 0..3 {
        for _ in 0..10 {
            let group = world.group("group", two, &[one]).await;
            let said = world.say(one, &group, "what do you think?").await;
            let reply = json!({ "content": "@everyone no", "thread_id": said["id"] });
            world.must(two, "POST", &format!("{group}/messages"), reply).await;
        }
        world.must(one, "POST", &format!("/direct/{}", [two, three][round % 2]), Value::Null).await;
        let list = reads("/groups?limit=100").await - asking;
        let unread = reads("/unread").await - asking;
        assert!((1..=3).contains(&list), "{list} reads for the list");
        assert!((1..=7).contains(&unread), "{unread} reads for what is unread");
    }
}
