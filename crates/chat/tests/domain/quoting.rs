//! What a message shows of the one that it answers.

use http::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::support::{World, on_both};
use crate::live::client::Client;

on_both! {
    an_answer_shows_what_the_answered_message_says_now,
    who_may_not_see_what_is_answered_is_shown_the_answer_alone,
}

fn path(group: &str, message: &Value) -> String {
    format!("{group}/messages/{}", message["id"].as_str().unwrap())
}

async fn answer(world: &World, who: parlance_base::UserId, group: &str, to: &Value, thread: Value) -> Value {
    let body = json!({ "content": "so be it", "reply_to": to["id"], "thread_id": thread });
    world.must(who, "POST", &format!("{group}/messages"), body).await
}

async fn an_answer_shows_what_the_answered_message_says_now(world: World) {
    let [one, two, ..] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let said = world.say(one, &group, &"é".repeat(150)).await;
    let sent = answer(&world, two, &group, &said, Value::Null).await;
    let quote = |rev: &Value, content: Value| {
        let author = &said["author"];
        match content {
            Value::Null => json!({ "seq": said["seq"], "rev": rev, "author": author }),
            content => json!({ "seq": said["seq"], "rev": rev, "author": author, "content": content }),
        }
    };
    let shown = quote(&said["rev"], json!("é".repeat(140)));
    assert_eq!(sent["quote"], shown, "as the answer to who sent it");
    let everywhere = async |expected: &Value| {
        let get = async |path: String| world.must(one, "GET", &path, Value::Null).await;
        let page = get(format!("{group}/messages?limit=1")).await;
        let with_both = get(format!("{group}/messages")).await;
        let single = get(path(&group, &sent)).await;
        let changes = get(format!("{group}/changes?since={}", said["seq"])).await;
        let entry = changes["entries"].as_array().unwrap().iter().find(|it| it["type"] == "message.new");
        for shown in [&page["items"][0], &with_both["items"][0], &single, &entry.unwrap()["data"]["message"]]
        {
            assert_eq!((&shown["quote"], &shown["reply_to"]), (expected, &said["id"]), "{shown}");
        }
    };
    everywhere(&shown).await;
    let edited = world.must(one, "PATCH", &path(&group, &said), json!({ "content": "shorter" })).await;
    everywhere(&quote(&edited["rev"], json!("shorter"))).await;
    // Where it is pinned or has a thread, and when it is edited itself, it shows the same.
    let pinned =
        world.must(one, "POST", &format!("{}/pin", path(&group, &sent)), json!({ "pinned": true })).await;
    answer(&world, one, &group, &said, sent["id"].clone()).await;
    let changed = world.must(two, "PATCH", &path(&group, &sent), json!({ "content": "or not" })).await;
    let pins = world.must(one, "GET", &format!("{group}/pins"), Value::Null).await;
    let threads = world.must(one, "GET", &format!("{group}/threads"), Value::Null).await;
    let since = changed["rev"].as_i64().unwrap() - 1;
    let changes = world.must(one, "GET", &format!("{group}/changes?since={since}"), Value::Null).await;
    let told = &changes["entries"][0]["data"]["message"];
    let thread = &threads["items"][0]["message"];
    for shown in [&pinned, &changed, &pins["items"][0]["message"], thread, told] {
        assert_eq!(shown["quote"]["content"], "shorter", "{shown}");
    }
    world.must(one, "DELETE", &path(&group, &said), Value::Null).await;
    let gone = world.must(one, "GET", &path(&group, &said), Value::Null).await;
    everywhere(&quote(&gone["rev"], Value::Null)).await;
    // Deleted itself, it shows nothing of anybody.
    world.must(two, "DELETE", &path(&group, &sent), Value::Null).await;
    let left = world.must(one, "GET", &path(&group, &sent), Value::Null).await;
    assert_eq!((left.get("quote"), left.get("reply_to")), (None, None));
}

async fn who_may_not_see_what_is_answered_is_shown_the_answer_alone(mut world: World) {
    let url = world.node.listen().await;
    let [one, two, three] = world.people().await;
    let body = json!({ "kind": "group", "name": "us", "member_ids": [two], "history": "since_join" });
    let group = world.must(one, "POST", "/groups", body).await;
    let group = format!("/groups/{}", group["id"].as_str().unwrap());
    let before = world.say(one, &group, "a secret").await;
    world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": [three] })).await;
    let root = world.say(one, &group, "what everybody sees").await;
    let open = async |user| {
        let caller = format!("{user} {}", world.workspace);
        let mut client = Client::open(&url, &[(AUTHORIZATION, &caller)]).await.unwrap();
        client.ready().await;
        client
    };
    let (mut all, mut new) = (open(two).await, open(three).await);
    for thread in [Value::Null, root["id"].clone()] {
        let sent = answer(&world, one, &group, &before, thread).await;
        world.must(one, "PATCH", &path(&group, &sent), json!({ "content": "changed" })).await;
        for (client, reader, expected) in [(&mut all, two, json!("a secret")), (&mut new, three, Value::Null)]
        {
            let live = client.until("message.new").await["data"]["message"].clone();
            let edited = client.until("message.edited").await["data"]["message"].clone();
            let read = world.must(reader, "GET", &path(&group, &sent), Value::Null).await;
            let since = sent["seq"].as_i64().unwrap() - 1;
            let changes =
                world.must(reader, "GET", &format!("{group}/changes?since={since}"), Value::Null).await;
            let replayed = changes["entries"].as_array().unwrap().iter().map(|it| &it["data"]["message"]);
            for shown in [&live, &edited, &read].into_iter().chain(replayed) {
                assert_eq!(shown["reply_to"], before["id"], "{shown}");
                assert_eq!(shown["quote"]["content"], expected, "{shown}");
            }
        }
    }
}
