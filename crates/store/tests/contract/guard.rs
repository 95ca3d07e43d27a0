//! Guards: a change happens only to a document that is as demanded.

use parlance_store::{Batch, CommitError, Cond};
use serde_json::json;

use super::{Case, Stage, case};
use crate::support::model::{DATA, Entry, HEADS, Head, PAGE, PINNED, SEQ, STREAM, TAGS};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(a_change_happens_where_the_guard_holds),
        case(a_guard_that_does_not_hold_is_a_conflict),
        case(all_conditions_of_a_guard_must_hold),
        case(a_delete_can_be_guarded),
        case(absence_is_the_lack_of_the_field_whatever_it_could_hold),
        case(each_document_of_a_batch_is_held_to_its_own_guard),
    ]
}

async fn outcome(at: &Stage, guard: impl IntoIterator<Item = Cond>) -> Result<(), CommitError> {
    let mut batch = Batch::new();
    batch.update::<Entry>("s.0007", guard, [TAGS.include("seen")]);
    at.scope.commit(batch).await
}

async fn a_change_happens_where_the_guard_holds(at: Stage) {
    at.insert(&[Entry { pinned: Some(true), ..Entry::new("s", 7) }]).await;
    for cond in [
        SEQ.is(7),
        SEQ.above(6),
        SEQ.below(8),
        SEQ.above(i64::MIN),
        SEQ.below(i64::MAX),
        SEQ.among([1, 7]),
        STREAM.is("s"),
        STREAM.above(""),
        STREAM.below("s\0"),
        PINNED.is(true),
        PINNED.above(false),
        PINNED.among([true, false]),
        PAGE.among(["main"]),
    ] {
        assert_eq!(outcome(&at, [cond.clone()]).await, Ok(()), "{cond:?}");
    }
}

async fn a_guard_that_does_not_hold_is_a_conflict(at: Stage) {
    at.insert(&[Entry { page: None, ..Entry::new("s", 7) }]).await;
    for cond in [
        SEQ.is(8),
        SEQ.above(7),
        SEQ.below(7),
        SEQ.among([8, 9]),
        SEQ.among(Vec::<i64>::new()),
        SEQ.is_absent(),
        STREAM.is("S"),
        STREAM.below("s"),
        PAGE.is("main"),
        PAGE.below("z"),
        PAGE.above(""),
        PINNED.is(true),
        PINNED.is(false),
        PINNED.below(true),
    ] {
        assert_eq!(outcome(&at, [cond.clone()]).await, Err(CommitError::Conflict(0)), "{cond:?}");
    }
}

async fn all_conditions_of_a_guard_must_hold(at: Stage) {
    at.insert(&[Entry::new("s", 7)]).await;
    assert_eq!(outcome(&at, [SEQ.above(5), SEQ.below(8), SEQ.above(6)]).await, Ok(()));
    assert_eq!(outcome(&at, [SEQ.above(5), SEQ.below(8), SEQ.above(7)]).await, Err(CommitError::Conflict(0)));
    assert_eq!(outcome(&at, [SEQ.is(7), SEQ.is(8)]).await, Err(CommitError::Conflict(0)));
}

async fn a_delete_can_be_guarded(at: Stage) {
    at.insert(&[Entry::new("s", 7)]).await;
    for (seq, expected) in
        [(8, Err(CommitError::Conflict(0))), (7, Ok(())), (7, Err(CommitError::Missing(0)))]
    {
        let mut batch = Batch::new();
        batch.delete::<Entry>("s.0007", [SEQ.is(seq)]);
        assert_eq!(at.scope.commit(batch).await, expected);
    }
}

async fn absence_is_the_lack_of_the_field_whatever_it_could_hold(at: Stage) {
    let document = json!({"id": "head", "data": {"held": null}, "tags": []}).as_object().unwrap().clone();
    let mut batch = Batch::new();
    batch.insert_document(&HEADS, document);
    at.scope.commit(batch).await.unwrap();
    for (field, expected) in
        [(SEQ, Ok(())), (DATA, Err(CommitError::Conflict(0))), (TAGS, Err(CommitError::Conflict(0)))]
    {
        let mut batch = Batch::new();
        batch.update::<Head>("head", [field.is_absent()], []);
        assert_eq!(at.scope.commit(batch).await, expected, "{field:?}");
    }
}

async fn each_document_of_a_batch_is_held_to_its_own_guard(at: Stage) {
    at.insert(&[Head::new("a"), Head::new("b")]).await;
    let mut batch = Batch::new();
    batch.update::<Head>("a", [SEQ.is(0)], [SEQ.set(1)]).update::<Head>("b", [SEQ.is(0)], [SEQ.set(1)]);
    assert_eq!(at.scope.commit(batch).await, Ok(()));
    let mut batch = Batch::new();
    batch.update::<Head>("a", [SEQ.is(1)], [SEQ.set(2)]).update::<Head>("a", [SEQ.is(2)], [SEQ.set(3)]);
    assert!(matches!(at.scope.commit(batch).await, Err(CommitError::Refused(_))));
}
