//! What no store may be asked is refused before any engine sees it, in words that are for the log.

use parlance_base::Kind;
use parlance_store::{Batch, CommitError, Field, Find, ID, MAX_OPS, MAX_SIZE};
use serde_json::{Value, json};

use super::{Case, Stage, case};
use crate::support::model::{AUTHOR, DATA, ENTRIES, Entry, HEADS, Head, PAGE, PINNED, SEQ, STREAM, TAGS};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(finds_that_no_index_serves_are_refused),
        case(batches_that_cannot_be_stored_are_refused),
        case(documents_that_the_engines_do_not_hold_alike_are_refused),
        case(too_many_ids_are_refused),
    ]
}

async fn finds_that_no_index_serves_are_refused(at: Stage) {
    let undeclared = Field::text("undeclared");
    for find in [
        Find::new([PAGE.is("main")]),
        Find::new([SEQ.above(1)]),
        Find::new([STREAM.is("s"), AUTHOR.above("a"), SEQ.above(1)]),
        Find::new([STREAM.above("s"), SEQ.is(1)]),
        Find::new([STREAM.is("s"), SEQ.among([1]), AUTHOR.is("a")]),
        Find::new([STREAM.is("s")]).ascending(CLIENT_LIKE),
        Find::new([STREAM.is("s")]).descending(PINNED),
        Find::new([undeclared.is("x")]),
        Find::new([STREAM.is(1)]),
        Find::new([SEQ.is("1")]),
        Find::new([PINNED.is(1)]),
        Find::new([Field::int("stream_id").is(1)]),
        Find::new([STREAM.is("s")]).limit(0),
        Find::new([STREAM.is("s")]).limit(5_001),
        Find::new([STREAM.among((0..101).map(|number| number.to_string()))]),
    ] {
        let error = at.scope.find::<Entry>(find.clone()).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (Kind::Internal, "store.misuse"), "{find:?}");
        assert_eq!(at.scope.count::<Entry>(find).await.unwrap_err().code(), "store.misuse");
    }
}

const CLIENT_LIKE: Field = Field::text("client");

async fn batches_that_cannot_be_stored_are_refused(at: Stage) {
    at.insert(&[Entry::new("s", 1), Entry::new("s", 2)]).await;
    let refused = |name: &'static str, build: &dyn Fn(&mut Batch)| {
        let mut batch = Batch::new();
        build(&mut batch);
        let scope = at.scope.clone();
        async move {
            let outcome = scope.commit(batch).await;
            assert!(matches!(outcome, Err(CommitError::Refused(_))), "{name}: {outcome:?}");
        }
    };
    let update = |changes: Vec<parlance_store::Change>| {
        move |batch: &mut Batch| {
            batch.update::<Entry>("s.0001", [], changes.clone());
        }
    };
    refused("a change of the id", &update(vec![ID.set("x")])).await;
    refused("an undeclared field", &update(vec![Field::text("undeclared").set("x")])).await;
    refused("another kind", &update(vec![SEQ.set("x")])).await;
    refused("a number that is no integer", &update(vec![SEQ.set(1.5)])).await;
    refused("a number past 64 bits", &update(vec![SEQ.set(u64::MAX)])).await;
    refused("a required field taken away", &update(vec![STREAM.unset()])).await;
    refused("a required field set to null", &update(vec![STREAM.set(Value::Null)])).await;
    refused("a field changed twice", &update(vec![SEQ.set(1), SEQ.grow(1)])).await;
    refused("a counter of text", &update(vec![PAGE.grow(1)])).await;
    refused("a set that is none", &update(vec![PAGE.include("x")])).await;
    refused("a set of lists", &update(vec![TAGS.include(json!([]))])).await;
    refused("a value that is too large", &update(vec![DATA.set("x".repeat(MAX_SIZE + 1))])).await;
    refused("a guard of another kind", &|batch| {
        batch.delete::<Entry>("s.0001", [SEQ.is("1")]);
    })
    .await;
    refused("one document twice", &|batch| {
        batch.update::<Entry>("s.0001", [], [SEQ.grow(1)]).delete::<Entry>("s.0001", []);
    })
    .await;
    refused("too many changes", &|batch| {
        for number in 0..=MAX_OPS {
            batch.insert(&Head::new(&number.to_string()));
        }
    })
    .await;
    assert_eq!(
        at.scope.find::<Entry>(Find::new([STREAM.is("s")])).await.unwrap(),
        [Entry::new("s", 1), Entry::new("s", 2)]
    );
}

async fn documents_that_the_engines_do_not_hold_alike_are_refused(at: Stage) {
    let entry = serde_json::to_value(Entry::new("s", 1)).unwrap();
    for (key, value) in [
        ("id", json!(1)),
        ("id", Value::Null),
        ("stream_id", json!(1)),
        ("stream_id", Value::Null),
        ("seq", json!("1")),
        ("seq", json!(1.0)),
        ("seq", json!(true)),
        ("pinned", json!(1)),
        ("tags", json!("a")),
        ("tags", json!([[]])),
        ("data", json!(0.5)),
        ("data", json!(u64::MAX)),
        ("data", json!({"$set": 1})),
        ("data", json!({"a.b": 1})),
        ("data", json!({"a\0": 1})),
        ("data", json!("x".repeat(MAX_SIZE))),
        ("data", json!(vec![json!([]); MAX_SIZE / 8])),
        ("data", (0..40).fold(json!(1), |value, _| json!([value]))),
        ("$x", json!(1)),
        ("_id", json!("x")),
        ("workspace_id", json!("x")),
    ] {
        let mut document = entry.as_object().unwrap().clone();
        document.insert(key.to_owned(), value.clone());
        let mut batch = Batch::new();
        batch.insert_document(&ENTRIES, document);
        let outcome = at.scope.commit(batch).await;
        assert!(matches!(outcome, Err(CommitError::Refused(_))), "{key}: {outcome:?}");
    }
    assert_eq!(at.scope.count::<Entry>(Find::new([])).await.unwrap(), 0);
}

async fn too_many_ids_are_refused(at: Stage) {
    let ids = (0..5_001).map(|number| number.to_string()).collect();
    let error = at.scope.get_documents(&HEADS, ids).await.unwrap_err();
    assert_eq!(error.code(), "store.misuse");
}
