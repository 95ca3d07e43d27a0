//! How far people have read.

use serde_json::{Value, json};

use super::support::{World, on_both, refusal};

on_both! {
    unread_counts_what_came_after_the_pointer,
    a_pointer_never_goes_back,
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
    assert_eq!(read, json!({ "read_seq": first["seq"], "unread": 1 }));
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
