//! How far people have read.

use futures::{FutureExt as _, future::join_all};
use serde_json::{Value, json};

use super::support::{World, on_both, refusal};

on_both! {
    unread_counts_what_came_after_the_pointer,
    a_pointer_never_goes_back,
    what_is_marked_unread_stays_so_until_it_is_read_again,
    what_devices_are_told_last_is_how_it_is,
    who_comes_again_has_read_what_was_said_before,
    however_many_send_everybody_has_read_what_they_sent,
}

async fn unread_counts_what_came_after_the_pointer(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let first = world.say(one, &group, "1").await;
    world.say(one, &group, "2").await;
    let unread = async |user| {
        let all = world.must(user, "GET", "/unread", Value::Null).await;
        let listed = world.must(user, "GET", "/groups", Value::Null).await;
        assert_eq!(all["total"], listed["items"][0]["unread"]);
        all["total"].as_i64().unwrap()
    };
    assert_eq!((unread(one).await, unread(two).await), (0, 2), "what one says oneself is read");
    let read = world.must(two, "POST", &format!("{group}/read"), json!({ "seq": first["seq"] })).await;
    assert_eq!(read, json!({ "read_seq": first["seq"], "read_rev": 0, "unread": 1, "mentions": 0 }));
    assert_eq!(unread(two).await, 1);
    world.say(two, &group, "3").await;
    assert_eq!((unread(one).await, unread(two).await), (1, 0));
    world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": [three] })).await;
    assert_eq!(unread(three).await, 0, "what came before one joined counts as read");
}

async fn a_pointer_never_goes_back(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    for number in 0..3 {
        world.say(one, &group, &number.to_string()).await;
    }
    let read = async |seq: i64| {
        world.must(two, "POST", &format!("{group}/read"), json!({ "seq": seq })).await["read_seq"]
            .as_i64()
            .unwrap()
    };
    assert_eq!(read(3).await, 3);
    assert_eq!(read(2).await, 3);
    assert_eq!(read(-7).await, 3);
    assert_eq!(read(i64::MAX).await, 4, "nobody has read what is not there yet");
    assert_eq!(
        refusal(&world.ask(three, "POST", &format!("{group}/read"), json!({ "seq": 1 })).await).0,
        404
    );
}

async fn what_is_marked_unread_stays_so_until_it_is_read_again(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let mut said = Vec::new();
    for number in 0..4 {
        said.push(world.say(one, &group, &number.to_string()).await["seq"].as_i64().unwrap());
    }
    let read = async |body: Value| world.must(two, "POST", &format!("{group}/read"), body).await;
    let mark =
        async |seq: i64| world.ask(two, "POST", &format!("{group}/unread"), json!({ "seq": seq })).await;
    // What was not read is not marked either: the pointer does not go forward.
    assert_eq!(read(json!({ "seq": said[1] })).await["unread"], 2);
    assert_eq!(
        mark(said[3]).await.1,
        json!({ "read_seq": said[1], "read_rev": 0, "unread": 2, "mentions": 0 })
    );
    read(json!({ "seq": said[3] })).await;
    let marked = json!({ "read_seq": said[1] - 1, "read_rev": 1, "unread": 3, "mentions": 0 });
    assert_eq!(mark(said[1]).await, (200, marked.clone()));
    // A device that has not heard of it takes nothing back; one that has, or does not say, reads on.
    assert_eq!(read(json!({ "seq": said[3], "read_rev": 0 })).await, marked);
    assert_eq!(read(json!({ "seq": said[2], "read_rev": 1 })).await["unread"], 1);
    assert_eq!(read(json!({ "seq": said[3] })).await["unread"], 0);

    // What one had sent before counts as read no more, and what one sends later does.
    let own = world.say(two, &group, "mine").await["seq"].as_i64().unwrap();
    assert_eq!(mark(0).await.1["unread"], 5);
    assert_eq!(world.must(two, "GET", "/groups", Value::Null).await["items"][0]["unread"], 5);
    world.say(one, &group, "yours").await;
    assert_eq!(world.must(two, "GET", "/unread", Value::Null).await["total"], 6);
    let last = world.say(two, &group, "mine again").await["seq"].clone();
    let listed = world.must(two, "GET", "/groups", Value::Null).await["items"][0].clone();
    assert_eq!([&listed["unread"], &listed["read_seq"], &listed["read_rev"]], [&json!(0), &last, &json!(2)]);
    assert!(own < last.as_i64().unwrap());

    // Other devices are told, in the order in which it was done.
    let told = world.must(two, "GET", &format!("/groups/{two}/changes?since=0"), Value::Null).await;
    let told = told["entries"].as_array().unwrap().iter().filter(|entry| entry["type"] == "read");
    let told: Vec<_> =
        told.map(|entry| (entry["data"]["read_rev"].clone(), entry["data"]["unread"].clone())).collect();
    let expected =
        [(0, 2), (0, 0), (1, 3), (1, 1), (1, 0), (2, 5)].map(|(rev, unread)| (json!(rev), json!(unread)));
    assert_eq!(told, expected);
    assert_eq!(
        refusal(&world.ask(three, "POST", &format!("{group}/unread"), json!({ "seq": 1 })).await).0,
        404
    );
}

async fn what_devices_are_told_last_is_how_it_is(world: World) {
    let [one, two, _] = world.people().await;
    let other = world.node_beside().await;
    let group = world.group("group", one, &[two]).await;
    for round in 0..4 {
        let mut said = Vec::new();
        for number in 0..6 {
            said.push(world.say(one, &group, &number.to_string()).await["seq"].as_i64().unwrap());
        }
        let asked = said.iter().enumerate().map(|(at, seq)| {
            let (node, path) = (if at % 2 == 0 { &world.node } else { &other }, format!("{group}/read"));
            let world = &world;
            async move { world.ask_node(node, two, "POST", &path, json!({ "seq": seq })).await.0 }.boxed()
        });
        let answers = join_all(asked).await;
        assert!(answers.iter().all(|status| *status == 200), "{answers:?}");
        let told =
            world.must(two, "GET", &format!("/groups/{two}/changes?since=0&limit=1000"), Value::Null).await;
        let last = told["entries"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(
            (&last["data"]["seq"], &last["data"]["unread"]),
            (&json!(said[5]), &json!(0)),
            "round {round}"
        );
    }
}

async fn who_comes_again_has_read_what_was_said_before(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let mut said = Vec::new();
    for number in 0..5 {
        said.push(world.say(one, &group, &number.to_string()).await);
    }
    world.must(two, "POST", &format!("{group}/read"), json!({ "seq": said[4]["seq"] })).await;
    // The group's writer remembers the membership as it is now.
    let react = format!("{group}/messages/{}/reactions", said[0]["id"].as_str().unwrap());
    world.must(two, "POST", &react, json!({ "emoji": "x" })).await;
    let marked = world.must(two, "POST", &format!("{group}/unread"), json!({ "seq": said[2]["seq"] })).await;
    assert_eq!(marked["unread"], 3);
    world.must(two, "POST", &format!("{group}/leave"), Value::Null).await;
    world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": [two] })).await;
    let listed = world.must(two, "GET", "/groups", Value::Null).await["items"][0].clone();
    assert_eq!([&listed["unread"], &listed["read_rev"]], [&json!(0), &json!(0)]);
    world.say(one, &group, "welcome back").await;
    assert_eq!(world.must(two, "GET", "/unread", Value::Null).await["total"], 1);
}

async fn however_many_send_everybody_has_read_what_they_sent(world: World) {
    let mut people = Vec::new();
    for _ in 0..90 {
        people.push(world.join(world.workspace, parlance_base::Role::Member).await);
    }
    let group = world.group("group", people[0], &people[1..]).await;
    let other = world.node_beside().await;
    for round in 0..3 {
        let said = people.iter().enumerate().map(|(at, who)| {
            let (world, other, path) = (&world, &other, format!("{group}/messages"));
            async move {
                let body = json!({ "content": format!("{round}") });
                let answer = if (at + round) % 2 == 0 {
                    world.ask(*who, "POST", &path, body).await
                } else {
                    world.ask_node(other, *who, "POST", &path, body).await
                };
                answer.1["seq"].as_i64().unwrap()
            }
            .boxed()
        });
        let said = join_all(said).await;
        for (who, seq) in people.iter().zip(&said) {
            let listed = world.must(*who, "GET", "/groups", Value::Null).await["items"][0].clone();
            let later = said.iter().filter(|other| *other > seq).count();
            assert_eq!(
                (&listed["read_seq"], &listed["unread"]),
                (&json!(seq), &json!(later)),
                "round {round}"
            );
        }
    }
}
