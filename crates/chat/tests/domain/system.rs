//! Messages that nobody wrote: changes of a group among what was said there.

use parlance_base::UserId;
use serde_json::{Value, json};

use super::support::{World, on_both, refusal, said};

on_both! {
    changes_of_a_group_are_shown_among_its_messages,
    what_nobody_wrote_counts_for_nobody_and_nothing_is_done_with_it,
    what_changes_quietly_is_no_message,
}

async fn page(world: &World, user: UserId, group: &str, query: &str) -> Value {
    world.must(user, "GET", &format!("{group}/messages?{query}"), Value::Null).await
}

fn kinds(page: &Value) -> Vec<String> {
    let kind = |message: &Value| {
        let kind = message["system"]["kind"].as_str().or(message["content"].as_str());
        kind.unwrap().to_owned()
    };
    page["items"].as_array().unwrap().iter().map(kind).collect()
}

async fn changes_of_a_group_are_shown_among_its_messages(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    world.say(one, &group, "first").await;
    world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": [three] })).await;
    world.say(one, &group, "second").await;
    world.must(one, "PATCH", &group, json!({ "name": "otherwise" })).await;
    world.must(two, "POST", &format!("{group}/leave"), Value::Null).await;
    world.say(three, &group, "third").await;
    world.must(one, "POST", &format!("{group}/archive"), Value::Null).await;
    world.must(one, "POST", &format!("{group}/restore"), Value::Null).await;
    let all = [
        "first",
        "member.added",
        "second",
        "group.updated",
        "member.removed",
        "third",
        "group.archived",
        "group.restored",
    ];
    let newest = page(&world, one, &group, "").await;
    assert_eq!(kinds(&newest).into_iter().rev().collect::<Vec<_>>(), all);
    // Pages are cut across both, in either direction.
    for limit in 1..=8 {
        let (mut down, mut up) = (Vec::new(), Vec::new());
        let (mut before, mut after) = (i64::MAX, 0);
        while down.len() < all.len() {
            let lower = page(&world, one, &group, &format!("before={before}&limit={limit}")).await;
            let upper = page(&world, one, &group, &format!("after={after}&limit={limit}")).await;
            down.extend(kinds(&lower));
            up.extend(kinds(&upper));
            before = lower["items"].as_array().unwrap().last().unwrap()["seq"].as_i64().unwrap();
            after = upper["items"].as_array().unwrap().last().unwrap()["seq"].as_i64().unwrap();
        }
        down.reverse();
        assert_eq!(
            (&down[..], &up[..]),
            (&all.map(str::to_owned)[..], &all.map(str::to_owned)[..]),
            "{limit}"
        );
    }
    let around = page(&world, one, &group, "around=5&limit=4").await;
    assert_eq!(kinds(&around), ["member.added", "second", "group.updated", "member.removed"]);

    let items = newest["items"].as_array().unwrap();
    let (added, left) = (&items[6], &items[3]);
    assert_eq!(added["author"], json!({ "kind": "user", "id": one, "name": format!("Person {one}") }));
    let params = &added["system"]["params"]["members"];
    assert_eq!(params[0]["user_id"], json!(three));
    assert_eq!(params[0]["name"], json!(format!("Person {three}")));
    assert_eq!(left["system"]["params"]["members"][0]["user_id"], json!(two));
    assert_eq!((added.get("content"), added.get("deleted_at")), (None, None));
    let path = format!("{group}/messages/{}", added["id"].as_str().unwrap());
    assert_eq!(&world.must(one, "GET", &path, Value::Null).await, added);
    // The entry that tells of it names the message.
    let since = added["seq"].as_i64().unwrap() - 1;
    let changes = world.must(one, "GET", &format!("{group}/changes?since={since}"), Value::Null).await;
    let entry = &changes["entries"][0];
    assert_eq!((&entry["type"], &entry["data"]), (&added["system"]["kind"], &added["system"]["params"]));
    assert_eq!(entry["system_message_id"], added["id"]);
    assert_eq!(changes["entries"][1].get("system_message_id"), None);
}

async fn what_nobody_wrote_counts_for_nobody_and_nothing_is_done_with_it(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let first = world.say(one, &group, "first").await;
    let mine = async || world.must(two, "GET", "/groups", Value::Null).await["items"][0].clone();
    for name in ["a", "b", "c"] {
        world.must(one, "PATCH", &group, json!({ "name": name })).await;
    }
    assert_eq!((&mine().await["unread"], &mine().await["preview"]), (&json!(1), &json!("first")));
    let newest = page(&world, two, &group, "limit=1").await["items"][0].clone();
    let read = json!({ "seq": newest["seq"] });
    assert_eq!(world.must(two, "POST", &format!("{group}/read"), read).await["unread"], 0);
    // From a place where nobody said anything, all that was said after it is unread.
    let unread = json!({ "seq": first["seq"].as_i64().unwrap() + 1 });
    assert_eq!(world.must(two, "POST", &format!("{group}/unread"), unread).await["unread"], 0);
    world.say(one, &group, "second").await;
    assert_eq!(mine().await["unread"], 1);

    let path = format!("{group}/messages/{}", newest["id"].as_str().unwrap());
    let answer = json!({ "content": "?", "reply_to": newest["id"] });
    let reply = json!({ "content": "?", "thread_id": newest["id"] });
    for (method, path, body, expected) in [
        ("PATCH", path.clone(), json!({ "content": "mine" }), (404, "message.not_found")),
        ("DELETE", path.clone(), Value::Null, (404, "message.not_found")),
        ("GET", format!("{path}/history"), Value::Null, (404, "message.not_found")),
        ("GET", format!("{path}/reactions"), Value::Null, (404, "message.not_found")),
        ("GET", format!("{path}/thread"), Value::Null, (404, "message.not_found")),
        ("POST", format!("{path}/reactions"), json!({ "emoji": "!" }), (404, "message.not_found")),
        ("POST", format!("{path}/pin"), json!({ "pinned": true }), (404, "message.not_found")),
        ("POST", format!("{path}/forward"), json!({ "group_id": &group[8..] }), (404, "message.not_found")),
        ("POST", format!("{group}/messages"), answer, (422, "message.reply_to")),
        ("POST", format!("{group}/messages"), reply, (422, "message.thread_id")),
    ] {
        assert_eq!(refusal(&world.ask(one, method, &path, body).await), expected, "{method} {path}");
    }
    // What was cleared takes them along.
    world.must(one, "POST", &format!("{group}/clear"), Value::Null).await;
    assert_eq!(page(&world, two, &group, "").await["items"], json!([]));
    assert_eq!(world.ask(two, "GET", &path, Value::Null).await.0, 404);
    // Where history begins with joining, the first thing that is seen is that one came.
    world.must(one, "PATCH", &group, json!({ "history": "since_join" })).await;
    world.must(one, "PATCH", &group, json!({ "name": "before" })).await;
    world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": [three] })).await;
    assert_eq!(kinds(&page(&world, three, &group, "").await), ["member.added"]);
}

async fn what_changes_quietly_is_no_message(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    world.must(one, "PATCH", &group, json!({ "default_rights": { "can_pin": true } })).await;
    world.must(one, "PATCH", &format!("{group}/members/{two}"), json!({ "is_admin": true })).await;
    assert_eq!(page(&world, one, &group, "").await["items"], json!([]), "how it began, and rights");
    let direct = world.must(one, "POST", &format!("/direct/{three}"), Value::Null).await;
    let direct = format!("/groups/{}", direct["id"].as_str().unwrap());
    assert_eq!(page(&world, one, &direct, "").await["items"], json!([]));
    // In a large group nobody is told who comes and goes.
    let mut many = Vec::new();
    for _ in 0..200 {
        many.push(world.join(world.workspace, parlance_base::Role::Member).await);
    }
    for some in many.chunks(100) {
        world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": some })).await;
    }
    assert_eq!(kinds(&page(&world, one, &group, "").await), ["member.added"], "of the first hundred");
    assert!(said(&page(&world, one, &group, "").await).is_empty());
}
