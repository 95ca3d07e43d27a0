//! Drafts: what somebody has begun to say.

use parlance_store::{Find, ID};
use parlance_trial::eventually;
use serde_json::{Value, json};

use super::support::{World, on_both, refusal};

on_both! {
    a_draft_is_kept_for_its_author_on_all_devices,
    a_draft_is_for_members_alone_and_says_something,
    what_is_told_of_a_draft_is_that_there_is_one,
}

async fn a_draft_is_kept_for_its_author_on_all_devices(world: World) {
    let [one, two, _] = world.people().await;
    let node = world.node_beside().await;
    let group = world.group("group", one, &[two]).await;
    let draft = format!("{group}/draft");
    let none = world.ask(one, "GET", &draft, Value::Null).await;
    assert_eq!(refusal(&none), (404, "draft.not_found"));
    let said = world.say(two, &group, "what do you think?").await;
    let new = json!({ "content": "I thi", "reply_to": said["id"] });
    let kept = world.must(one, "PUT", &draft, new).await;
    assert_eq!((&kept["content"], &kept["reply_to"]), (&json!("I thi"), &said["id"]));
    assert_eq!(world.ask_node(&node, one, "GET", &draft, Value::Null).await, (200, kept));
    assert_eq!(refusal(&world.ask(two, "GET", &draft, Value::Null).await), (404, "draft.not_found"));
    // Another device goes on, and one ends it.
    let body = json!({ "content": "I think so" });
    let (_, further) = world.ask_node(&node, one, "PUT", &draft, body.clone()).await;
    assert_eq!((&further["content"], &further["reply_to"]), (&json!("I think so"), &Value::Null));
    assert_eq!(world.must(one, "PUT", &draft, body).await, further, "nothing changed");
    assert_eq!(world.ask(one, "DELETE", &draft, Value::Null).await.0, 204);
    assert_eq!(world.ask(one, "DELETE", &draft, Value::Null).await.0, 204);
    assert_eq!(refusal(&world.ask(one, "GET", &draft, Value::Null).await), (404, "draft.not_found"));
}

async fn a_draft_is_for_members_alone_and_says_something(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let draft = format!("{group}/draft");
    for (method, body) in [("GET", Value::Null), ("PUT", json!({ "content": "x" })), ("DELETE", Value::Null)]
    {
        let refused = world.ask(three, method, &draft, body).await;
        assert_eq!(refusal(&refused), (404, "group.not_found"), "{method}");
    }
    for (content, code) in [("  ", "message.empty"), (&"x".repeat(10_001), "message.too_long")] {
        let refused = world.ask(one, "PUT", &draft, json!({ "content": content })).await;
        assert_eq!(refusal(&refused), (422, code));
    }
    assert_eq!(world.ask(one, "PUT", &draft, json!({ "content": "é".repeat(10_000) })).await.0, 200);
    world.must(two, "PUT", &draft, json!({ "content": "bye" })).await;
    world.must(two, "POST", &format!("{group}/leave"), Value::Null).await;
    assert_eq!(refusal(&world.ask(two, "GET", &draft, Value::Null).await), (404, "group.not_found"));
}

async fn what_is_told_of_a_draft_is_that_there_is_one(world: World) {
    let [one, ..] = world.people().await;
    let group = world.group("group", one, &[]).await;
    let draft = format!("{group}/draft");
    world.must(one, "PUT", &draft, json!({ "content": "a secret" })).await;
    world.must(one, "DELETE", &draft, Value::Null).await;
    let told = world.must(one, "GET", &format!("/groups/{one}/changes?since=0"), Value::Null).await;
    assert!(!told.to_string().contains("secret"));
    let told = told["entries"].as_array().unwrap().iter().filter(|entry| entry["type"] == "settings.updated");
    let told: Vec<_> = told.map(|entry| entry["data"].clone()).collect();
    let data = |draft: bool| json!({ "group_id": group.trim_start_matches("/groups/"), "draft": draft });
    assert_eq!(told, [data(true), data(false)]);
    let scope = world.node.store.workspace(world.workspace);
    let drafts = parlance_chat::collections().into_iter().find(|held| held.name == "drafts").unwrap();
    let stored =
        async || scope.find_documents(drafts, Find::new([]).ascending(ID).limit(10)).await.unwrap().len();
    eventually("it is gone", async || stored().await == 0).await;
}
