//! What happens at each bound.

use std::time::Duration;

use futures::future::join_all;
use parlance_base::Kind;
use parlance_stream::Limits;

use crate::support::{On, World, on_both};

on_both! {
    a_full_queue_refuses_and_stores_what_it_took,
    closing_does_what_waits_and_refuses_the_rest,
}

async fn a_full_queue_refuses_and_stores_what_it_took(world: World) {
    let limits = Limits { waiting: 4, together: 2, ..Limits::default() };
    let streams = world.streams_on(world.store.clone(), limits);
    let user = world.open(&streams).await;
    let names: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    let receipts = join_all(names.iter().map(|name| world.say(&streams, user, name))).await;
    let taken = receipts.iter().filter(|receipt| receipt.is_ok()).count();
    assert!((1..100).contains(&taken), "{taken} of 100 taken");
    assert_eq!(world.log().await.len(), taken + 1);
    for refused in receipts.into_iter().filter_map(Result::err) {
        assert_eq!(refused.code(), "stream.busy");
        assert!(matches!(refused.kind(), Kind::Unavailable { .. }));
    }
}

async fn closing_does_what_waits_and_refuses_the_rest(world: World) {
    let streams = world.streams();
    let user = world.open(&streams).await;
    let names: Vec<String> = (0..50).map(|number| number.to_string()).collect();
    let sends = join_all(names.iter().map(|name| world.say(&streams, user, name)));
    let (receipts, ()) = tokio::join!(sends, streams.close());
    assert!(receipts.iter().all(Result::is_ok));
    assert_eq!(world.log().await.len(), 51);
    assert_eq!(world.say(&streams, user, "late").await.unwrap_err().code(), "stream.closing");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_streams_have_a_writer_and_idle_ones_make_room() {
    let world = World::new(On::Sqlite).await;
    let limits = Limits { writers: 2, idle: Duration::from_millis(20), ..Limits::default() };
    let streams = world.streams_on(world.store.clone(), limits);
    let open = async |stream| {
        let user = world.ids.next();
        let plan = crate::chat::Open(stream, user);
        streams.submit(world.workspace, stream, parlance_stream::Submission::new(user, plan)).await
    };
    // Of so many at once only two have a place; how long the others would wait is nobody's to say.
    let at_once = futures::future::join_all((0..50).map(|_| open(world.ids.next()))).await;
    let refused: Vec<_> = at_once.into_iter().filter_map(Result::err).collect();
    assert!(!refused.is_empty() && refused.iter().all(|error| error.code() == "stream.busy"), "{refused:?}");
    let idle = tokio::time::timeout(Duration::from_secs(10), async {
        while open(world.ids.next()).await.is_err() {
            tokio::task::yield_now().await;
        }
    });
    idle.await.unwrap();
}
