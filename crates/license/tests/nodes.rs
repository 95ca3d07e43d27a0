//! Several nodes over one store: with the feature `cluster`, any number; without it, the one that runs.

use std::time::Duration;

use futures::future::join_all;
use parlance_base::Clock as _;
use parlance_license::{Gate, Installer, JoinError, Membership, Plan, TRIAL};
use tokio::time::Instant;

use crate::support::{DAY, On, World, issuer, key, signed};

/// A node of its own over the world's store, by the world's clock.
async fn node(world: &World) -> (Gate, Result<Membership, JoinError>) {
    let store = world.other_store().await;
    let gate = Gate::open_trusting(&store, world.clock.clone(), issuer().trust()).await.unwrap();
    let joined = gate.join(world.ids.next()).await;
    (gate, joined)
}

/// A world without the feature.
async fn community() -> World {
    let world = World::new(On::Mongo).await;
    drop(world.gate().await);
    world.clock.advance(TRIAL);
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_feature_any_number_of_nodes_run() {
    let world = World::new(On::Mongo).await;
    let nodes = join_all((0..8).map(|_| node(&world))).await;
    assert!(nodes.iter().all(|(_, joined)| joined.is_ok()));
    let memberships = nodes.into_iter().map(|(_, joined)| joined.unwrap().leave());
    join_all(memberships).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_it_a_second_node_is_refused_and_the_first_runs_on() {
    let world = community().await;
    let (gate, first) = node(&world).await;
    let begun = Instant::now();
    let (_, second) = node(&world).await;
    assert!(matches!(second, Err(JoinError::Second)), "{second:?}");
    assert!(begun.elapsed() < Duration::from_secs(10), "as soon as the first one shows that it lives");
    assert!(gate.seats().await.is_ok());
    // Whoever leaves in order is in nobody's way.
    first.unwrap().leave().await;
    let (_, third) = node(&world).await;
    third.unwrap().leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_that_start_at_once_without_it_one_joins() {
    let world = community().await;
    let nodes = join_all((0..6).map(|_| node(&world))).await;
    assert_eq!(nodes.iter().filter(|(_, joined)| joined.is_ok()).count(), 1);
    let refused = |joined: &Result<_, _>| matches!(joined, Ok(_) | Err(JoinError::Second));
    assert!(nodes.iter().all(|(_, joined)| refused(joined)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_crashed_is_in_the_way_for_ten_seconds_at_most() {
    let world = community().await;
    let (_, first) = node(&world).await;
    // Dropped, not left: as a crash does.
    drop(first.unwrap());
    let begun = Instant::now();
    let (_, second) = node(&world).await;
    // The world's clock stands still, so only by watching can it be told that nobody renews the place.
    assert!(second.is_ok() && begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    drop(second);
    world.clock.advance(Duration::from_secs(10));
    let begun = Instant::now();
    let (_, third) = node(&world).await;
    assert!(
        third.is_ok() && begun.elapsed() < Duration::from_secs(5),
        "a place that has ended is free at once"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lapsed_license_ends_no_node_and_lets_no_other_in() {
    let world = World::new(On::Mongo).await;
    let now = world.clock.now();
    let enterprise = key("lic-1", Plan::Enterprise, now);
    world.gate().await.install(&signed(&enterprise), Installer::CommandLine).await.unwrap();
    let ((gate, first), (_, second)) = (node(&world).await, node(&world).await);
    world.clock.advance(60 * DAY);
    let (_, third) = node(&world).await;
    assert!(matches!(third, Err(JoinError::Second)));
    assert!(first.is_ok() && second.is_ok());
    let renewed = key("lic-2", Plan::Enterprise, world.clock.now());
    gate.install(&signed(&renewed), Installer::CommandLine).await.unwrap();
    let (_, third) = node(&world).await;
    assert!(third.is_ok(), "with a new key it may");
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_store_of_its_own_a_node_has_nobody_to_ask() {
    let world = World::new(On::Sqlite).await;
    drop(world.gate().await);
    world.clock.advance(TRIAL);
    let gate = world.gate().await;
    gate.join(world.ids.next()).await.unwrap().leave().await;
}
