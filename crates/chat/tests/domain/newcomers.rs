//! What new members get of a group: rights, and what was said before.

use serde_json::{Value, json};

use super::support::{World, on_both, refusal, said};

on_both! {
    new_members_have_the_rights_that_the_group_gives,
    what_was_said_before_one_came_stays_hidden_where_the_group_says_so,
    a_public_group_hides_nothing,
}

async fn new_members_have_the_rights_that_the_group_gives(world: World) {
    let [one, two, three] = world.people().await;
    let body = json!({
        "kind": "channel", "name": "all talk", "member_ids": [two],
        "default_rights": { "can_write": true, "can_pin": true },
    });
    let group = world.must(one, "POST", "/groups", body).await;
    let shown = json!({
        "can_write": true, "can_attach": false, "can_invite": false, "can_pin": true, "can_delete_others": false,
    });
    assert_eq!(group["default_rights"], shown);
    let group = format!("/groups/{}", group["id"].as_str().unwrap());
    world.say(two, &group, "hi").await;
    let change = json!({ "default_rights": { "can_attach": true } });
    assert_eq!(refusal(&world.ask(two, "PATCH", &group, change.clone()).await), (403, "group.not_admin"));
    let changed = world.must(one, "PATCH", &group, change).await;
    assert_eq!(
        (&changed["default_rights"]["can_write"], &changed["default_rights"]["can_attach"]),
        (&json!(false), &json!(true))
    );
    world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": [three] })).await;
    // Who came before keeps what they had.
    world.say(two, &group, "still here").await;
    let post = world.ask(three, "POST", &format!("{group}/messages"), json!({ "content": "hi" })).await;
    assert_eq!(refusal(&post), (403, "group.read_only"));
    // Who runs it without owning it may say so too.
    world.must(one, "PATCH", &format!("{group}/members/{two}"), json!({ "is_admin": true })).await;
    let back = json!({ "default_rights": { "can_write": true } });
    assert_eq!(world.must(two, "PATCH", &group, back).await["default_rights"]["can_write"], true);
    for rights in [json!({ "is_owner": true }), json!({ "can_read": false }), json!([])] {
        let refused = world.ask(one, "PATCH", &group, json!({ "default_rights": rights })).await;
        assert_eq!(refused.0, 422, "{rights}");
    }
}

async fn what_was_said_before_one_came_stays_hidden_where_the_group_says_so(world: World) {
    let [one, two, three] = world.people().await;
    let body = json!({ "kind": "group", "name": "us", "member_ids": [two], "history": "since_join" });
    let group = world.must(one, "POST", "/groups", body).await;
    assert_eq!(group["history"], "since_join");
    let group = format!("/groups/{}", group["id"].as_str().unwrap());
    let another = world.say(one, &group, "another").await;
    let before = world.say(one, &group, "before").await;
    let message = format!("{group}/messages/{}", before["id"].as_str().unwrap());
    world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": [three] })).await;

    let mine = async || world.must(three, "GET", "/groups", Value::Null).await["items"][0].clone();
    let listed = mine().await;
    assert_eq!((&listed["preview"], &listed["unread"]), (&Value::Null, &json!(0)));
    let edited = json!({ "content": "edited before" });
    world.must(one, "PATCH", &message, edited).await;
    assert_eq!(mine().await["preview"], Value::Null);
    world.must(one, "POST", &format!("{message}/pin"), json!({ "pinned": true })).await;
    let another = format!("{group}/messages/{}", another["id"].as_str().unwrap());
    world.must(one, "DELETE", &another, Value::Null).await;
    let answer = json!({ "content": "to what?", "reply_to": before["id"] });
    for (path, method, body, expected) in [
        (message.clone(), "GET", Value::Null, (404, "message.not_found")),
        (format!("{message}/history"), "GET", Value::Null, (404, "message.not_found")),
        (format!("{group}/messages"), "POST", answer.clone(), (422, "message.reply_to")),
    ] {
        assert_eq!(refusal(&world.ask(three, method, &path, body).await), expected, "{path}");
    }
    for query in ["", "?after=0", "?around=3"] {
        let page = world.must(three, "GET", &format!("{group}/messages{query}"), Value::Null).await;
        assert!(said(&page).is_empty(), "{query}");
    }
    // The stream begins where they came, and what is edited from before is a place in it and nothing else.
    let from_nothing = world.must(three, "GET", &format!("{group}/changes?since=0"), Value::Null).await;
    assert_eq!((&from_nothing["reset"], &from_nothing["entries"]), (&json!(true), &json!([])));
    let since = before["seq"].as_i64().unwrap();
    let changes = world.must(three, "GET", &format!("{group}/changes?since={since}"), Value::Null).await;
    let kinds: Vec<_> =
        changes["entries"].as_array().unwrap().iter().map(|entry| entry["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["member.added", "entry.skipped", "entry.skipped", "entry.skipped"]);
    for secret in ["edited before", before["id"].as_str().unwrap(), &another] {
        assert!(
            !changes.to_string().contains(secret.trim_start_matches(&format!("{group}/messages/"))),
            "{changes}"
        );
    }
    let told = world.must(two, "GET", &format!("{group}/changes?since={since}"), Value::Null).await;
    assert!(told.to_string().contains("edited before"), "{told}");

    world.say(one, &group, "after").await;
    let listed = mine().await;
    assert_eq!((&listed["preview"], &listed["unread"]), (&json!("after"), &json!(1)));
    world.must(two, "POST", &format!("{group}/messages"), answer).await;
    let page = world.must(three, "GET", &format!("{group}/messages"), Value::Null).await;
    assert_eq!(said(&page).len(), 2);
    // Whoever goes and comes again begins again: what they said themselves is a place to them.
    let named = json!({ "content": "mine", "client_id": "c1" });
    let mine_first = world.must(three, "POST", &format!("{group}/messages"), named.clone()).await;
    world.must(three, "POST", &format!("{group}/leave"), Value::Null).await;
    world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": [three] })).await;
    let page = world.must(three, "GET", &format!("{group}/messages"), Value::Null).await;
    assert!(said(&page).is_empty());
    let repeated = world.ask(three, "POST", &format!("{group}/messages"), named).await;
    assert_eq!(repeated, (200, json!({ "id": mine_first["id"], "seq": mine_first["seq"] })));
    // From now on it is otherwise, for those who come now.
    world.must(one, "PATCH", &group, json!({ "history": "all" })).await;
    let page = world.must(three, "GET", &format!("{group}/messages"), Value::Null).await;
    assert!(said(&page).is_empty());
    world.must(three, "POST", &format!("{group}/leave"), Value::Null).await;
    world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": [three] })).await;
    assert_eq!(world.must(three, "GET", &message, Value::Null).await["content"], "edited before");
}

async fn a_public_group_hides_nothing(world: World) {
    let owner = world.owner();
    let [one, ..] = world.people().await;
    let body = json!({ "kind": "group", "name": "us", "visibility": "public", "history": "since_join" });
    assert_eq!(refusal(&world.ask(owner, "POST", "/groups", body).await), (422, "group.history"));
    let body = json!({ "kind": "group", "name": "us", "history": "since_join" });
    let group = world.must(owner, "POST", "/groups", body).await;
    let group = format!("/groups/{}", group["id"].as_str().unwrap());
    world.say(owner, &group, "before").await;
    world.must(owner, "POST", &format!("{group}/members"), json!({ "user_ids": [one] })).await;
    let open = world.ask(owner, "PATCH", &group, json!({ "visibility": "public" })).await;
    assert_eq!(refusal(&open), (422, "group.history"));
    world.must(owner, "PATCH", &group, json!({ "visibility": "public", "history": "all" })).await;
    // Everybody reads it now, so its member does, too.
    let page = world.must(one, "GET", &format!("{group}/messages"), Value::Null).await;
    assert_eq!(said(&page)[0]["content"], "before");
    assert_eq!(world.must(one, "GET", "/groups", Value::Null).await["items"][0]["preview"], "before");
}
