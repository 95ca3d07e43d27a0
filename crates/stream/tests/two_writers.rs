//! Two nodes that write one stream: neither trusts what it remembers.

use futures::future::join_all;
use parlance_stream::Submission;

use crate::{
    chat::{Admit, Edit, entry},
    support::{World, on_both},
};

on_both! {
    a_member_removed_through_the_other_writer_cannot_post,
    a_member_added_through_the_other_writer_can_post_at_once,
    edits_through_both_writers_are_all_there_in_one_order,
    both_writers_under_load_leave_no_gap_and_no_double,
}

async fn a_member_removed_through_the_other_writer_cannot_post(world: World) {
    let nodes = [world.streams(), world.streams()];
    let user = world.open(&nodes[0]).await;
    let other = world.ids.next();
    world.submit(&nodes[0], Submission::new(user, Admit(other, true))).await.unwrap();
    world.say(&nodes[0], other, "still here").await.unwrap();
    world.submit(&nodes[1], Submission::new(user, Admit(other, false))).await.unwrap();
    assert_eq!(world.say(&nodes[0], other, "ghost").await.unwrap_err().code(), "group.not_member");
}

async fn a_member_added_through_the_other_writer_can_post_at_once(world: World) {
    let nodes = [world.streams(), world.streams()];
    let user = world.open(&nodes[0]).await;
    let other = world.ids.next();
    assert_eq!(world.say(&nodes[0], other, "too early").await.unwrap_err().code(), "group.not_member");
    world.submit(&nodes[1], Submission::new(user, Admit(other, true))).await.unwrap();
    assert_eq!(entry(world.say(&nodes[0], other, "hello").await.unwrap()).seq, 3);
}

async fn edits_through_both_writers_are_all_there_in_one_order(world: World) {
    let nodes = [world.streams(), world.streams()];
    let user = world.open(&nodes[0]).await;
    let said = entry(world.say(&nodes[0], user, "text").await.unwrap());
    let edits = (0..40).map(|number| {
        let edit = Edit(user, said.id, format!("edit {number}"));
        world.submit(&nodes[number % 2], Submission::new(user, edit))
    });
    let mut edited: Vec<_> =
        join_all(edits).await.into_iter().map(|receipt| entry(receipt.unwrap()).seq).collect();
    edited.sort_unstable();
    assert_eq!(edited, (3..=42).collect::<Vec<_>>());
    assert_eq!(world.log().await[1].rev, 42);
}

async fn both_writers_under_load_leave_no_gap_and_no_double(world: World) {
    let nodes = [world.streams(), world.streams()];
    let user = world.open(&nodes[0]).await;
    let names: Vec<String> = (0..120).map(|number| number.to_string()).collect();
    let sends = names.iter().enumerate().map(|(number, name)| world.say(&nodes[number % 2], user, name));
    let mut seqs: Vec<_> =
        join_all(sends).await.into_iter().map(|receipt| entry(receipt.unwrap()).seq).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (2..=121).collect::<Vec<_>>());
    assert_eq!(world.log().await.len(), 121);
}
