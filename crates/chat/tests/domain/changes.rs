//! Streams without a socket.

use std::time::Duration;

use futures::{StreamExt as _, stream::FuturesUnordered};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::support::{World, on_both, refusal};

on_both! {
    changes_come_in_order_from_any_position,
    a_position_that_means_nothing_is_reset,
    a_waiting_request_is_woken_by_what_happens,
    users_are_told_of_the_groups_they_join_and_leave,
    a_user_waits_for_news_in_four_places_at_most,
}

async fn changes_come_in_order_from_any_position(world: World) {
    let [one, ..] = world.people().await;
    let group = world.group("group", one, &[]).await;
    for number in 0..7 {
        world.say(one, &group, &number.to_string()).await;
    }
    let (mut seqs, mut since) = (Vec::new(), 0);
    loop {
        let page =
            world.must(one, "GET", &format!("{group}/changes?since={since}&limit=3"), Value::Null).await;
        assert_eq!(page["reset"], false);
        let entries = page["entries"].as_array().unwrap();
        seqs.extend(entries.iter().map(|entry| entry["seq"].as_i64().unwrap()));
        if entries.is_empty() {
            break;
        }
        since = page["seq"].as_i64().unwrap();
    }
    assert_eq!(seqs, (1..=8).collect::<Vec<_>>());
}

async fn a_position_that_means_nothing_is_reset(world: World) {
    let [one, ..] = world.people().await;
    let group = world.group("group", one, &[]).await;
    let epoch = world.must(one, "GET", &format!("{group}/changes"), Value::Null).await["epoch"].clone();
    let epoch = epoch.as_str().unwrap();
    for (query, reset) in [
        (format!("since=1&epoch={epoch}"), false),
        ("since=1&epoch=another".to_owned(), true),
        ("since=2".to_owned(), true),
        ("since=-1".to_owned(), true),
    ] {
        let page = world.must(one, "GET", &format!("{group}/changes?{query}"), Value::Null).await;
        assert_eq!((page["reset"].as_bool(), page["seq"].as_i64()), (Some(reset), Some(1)), "{query}");
    }
    assert_eq!(
        refusal(&world.ask(one, "GET", &format!("{group}/changes?limit=1001"), Value::Null).await).0,
        422
    );
}

async fn a_waiting_request_is_woken_by_what_happens(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let id = group.trim_start_matches("/groups/");
    let poll = |user, seq: i64, wait| {
        let cursors = json!({ "cursors": { id: seq }, "wait": wait });
        let world = &world;
        async move { world.must(user, "POST", "/changes", cursors).await }
    };
    let mut waiting = Box::pin(poll(two, 1, 25));
    let early = tokio::time::timeout(Duration::from_millis(200), &mut waiting).await;
    assert!(early.is_err(), "there is nothing to tell yet");
    let (news, said) = tokio::join!(waiting, world.say(one, &group, "wake up"));
    let entries = &news["streams"][id]["entries"];
    assert_eq!(entries[0]["data"]["message"], said, "{news}");
    assert_eq!(poll(two, 2, 0).await["streams"], json!({}));
    assert_eq!(poll(three, 1, 25).await["gone"], json!([id]));
    let too_long = json!({ "cursors": {}, "wait": 26 });
    assert_eq!(refusal(&world.ask(two, "POST", "/changes", too_long).await), (422, "request.invalid"));
}

async fn users_are_told_of_the_groups_they_join_and_leave(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let own = two.to_string();
    let told = async |since: i64| {
        let body = json!({ "cursors": { (own.clone()): since }, "wait": 25 });
        let news = world.must(two, "POST", "/changes", body).await;
        let entry = news["streams"][&own]["entries"][0].clone();
        (
            entry["type"].as_str().unwrap_or_default().to_owned(),
            entry["data"]["group_id"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let id = group.trim_start_matches("/groups/").to_owned();
    assert_eq!(told(0).await, ("group.joined".to_owned(), id.clone()));
    world.must(one, "DELETE", &format!("{group}/members/{two}"), Value::Null).await;
    assert_eq!(told(1).await, ("group.left".to_owned(), id));
}

async fn a_user_waits_for_news_in_four_places_at_most(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let id = group.trim_start_matches("/groups/");
    let poll = |user, wait| {
        let cursors = json!({ "cursors": { id: 1 }, "wait": wait });
        world.ask(user, "POST", "/changes", cursors)
    };
    // Whoever gives up waiting gives the place back.
    let mut given_up: FuturesUnordered<_> = (0..4).map(|_| poll(two, 25)).collect();
    assert!(timeout(Duration::from_millis(500), given_up.next()).await.is_err());
    drop(given_up);

    let mut asked: FuturesUnordered<_> = (0..5).map(|_| poll(two, 25)).collect();
    let refused = asked.next().await.unwrap();
    assert_eq!(refusal(&refused), (429, "changes.too_many_waiting"));
    let cursors = json!({ "cursors": { id: 1 }, "wait": 1 });
    let refused =
        world.call(&world.node, &format!("{two} {}", world.workspace), "POST", "/changes", cursors).await;
    assert_eq!(refused.headers()["retry-after"], "5");
    // Who does not wait, and who is somebody else, is not concerned.
    assert_eq!(poll(two, 0).await.0, 200);
    assert_eq!(poll(one, 1).await.0, 200);
    let (answers, said) = tokio::join!(asked.collect::<Vec<_>>(), world.say(one, &group, "wake up"));
    assert_eq!(answers.len(), 4);
    for (status, news) in answers {
        assert_eq!((status, &news["streams"][id]["entries"][0]["data"]["message"]), (200, &said));
    }
    assert_eq!(poll(two, 1).await.0, 200);
}
