//! Scopes: what one sees, another does not.

use parlance_store::{Batch, CommitError, Find, Scope};

use super::{Case, Stage, case};
use crate::support::model::{AUTHOR, Entry, Head, PAGE, SEQ, STREAM, Seat, User};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(another_workspace_s_document_is_not_found),
        case(another_workspace_s_document_cannot_be_changed),
        case(the_same_ids_and_keys_live_in_every_workspace),
        case(system_documents_are_reached_through_the_system_scope_only),
        case(riding_documents_are_written_with_a_workspace_s_batch),
        case(a_failed_batch_takes_its_riding_changes_along),
    ]
}

fn insert<T: parlance_store::Stored>(value: &T) -> Batch {
    let mut batch = Batch::new();
    batch.insert(value);
    batch
}

async fn sees(scope: &Scope, id: &str) -> bool {
    let by_id = scope.get::<Entry>(id).await.unwrap().is_some();
    let found = [
        scope.find::<Entry>(Find::new([STREAM.is("s"), SEQ.above(0)])).await.unwrap().len(),
        scope.find::<Entry>(Find::new([STREAM.is("s"), PAGE.is("main")])).await.unwrap().len(),
        scope.find::<Entry>(Find::new([])).await.unwrap().len(),
        scope
            .find::<Entry>(Find::new([parlance_store::ID.above(""), parlance_store::ID.below("z")]))
            .await
            .unwrap()
            .len(),
        scope.count::<Entry>(Find::new([AUTHOR.is("ada")])).await.unwrap(),
    ];
    assert!(found.iter().all(|found| *found == usize::from(by_id)), "{found:?}");
    by_id
}

async fn another_workspace_s_document_is_not_found(at: Stage) {
    at.insert(&[Entry::new("s", 1)]).await;
    assert!(sees(&at.scope, "s.0001").await);
    assert!(!sees(&at.other_workspace(), "s.0001").await);
}

async fn another_workspace_s_document_cannot_be_changed(at: Stage) {
    at.insert(&[Entry::new("s", 1)]).await;
    let other = at.other_workspace();
    let mut batch = Batch::new();
    batch.update::<Entry>("s.0001", [], [PAGE.set("other")]);
    assert_eq!(other.commit(batch).await, Err(CommitError::Missing(0)));
    let mut batch = Batch::new();
    batch.delete::<Entry>("s.0001", []);
    assert_eq!(other.commit(batch).await, Err(CommitError::Missing(0)));
    assert_eq!(at.scope.get("s.0001").await.unwrap(), Some(Entry::new("s", 1)));
}

async fn the_same_ids_and_keys_live_in_every_workspace(at: Stage) {
    let other = at.other_workspace();
    let (ours, theirs) = (Entry::new("s", 1), Entry { page: None, ..Entry::new("s", 1) });
    at.scope.commit(insert(&ours)).await.unwrap();
    other.commit(insert(&theirs)).await.unwrap();
    assert_eq!(at.scope.get("s.0001").await.unwrap(), Some(ours.clone()));
    assert_eq!(other.get("s.0001").await.unwrap(), Some(theirs.clone()));
    for (scope, entry) in [(&at.scope, ours), (&other, theirs)] {
        let again = Entry { id: "again".to_owned(), ..entry };
        assert_eq!(scope.commit(insert(&again)).await, Err(CommitError::Duplicate(0, "position")));
    }
}

async fn system_documents_are_reached_through_the_system_scope_only(at: Stage) {
    let name = at.name();
    let user = User { id: name.clone(), author_id: name.clone() };
    let outcome = at.scope.commit(insert(&user)).await;
    assert!(matches!(outcome, Err(CommitError::Refused(_))), "{outcome:?}");
    assert!(at.scope.get::<User>(&name).await.is_err());
    let system = at.store.system();
    assert!(system.get::<Entry>("s.0001").await.is_err());
    assert!(matches!(system.commit(insert(&Entry::new("s", 1))).await, Err(CommitError::Refused(_))));

    system.commit(insert(&user)).await.unwrap();
    assert_eq!(system.get(&name).await.unwrap(), Some(user.clone()));
    assert_eq!(
        system.find::<User>(Find::new([AUTHOR.is(&name)])).await.unwrap(),
        std::slice::from_ref(&user)
    );
    assert_eq!(system.commit(insert(&user)).await, Err(CommitError::Duplicate(0, "id")));
    let other = User { id: at.name(), ..user };
    assert_eq!(system.commit(insert(&other)).await, Err(CommitError::Duplicate(0, "author")));
}

async fn riding_documents_are_written_with_a_workspace_s_batch(at: Stage) {
    let (id, system) = (at.name(), at.store.system());
    let mut batch = insert(&Head::new("head"));
    batch.insert(&Seat { id: id.clone(), seq: 1 });
    at.scope.commit(batch).await.unwrap();
    assert!(at.scope.get::<Seat>(&id).await.is_err());
    assert_eq!(system.get(&id).await.unwrap(), Some(Seat { id: id.clone(), seq: 1 }));

    let mut batch = Batch::new();
    batch.update::<Head>("head", [], [SEQ.grow(1)]).update::<Seat>(&id, [SEQ.below(2)], [SEQ.grow(1)]);
    at.scope.commit(batch).await.unwrap();
    let mut batch = Batch::new();
    batch.update::<Seat>(&id, [SEQ.is(2)], [SEQ.grow(1)]);
    system.commit(batch).await.unwrap();
    assert_eq!(system.get(&id).await.unwrap(), Some(Seat { id, seq: 3 }));
}

async fn a_failed_batch_takes_its_riding_changes_along(at: Stage) {
    let (id, system) = (at.name(), at.store.system());
    system.commit(insert(&Seat { id: id.clone(), seq: 1 })).await.unwrap();
    let mut batch = Batch::new();
    batch.update::<Seat>(&id, [], [SEQ.grow(1)]).update::<Head>("nothing", [], [SEQ.grow(1)]);
    assert_eq!(at.scope.commit(batch).await, Err(CommitError::Missing(1)));
    assert_eq!(system.get(&id).await.unwrap(), Some(Seat { id, seq: 1 }));
}
