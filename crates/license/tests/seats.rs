//! The counter of seats under many hands.

use futures::future::join_all;
use parlance_base::{Clock as _, WorkspaceId};
use parlance_license::{COMMUNITY_SEATS, Gate, Installer, Plan, Seats, TRIAL};
use parlance_store::{Batch, CommitError, Scope};
use tokio::task::JoinSet;

use crate::support::{World, issuer, key, on_both, signed};

on_both! {
    forty_at_once_take_no_more_seats_than_there_are,
    a_seat_given_back_can_be_taken_again,
    the_trial_has_seats_for_everyone,
    two_nodes_and_many_workspaces_share_the_last_seats,
}

/// Takes a seat, looking again as long as others change the counter.
async fn take(world: &World, gate: &Gate) -> Result<(), &'static str> {
    take_in(&world.store.workspace(world.ids.next()), gate).await
}

async fn take_in(workspace: &Scope, gate: &Gate) -> Result<(), &'static str> {
    loop {
        let (guard, change) = gate.seats().await.unwrap().take().map_err(|error| error.code())?;
        let mut batch = Batch::new();
        batch.update::<Seats>(Seats::ID, guard, [change]);
        match workspace.commit(batch).await {
            Ok(()) => return Ok(()),
            Err(CommitError::Conflict(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

async fn forty_at_once_take_no_more_seats_than_there_are(world: World) {
    let gate = world.gate().await;
    world.clock.advance(TRIAL);
    let outcomes = join_all((0..40).map(|_| take(&world, &gate))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 25);
    assert!(outcomes.iter().all(|outcome| outcome.is_ok() || *outcome == Err("license.seat_limit")));
    assert_eq!(gate.seats().await.unwrap().used, COMMUNITY_SEATS);
}

async fn a_seat_given_back_can_be_taken_again(world: World) {
    let gate = world.gate().await;
    world.clock.advance(TRIAL);
    for _ in 0..COMMUNITY_SEATS {
        take(&world, &gate).await.unwrap();
    }
    assert_eq!(take(&world, &gate).await, Err("license.seat_limit"));
    let mut batch = Batch::new();
    batch.update::<Seats>(Seats::ID, [], [Seats::release()]);
    world.store.workspace(world.ids.next()).commit(batch).await.unwrap();
    assert_eq!(take(&world, &gate).await, Ok(()));
}

async fn the_trial_has_seats_for_everyone(world: World) {
    let gate = world.gate().await;
    assert!(join_all((0..40).map(|_| take(&world, &gate))).await.iter().all(Result::is_ok));
    let seats = gate.seats().await.unwrap();
    assert_eq!((seats.used, seats.limit), (40, None));
    world.clock.advance(TRIAL);
    assert_eq!(take(&world, &gate).await, Err("license.seat_limit"), "only adding is refused");
    assert_eq!(gate.seats().await.unwrap().used, 40);
}

async fn two_nodes_and_many_workspaces_share_the_last_seats(world: World) {
    let stores = [world.store.clone(), world.other_store().await];
    let text = signed(&key("lic-1", Plan::Team, world.clock.now()));
    world.gate().await.install(&text, Installer::CommandLine).await.unwrap();
    let workspaces: [WorkspaceId; 5] = std::array::from_fn(|_| world.ids.next());
    let mut takes = JoinSet::new();
    for store in &stores {
        let gate = Gate::open_trusting(store, world.clock.clone(), issuer().trust()).await.unwrap();
        for workspace in workspaces.iter().cycle().take(30) {
            let (workspace, gate) = (store.workspace(*workspace), gate.clone());
            takes.spawn(async move { take_in(&workspace, &gate).await });
        }
    }
    let outcomes = takes.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 10);
    assert!(outcomes.iter().all(|outcome| outcome.is_ok() || *outcome == Err("license.seat_limit")));
    assert_eq!(world.gate().await.seats().await.unwrap().used, 10);
}
