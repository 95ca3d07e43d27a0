//! What looking for jobs costs does not depend on how many there are.

use bson::doc;
use futures::TryStreamExt;
use parlance_base::WorkspaceId;
use parlance_store::{
    Cond, Field, Find,
    job::{DeadJob, Job},
};

use super::{Stage, claim_one, on_both};
use crate::support::world::{Engine, World};

const STATE: Field = Field::text("state");
const WORKSPACE: Field = Field::text("workspace_id");
const DUE_AT: Field = Field::int("due_at");

#[tokio::test(flavor = "multi_thread")]
async fn every_look_for_jobs_follows_an_index_that_has_them_in_order() {
    on_both(async |at| {
        let workspace: WorkspaceId = at.ids.next();
        at.ask(workspace, 3).await;
        let workspace = workspace.to_string();
        let finds = [
            (
                "turn",
                Find::new([STATE.is("ready"), WORKSPACE.above(&workspace)]).ascending(WORKSPACE).limit(1),
            ),
            ("turn", Find::new([STATE.is("ready"), WORKSPACE.is(&workspace)]).ascending(DUE_AT).limit(4)),
            ("due", Find::new([STATE.is("waiting"), DUE_AT.below(1)]).limit(100)),
        ];
        let system = at.store.system();
        for (index, find) in finds {
            follows(&system.explain::<Job>(find).await.unwrap(), index);
        }
        let old = Find::new([Cond::Lt(Field::int("died_at"), 1.into())]).limit(100);
        follows(&system.explain::<DeadJob>(old).await.unwrap(), "died");
    })
    .await;
}

fn follows(explained: &str, index: &str) {
    // Each engine has its own words for the index and for what must not happen beside it.
    assert!(
        explained.contains(&format!(".{index} (")) || explained.contains(&format!("\"{index}\"")),
        "{explained}"
    );
    for other in ["SCAN jobs", "SCAN dead_jobs", "TEMP B-TREE", "COLLSCAN", "\"SORT\""] {
        assert!(!explained.contains(other), "{explained}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_reads_two_documents_of_thousands() {
    let at = Stage::new(World::new(Engine::Mongo).await).await;
    let (jobs, small) = (at.node(), at.ids.next());
    at.ask(small, 1).await;
    for _ in 0..4 {
        at.ask(at.ids.next(), 1_000).await;
    }
    let database = at.world.database().await;
    database.run_command(doc! { "profile": 2 }).await.unwrap();
    for _ in 0..10 {
        claim_one(&jobs).await;
    }
    database.run_command(doc! { "profile": 0 }).await.unwrap();

    let profile = database.collection::<bson::Document>("system.profile");
    let reads: Vec<_> =
        profile.find(doc! { "command.find": "jobs" }).await.unwrap().try_collect().await.unwrap();
    let read = |what: &str| reads.iter().map(|read| i64::from(read.get_i32(what).unwrap())).sum::<i64>();
    // Two finds for each claim, and one more for each time that the walk begins anew.
    assert!((20..=24).contains(&reads.len()), "{} reads", reads.len());
    assert!(read("docsExamined") <= 24 && read("keysExamined") <= 48, "{reads:?}");
    at.store.close().await;
    at.world.end().await;
}
