//! Every row of the permission table from outside, over HTTP and sockets: who may is served, and who may not is told so with the
//! code of the row and changes nothing.

mod stage;
mod table;

use std::{collections::BTreeSet, fs, path::Path};

use futures::{StreamExt as _, stream};
use http::Method;
use parlance_chat::realtime::frame::TYPES;
use parlance_workspace::permission::Action;

use self::{
    stage::{People, Stage},
    table::{Door, OWN, row},
};
use crate::world::{World, on_both};

on_both! {
    every_row_serves_its_own_and_refuses_the_rest_at_every_door,
    every_route_and_every_frame_is_in_the_table,
}

/// Stages that are set at once.
const AT_ONCE: usize = 8;

async fn every_row_serves_its_own_and_refuses_the_rest_at_every_door(world: World) {
    let people = People::of(&world).await;
    let refusing = Stage::set(&people, "refusing").await;
    let before = refusing.all().await;
    let mut allowed = Vec::new();
    for action in Action::ALL {
        let Some(row) = row(action) else { continue };
        assert!(!row.may.is_empty() && !row.may_not.is_empty() && !row.doors.is_empty(), "{action:?}");
        for door in &row.doors {
            for (who, code) in &row.may_not {
                let refused = refusing.ask(*who, action, door).await;
                assert_eq!(refused.as_deref(), Some(*code), "{action:?}: {who:?} at {door:?}");
            }
            allowed.extend(row.may.iter().map(|who| (action, *who, door.clone())));
        }
        assert_eq!(refusing.all().await, before, "{action:?}");
    }
    // What is done for one may leave nothing for the next: each is on a stage of their own.
    let people = &people;
    let serving = stream::iter(allowed.into_iter().enumerate()).map(async |(number, (action, who, door))| {
        let stage = Stage::set(people, &format!("serving-{number}")).await;
        let refused = stage.ask(who, action, &door).await;
        assert_eq!(refused, None, "{action:?}: {who:?} at {door:?}");
    });
    assert!(serving.buffer_unordered(AT_ONCE).count().await > 40);
}

async fn every_route_and_every_frame_is_in_the_table(world: World) {
    let doors = Action::ALL.into_iter().filter_map(row).flat_map(|row| row.doors);
    let mut known: BTreeSet<String> = doors
        .map(|door| match door {
            Door::Http(name, _) | Door::Frame(name, _) => name.to_owned(),
        })
        .collect();
    known.extend(OWN.map(str::to_owned));
    let (_, _, document) = world.client().request(Method::GET, "/openapi.json", None).await.unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    let paths = paths.filter(|(path, _)| {
        ["/api/chat/", "/api/workspaces", "/api/auth/keys"].iter().any(|mount| path.starts_with(mount))
    });
    let operations = paths.flat_map(|(path, methods)| {
        methods.as_object().unwrap().keys().map(move |method| format!("{method} {path}"))
    });
    let frames = TYPES.into_iter().filter(|kind| *kind != "auth").map(str::to_owned);
    let all: BTreeSet<String> = operations.chain(frames).collect();
    assert_eq!(all, known);
}

/// What cannot be asked for has no row here; as soon as anything asks the table for it, it must have one.
#[test]
fn nothing_asks_for_what_has_no_row() {
    let mut sources = String::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates"), &mut sources);
    let asked = |action: Action| {
        ["Action", "Act"].iter().any(|called| sources.contains(&format!("{called}::{action:?}")))
    };
    assert!(asked(Action::GroupPost), "this reads the sources");
    for action in Action::ALL.into_iter().filter(|action| row(*action).is_none()) {
        assert!(!asked(action), "{action:?} is asked for and has no row");
    }
}

/// All that ships below this folder, but for the table itself.
fn read(folder: &Path, sources: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_other = ["permission", "tests", "target"].iter().any(|name| path.ends_with(name));
        if path.is_dir() && !is_other {
            read(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}
