//! A workspace that is no more has no jobs.

use std::time::Duration;

use parlance_base::WorkspaceId;
use parlance_store::{
    Batch,
    job::{Policy, Whose},
};

use super::{claim_one, on_both};

#[tokio::test(flavor = "multi_thread")]
async fn all_jobs_of_a_workspace_go_in_steps_but_for_the_one_that_asks_and_those_of_others() {
    on_both(async |at| {
        let jobs = at.node_with(Policy { attempts: 1, ..Policy::default() });
        let (gone, other): (WorkspaceId, WorkspaceId) = (at.ids.next(), at.ids.next());
        // A dead one, a leased one, a waiting one and many ready ones.
        at.ask(gone, 1).await;
        jobs.give_up(claim_one(&jobs).await, "no such address").await.unwrap();
        at.ask(gone, 1).await;
        let leased = claim_one(&jobs).await;
        let later = at.job(gone).due(at.now().after(Duration::from_secs(60)));
        let mut batch = Batch::new();
        batch.insert(&later);
        at.store.workspace(gone).commit(batch).await.unwrap();
        let ready = at.ask(gone, 250).await;
        let kept = at.ask(other, 3).await;
        let mut steps = 0;
        while jobs.remove_of(gone, ready[0]).await.unwrap() > 0 {
            steps += 1;
            assert!(steps < 10, "it ends");
        }
        assert!(steps > 1, "a step is bounded");
        for id in ready[1..].iter().chain([&later.id, &leased.job().id]) {
            assert!(at.find(*id).await.is_none());
        }
        assert!(jobs.dead(Whose::Workspace(gone), None, 10).await.unwrap().is_empty());
        for id in kept.iter().chain([&ready[0]]) {
            assert!(at.find(*id).await.is_some());
        }
        assert!(jobs.complete(&leased, Batch::new()).await.is_err(), "its lease is lost");
    })
    .await;
}
