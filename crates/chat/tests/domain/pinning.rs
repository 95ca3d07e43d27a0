//! Pins: what a group wants at hand.

use futures::{FutureExt as _, future::join_all};
use serde_json::{Value, json};

use super::support::{World, on_both, refusal};

on_both! {
    a_pinned_message_is_listed_until_it_is_not_pinned_or_not_there,
    a_group_has_only_so_many_pins_however_many_ask,
    pins_of_what_one_may_not_read_are_not_listed,
}

fn pins(page: &Value) -> Vec<Value> {
    page["items"].as_array().unwrap().iter().map(|pin| pin["message"]["id"].clone()).collect()
}

async fn a_pinned_message_is_listed_until_it_is_not_pinned_or_not_there(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let mut said = Vec::new();
    for text in ["a", "b", "c", "d"] {
        said.push(world.say(two, &group, text).await);
    }
    let path = |at: usize| format!("{group}/messages/{}", said[at]["id"].as_str().unwrap());
    let pin = async |who, at: usize, pinned: bool| {
        world.ask(who, "POST", &format!("{}/pin", path(at)), json!({ "pinned": pinned })).await
    };
    assert_eq!(refusal(&pin(two, 0, true).await), (403, "group.missing_right"));
    assert_eq!(refusal(&pin(three, 0, true).await), (404, "group.not_found"));
    for at in [2, 0, 3] {
        let (status, message) = pin(one, at, true).await;
        assert_eq!((status, &message["pinned"]), (200, &json!(true)));
        assert!(message["rev"].as_i64() > said[at]["rev"].as_i64());
    }
    let seq = world.must(one, "GET", &group, Value::Null).await["seq"].clone();
    assert_eq!(pin(one, 0, true).await.0, 200);
    assert_eq!(pin(one, 1, false).await.0, 200);
    assert_eq!(world.must(one, "GET", &group, Value::Null).await["seq"], seq, "nothing changed");

    let listed = format!("{group}/pins?limit=2");
    let first = world.must(two, "GET", &listed, Value::Null).await;
    assert_eq!(pins(&first), [said[3]["id"].clone(), said[2]["id"].clone()]);
    assert_eq!(first["items"][0]["pinned_by"], one.to_string());
    let next = format!("{listed}&after={}", first["next"].as_str().unwrap());
    let rest = world.must(two, "GET", &next, Value::Null).await;
    assert_eq!((pins(&rest), &rest["next"]), (vec![said[0]["id"].clone()], &Value::Null));

    // An edit keeps the pin, and a deletion takes it.
    world.must(two, "PATCH", &path(3), json!({ "content": "edited" })).await;
    world.must(two, "DELETE", &path(2), Value::Null).await;
    pin(one, 0, false).await;
    let left = world.must(two, "GET", &listed, Value::Null).await;
    assert_eq!(
        (pins(&left), &left["items"][0]["message"]["content"]),
        (vec![said[3]["id"].clone()], &json!("edited"))
    );
    assert_eq!(world.must(two, "GET", &path(2), Value::Null).await["pinned"], false);
    assert_eq!(refusal(&pin(one, 2, true).await), (404, "message.not_found"));

    let since = said[3]["seq"].as_i64().unwrap();
    let changes = world.must(two, "GET", &format!("{group}/changes?since={since}"), Value::Null).await;
    let told: Vec<_> = changes["entries"].as_array().unwrap().iter().collect();
    let kinds: Vec<_> = told.iter().map(|entry| entry["type"].as_str().unwrap()).collect();
    let pinned = "message.pinned";
    assert_eq!(kinds, [pinned, pinned, pinned, "message.edited", "message.deleted", pinned]);
    assert_eq!(told[0]["data"], json!({ "message_id": said[2]["id"], "pinned": true }));
    assert_eq!(told[5]["data"], json!({ "message_id": said[0]["id"], "pinned": false }));

    // One message of each other group stays its own: a pin is asked for where the message is.
    let other = world.group("group", one, &[]).await;
    let foreign = format!("{other}/messages/{}/pin", said[3]["id"].as_str().unwrap());
    let refused = world.ask(one, "POST", &foreign, json!({ "pinned": true })).await;
    assert_eq!(refusal(&refused), (404, "message.not_found"));
    for body in [json!({}), json!({ "pinned": "yes" }), json!({ "pinned": true, "surprise": 1 })] {
        assert_eq!(world.ask(one, "POST", &format!("{}/pin", path(1)), body.clone()).await.0, 422, "{body}");
    }
}

async fn a_group_has_only_so_many_pins_however_many_ask(world: World) {
    let [one, ..] = world.people().await;
    let group = world.group("group", one, &[]).await;
    let texts: Vec<String> = (0..104).map(|at| at.to_string()).collect();
    let said = join_all(texts.iter().map(|text| world.say(one, &group, text).boxed())).await;
    let asked = said.iter().map(|message| {
        let path = format!("{group}/messages/{}/pin", message["id"].as_str().unwrap());
        let world = &world;
        async move { world.ask(one, "POST", &path, json!({ "pinned": true })).await }.boxed()
    });
    let answers = join_all(asked).await;
    let refused: Vec<_> = answers.iter().filter(|(status, _)| *status != 200).collect();
    assert_eq!(refused.len(), 4, "{refused:?}");
    assert!(refused.iter().all(|answer| refusal(answer) == (422, "group.too_many_pins")), "{refused:?}");
    let page = world.must(one, "GET", &format!("{group}/pins?limit=100"), Value::Null).await;
    assert_eq!((pins(&page).len(), &page["next"]), (100, &Value::Null));
    // There is room again where one goes.
    let pinned = answers.iter().find(|(status, _)| *status == 200).unwrap().1["id"].clone();
    let path = |id: &Value| format!("{group}/messages/{}", id.as_str().unwrap());
    world.must(one, "DELETE", &path(&pinned), Value::Null).await;
    let left: Vec<_> =
        said.iter().map(|message| &message["id"]).filter(|id| !pins(&page).contains(id)).collect();
    world.must(one, "POST", &format!("{}/pin", path(left[0])), json!({ "pinned": true })).await;
}

async fn pins_of_what_one_may_not_read_are_not_listed(world: World) {
    let [one, two, _] = world.people().await;
    let body = json!({ "kind": "group", "name": "us", "history": "since_join" });
    let group = world.must(one, "POST", "/groups", body).await;
    let group = format!("/groups/{}", group["id"].as_str().unwrap());
    let pin = async |message: &Value| {
        let path = format!("{group}/messages/{}/pin", message["id"].as_str().unwrap());
        world.must(one, "POST", &path, json!({ "pinned": true })).await;
    };
    let before = world.say(one, &group, "before").await;
    pin(&before).await;
    world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": [two] })).await;
    let after = world.say(one, &group, "after").await;
    pin(&after).await;
    let listed = format!("{group}/pins");
    assert_eq!(pins(&world.must(one, "GET", &listed, Value::Null).await).len(), 2);
    assert_eq!(pins(&world.must(two, "GET", &listed, Value::Null).await), [after["id"].clone()]);
}
