//! What each change does to a field.

use parlance_store::{Batch, Change, CommitError, Document, Scope};
use serde_json::{Value, json};

use super::{Case, Stage, case};
use crate::support::model::{DATA, ENTRIES, Entry, HEADS, Head, PAGE, PINNED, SEQ, TAGS};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(set_replaces_and_unset_takes_away),
        case(set_to_null_takes_away),
        case(inc_counts_from_zero_where_there_is_nothing),
        case(inc_past_sixty_four_bits_is_refused_and_changes_nothing),
        case(max_only_raises),
        case(add_and_remove_treat_a_list_as_a_set),
        case(removing_from_nothing_leaves_nothing),
        case(text_and_integers_are_different_elements),
        case(several_fields_change_at_once),
        case(an_update_without_changes_checks_its_guard),
        case(updating_a_field_moves_the_document_in_its_indexes),
    ]
}

/// The document `id` of heads, after these changes to what is stored there.
async fn changed(scope: &Scope, changes: impl IntoIterator<Item = Change>) -> Document {
    let mut batch = Batch::new();
    batch.update::<Head>("head", [], changes);
    scope.commit(batch).await.unwrap();
    scope.get_documents(&HEADS, vec!["head".to_owned()]).await.unwrap().remove(0)
}

/// Stores the document as `head`.
async fn given(at: &Stage, document: Value) {
    let mut document = document.as_object().unwrap().clone();
    document.insert("id".to_owned(), "head".into());
    let mut batch = Batch::new();
    batch.insert_document(&HEADS, document);
    at.scope.commit(batch).await.unwrap();
}

async fn set_replaces_and_unset_takes_away(at: Stage) {
    given(&at, json!({"seq": 1, "data": {"a": 1}})).await;
    let document = changed(&at.scope, [SEQ.set(2), DATA.set(json!({"b": [null, true]}))]).await;
    assert_eq!(Value::Object(document), json!({"id": "head", "seq": 2, "data": {"b": [null, true]}}));
    assert_eq!(Value::Object(changed(&at.scope, [DATA.unset()]).await), json!({"id": "head", "seq": 2}));
    assert_eq!(Value::Object(changed(&at.scope, [DATA.unset()]).await), json!({"id": "head", "seq": 2}));
}

async fn set_to_null_takes_away(at: Stage) {
    given(&at, json!({"data": 1})).await;
    assert_eq!(Value::Object(changed(&at.scope, [DATA.set(Value::Null)]).await), json!({"id": "head"}));
}

async fn inc_counts_from_zero_where_there_is_nothing(at: Stage) {
    given(&at, json!({})).await;
    assert_eq!(changed(&at.scope, [SEQ.grow(3)]).await["seq"], 3);
    assert_eq!(changed(&at.scope, [SEQ.grow(-5)]).await["seq"], -2);
    assert_eq!(changed(&at.scope, [SEQ.grow(0)]).await["seq"], -2);
}

async fn inc_past_sixty_four_bits_is_refused_and_changes_nothing(at: Stage) {
    given(&at, json!({"seq": i64::MAX - 1})).await;
    assert_eq!(changed(&at.scope, [SEQ.grow(1)]).await["seq"], i64::MAX);
    for step in [1, i64::MAX] {
        let mut batch = Batch::new();
        batch.insert(&Entry::new("s", step)).update::<Head>("head", [], [SEQ.grow(step)]);
        let outcome = at.scope.commit(batch).await;
        assert!(matches!(outcome, Err(CommitError::Refused(_))), "{outcome:?}");
    }
    assert_eq!(at.scope.get_documents(&ENTRIES, vec!["s.0001".to_owned()]).await.unwrap(), []);
    assert_eq!(changed(&at.scope, [SEQ.grow(i64::MIN)]).await["seq"], -1);
}

async fn max_only_raises(at: Stage) {
    given(&at, json!({})).await;
    for (floor, expected) in [(-7, -7), (i64::MIN, -7), (3, 3), (2, 3), (i64::MAX, i64::MAX)] {
        assert_eq!(changed(&at.scope, [SEQ.raise_to(floor)]).await["seq"], expected);
    }
}

async fn add_and_remove_treat_a_list_as_a_set(at: Stage) {
    given(&at, json!({})).await;
    for tag in ["b", "a", "b", ""] {
        changed(&at.scope, [TAGS.include(tag)]).await;
    }
    assert_eq!(changed(&at.scope, [TAGS.include("a")]).await["tags"], json!(["b", "a", ""]));
    assert_eq!(changed(&at.scope, [TAGS.exclude("b")]).await["tags"], json!(["a", ""]));
    assert_eq!(changed(&at.scope, [TAGS.exclude("c")]).await["tags"], json!(["a", ""]));
    changed(&at.scope, [TAGS.exclude("a")]).await;
    assert_eq!(changed(&at.scope, [TAGS.exclude("")]).await["tags"], json!([]));
    assert_eq!(changed(&at.scope, [TAGS.set(json!(["x", "x", "y"]))]).await["tags"], json!(["x", "x", "y"]));
    assert_eq!(changed(&at.scope, [TAGS.exclude("x")]).await["tags"], json!(["y"]));
}

async fn removing_from_nothing_leaves_nothing(at: Stage) {
    given(&at, json!({})).await;
    assert_eq!(Value::Object(changed(&at.scope, [TAGS.exclude("a")]).await), json!({"id": "head"}));
}

async fn text_and_integers_are_different_elements(at: Stage) {
    given(&at, json!({"tags": ["1"]})).await;
    assert_eq!(changed(&at.scope, [TAGS.include(1)]).await["tags"], json!(["1", 1]));
    assert_eq!(changed(&at.scope, [TAGS.exclude("1")]).await["tags"], json!([1]));
    assert_eq!(changed(&at.scope, [TAGS.include(i64::MIN)]).await["tags"], json!([1, i64::MIN]));
}

async fn several_fields_change_at_once(at: Stage) {
    given(&at, json!({"seq": 1, "tags": ["a"], "data": 1})).await;
    let document = changed(&at.scope, [SEQ.grow(1), TAGS.include("b"), DATA.unset()]).await;
    assert_eq!(Value::Object(document), json!({"id": "head", "seq": 2, "tags": ["a", "b"]}));
}

async fn an_update_without_changes_checks_its_guard(at: Stage) {
    given(&at, json!({"seq": 1, "data": "kept"})).await;
    for (seq, outcome) in [(1, Ok(())), (2, Err(CommitError::Conflict(0)))] {
        let mut batch = Batch::new();
        batch.update::<Head>("head", [SEQ.is(seq)], []);
        assert_eq!(at.scope.commit(batch).await, outcome);
        let mut batch = Batch::new();
        batch.update::<Head>("head", [SEQ.is(seq)], []).insert(&Head::new(&at.name()));
        assert_eq!(at.scope.commit(batch).await, outcome);
    }
    let document = changed(&at.scope, []).await;
    assert_eq!(Value::Object(document), json!({"id": "head", "seq": 1, "data": "kept"}));
}

async fn updating_a_field_moves_the_document_in_its_indexes(at: Stage) {
    at.insert(&[Entry::new("s", 1), Entry::new("s", 2)]).await;
    let mut batch = Batch::new();
    batch.update::<Entry>("s.0001", [], [PAGE.set("other"), PINNED.set(true)]).update::<Entry>(
        "s.0002",
        [],
        [PAGE.unset()],
    );
    at.scope.commit(batch).await.unwrap();
    let found = |cond| {
        let find = parlance_store::Find::new([crate::support::model::STREAM.is("s"), cond]);
        at.scope.find::<Entry>(find)
    };
    assert_eq!(found(PAGE.is("main")).await.unwrap(), []);
    assert_eq!(found(PAGE.is("other")).await.unwrap().len(), 1);
    assert_eq!(found(PAGE.is_absent()).await.unwrap().len(), 1);
}
