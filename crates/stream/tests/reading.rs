//! Reading streams from a position, and by pages.

use parlance_stream::Page;

use crate::support::{World, on_both};

on_both! {
    a_reader_gets_what_comes_after_its_position,
    streams_of_other_workspaces_do_not_exist,
    pages_hold_their_own_entries_in_both_directions,
}

async fn a_reader_gets_what_comes_after_its_position(world: World) {
    let streams = world.streams();
    let user = world.open(&streams).await;
    for number in 0..9 {
        world.say(&streams, user, &number.to_string()).await.unwrap();
    }
    let read = async |since, limit| {
        let slice = streams.read(world.workspace, world.stream, since, limit).await.unwrap().unwrap();
        assert_eq!((slice.seq, slice.epoch), (10, world.store.epoch()));
        (slice.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), slice.reset)
    };
    assert_eq!(read(0, 100).await, ((1..=10).collect(), false));
    assert_eq!(read(4, 3).await, (vec![5, 6, 7], false));
    assert_eq!(read(10, 5).await, (vec![], false));
    assert_eq!(read(11, 5).await, (vec![], true), "ahead of the stream");
    assert_eq!(read(-1, 5).await, (vec![], true));
}

async fn streams_of_other_workspaces_do_not_exist(world: World) {
    let streams = world.streams();
    world.open(&streams).await;
    let elsewhere = world.ids.next();
    assert_eq!(streams.read(elsewhere, world.stream, 0, 10).await.unwrap(), None);
    assert_eq!(streams.head(elsewhere, world.stream).await.unwrap(), None);
    assert!(streams.after(elsewhere, world.stream, Page::Event, 0, 10).await.unwrap().is_empty());
}

async fn pages_hold_their_own_entries_in_both_directions(world: World) {
    let streams = world.streams();
    let user = world.open(&streams).await;
    for number in 0..5 {
        world.say(&streams, user, &number.to_string()).await.unwrap();
    }
    let seqs =
        |entries: Vec<parlance_stream::Entry>| entries.iter().map(|entry| entry.seq).collect::<Vec<_>>();
    let (workspace, stream) = (world.workspace, world.stream);
    assert_eq!(seqs(streams.before(workspace, stream, Page::Main, i64::MAX, 3).await.unwrap()), [6, 5, 4]);
    assert_eq!(seqs(streams.before(workspace, stream, Page::Main, 4, 3).await.unwrap()), [3, 2]);
    assert_eq!(seqs(streams.after(workspace, stream, Page::Main, 4, 3).await.unwrap()), [5, 6]);
    assert_eq!(seqs(streams.after(workspace, stream, Page::Event, 0, 3).await.unwrap()), [1]);
    let thread = Page::Thread(world.ids.next());
    assert!(streams.after(workspace, stream, thread, 0, 3).await.unwrap().is_empty());
}
