//! What somebody was called is forgotten, and what they said stays.

use parlance_base::{JobId, SystemClock, UserId};
use parlance_store::{Batch, Field, Find, ID, job::Job};
use parlance_trial::eventually;
use serde_json::{Value, json};

use super::support::{self, World, on_both};

/// The kind of job that does it.
const FORGOTTEN: &str = "chat.forgotten";

on_both! {
    nothing_says_the_name_of_who_was_forgotten_and_all_they_said_stays,
    what_others_are_called_stays_and_forgetting_again_changes_nothing,
}

const NAME: &str = "deleted user";

/// Has the directory call the user so and know them no more, and chat forget what they were called before.
pub(super) async fn forget(world: &World, user: UserId) {
    world.workspaces.people().remove(user).await.unwrap();
    rename(world, user).await;
}

/// Has the directory call the user so, and waits for what follows from it.
async fn rename(world: &World, user: UserId) {
    let store = &world.node.store;
    let mut batch = Batch::new();
    let [_, members, ..] = parlance_workspace::COLLECTIONS;
    batch.update_document(members, user.to_string(), [], [Field::text("display_name").set(NAME)]);
    store.workspace(world.workspace).commit(batch).await.unwrap();
    let now = parlance_base::Clock::now(&SystemClock);
    let payload = json!({ "user_id": user }).to_string();
    let mut batch = Batch::new();
    batch.insert(&Job::new(world.ids.next::<JobId>(), world.workspace, FORGOTTEN, payload, now));
    store.system().commit(batch).await.unwrap();
    let is_done = async || {
        let jobs = store.system().find::<Job>(Find::new([]).ascending(ID)).await.unwrap();
        jobs.iter().all(|job| job.kind != FORGOTTEN)
    };
    eventually("it is forgotten", is_done).await;
}

/// All that there is in the group, as one of its members is told it.
async fn everything(world: &World, reader: UserId, group: &str) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let since = all.last().map_or(0, |entry: &Value| entry["seq"].as_i64().unwrap());
        let page = world.must(reader, "GET", &format!("{group}/changes?since={since}"), Value::Null).await;
        let entries = page["entries"].as_array().unwrap().clone();
        if entries.is_empty() {
            return all;
        }
        all.extend(entries);
    }
}

fn messages(all: &[Value]) -> Vec<(Value, Value)> {
    let messages = all.iter().filter(|entry| entry["type"] == "message.new");
    let message = |entry: &Value| entry["data"]["message"].clone();
    messages.map(message).map(|message| (message["id"].clone(), message["content"].clone())).collect()
}

async fn nothing_says_the_name_of_who_was_forgotten_and_all_they_said_stays(world: World) {
    let [ann, ben, cat] = world.people().await;
    let (here, left) = (world.group("group", ann, &[ben]).await, world.group("group", ben, &[ann]).await);
    let direct = world.must(ben, "POST", &format!("/direct/{ann}"), Value::Null).await;
    let direct = format!("/groups/{}", direct["id"].as_str().unwrap());
    for at in 0..230 {
        world.say(ann, &here, &format!("message {at}")).await;
    }
    let said = world.say(ann, &left, "said, then edited").await;
    let path = format!("{left}/messages/{}", said["id"].as_str().unwrap());
    world.must(ann, "PATCH", &path, json!({ "content": "edited" })).await;
    let deleted = world.say(ann, &direct, "deleted").await;
    world
        .must(ann, "DELETE", &format!("{direct}/messages/{}", deleted["id"].as_str().unwrap()), Value::Null)
        .await;
    world.must(ben, "POST", &format!("{left}/members"), json!({ "user_ids": [cat] })).await;
    world.must(ann, "POST", &format!("{left}/leave"), Value::Null).await;
    let groups = [&here, &left, &direct];
    let mut before = Vec::new();
    for group in groups {
        let all = everything(&world, ben, group).await;
        assert!(json!(all).to_string().contains(&format!("Person {ann}")));
        before.push(messages(&all));
    }

    world.must(ann, "PUT", &format!("{here}/draft"), json!({ "content": "not said" })).await;
    world.must(ben, "PUT", &format!("{here}/draft"), json!({ "content": "not said yet" })).await;

    forget(&world, ann).await;

    let drafts = parlance_chat::collections().into_iter().find(|held| held.name == "drafts").unwrap();
    let scope = world.node.store.workspace(world.workspace);
    let drafts = scope.find_documents(drafts, Find::new([]).ascending(ID).limit(10)).await.unwrap();
    assert_eq!(drafts.iter().map(|draft| &draft["content"]).collect::<Vec<_>>(), ["not said yet"]);
    for (group, before) in groups.into_iter().zip(before) {
        let all = everything(&world, ben, group).await;
        let (members, page) = (
            world.must(ben, "GET", &format!("{group}/members"), Value::Null).await,
            world.must(ben, "GET", &format!("{group}/messages"), Value::Null).await,
        );
        for told in [&json!(all), &members, &page] {
            assert!(!told.to_string().contains(&format!("Person {ann}")), "{told}");
        }
        assert_eq!(messages(&all), before);
        let forgotten = all.last().unwrap();
        assert_eq!(forgotten["type"], "author.forgotten");
        assert_eq!(forgotten["data"], json!({ "user_id": ann, "name": NAME }));
        assert!(json!(all).to_string().contains(&format!("Person {ben}")));
        for message in support::said(&page) {
            assert_eq!(message["author"]["name"], NAME);
            assert!(message["rev"].as_i64() > message["seq"].as_i64(), "{message}");
        }
    }
    let mine = world.must(ben, "GET", "/groups", Value::Null).await;
    assert!(!mine.to_string().contains(&format!("Person {ann}")), "{mine}");
}

async fn what_others_are_called_stays_and_forgetting_again_changes_nothing(world: World) {
    let [ann, ben, _] = world.people().await;
    let group = world.group("group", ann, &[ben]).await;
    world.say(ben, &group, "hello").await;
    forget(&world, ann).await;
    let before = everything(&world, ben, &group).await;
    assert_eq!(before[1]["data"]["message"]["author"]["name"], format!("Person {ben}"));
    forget(&world, ann).await;
    assert_eq!(everything(&world, ben, &group).await, before);
    // Who is known has said what they said under the name that they had.
    rename(&world, ben).await;
    assert_eq!(everything(&world, ben, &group).await, before);
}
