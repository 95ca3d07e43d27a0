//! Many batches at the same time: no update is lost, and of those that exclude each other exactly one happens.

use std::time::Duration;

use futures::future::join_all;
use parlance_store::{Batch, CommitError, Find, Scope};
use tokio::{task::JoinSet, time::timeout};

use super::{Case, Stage, case};
use crate::support::model::{Entry, Head, PAGE, SEQ, STREAM, Seat};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(exactly_one_of_many_guarded_writers_wins_each_round),
        case(no_counted_step_is_lost),
        case(of_batches_that_share_a_unique_key_exactly_one_wins),
        case(batches_that_fail_do_not_spoil_those_beside_them),
        case(a_stream_written_by_rivals_has_no_gap_and_no_repeat),
        case(guards_on_two_documents_exclude_each_other),
        case(makers_and_takers_of_one_document_take_turns),
        case(a_document_shared_by_workspaces_counts_them_all),
    ]
}

/// Commits all at once, each from a task of its own.
async fn commit_all(scope: &Scope, batches: impl IntoIterator<Item = Batch>) -> Vec<Result<(), CommitError>> {
    let mut running = JoinSet::new();
    let mut outcomes = Vec::new();
    for (number, batch) in batches.into_iter().enumerate() {
        let scope = scope.clone();
        running.spawn(async move { (number, scope.commit(batch).await) });
    }
    while let Some(done) = running.join_next().await {
        outcomes.push(done.unwrap());
    }
    outcomes.sort_by_key(|(number, _)| *number);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Moves the head from `seq` on by one and appends an entry there.
fn append(stream: &str, seq: i64, entry_id: &str) -> Batch {
    let entry =
        Entry { id: entry_id.to_owned(), client_id: entry_id.to_owned(), ..Entry::new(stream, seq + 1) };
    let mut batch = Batch::new();
    batch.update::<Head>(stream, [SEQ.is(seq)], [SEQ.set(seq + 1)]).insert(&entry);
    batch
}

async fn exactly_one_of_many_guarded_writers_wins_each_round(at: Stage) {
    at.insert(&[Head::new("s")]).await;
    for seq in 0..20 {
        let batches = (0..16).map(|writer| append("s", seq, &format!("{seq} by {writer}")));
        let outcomes = commit_all(&at.scope, batches).await;
        let winners = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        let conflicts = outcomes.iter().filter(|outcome| **outcome == Err(CommitError::Conflict(0))).count();
        assert_eq!((winners, conflicts), (1, 15), "{outcomes:?}");
    }
    assert_eq!(at.scope.count::<Entry>(Find::new([STREAM.is("s")])).await.unwrap(), 20);
}

async fn no_counted_step_is_lost(at: Stage) {
    at.insert(&[Head::new("a"), Head::new("b")]).await;
    let batches = (0..200).map(|number| {
        let mut batch = Batch::new();
        batch.update::<Head>("a", [], [SEQ.grow(1)]).insert(&Entry::new("s", number));
        if number % 2 == 0 {
            batch.update::<Head>("b", [SEQ.above(-1)], [SEQ.grow(1)]);
        }
        batch
    });
    let outcomes = commit_all(&at.scope, batches).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(at.scope.get::<Head>("a").await.unwrap().unwrap().seq, 200);
    assert_eq!(at.scope.get::<Head>("b").await.unwrap().unwrap().seq, 100);
}

async fn of_batches_that_share_a_unique_key_exactly_one_wins(at: Stage) {
    for round in 0..10 {
        let batches = (0..24).map(|number| {
            let mut batch = Batch::new();
            let id = format!("{round} {number}");
            let entry = Entry { id: id.clone(), client_id: id.clone(), ..Entry::new("s", round) };
            batch.insert(&Head::new(&id)).insert(&entry);
            batch
        });
        let outcomes = commit_all(&at.scope, batches).await;
        let winners = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        let losers =
            outcomes.iter().filter(|outcome| **outcome == Err(CommitError::Duplicate(1, "position"))).count();
        assert_eq!((winners, losers), (1, 23), "{outcomes:?}");
    }
    assert_eq!(at.scope.count::<Head>(Find::new([])).await.unwrap(), 10);
}

async fn batches_that_fail_do_not_spoil_those_beside_them(at: Stage) {
    at.insert(&(0..100).map(|number| Head::new(&number.to_string())).collect::<Vec<_>>()).await;
    at.insert(&[Entry::new("taken", 1)]).await;
    let batches = (0..100_i64).map(|number| {
        let mut batch = Batch::new();
        let seq = if number % 10 == 3 { 7 } else { 0 };
        let id = if number % 10 == 8 { "nobody".to_owned() } else { number.to_string() };
        batch.update::<Head>(id, [SEQ.is(seq)], [SEQ.set(1)]);
        let taken = Entry { id: number.to_string(), client_id: number.to_string(), ..Entry::new("taken", 1) };
        batch.insert(&if number % 10 == 6 { taken } else { Entry::new("s", number) });
        batch
    });
    for (number, outcome) in commit_all(&at.scope, batches).await.into_iter().enumerate() {
        let expected = match number % 10 {
            3 => Err(CommitError::Conflict(0)),
            6 => Err(CommitError::Duplicate(1, "position")),
            8 => Err(CommitError::Missing(0)),
            _ => Ok(()),
        };
        assert_eq!(outcome, expected, "batch {number}");
        let head = at.scope.get::<Head>(number).await.unwrap().unwrap();
        assert_eq!(head.seq, i64::from(expected.is_ok()), "head {number}");
    }
    assert_eq!(at.scope.count::<Entry>(Find::new([STREAM.is("s")])).await.unwrap(), 70);
}

/// Appends `count` entries against everyone else who does.
async fn rival(scope: Scope, name: usize, count: usize) {
    for number in 0..count {
        let id = format!("{name} {number}");
        loop {
            let head = scope.get::<Head>("s").await.unwrap().unwrap();
            match scope.commit(append("s", head.seq, &id)).await {
                Ok(()) => break,
                Err(CommitError::Conflict(0)) => {}
                Err(other) => panic!("{other}"),
            }
        }
    }
}

async fn a_stream_written_by_rivals_has_no_gap_and_no_repeat(at: Stage) {
    at.insert(&[Head::new("s")]).await;
    let rivals = join_all((0..4).map(|name| rival(at.scope.clone(), name, 10)));
    timeout(Duration::from_secs(60), rivals).await.expect("the rivals block each other");
    let entries = at.scope.find::<Entry>(Find::new([STREAM.is("s"), PAGE.is("main")])).await.unwrap();
    assert_eq!(entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), (1..=40).collect::<Vec<_>>());
}

async fn guards_on_two_documents_exclude_each_other(at: Stage) {
    // Each may go to 1 only while the other is 0, though neither changes what it looks at.
    for round in 0..20 {
        let (a, b) = (format!("a{round}"), format!("b{round}"));
        at.insert(&[Head::new(&a), Head::new(&b)]).await;
        let raise = |raised: &str, other: &str| {
            let mut batch = Batch::new();
            batch.update::<Head>(raised, [], [SEQ.set(1)]).update::<Head>(other, [SEQ.is(0)], []);
            batch
        };
        let outcomes = commit_all(&at.scope, [raise(&a, &b), raise(&b, &a)]).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert!(outcomes.contains(&Err(CommitError::Conflict(1))), "{outcomes:?}");
    }
}

async fn makers_and_takers_of_one_document_take_turns(at: Stage) {
    let batches = (0..120).map(|number| {
        let mut batch = Batch::new();
        match number % 3 {
            0 => batch.insert(&Head::new("turn")),
            1 => batch.update::<Head>("turn", [], [SEQ.grow(1)]),
            _ => batch.delete::<Head>("turn", []),
        };
        batch
    });
    let outcomes = commit_all(&at.scope, batches).await;
    let done = |verb: usize| outcomes.iter().skip(verb).step_by(3).filter(|outcome| outcome.is_ok()).count();
    let left = usize::from(at.scope.get::<Head>("turn").await.unwrap().is_some());
    assert_eq!(done(0), done(2) + left, "{outcomes:?}");
    let expected = [Ok(()), Err(CommitError::Duplicate(0, "id")), Err(CommitError::Missing(0))];
    assert!(outcomes.iter().all(|outcome| expected.contains(outcome)), "{outcomes:?}");
}

async fn a_document_shared_by_workspaces_counts_them_all(at: Stage) {
    let (id, system) = (at.name(), at.store.system());
    let mut batch = Batch::new();
    batch.insert(&Seat { id: id.clone(), seq: 0 });
    system.commit(batch).await.unwrap();
    let commits = (0..60).map(|_| {
        let (scope, mut batch) = (at.other_workspace(), Batch::new());
        batch.insert(&Head::new("head")).update::<Seat>(&id, [SEQ.below(50)], [SEQ.grow(1)]);
        async move { scope.commit(batch).await }
    });
    let outcomes = join_all(commits).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 50, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Err(CommitError::Conflict(1))).count(), 10);
    assert_eq!(system.get::<Seat>(&id).await.unwrap().unwrap().seq, 50);
}
