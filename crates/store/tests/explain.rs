//! Every find that fits a declared index is answered along that index, and reads no more than it returns, on both engines.

use parlance_store::{Batch, Cond, Field, Find, ID, Scope, Store, Stored};
use serde_json::Value;

use crate::support::{
    model::{self, AUTHOR, CLIENT, Entry, Head, PAGE, PINNED, SEQ, STREAM, User},
    world::{Engine, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn every_find_uses_its_index_in_the_embedded_store() {
    explain_all(Engine::Sqlite, along_sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_find_uses_its_index_in_mongodb() {
    explain_all(Engine::Mongo, along_mongodb).await;
}

/// A find, the collection's index that it follows, the field it is ordered by, and how many documents it returns.
struct Asked {
    find: Find,
    index: &'static str,
    order: Option<Field>,
    returned: usize,
    several: bool,
}

fn asked(
    index: &'static str,
    order: impl Into<Option<Field>>,
    returned: usize,
    conds: impl IntoIterator<Item = Cond>,
) -> Asked {
    let conds: Vec<_> = conds.into_iter().collect();
    let several = conds.iter().any(|cond| matches!(cond, Cond::In(..)));
    Asked { find: Find::new(conds).limit(5), index, order: order.into(), returned, several }
}

/// Finds of every shape over every index of entries.
fn finds() -> Vec<Asked> {
    vec![
        asked("id", ID, 5, []),
        asked("id", None, 1, [ID.is("s.0007")]),
        asked("id", None, 2, [ID.among(["s.0007", "s.0008", "nothing"])]),
        asked("id", ID, 5, [ID.above("s.0003"), ID.below("s.0090")]),
        asked("id", ID, 3, [ID.below("s.0003")]),
        asked("position", None, 1, [STREAM.is("s"), SEQ.is(7)]),
        asked("position", None, 3, [STREAM.is("s"), SEQ.among([1, 2, 3])]),
        asked("position", SEQ, 5, [STREAM.is("s"), SEQ.above(3)]),
        asked("position", SEQ, 2, [STREAM.is("s"), SEQ.above(3), SEQ.below(6)]),
        asked("position", SEQ, 5, [STREAM.among(["s", "t"])]),
        asked("client", None, 1, [STREAM.is("s"), AUTHOR.is("ada"), CLIENT.is("s.0007")]),
        asked("client", CLIENT, 5, [STREAM.is("s"), AUTHOR.is("ada"), CLIENT.above("s.0003")]),
        asked("page", SEQ, 5, [STREAM.is("s"), PAGE.is("main"), SEQ.below(50)]),
        asked("page", SEQ, 5, [STREAM.is("s"), PAGE.is_absent(), SEQ.above(0)]),
        asked("page", PAGE, 5, [STREAM.is("s"), PAGE.above("a")]),
        asked("pinned", SEQ, 5, [PINNED.is(true), SEQ.above(0)]),
        asked("pinned", SEQ, 5, [PINNED.is_absent()]),
        asked("author", ID, 5, [AUTHOR.is("ada")]),
        asked("author", ID, 5, [AUTHOR.is("ada"), ID.above("s.0050")]),
        asked("author", ID, 5, [AUTHOR.among(["ada", "bob"]), ID.above("s.0050")]),
    ]
}

async fn explain_all(engine: Engine, check: fn(&str, &str, &Asked)) {
    let world = World::new(engine).await;
    let store = world.open(&model::schema()).await;
    let scope = fill(&world, &store).await;
    for asked in finds() {
        check_both_ways::<Entry>(&scope, "entries", asked, check).await;
    }
    check_both_ways::<Head>(&scope, "heads", asked("id", None, 1, [ID.is("head")]), check).await;
    let system = store.system();
    check_both_ways::<User>(&system, "users", asked("id", ID, 5, []), check).await;
    check_both_ways::<User>(&system, "users", asked("author", None, 1, [AUTHOR.is("7")]), check).await;
    check_both_ways::<User>(&system, "users", asked("author", AUTHOR, 5, [AUTHOR.above("")]), check).await;
    store.close().await;
    world.end().await;
}

/// A hundred documents in each of three workspaces; half of them without the optional fields.
async fn fill(world: &World, store: &Store) -> Scope {
    let scopes: Vec<_> = (0..3).map(|_| store.workspace(world.ids.next())).collect();
    for scope in &scopes {
        let mut batch = Batch::new();
        batch.insert(&Head::new("head"));
        for seq in 0..100 {
            let (page, pinned) =
                if seq % 2 == 0 { (Some("main".to_owned()), Some(true)) } else { (None, None) };
            batch.insert(&Entry { page, pinned, ..Entry::new("s", seq) });
        }
        scope.commit(batch).await.unwrap();
    }
    let mut batch = Batch::new();
    for number in 0..100 {
        batch.insert(&User { id: format!("user {number}"), author_id: number.to_string() });
    }
    store.system().commit(batch).await.unwrap();
    scopes[0].clone()
}

/// Lowest first and, where the find has an order, highest first.
async fn check_both_ways<T: Stored>(
    scope: &Scope,
    collection: &str,
    asked: Asked,
    check: fn(&str, &str, &Asked),
) {
    let mut finds = vec![asked.find.clone()];
    if let Some(field) = asked.order {
        finds.push(asked.find.clone().ascending(field));
        finds.push(asked.find.clone().descending(field));
    }
    for find in finds {
        assert_eq!(scope.find::<T>(find.clone()).await.unwrap().len(), asked.returned, "{find:?}");
        let asked = Asked { find: find.clone(), ..asked };
        check(&scope.explain::<T>(find).await.unwrap(), collection, &asked);
    }
}

/// Every step is a search in the declared index; nothing is sorted afterwards.
fn along_sqlite(explained: &str, collection: &str, asked: &Asked) {
    let Asked { find, index, .. } = asked;
    assert!(!explained.is_empty(), "{find:?}");
    let uses = format!("SEARCH {collection} USING ");
    let named = format!("INDEX {collection}.{index} (");
    for line in explained.lines() {
        // An index that is led by nothing and asked for everything is read from its end on: that is its whole purpose.
        let walked = collection == "users"
            && line.starts_with(&format!("SCAN {collection} USING INDEX {collection}.{index}"));
        assert!(walked || (line.starts_with(&uses) && line.contains(&named)), "{find:?}: {explained}");
        assert!(!line.contains("TEMP B-TREE"), "{find:?}: {explained}");
    }
}

/// The plan that won walks the declared index alone, reads what it returns and little more, and sorts nothing.
fn along_mongodb(explained: &str, _: &str, asked: &Asked) {
    let Asked { find, index, returned, several, .. } = asked;
    let explained: Value = serde_json::from_str(explained).unwrap();
    let mut stages = Vec::new();
    collect_stages(&explained["queryPlanner"]["winningPlan"], &mut stages);
    let names: Vec<_> = stages.iter().filter_map(|stage| stage["stage"].as_str()).collect();
    // A lookup of one `_id` has a stage of its own.
    if !names.contains(&"IDHACK") {
        assert!(names.contains(&"IXSCAN"), "{find:?}: {names:?}");
        let name = if *index == "id" { "_id_" } else { index };
        for scan in stages.iter().filter(|stage| stage["stage"] == "IXSCAN") {
            assert_eq!(scan["indexName"], name, "{find:?}");
        }
    }
    assert!(!names.contains(&"COLLSCAN") && !names.contains(&"SORT"), "{find:?}: {names:?}");
    let read = |what: &str| usize::try_from(explained["executionStats"][what].as_i64().unwrap()).unwrap();
    // One key beyond each end of each range.
    let extra = if *several { 6 } else { 1 };
    assert!(read("totalKeysExamined") <= returned + extra, "{find:?}: {explained}");
    assert!(read("totalDocsExamined") <= returned + extra, "{find:?}: {explained}");
}

fn collect_stages<'a>(plan: &'a Value, stages: &mut Vec<&'a Value>) {
    stages.push(plan);
    let inputs = plan["inputStages"].as_array().into_iter().flatten();
    for input in plan.get("inputStage").into_iter().chain(inputs) {
        collect_stages(input, stages);
    }
}
