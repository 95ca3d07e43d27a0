//! The counter of seats under many hands.

use futures::future::join_all;
use parlance_license::{COMMUNITY_SEATS, Gate, Seats, TRIAL};
use parlance_store::{Batch, CommitError};

use crate::support::{World, on_both};

on_both! {
    forty_at_once_take_no_more_seats_than_there_are,
    a_seat_given_back_can_be_taken_again,
    the_trial_has_seats_for_everyone,
}

/// Takes a seat, looking again as long as others change the counter.
async fn take(world: &World, gate: &Gate) -> Result<(), &'static str> {
    loop {
        let (guard, change) = gate.seats().await.unwrap().take().map_err(|error| error.code())?;
        let mut batch = Batch::new();
        batch.update::<Seats>(Seats::ID, guard, [change]);
        match world.store.workspace(world.ids.next()).commit(batch).await {
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
