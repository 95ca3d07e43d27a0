//! When an installation begins, and what becomes of it without a key.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use parlance_base::{Clock, ManualClock};
use parlance_license::{Feature, Gate, Plan, TRIAL};

use crate::support::{World, on_both};

on_both! {
    nodes_that_start_at_once_agree_on_when_the_trial_began,
    a_restart_does_not_begin_the_trial_anew,
    after_the_trial_the_community_plan_has_the_chat_and_no_more,
}

async fn nodes_that_start_at_once_agree_on_when_the_trial_began(world: World) {
    let start = world.clock.now();
    let opens = (0..10_u64).map(|node| {
        let clock = Arc::new(ManualClock::at(start.after(Duration::from_secs(node))));
        Gate::open(&world.store, clock)
    });
    let ends = join_all(opens).await.into_iter().map(|gate| gate.unwrap().license().valid_until);
    let ends: Vec<_> = ends.collect();
    assert!(ends.iter().all(|end| end.is_some() && *end == ends[0]), "{ends:?}");
}

async fn a_restart_does_not_begin_the_trial_anew(world: World) {
    let first = world.gate().await.license();
    world.clock.advance(Duration::from_secs(7 * 86_400));
    let gate = world.gate().await;
    assert_eq!((gate.license(), gate.days_left()), (first, Some(23)));
}

async fn after_the_trial_the_community_plan_has_the_chat_and_no_more(world: World) {
    let gate = world.gate().await;
    assert_eq!(gate.license().plan, Plan::Enterprise);
    assert!(gate.require(Feature::Cluster).is_ok());
    world.clock.advance(TRIAL);
    assert_eq!((gate.license().plan, gate.license().seats), (Plan::Community, Some(25)));
    for feature in Feature::ALL {
        assert_eq!(gate.require(feature).unwrap_err().code(), "license.feature_required");
    }
}
