//! Clocks that are wrong: what they cost, what they do not, and what is said.

use std::time::Duration;

use parlance_base::{Clock as _, Time};
use parlance_license::{Feature, GRACE, Gate, Installer, Key, Outcome, Plan, State, TRIAL, Warning};

use crate::support::{DAY, World, key, on_both, signed};

on_both! {
    a_clock_set_back_gives_nothing_back_and_takes_nothing,
    a_clock_set_far_forward_and_back_has_used_nothing_up,
    the_grace_stands_still_while_the_clock_is_behind,
    a_newer_key_ends_what_a_wrong_clock_left_behind,
    what_is_remembered_is_never_taken_back,
}

/// What a gate does in so many hours of running, if the clock does not move but by the test's hand.
async fn run(gate: &Gate, hours: u32) {
    for _ in 0..hours * 6 {
        gate.remember(gate.seen()).await.unwrap();
    }
}

/// What a gate does in so many days with a clock that is right.
async fn live(world: &World, gate: &Gate, days: u32) {
    for _ in 0..days * 24 {
        world.clock.advance(DAY / 24);
        gate.remember(gate.seen()).await.unwrap();
    }
}

fn of_a_day(lid: &str, from: Time) -> Key {
    Key { valid_until: from.after(DAY), ..key(lid, Plan::Team, from) }
}

async fn a_clock_set_back_gives_nothing_back_and_takes_nothing(world: World) {
    let start = world.clock.now();
    let gate = world.gate().await;
    live(&world, &gate, 3).await;
    assert_eq!((gate.days_left(), gate.warnings(0)), (Some(27), vec![]));
    world.clock.set(start.before(400 * DAY));
    assert_eq!((gate.days_left(), gate.license().plan), (Some(27), Plan::Enterprise));
    assert_eq!(gate.warnings(0), [Warning::ClockSetBack]);
    assert_eq!(world.gate().await.days_left(), Some(27), "after a restart, too");
}

async fn a_clock_set_far_forward_and_back_has_used_nothing_up(world: World) {
    let gate = world.gate().await;
    let start = world.clock.now();
    gate.install(&signed(&key("lic-1", Plan::Team, start)), Installer::CommandLine).await.unwrap();
    // Nobody notices for an afternoon that the clock is ten years ahead; some start the server again, and again.
    world.clock.set(start.after(3_650 * DAY));
    assert_eq!(gate.license().state, State::Lapsed, "that is what the clock says");
    for _ in 0..20 {
        assert_eq!(world.gate().await.license().state, State::Lapsed);
    }
    run(&gate, 4).await;
    world.clock.set(start.after(DAY / 6));
    assert_eq!((gate.license().state, gate.days_left()), (State::Valid, Some(29)));
    assert!(gate.require(Feature::Agents).is_ok());
    assert!(gate.seen() <= start.after(DAY), "an afternoon cost a day");
    assert_eq!(world.gate().await.license().state, State::Valid);
}

async fn the_grace_stands_still_while_the_clock_is_behind(world: World) {
    let gate = world.gate().await;
    gate.install(&signed(&of_a_day("lic-1", world.clock.now())), Installer::CommandLine).await.unwrap();
    live(&world, &gate, 2).await;
    let noticed = world.clock.now();
    world.clock.set(noticed.before(DAY));
    live(&world, &gate, 1).await;
    assert_eq!((gate.license().state, gate.seen()), (State::Grace, noticed));
    assert!(gate.require(Feature::Agents).is_ok(), "nothing is refused for that");
    world.clock.advance(12 * DAY);
    assert_eq!(gate.license().state, State::Grace);
    world.clock.advance(DAY);
    assert_eq!(gate.license().state, State::Lapsed);
}

async fn a_newer_key_ends_what_a_wrong_clock_left_behind(world: World) {
    let gate = world.gate().await;
    let start = world.clock.now();
    let (old, new) = (of_a_day("lic-1", start), of_a_day("lic-2", start.after(3 * DAY)));
    gate.install(&signed(&old), Installer::CommandLine).await.unwrap();
    // Nobody notices for sixty hours that the clock is ten years ahead.
    world.clock.set(start.after(3_650 * DAY));
    run(&gate, 60).await;
    world.clock.set(start.after(3 * DAY));
    assert_eq!(gate.license().state, State::Lapsed);
    assert_eq!(gate.warnings(0), [Warning::ClockSetBack, Warning::Expired]);
    gate.install(&signed(&new), Installer::CommandLine).await.unwrap();
    assert_eq!((gate.license().state, gate.days_left()), (State::Valid, Some(1)));
    assert_eq!(gate.warnings(0), [Warning::EndsSoon]);
    assert_eq!(world.gate().await.seen(), start.after(3 * DAY));
    // Only once: a key that was there before proves nothing of what time it is.
    live(&world, &gate, 2).await;
    let seen = gate.seen();
    world.clock.set(start.after(3 * DAY));
    let refused = gate.install(&signed(&old), Installer::CommandLine).await.unwrap_err();
    assert_eq!(refused.code(), "license.key_expired");
    let again = gate.install(&signed(&new), Installer::CommandLine).await.unwrap();
    assert_eq!(again.outcome, Outcome::Unchanged);
    assert_eq!((gate.seen(), gate.license().state), (seen, State::Grace));
}

async fn what_is_remembered_is_never_taken_back(world: World) {
    let (gate, other) = (world.gate().await, world.gate().await);
    live(&world, &gate, 2).await;
    let seen = gate.seen();
    assert_eq!(seen, world.clock.now());
    // A node that knows less, and one whose clock is behind.
    other.remember(other.seen()).await.unwrap();
    world.clock.set(seen.before(DAY));
    other.remember(other.seen()).await.unwrap();
    gate.refresh().await.unwrap();
    assert_eq!((gate.seen(), other.seen()), (seen, seen));
    // Two nodes that step from the same moment are one step further.
    world.clock.set(seen.after(TRIAL).after(GRACE));
    let (one, two) = tokio::join!(gate.remember(seen), other.remember(seen));
    one.unwrap();
    two.unwrap();
    gate.refresh().await.unwrap();
    assert_eq!(gate.seen(), seen.after(Duration::from_hours(1)));
}
