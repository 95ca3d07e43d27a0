//! Inserts, updates and deletes; all of a batch or none of it.

use std::time::Duration;

use futures::FutureExt;
use parlance_store::{Batch, CommitError, Document};
use serde_json::json;
use tokio::time::timeout;

use super::{Case, Stage, case};
use crate::support::model::{Entry, Head, PAGE, SEQ};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(what_was_inserted_is_read_as_it_was_given),
        case(an_empty_batch_does_nothing),
        case(a_deleted_document_is_gone_and_its_keys_are_free),
        case(the_changes_of_a_batch_happen_in_their_order),
        case(an_insert_with_a_taken_id_is_a_duplicate_of_id),
        case(an_insert_with_a_taken_key_names_the_index),
        case(an_update_to_a_taken_key_names_the_index),
        case(a_batch_that_repeats_its_own_key_is_a_duplicate),
        case(keys_can_be_handed_on_within_a_batch_in_order),
        case(an_update_of_nothing_is_missing),
        case(a_delete_of_nothing_is_missing),
        case(nothing_of_a_failed_batch_is_stored),
        case(the_first_failing_change_is_the_one_reported),
        case(a_batch_of_a_thousand_changes_is_committed),
        case(documents_of_a_mebibyte_are_kept),
        case(any_id_that_is_text_is_an_id),
        case(a_dropped_commit_is_done_all_the_same),
    ]
}

async fn what_was_inserted_is_read_as_it_was_given(at: Stage) {
    let data = json!({
        "text": "Grüße, \u{1F980}\0 and \u{FFFF}", "empty": "", "true": true, "null": null, "most": i64::MAX, "least": i64::MIN,
        "list": [1, [], {}, [null, "1", false]], "nested": {"a": {"b": {"": "empty key"}}}
    });
    let entry = Entry { data: data.as_object().unwrap().clone(), pinned: Some(false), ..Entry::new("s", 1) };
    at.insert(std::slice::from_ref(&entry)).await;
    assert_eq!(at.scope.get::<Entry>(&entry.id).await.unwrap(), Some(entry));
}

async fn an_empty_batch_does_nothing(at: Stage) {
    assert_eq!(at.scope.commit(Batch::new()).await, Ok(()));
}

async fn a_deleted_document_is_gone_and_its_keys_are_free(at: Stage) {
    let entry = Entry::new("s", 1);
    at.insert(std::slice::from_ref(&entry)).await;
    let mut batch = Batch::new();
    batch.delete::<Entry>(&entry.id, []);
    at.scope.commit(batch).await.unwrap();
    assert_eq!(at.scope.get::<Entry>(&entry.id).await.unwrap(), None);
    at.insert(&[entry]).await;
}

async fn the_changes_of_a_batch_happen_in_their_order(at: Stage) {
    let other = Entry { id: "other".to_owned(), client_id: "other".to_owned(), ..Entry::new("s", 1) };
    let (first, second) = (Entry::new("s", 1), other);
    at.insert(std::slice::from_ref(&first)).await;
    let mut batch = Batch::new();
    batch.insert(&second).delete::<Entry>(&first.id, []);
    assert_eq!(at.scope.commit(batch).await, Err(CommitError::Duplicate(0, "position")));
    let mut batch = Batch::new();
    batch.insert(&second).update::<Entry>(&first.id, [], [SEQ.set(2)]);
    assert_eq!(at.scope.commit(batch).await, Err(CommitError::Duplicate(0, "position")));
    let mut batch = Batch::new();
    batch.delete::<Entry>(&first.id, []).insert(&second);
    assert_eq!(at.scope.commit(batch).await, Ok(()));
}

async fn an_insert_with_a_taken_id_is_a_duplicate_of_id(at: Stage) {
    at.insert(&[Entry::new("s", 1)]).await;
    let mut batch = Batch::new();
    batch.insert(&Entry::new("s", 2)).insert(&Entry { id: "s.0001".to_owned(), ..Entry::new("s", 3) });
    assert_eq!(at.scope.commit(batch).await, Err(CommitError::Duplicate(1, "id")));
}

async fn an_insert_with_a_taken_key_names_the_index(at: Stage) {
    at.insert(&[Entry::new("s", 1)]).await;
    let (position, client) = (
        Entry { id: "a".to_owned(), client_id: "a".to_owned(), ..Entry::new("s", 1) },
        Entry { id: "b".to_owned(), seq: 2, ..Entry::new("s", 1) },
    );
    for (entry, index) in [(position, "position"), (client, "client")] {
        let mut batch = Batch::new();
        batch.insert(&Head::new(index)).insert(&entry);
        assert_eq!(at.scope.commit(batch).await, Err(CommitError::Duplicate(1, index)));
    }
}

async fn an_update_to_a_taken_key_names_the_index(at: Stage) {
    at.insert(&[Entry::new("s", 1), Entry::new("s", 2)]).await;
    let mut batch = Batch::new();
    batch.update::<Entry>("s.0002", [], [SEQ.set(1)]);
    assert_eq!(at.scope.commit(batch).await, Err(CommitError::Duplicate(0, "position")));
}

async fn a_batch_that_repeats_its_own_key_is_a_duplicate(at: Stage) {
    let mut batch = Batch::new();
    batch.insert(&Entry::new("s", 1)).insert(&Entry { id: "other".to_owned(), ..Entry::new("s", 1) });
    assert_eq!(at.scope.commit(batch).await, Err(CommitError::Duplicate(1, "position")));
    assert_eq!(at.scope.get_many::<Entry>(["s.0001", "other"]).await.unwrap(), []);
}

async fn keys_can_be_handed_on_within_a_batch_in_order(at: Stage) {
    at.insert(&[Entry::new("s", 1), Entry::new("s", 2)]).await;
    let mut batch = Batch::new();
    batch.update::<Entry>("s.0002", [], [SEQ.set(3)]).update::<Entry>("s.0001", [], [SEQ.set(2)]);
    assert_eq!(at.scope.commit(batch).await, Ok(()));
    let mut batch = Batch::new();
    batch.update::<Entry>("s.0001", [], [SEQ.set(3)]).update::<Entry>("s.0002", [], [SEQ.set(4)]);
    assert_eq!(at.scope.commit(batch).await, Err(CommitError::Duplicate(0, "position")));
}

async fn an_update_of_nothing_is_missing(at: Stage) {
    let mut batch = Batch::new();
    batch.insert(&Head::new("head")).update::<Entry>("nothing", [SEQ.is(1)], [PAGE.set("other")]);
    assert_eq!(at.scope.commit(batch).await, Err(CommitError::Missing(1)));
}

async fn a_delete_of_nothing_is_missing(at: Stage) {
    let mut batch = Batch::new();
    batch.insert(&Head::new("head")).delete::<Entry>("nothing", [SEQ.is(1)]);
    assert_eq!(at.scope.commit(batch).await, Err(CommitError::Missing(1)));
}

async fn nothing_of_a_failed_batch_is_stored(at: Stage) {
    at.insert(&[Entry::new("s", 1), Entry::new("s", 2)]).await;
    let mut batch = Batch::new();
    batch
        .update::<Entry>("s.0001", [], [PAGE.set("other")])
        .insert(&Entry::new("s", 3))
        .insert(&Head::new("head"))
        .delete::<Entry>("s.0002", [])
        .update::<Head>("nothing", [], [SEQ.set(1)]);
    assert_eq!(at.scope.commit(batch).await, Err(CommitError::Missing(4)));
    assert_eq!(at.scope.get::<Entry>("s.0001").await.unwrap(), Some(Entry::new("s", 1)));
    assert_eq!(at.scope.get::<Entry>("s.0002").await.unwrap(), Some(Entry::new("s", 2)));
    assert_eq!(at.scope.get::<Entry>("s.0003").await.unwrap(), None);
    assert_eq!(at.scope.get::<Head>("head").await.unwrap(), None);
}

async fn the_first_failing_change_is_the_one_reported(at: Stage) {
    at.insert(&[Entry::new("s", 1)]).await;
    let mut batch = Batch::new();
    batch
        .insert(&Head::new("head"))
        .update::<Entry>("s.0001", [SEQ.is(2)], [PAGE.set("other")])
        .update::<Entry>("nothing", [], [PAGE.set("other")])
        .insert(&Entry { id: "other".to_owned(), ..Entry::new("s", 1) });
    assert_eq!(at.scope.commit(batch).await, Err(CommitError::Conflict(1)));
}

async fn a_batch_of_a_thousand_changes_is_committed(at: Stage) {
    let entries: Vec<_> = (0..1_000).map(|seq| Entry::new("s", seq)).collect();
    at.insert(&entries).await;
    let ids: Vec<_> = entries.iter().map(|entry| &entry.id).collect();
    assert_eq!(at.scope.get_many::<Entry>(ids.clone()).await.unwrap().len(), 1_000);
    let mut batch = Batch::new();
    for id in &ids[..999] {
        batch.update::<Entry>(id, [PAGE.is("main")], [PAGE.set("other")]);
    }
    batch.update::<Entry>(ids[999], [PAGE.is("other")], [PAGE.unset()]);
    assert_eq!(at.scope.commit(batch).await, Err(CommitError::Conflict(999)));
}

async fn documents_of_a_mebibyte_are_kept(at: Stage) {
    let entries: Vec<_> = (0..20)
        .map(|seq| {
            let mut data = Document::new();
            data.insert("body".to_owned(), "x".repeat((1 << 20) - 1_000).into());
            Entry { data, ..Entry::new("s", seq) }
        })
        .collect();
    at.insert(&entries).await;
    let mut found = at.scope.get_many::<Entry>(entries.iter().map(|entry| &entry.id)).await.unwrap();
    found.sort_by_key(|entry| entry.seq);
    assert!(found == entries, "the documents differ");
}

async fn any_id_that_is_text_is_an_id(at: Stage) {
    let ids = ["", "/", "a/b", "\0", "$id", "é", "\u{1F980}", " "];
    for (seq, id) in (0..).zip(ids) {
        let entry = Entry { id: id.to_owned(), ..Entry::new("s", seq) };
        at.insert(std::slice::from_ref(&entry)).await;
        assert_eq!(at.scope.get::<Entry>(id).await.unwrap(), Some(entry));
    }
    assert_eq!(at.scope.get_many::<Entry>(ids).await.unwrap().len(), ids.len());
}

async fn a_dropped_commit_is_done_all_the_same(at: Stage) {
    let pair = |number: i64| [Entry::new("s", 2 * number), Entry::new("s", 2 * number + 1)];
    for number in 0..20 {
        let mut batch = Batch::new();
        for entry in &pair(number) {
            batch.insert(entry);
        }
        // Polled once, so it was begun, and then dropped.
        let _ = at.scope.commit(batch).now_or_never();
    }
    let done = async {
        for number in 0..20 {
            loop {
                let found =
                    at.scope.get_many::<Entry>(pair(number).map(|entry| entry.id)).await.unwrap().len();
                assert_ne!(found, 1, "half of batch {number} is stored");
                if found == 2 {
                    break;
                }
            }
        }
    };
    timeout(Duration::from_secs(30), done).await.expect("a commit that was begun did not happen");
}
