//! Sending, editing, deleting and paging.

use futures::future::join_all;
use serde_json::{Value, json};

use super::support::{self, World, on_both, refusal};

on_both! {
    a_message_sent_again_under_its_name_is_the_same_message,
    what_no_message_can_say_is_refused_with_its_reason,
    an_edit_keeps_what_was_said_before_up_to_twenty_times,
    the_list_shows_the_last_message_as_it_is,
    a_deleted_message_keeps_its_place_and_nothing_else,
    pages_go_both_ways_and_around,
    a_message_is_reached_through_its_own_group_alone,
}

async fn a_message_sent_again_under_its_name_is_the_same_message(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let messages = format!("{group}/messages");
    let body = json!({ "content": "once", "client_id": "name", "metadata": { "color": [1, 2.5, null] } });
    let answers = join_all((0..50).map(|_| world.ask(two, "POST", &messages, body.clone()))).await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == 201).count(), 1);
    assert!(answers.iter().all(|(_, message)| message == &answers[0].1));
    assert_eq!(answers[0].1["metadata"], body["metadata"]);
    world.must(one, "DELETE", &format!("{group}/members/{two}"), Value::Null).await;
    let (status, place) = world.ask(two, "POST", &messages, body.clone()).await;
    assert_eq!((status, place), (200, json!({ "id": answers[0].1["id"], "seq": answers[0].1["seq"] })));
    let nonsense = json!({ "content": "", "client_id": "name" });
    assert_eq!(
        world.ask(two, "POST", &messages, nonsense).await.0,
        200,
        "a repeat is known before it is looked at"
    );
    assert_eq!(support::said(&world.must(one, "GET", &messages, Value::Null).await).len(), 1);
}

async fn what_no_message_can_say_is_refused_with_its_reason(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let elsewhere = world.group("group", one, &[]).await;
    let other = world.say(one, &elsewhere, "elsewhere").await;
    let before = world.must(one, "GET", &group, Value::Null).await["seq"].clone();
    for (body, expected) in [
        (json!({ "content": "" }), (422, "message.empty")),
        (json!({ "content": " \n" }), (422, "message.empty")),
        (json!({ "content": "ä".repeat(10_001) }), (422, "message.too_long")),
        (json!({ "content": "x", "client_id": "x".repeat(65) }), (422, "request.client_id")),
        (json!({ "content": "x", "reply_to": other["id"] }), (422, "message.reply_to")),
        (json!({ "content": "x", "reply_to": "x" }), (422, "request.invalid")),
        (json!({ "content": "x", "metadata": { "x": "x".repeat(4_100) } }), (422, "message.metadata")),
        (json!({ "content": 1 }), (422, "request.invalid")),
        (json!({ "content": "x", "send_on": "now" }), (422, "request.unknown_field")),
    ] {
        let answer = world.ask(one, "POST", &format!("{group}/messages"), body.clone()).await;
        assert_eq!(refusal(&answer), expected, "{}", body.to_string().chars().take(80).collect::<String>());
    }
    assert_eq!(world.must(one, "GET", &group, Value::Null).await["seq"], before);
    let longest = world.say(one, &group, &"ä".repeat(10_000)).await;
    let reply = json!({ "content": "yes", "reply_to": longest["id"] });
    let reply = world.must(two, "POST", &format!("{group}/messages"), reply).await;
    assert_eq!(reply["reply_to"], longest["id"]);
}

async fn the_list_shows_the_last_message_as_it_is(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let preview =
        async || world.must(two, "GET", "/groups", Value::Null).await["items"][0]["preview"].clone();
    let path = |said: &Value| format!("{group}/messages/{}", said["id"].as_str().unwrap());
    let first = world.say(one, &group, "first").await;
    world.must(one, "PATCH", &path(&first), json!({ "content": "edited" })).await;
    assert_eq!(preview().await, "edited");
    let second = world.say(one, &group, "second").await;
    world.must(one, "PATCH", &path(&first), json!({ "content": "edited again" })).await;
    assert_eq!(preview().await, "second");
    world.must(one, "DELETE", &path(&second), Value::Null).await;
    assert_eq!(preview().await, Value::Null);
}

async fn an_edit_keeps_what_was_said_before_up_to_twenty_times(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let said = world.say(one, &group, "v0").await;
    let path = format!("{group}/messages/{}", said["id"].as_str().unwrap());
    let edit = |user, text: String| {
        let (world, path) = (&world, &path);
        async move { world.ask(user, "PATCH", path, json!({ "content": text })).await }
    };
    assert_eq!(refusal(&edit(two, "mine".into()).await), (403, "message.not_author"));
    for number in 1..=25 {
        let edited = edit(one, format!("v{number}")).await.1;
        assert_eq!(
            (&edited["seq"], edited["content"].as_str().unwrap()),
            (&said["seq"], &*format!("v{number}"))
        );
    }
    let same = edit(one, "v25".into()).await.1;
    let history = world.must(two, "GET", &format!("{path}/history"), Value::Null).await;
    let texts: Vec<_> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["content"].as_str().unwrap())
        .collect();
    assert_eq!(texts, (5..25).rev().map(|number| format!("v{number}")).collect::<Vec<_>>());
    let changes = world.must(two, "GET", &format!("{group}/changes?limit=1000"), Value::Null).await;
    let edits: Vec<_> = changes["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["type"] == "message.edited")
        .collect();
    assert_eq!(edits.len(), 25, "saying the same again changes nothing");
    assert!(
        edits.iter().all(|entry| entry["data"]["message"] == same),
        "an edit is told with what the message says now"
    );
}

async fn a_deleted_message_keeps_its_place_and_nothing_else(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let said = world.say(two, &group, "a secret").await;
    let path = format!("{group}/messages/{}", said["id"].as_str().unwrap());
    world.must(two, "PATCH", &path, json!({ "content": "the same secret" })).await;
    let third = world.join(world.workspace, parlance_base::Role::Member).await;
    world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": [third] })).await;
    assert_eq!(refusal(&world.ask(third, "DELETE", &path, Value::Null).await), (403, "message.not_author"));
    world.must(one, "DELETE", &path, Value::Null).await;
    world.must(one, "DELETE", &path, Value::Null).await;
    assert_eq!(
        refusal(&world.ask(two, "PATCH", &path, json!({ "content": "again" })).await),
        (404, "message.not_found")
    );
    let everything = [
        world.must(two, "GET", &path, Value::Null).await,
        world.must(two, "GET", &format!("{path}/history"), Value::Null).await,
        world.must(two, "GET", &format!("{group}/messages"), Value::Null).await,
        world.must(two, "GET", &format!("{group}/changes"), Value::Null).await,
        world.must(two, "GET", "/groups", Value::Null).await,
    ];
    assert!(everything.iter().all(|answer| !answer.to_string().contains("secret")), "{everything:?}");
    assert_eq!(everything[0]["deleted_by"], one.to_string());
    assert_eq!(support::said(&everything[2])[0]["seq"], said["seq"]);
}

async fn pages_go_both_ways_and_around(world: World) {
    let [one, ..] = world.people().await;
    let group = world.group("group", one, &[]).await;
    for number in 0..10 {
        world.say(one, &group, &number.to_string()).await;
    }
    let texts = async |query: &str| {
        let page = world.must(one, "GET", &format!("{group}/messages?{query}"), Value::Null).await;
        assert_eq!(page["seq"], 11);
        let items = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["content"].as_str().unwrap().to_owned());
        items.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(texts("limit=3").await, "9 8 7");
    assert_eq!(texts("before=5&limit=3").await, "2 1 0");
    assert_eq!(texts("after=8").await, "7 8 9");
    assert_eq!(texts("around=7&limit=4").await, "3 4 5 6");
    assert_eq!(texts("around=2&limit=4").await, "0 1 2 3");
    assert_eq!(texts("before=-5").await, "");
    for query in ["limit=0", "limit=101", "before=1&after=2", "before=x", "before=99999999999999999999"] {
        let answer = world.ask(one, "GET", &format!("{group}/messages?{query}"), Value::Null).await;
        assert_eq!(refusal(&answer), (422, "request.invalid"), "{query}");
    }
}

async fn a_message_is_reached_through_its_own_group_alone(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let other = world.group("group", one, &[two]).await;
    let said = world.say(one, &group, "here").await;
    let elsewhere = format!("{other}/messages/{}", said["id"].as_str().unwrap());
    for (method, under, body) in [
        ("GET", "", Value::Null),
        ("GET", "/history", Value::Null),
        ("GET", "/reactions", Value::Null),
        ("GET", "/thread", Value::Null),
        ("PATCH", "", json!({ "content": "there" })),
        ("DELETE", "", Value::Null),
        ("POST", "/pin", json!({ "pinned": true })),
        ("POST", "/reactions", json!({ "emoji": "x" })),
    ] {
        let refused = world.ask(one, method, &format!("{elsewhere}{under}"), body).await;
        assert_eq!(refusal(&refused), (404, "message.not_found"), "{method} {under}");
    }
    let path = format!("{group}/messages/{}", said["id"].as_str().unwrap());
    assert_eq!(world.must(one, "GET", &path, Value::Null).await, said);
}
