//! Leases from outside, on both engines: at most one holder, and a number that refuses the one before.

use std::{collections::BTreeSet, time::Duration};

use parlance_base::NodeId;
use parlance_store::{Batch, CommitError, lease::Leases};
use tokio::task::JoinSet;

use crate::{
    jobs::{Stage, on_both},
    support::model::{SEQ, Seat},
};

const TTL: Duration = Duration::from_secs(15);

fn leases(at: &Stage) -> Leases {
    Leases::new(at.store.clone(), at.clock.clone())
}

fn nodes(at: &Stage) -> (NodeId, NodeId) {
    (at.ids.next(), at.ids.next())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_that_race_for_a_lease_one_holds_it() {
    on_both(async |at| {
        for fence in 1..=5 {
            let mut running = JoinSet::new();
            for _ in 0..16 {
                let (leases, holder) = (leases(at), at.ids.next());
                running.spawn(async move { leases.acquire("digest", holder, TTL).await.unwrap() });
            }
            let grants: Vec<_> = running.join_all().await.into_iter().flatten().collect();
            assert_eq!(grants.len(), 1, "{grants:?}");
            assert_eq!(grants[0].fence, fence);
            at.clock.advance(TTL);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_taken_over_once_it_has_ended_and_not_before() {
    on_both(async |at| {
        let (leases, (one, other)) = (leases(at), nodes(at));
        let first = leases.acquire("digest", one, TTL).await.unwrap().unwrap();
        assert_eq!((first.fence, first.ends_at), (1, at.now().after(TTL)));
        at.clock.advance(TTL - Duration::from_millis(1));
        assert_eq!(leases.acquire("digest", other, TTL).await.unwrap(), None);
        at.clock.advance(Duration::from_millis(1));
        let second = leases.acquire("digest", other, TTL).await.unwrap().unwrap();
        assert_eq!((second.fence, second.holder), (2, other));
        assert_eq!(leases.acquire("digest", one, TTL).await.unwrap(), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn its_holder_renews_it_under_the_same_fence() {
    on_both(async |at| {
        let (leases, (one, other)) = (leases(at), nodes(at));
        leases.acquire("digest", one, TTL).await.unwrap().unwrap();
        for _ in 0..3 {
            at.clock.advance(TTL / 3);
            let renewed = leases.acquire("digest", one, TTL).await.unwrap().unwrap();
            assert_eq!((renewed.fence, renewed.ends_at), (1, at.now().after(TTL)));
        }
        assert_eq!(leases.acquire("digest", other, TTL).await.unwrap(), None);
        at.clock.advance(TTL * 2);
        let late = leases.acquire("digest", one, TTL).await.unwrap().unwrap();
        assert_eq!(late.fence, 1, "it had ended, but nobody had taken it over");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_released_lease_is_free_at_once() {
    on_both(async |at| {
        let (leases, (one, other)) = (leases(at), nodes(at));
        let grant = leases.acquire("digest", one, TTL).await.unwrap().unwrap();
        leases.release(grant).await.unwrap();
        assert_eq!(leases.acquire("digest", other, TTL).await.unwrap().unwrap().fence, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_release_does_not_free_the_lease_of_another() {
    on_both(async |at| {
        let (leases, (one, other)) = (leases(at), nodes(at));
        let late = leases.acquire("digest", one, TTL).await.unwrap().unwrap();
        at.clock.advance(TTL);
        leases.acquire("digest", other, TTL).await.unwrap().unwrap();
        leases.release(late).await.unwrap();
        assert_eq!(leases.acquire("digest", one, TTL).await.unwrap(), None);
        assert_eq!(leases.acquire("digest", other, TTL).await.unwrap().unwrap().fence, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leases_of_different_tasks_know_nothing_of_each_other() {
    on_both(async |at| {
        let (leases, (one, other)) = (leases(at), nodes(at));
        leases.acquire("digest", one, TTL).await.unwrap().unwrap();
        assert_eq!(leases.acquire("pruning", other, TTL).await.unwrap().unwrap().fence, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_late_holder_commits_under_its_fence_is_refused() {
    on_both(async |at| {
        let (leases, (one, other)) = (leases(at), nodes(at));
        let fenced = |grant: &parlance_store::lease::Grant, id: &str| {
            let mut batch = Batch::new();
            batch.insert(&Seat { id: id.to_owned(), seq: 0 });
            grant.fence(&mut batch);
            batch
        };
        let first = leases.acquire("digest", one, TTL).await.unwrap().unwrap();
        at.store.system().commit(fenced(&first, "in time")).await.unwrap();
        at.clock.advance(TTL);
        at.store.system().commit(fenced(&first, "ended, but not taken over")).await.unwrap();
        let second = leases.acquire("digest", other, TTL).await.unwrap().unwrap();
        assert_eq!(at.store.system().commit(fenced(&first, "late")).await, Err(CommitError::Conflict(1)));
        assert!(at.store.system().get::<Seat>("late").await.unwrap().is_none());
        at.store.system().commit(fenced(&second, "of the new holder")).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn holders_that_come_and_go_never_overlap_under_one_fence() {
    on_both(async |at| {
        let mut batch = Batch::new();
        batch.insert(&Seat { id: "work".to_owned(), seq: 0 });
        at.store.system().commit(batch).await.unwrap();
        let mut running = JoinSet::new();
        for _ in 0..8 {
            let (leases, store, holder) = (leases(at), at.store.clone(), at.ids.next());
            running.spawn(async move {
                let mut fences = Vec::new();
                for _ in 0..10 {
                    let Ok(Some(grant)) = leases.acquire("digest", holder, TTL).await else { continue };
                    let mut batch = Batch::new();
                    batch.update::<Seat>("work", [SEQ.below(grant.fence)], [SEQ.set(grant.fence)]);
                    grant.fence(&mut batch);
                    store.system().commit(batch).await.unwrap();
                    fences.push(grant.fence);
                    leases.release(grant).await.unwrap();
                }
                fences
            });
        }
        let fences: Vec<_> = running.join_all().await.into_iter().flatten().collect();
        assert!(!fences.is_empty());
        assert_eq!(fences.iter().collect::<BTreeSet<_>>().len(), fences.len(), "{fences:?}");
    })
    .await;
}
