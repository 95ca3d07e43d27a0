//! Submitting again: by name, by id, over several writers, after rights have gone.

use futures::future::join_all;
use parlance_stream::{Receipt, Submission};

use crate::{
    chat::{Admit, Say, entry},
    support::{World, on_both},
};

on_both! {
    a_name_sent_two_hundred_times_over_two_writers_is_one_entry,
    a_name_belongs_to_its_author_and_its_stream,
    a_repeat_is_recognised_before_rights,
    a_repeat_after_a_restart_is_recognised,
    an_effect_that_runs_twice_appends_once,
}

async fn a_name_sent_two_hundred_times_over_two_writers_is_one_entry(world: World) {
    let nodes = [world.streams(), world.streams()];
    let user = world.open(&nodes[0]).await;
    let receipts = join_all((0..200).map(|number| world.say(&nodes[number % 2], user, "once"))).await;
    let appended = receipts.iter().filter(|receipt| matches!(receipt, Ok(Receipt::Appended(_)))).count();
    let mut ids: Vec<_> = receipts.into_iter().map(|receipt| entry(receipt.unwrap()).id).collect();
    ids.dedup();
    assert_eq!((ids.len(), appended), (1, 1));
    assert_eq!(world.log().await.len(), 2);
}

async fn a_name_belongs_to_its_author_and_its_stream(world: World) {
    let streams = world.streams();
    let user = world.open(&streams).await;
    let other = world.ids.next();
    world.submit(&streams, Submission::new(user, Admit(other, true))).await.unwrap();
    let first = entry(world.say(&streams, user, "name").await.unwrap());
    let second = entry(world.say(&streams, other, "name").await.unwrap());
    assert_ne!(first.id, second.id);
    let elsewhere = World { stream: world.ids.next(), ..world };
    let streams = elsewhere.streams();
    let host = elsewhere.open(&streams).await;
    elsewhere.submit(&streams, Submission::new(host, Admit(user, true))).await.unwrap();
    assert!(matches!(elsewhere.say(&streams, user, "name").await.unwrap(), Receipt::Appended(_)));
}

async fn a_repeat_is_recognised_before_rights(world: World) {
    let nodes = [world.streams(), world.streams()];
    let user = world.open(&nodes[0]).await;
    let other = world.ids.next();
    world.submit(&nodes[0], Submission::new(user, Admit(other, true))).await.unwrap();
    let said = entry(world.say(&nodes[0], other, "kept").await.unwrap());
    world.submit(&nodes[0], Submission::new(user, Admit(other, false))).await.unwrap();
    for node in &nodes {
        assert_eq!(world.say(node, other, "kept").await.unwrap(), Receipt::Repeated(said.clone()));
        assert_eq!(world.say(node, other, "new").await.unwrap_err().code(), "group.not_member");
    }
}

async fn a_repeat_after_a_restart_is_recognised(world: World) {
    let streams = world.streams();
    let user = world.open(&streams).await;
    let said = entry(world.say(&streams, user, "kept").await.unwrap());
    streams.close().await;
    assert_eq!(world.say(&world.streams(), user, "kept").await.unwrap(), Receipt::Repeated(said));
}

async fn an_effect_that_runs_twice_appends_once(world: World) {
    let nodes = [world.streams(), world.streams()];
    let user = world.open(&nodes[0]).await;
    let id = parlance_base::EntryId::derived(&["job", &world.stream.to_string()]);
    let effect = || Submission::new(user, Say(user, "effect".to_owned())).identified(id);
    let receipts = join_all((0..20).map(|number| world.submit(&nodes[number % 2], effect()))).await;
    assert!(receipts.into_iter().all(|receipt| entry(receipt.unwrap()).id == id));
    assert_eq!(entry(world.submit(&nodes[0], effect()).await.unwrap()).seq, 2);
    assert_eq!(world.log().await.len(), 2);
}
