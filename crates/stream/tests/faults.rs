//! Single faults: answers that get lost, commits that come late, nodes that end at each step.

use std::{collections::VecDeque, sync::Mutex, time::Duration};

use parlance_base::Kind;
use parlance_store::fault::{Fault, Faults};
use parlance_stream::{Limits, Receipt, Streams, Submission};

use crate::{
    chat::{Toggle, entry},
    support::{World, on_both},
};

/// Faults of the next commits, in order; then none.
#[derive(Debug)]
pub(crate) struct Next(pub(crate) Mutex<VecDeque<Fault>>);

impl Faults for Next {
    fn commit(&self) -> Fault {
        self.0.lock().unwrap().pop_front().unwrap_or(Fault::None)
    }

    fn read(&self) -> bool {
        false
    }
}

fn node(world: &World, faults: impl IntoIterator<Item = Fault>) -> Streams {
    let faults = Next(Mutex::new(faults.into_iter().collect()));
    world.streams_on(world.store.with_faults(std::sync::Arc::new(faults)), Limits::default())
}

on_both! {
    a_lost_answer_is_found_and_nothing_is_doubled,
    a_lost_answer_to_a_toggle_does_not_turn_it_back,
    a_refused_commit_is_unavailable_and_stores_nothing,
    a_node_that_ends_at_any_step_leaves_all_or_nothing,
}

async fn a_lost_answer_is_found_and_nothing_is_doubled(world: World) {
    let user = world.open(&world.streams()).await;
    for (number, fault) in [Fault::AnswerLost, Fault::RequestLost, Fault::Late].into_iter().enumerate() {
        for repeats in 1..=3 {
            let streams = node(&world, vec![fault; repeats]);
            let said = world.say(&streams, user, &format!("{number}-{repeats}")).await.unwrap();
            assert!(matches!(said, Receipt::Appended(_)), "{fault:?}");
        }
    }
    // Late commits have had their chance when a later one stands.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let log = world.log().await;
    assert_eq!(log.len(), 10, "{log:#?}");
}

async fn a_lost_answer_to_a_toggle_does_not_turn_it_back(world: World) {
    let user = world.open(&world.streams()).await;
    for fault in [Fault::AnswerLost, Fault::RequestLost, Fault::Late] {
        let streams = node(&world, [fault]);
        let toggled = world.submit(&streams, Submission::new(user, Toggle(user, None))).await.unwrap();
        assert!(matches!(toggled, Receipt::Appended(_)), "{fault:?}");
    }
    let muted: Vec<_> = world.log().await.iter().filter_map(|entry| entry.data["muted"].as_bool()).collect();
    assert_eq!(muted, [true, false, true]);
}

async fn a_refused_commit_is_unavailable_and_stores_nothing(world: World) {
    let user = world.open(&world.streams()).await;
    let streams = node(&world, [Fault::Refused]);
    let refused = world.say(&streams, user, "refused").await.unwrap_err();
    assert!(matches!(refused.kind(), Kind::Unavailable { .. }));
    assert_eq!(world.log().await.len(), 1);
    assert!(matches!(world.say(&streams, user, "refused").await.unwrap(), Receipt::Appended(_)));
}

async fn a_node_that_ends_at_any_step_leaves_all_or_nothing(world: World) {
    let user = world.open(&world.streams()).await;
    for (fault, stored) in [(Fault::EndsBefore, false), (Fault::EndsAfter, true)] {
        let name = format!("{fault:?}");
        let ended = node(&world, [fault]);
        let before = world.log().await.len();
        let unanswered =
            tokio::time::timeout(Duration::from_millis(300), world.say(&ended, user, &name)).await;
        assert!(unanswered.is_err(), "it ended, and answered {unanswered:?}");
        assert_eq!(world.log().await.len() - before, usize::from(stored));
        let again = world.say(&world.streams(), user, &name).await.unwrap();
        assert_eq!(matches!(again, Receipt::Repeated(_)), stored);
        assert_eq!(world.log().await.len() - before, 1);
        assert_eq!(world.log().await.last().unwrap().id, entry(again).id);
    }
}
