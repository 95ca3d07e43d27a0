//! Groups that are cleared.

use futures::{FutureExt as _, future::join_all};
use parlance_store::{Find, ID};
use parlance_stream::Entry;
use parlance_trial::eventually;
use serde_json::{Value, json};

use super::support::{World, on_both, refusal};

on_both! {
    what_was_said_in_a_cleared_group_is_gone_for_everybody,
    what_was_cleared_leaves_the_store,
    what_was_edited_as_often_as_it_can_be_leaves_the_store_too,
}

async fn what_was_said_in_a_cleared_group_is_gone_for_everybody(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let said = world.say(one, &group, "before").await;
    let message = format!("{group}/messages/{}", said["id"].as_str().unwrap());
    world.must(one, "POST", &format!("{message}/pin"), json!({ "pinned": true })).await;
    let repeated = json!({ "content": "named", "client_id": "mine" });
    let named = world.must(two, "POST", &format!("{group}/messages"), repeated.clone()).await;

    let clear = format!("{group}/clear");
    assert_eq!(refusal(&world.ask(two, "POST", &clear, Value::Null).await), (403, "group.not_admin"));
    assert_eq!(refusal(&world.ask(three, "POST", &clear, Value::Null).await), (404, "group.not_found"));
    let cleared = world.must(one, "POST", &clear, Value::Null).await;
    let seq = cleared["cleared_seq"].as_i64().unwrap();
    assert!(seq > named["seq"].as_i64().unwrap());
    for who in [one, two] {
        let page = world.must(who, "GET", &format!("{group}/messages"), Value::Null).await;
        assert_eq!(page["items"], json!([]));
        for query in ["before=100", "after=0", "around=2"] {
            let page = world.must(who, "GET", &format!("{group}/messages?{query}"), Value::Null).await;
            assert_eq!(page["items"], json!([]), "{query}");
        }
        assert_eq!(refusal(&world.ask(who, "GET", &message, Value::Null).await), (404, "message.not_found"));
        let pins = world.must(who, "GET", &format!("{group}/pins"), Value::Null).await;
        assert_eq!(pins["items"], json!([]));
        let mine = world.must(who, "GET", "/groups", Value::Null).await;
        assert_eq!([&mine["items"][0]["unread"], &mine["items"][0]["preview"]], [&json!(0), &Value::Null]);
        assert_eq!(world.must(who, "GET", "/unread", Value::Null).await["total"], 0);
        // Who was behind begins anew.
        let changes = world.must(who, "GET", &format!("{group}/changes?since=1"), Value::Null).await;
        assert_eq!(changes["reset"], true);
    }
    for (method, body) in [("PATCH", json!({ "content": "edited" })), ("DELETE", Value::Null)] {
        let refused = world.ask(one, method, &message, body).await;
        assert_eq!(refusal(&refused), (404, "message.not_found"), "{method}");
    }
    let answer = json!({ "content": "to that", "reply_to": said["id"] });
    let refused = world.ask(one, "POST", &format!("{group}/messages"), answer).await;
    assert_eq!(refusal(&refused), (422, "message.reply_to"));
    // A repetition is still known as one, and says only where it was.
    let again = world.ask(two, "POST", &format!("{group}/messages"), repeated).await;
    assert_eq!(again, (200, json!({ "id": named["id"], "seq": named["seq"] })));

    // Who was not behind is told, and what is said afterwards is there.
    let changes = world.must(two, "GET", &format!("{group}/changes?since={}", seq - 1), Value::Null).await;
    let told = &changes["entries"][0];
    assert_eq!((told["type"].as_str(), &told["data"]), (Some("group.cleared"), &json!({ "seq": seq })));
    let after = world.say(one, &group, "after").await;
    let page = world.must(two, "GET", &format!("{group}/messages"), Value::Null).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    assert_eq!(page["items"][0]["id"], after["id"]);
    assert_eq!(world.must(two, "GET", "/unread", Value::Null).await["total"], 1);

    // Where nothing was said, nothing is cleared.
    let empty = world.group("group", one, &[]).await;
    let seq = world.must(one, "GET", &empty, Value::Null).await["seq"].clone();
    assert_eq!(world.must(one, "POST", &format!("{empty}/clear"), Value::Null).await["seq"], seq);
}

async fn what_was_cleared_leaves_the_store(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    for number in 0..120 {
        let said = world.say(two, &group, &format!("secret {number}")).await;
        let message = format!("{group}/messages/{}", said["id"].as_str().unwrap());
        if number % 10 == 0 {
            world.must(two, "PATCH", &message, json!({ "content": "secret, edited" })).await;
            world.must(one, "POST", &format!("{message}/pin"), json!({ "pinned": true })).await;
        }
    }
    let cleared =
        world.must(one, "POST", &format!("{group}/clear"), Value::Null).await["cleared_seq"].clone();
    let kept = world.say(two, &group, "kept").await;
    let scope = world.node.store.workspace(world.workspace);
    let all = async |collection: &str| {
        let collections = parlance_chat::collections();
        let collection = collections.into_iter().find(|held| held.name == collection).unwrap();
        scope.find_documents(collection, Find::new([]).ascending(ID).limit(5_000)).await.unwrap()
    };
    let holds = async |collection| {
        all(collection).await.iter().any(|held| json!(held).to_string().contains("secret"))
    };
    eventually("the content leaves the store", async || {
        !holds("entries").await && !holds("message_versions").await
    })
    .await;
    eventually("the pins leave the store", async || all("pins").await.is_empty()).await;
    assert!(!holds("heads").await);
    let found = scope.get::<Entry>(kept["id"].as_str().unwrap()).await.unwrap().unwrap();
    assert_eq!(found.data["content"], "kept");
    // There is room for as many pins as ever.
    let path = format!("{group}/messages/{}/pin", kept["id"].as_str().unwrap());
    world.must(one, "POST", &path, json!({ "pinned": true })).await;
    let pins = world.must(two, "GET", &format!("{group}/pins"), Value::Null).await;
    assert_eq!(pins["items"].as_array().unwrap().len(), 1);
    assert_eq!(world.must(one, "GET", &group, Value::Null).await["cleared_seq"], cleared);
}

async fn what_was_edited_as_often_as_it_can_be_leaves_the_store_too(world: World) {
    let [one, ..] = world.people().await;
    let group = world.group("group", one, &[]).await;
    // A step takes forty messages, each with twenty versions and a pin.
    let said = (0..42).map(|number| {
        let (world, group) = (&world, &group);
        async move {
            let said = world.say(one, group, &format!("secret {number}")).await;
            let message = format!("{group}/messages/{}", said["id"].as_str().unwrap());
            for edit in 0..21 {
                world.must(one, "PATCH", &message, json!({ "content": format!("secret {edit}") })).await;
            }
            world.must(one, "POST", &format!("{message}/pin"), json!({ "pinned": true })).await;
        }
        .boxed()
    });
    join_all(said).await;
    world.must(one, "POST", &format!("{group}/clear"), Value::Null).await;
    let scope = world.node.store.workspace(world.workspace);
    let is_empty = async || {
        let collections = parlance_chat::collections();
        for name in ["message_versions", "pins"] {
            let collection = collections.iter().find(|held| held.name == name).unwrap();
            let some = Find::new([]).ascending(ID).limit(1);
            if !scope.find_documents(collection, some).await.unwrap().is_empty() {
                return false;
            }
        }
        true
    };
    eventually("all versions and pins leave the store", is_empty).await;
}
