//! Workspaces take turns, and nodes that claim at the same time get different jobs.

use std::collections::{BTreeMap, BTreeSet};

use parlance_base::{JobId, WorkspaceId};
use parlance_store::job::{Jobs, Lease};
use tokio::task::JoinSet;

use super::{claim_one, on_both};

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_with_ten_thousand_jobs_delays_another_by_one_claim_at_most() {
    on_both(async |at| {
        let (jobs, busy, small) = (at.node(), at.ids.next(), at.ids.next());
        at.ask(busy, 10_000).await;
        assert_eq!(claim_one(&jobs).await.job().workspace_id, busy);
        for round in 0..5 {
            let id = at.ask(small, 1).await[0];
            let next = [claim_one(&jobs).await, claim_one(&jobs).await];
            assert!(next.iter().any(|lease| lease.job().id == id), "round {round}: {next:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_workspace_has_its_turn_round_and_round() {
    on_both(async |at| {
        let jobs = at.node();
        let workspaces: Vec<WorkspaceId> = (0..5).map(|_| at.ids.next()).collect();
        for workspace in &workspaces {
            at.ask(*workspace, 4).await;
        }
        for round in 0..4 {
            let mut served = BTreeSet::new();
            for _ in &workspaces {
                served.insert(claim_one(&jobs).await.job().workspace_id);
            }
            assert_eq!(served.len(), 5, "round {round}");
        }
        assert!(jobs.claim(1).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_claim_takes_a_few_jobs_of_each_workspace() {
    on_both(async |at| {
        let jobs = at.node();
        for _ in 0..3 {
            at.ask(at.ids.next(), 10).await;
        }
        let mut taken: BTreeMap<WorkspaceId, usize> = BTreeMap::new();
        for lease in jobs.claim(100).await.unwrap() {
            *taken.entry(lease.job().workspace_id).or_default() += 1;
        }
        assert_eq!(taken.into_values().collect::<Vec<_>>(), [4, 4, 4]);
        assert_eq!(jobs.claim(2).await.unwrap().len(), 2);
        assert!(jobs.claim(0).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_job_of_a_workspace_comes_first() {
    on_both(async |at| {
        let (jobs, workspace) = (at.node(), at.ids.next());
        let mut asked = Vec::new();
        for _ in 0..6 {
            asked.extend(at.ask(workspace, 1).await);
            at.clock.advance(std::time::Duration::from_millis(1));
        }
        let mut claimed = Vec::new();
        for _ in 0..6 {
            claimed.push(claim_one(&jobs).await.job().id);
        }
        assert_eq!(claimed, asked);
    })
    .await;
}

/// Claims until nothing is left.
async fn claim_all(jobs: Jobs, at_once: usize) -> Vec<Lease> {
    let mut leases = Vec::new();
    loop {
        let claimed = jobs.claim(at_once).await.unwrap();
        if claimed.is_empty() {
            return leases;
        }
        leases.extend(claimed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_race_for_jobs_get_each_job_once() {
    on_both(async |at| {
        let mut asked = BTreeSet::new();
        for _ in 0..3 {
            asked.extend(at.ask(at.ids.next(), 60).await);
        }
        let mut running = JoinSet::new();
        for number in 0..8 {
            running.spawn(claim_all(at.node(), 1 + number % 5));
        }
        let claimed: Vec<JobId> =
            running.join_all().await.iter().flatten().map(|lease| lease.job().id).collect();
        let once: BTreeSet<_> = claimed.iter().copied().collect();
        assert_eq!(claimed.len(), once.len(), "a job was given out twice");
        // Who loses every race goes away for now, so some may be left; nobody is there to lose to any more.
        let rest = claim_all(at.node(), 10).await;
        let all: BTreeSet<_> = once.into_iter().chain(rest.iter().map(|lease| lease.job().id)).collect();
        assert_eq!(all, asked);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_nodes_that_race_for_one_job_one_gets_it() {
    on_both(async |at| {
        for round in 0..5 {
            let id = at.ask_one().await;
            let mut running = JoinSet::new();
            for _ in 0..16 {
                let jobs = at.node();
                running.spawn(async move { jobs.claim(1).await.unwrap() });
            }
            let leases: Vec<_> = running.join_all().await.into_iter().flatten().collect();
            assert_eq!(leases.iter().map(|lease| lease.job().id).collect::<Vec<_>>(), [id], "round {round}");
        }
    })
    .await;
}
