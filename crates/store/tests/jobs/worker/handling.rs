//! What a worker makes of jobs, and of handlers that fail.

use std::{collections::BTreeSet, time::Duration};

use parlance_store::{
    Batch,
    job::{Failure, Job, Policy, State, Whose},
};

use super::{
    super::{dead, eventually, on_both},
    Gate, Log, start, start_sweeping,
};
use crate::support::model::Head;

/// Long enough for a test never to see the second sweep.
const NEVER: Duration = Duration::from_secs(86_400);

#[tokio::test(flavor = "multi_thread")]
async fn a_job_starts_when_its_writer_wakes_the_worker() {
    on_both(async |at| {
        let (jobs, log) = (at.node(), Log::default());
        let noted = log.clone();
        let worker = start_sweeping(&jobs, 4, NEVER, move |job| {
            noted.note(&job);
            async { Ok(Batch::new()) }
        });
        for number in 1..=3 {
            let id = at.ask_one().await;
            jobs.wake();
            eventually("the job runs", async || log.read().len() == number && at.find(id).await.is_none())
                .await;
        }
        worker.shutdown(NEVER).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_handler_answers_is_committed_and_jobs_in_it_start_at_once() {
    on_both(async |at| {
        let (jobs, log, ids, now) = (at.node(), Log::default(), at.ids.clone(), at.now());
        let (noted, workspace) = (log.clone(), at.ids.next());
        let worker = start_sweeping(&jobs, 4, NEVER, move |job| {
            noted.note(&job);
            let mut batch = Batch::new();
            batch.insert(&Head::new(&job.id.to_string()));
            if job.payload != "part" {
                for _ in 0..5 {
                    batch.insert(&Job::new(ids.next(), job.workspace_id, "test", "part", now));
                }
            }
            async { Ok(batch) }
        });
        at.ask(workspace, 1).await;
        jobs.wake();
        eventually("the job and its parts run", async || log.read().len() == 6).await;
        worker.shutdown(NEVER).await;
        let ids: BTreeSet<_> = log.read().into_iter().map(|(id, _)| id).collect();
        assert_eq!(at.store.workspace(workspace).get_many::<Head>(&ids).await.unwrap().len(), 6);
        assert!(at.store.system().get_many::<Job>(&ids).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_of_several_nodes_run_each_job_once() {
    on_both(async |at| {
        let log = Log::default();
        let start = || {
            let noted = log.clone();
            start(&at.node(), 8, move |job| {
                noted.note(&job);
                async { Ok(Batch::new()) }
            })
        };
        let workers = [start(), start(), start()];
        let mut asked = BTreeSet::new();
        for _ in 0..10 {
            asked.extend(at.ask(at.ids.next(), 30).await.into_iter().map(|id| (id, 1)));
        }
        eventually("all jobs run", async || log.read().len() >= 300).await;
        for worker in workers {
            worker.shutdown(NEVER).await;
        }
        assert_eq!(log.read().len(), 300);
        assert_eq!(log.read().into_iter().collect::<BTreeSet<_>>(), asked);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_jobs_run_at_once_than_there_are_slots() {
    on_both(async |at| {
        let (jobs, log, gate) = (at.node(), Log::default(), Gate::shut());
        let (noted, held) = (log.clone(), gate.clone());
        let worker = start(&jobs, 3, move |job| {
            noted.note(&job);
            let held = held.clone();
            async move {
                held.pass().await;
                Ok(Batch::new())
            }
        });
        let ids = at.ask(at.ids.next(), 10).await;
        eventually("three jobs run", async || log.read().len() == 3).await;
        let mut leased = 0;
        for id in &ids {
            leased += usize::from(at.state(*id).await == Some(State::Leased));
        }
        assert_eq!((leased, log.read().len()), (3, 3));
        gate.open();
        eventually("all jobs run", async || log.read().len() == 10).await;
        worker.shutdown(NEVER).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_or_panicking_handler_spends_attempts_until_the_job_is_dead() {
    on_both(async |at| {
        let jobs = at.node_with(Policy { attempts: 2, first_delay: Duration::ZERO, ..Policy::default() });
        let (log, workspace) = (Log::default(), at.ids.next());
        let noted = log.clone();
        let worker = start(&jobs, 2, move |job| {
            noted.note(&job);
            async move {
                match job.payload.as_str() {
                    "panic" => panic!("a planned panic"),
                    "final" => Err(Failure::Final("gone for good".to_owned())),
                    "clash" => {
                        let mut batch = Batch::new();
                        batch.delete::<Head>("nothing", []);
                        Ok(batch)
                    }
                    _ => Err(Failure::Retryable("not now".to_owned())),
                }
            }
        });
        let mut batch = Batch::new();
        for payload in ["panic", "final", "clash", "fail"] {
            batch.insert(&Job { payload: payload.to_owned(), ..at.job(workspace) });
        }
        at.store.workspace(workspace).commit(batch).await.unwrap();
        eventually("all are dead", async || dead(&jobs).await.len() == 4).await;
        worker.shutdown(NEVER).await;
        let mut dead = jobs.dead(Whose::Workspace(workspace), None, 10).await.unwrap();
        dead.sort_by(|a, b| a.payload.cmp(&b.payload));
        let ends: Vec<_> =
            dead.iter().map(|dead| (dead.payload.as_str(), dead.attempt, dead.last_error.as_str())).collect();
        let expected = [
            ("clash", 2, "change 0 is about a document that does not exist"),
            ("fail", 2, "not now"),
            ("final", 1, "gone for good"),
            ("panic", 2, "its handler panicked"),
        ];
        assert_eq!(ends, expected);
        assert_eq!(log.read().len(), 7);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_no_handler_knows_waits_for_one_and_is_dead_if_none_comes() {
    on_both(async |at| {
        let jobs = at.node_with(Policy { attempts: 2, ..Policy::default() });
        let workspace = at.ids.next();
        let job = Job { kind: "unheard-of".to_owned(), ..at.job(workspace) };
        let mut batch = Batch::new();
        batch.insert(&job);
        at.store.workspace(workspace).commit(batch).await.unwrap();
        let worker = start(&jobs, 1, |_| async { Ok(Batch::new()) });
        eventually("it waits", async || at.state(job.id).await == Some(State::Waiting)).await;
        at.clock.advance(Duration::from_secs(5));
        eventually("it is dead", async || dead(&jobs).await == [job.id]).await;
        worker.shutdown(NEVER).await;
        let dead = jobs.dead(Whose::Everyone, None, 10).await.unwrap();
        assert_eq!(dead[0].last_error, "no handler runs jobs of this kind");
    })
    .await;
}
