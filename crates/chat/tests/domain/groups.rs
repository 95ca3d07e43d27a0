//! Making, finding, changing and ending groups.

use futures::future::join_all;
use parlance_base::{Role, StreamId};
use serde_json::{Value, json};

use super::support::{World, on_both, refusal};

on_both! {
    two_people_have_one_direct_group_however_many_ask,
    a_group_made_again_under_its_name_is_the_same,
    what_no_group_can_be_is_refused_with_its_reason,
    a_group_of_another_workspace_is_as_unknown_as_a_random_one,
    a_public_group_is_read_and_joined_by_members_and_hidden_from_guests,
    an_archived_group_takes_no_messages_until_it_is_restored,
    a_deleted_group_is_gone_for_everybody,
    the_list_has_the_newest_activity_first_and_pages_to_its_end,
    a_member_pins_and_mutes_a_group_for_themselves,
}

async fn two_people_have_one_direct_group_however_many_ask(world: World) {
    let [one, two, _] = world.people().await;
    let asks = (0..20).map(|number| {
        let (me, you) = if number % 2 == 0 { (one, two) } else { (two, one) };
        let path = format!("/direct/{you}");
        let world = &world;
        async move { world.ask(me, "POST", &path, Value::Null).await }
    });
    let answers = join_all(asks).await;
    let mut ids: Vec<_> = answers.iter().map(|(_, group)| group["id"].to_string()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|(status, _)| *status == 201).count(), 1);
    let mine = world.must(one, "GET", "/groups", Value::Null).await;
    assert_eq!(mine["items"][0]["with"]["user_id"], two.to_string());
}

async fn a_group_made_again_under_its_name_is_the_same(world: World) {
    let [one, two, _] = world.people().await;
    let body = json!({ "kind": "group", "name": "once", "client_id": "mine" });
    let (first, again) = (
        world.ask(one, "POST", "/groups", body.clone()).await,
        world.ask(one, "POST", "/groups", body.clone()).await,
    );
    assert_eq!((first.0, again.0), (201, 200));
    assert_eq!(first.1["id"], again.1["id"]);
    assert_ne!(world.must(two, "POST", "/groups", body).await["id"], first.1["id"]);
}

async fn what_no_group_can_be_is_refused_with_its_reason(world: World) {
    let [one, two, _] = world.people().await;
    let stranger = world.join(world.elsewhere, Role::Member).await;
    let guest = world.join(world.workspace, Role::Guest).await;
    let many: Vec<_> = (0..101).map(|_| world.ids.next::<parlance_base::UserId>()).collect();
    for (who, body, expected) in [
        (one, json!({ "kind": "group" }), (422, "group.name")),
        (one, json!({ "kind": "group", "name": "   " }), (422, "group.name")),
        (one, json!({ "kind": "group", "name": "x".repeat(81) }), (422, "group.name")),
        (one, json!({ "kind": "group", "name": "fdp.\u{202e}txt" }), (422, "group.name")),
        (one, json!({ "kind": "group", "name": "us\u{200b}" }), (422, "group.name")),
        (
            one,
            json!({ "kind": "group", "name": "x", "description": "x".repeat(1_001) }),
            (422, "group.description"),
        ),
        (one, json!({ "kind": "group", "name": "x", "member_ids": many }), (422, "group.too_many_members")),
        (one, json!({ "kind": "group", "name": "x", "member_ids": [stranger] }), (404, "user.not_found")),
        (one, json!({ "kind": "group", "name": "x", "client_id": "" }), (422, "request.client_id")),
        (one, json!({ "kind": "group", "name": "x", "surprise": 1 }), (422, "request.unknown_field")),
        (one, json!({ "kind": "party", "name": "x" }), (422, "request.invalid")),
        (one, json!({ "kind": "direct", "member_ids": [] }), (422, "group.not_two")),
        (one, json!({ "kind": "direct", "member_ids": [one] }), (422, "group.not_two")),
        (
            one,
            json!({ "kind": "group", "name": "x", "visibility": "public" }),
            (403, "workspace.insufficient_role"),
        ),
        (guest, json!({ "kind": "group", "name": "x" }), (403, "workspace.insufficient_role")),
        (guest, json!({ "kind": "direct", "member_ids": [one] }), (403, "workspace.insufficient_role")),
    ] {
        assert_eq!(refusal(&world.ask(who, "POST", "/groups", body.clone()).await), expected, "{body}");
    }
    assert_eq!(refusal(&world.ask(two, "POST", "/groups", json!([])).await).0, 422);
    assert_eq!(
        refusal(&world.ask(two, "GET", "/groups/not-an-id", Value::Null).await),
        (400, "request.malformed_id")
    );
    assert_eq!(refusal(&world.ask(two, "PUT", "/groups", Value::Null).await), (405, "route.wrong_method"));
}

async fn a_group_of_another_workspace_is_as_unknown_as_a_random_one(world: World) {
    let [one, ..] = world.people().await;
    let stranger = world.join(world.elsewhere, Role::Owner).await;
    let group = world.group("group", one, &[]).await;
    let said = world.say(one, &group, "secret").await;
    let random = format!("/groups/{}", world.ids.next::<StreamId>());
    let id = said["id"].as_str().unwrap();
    for (method, rest, body) in [
        ("GET", String::new(), Value::Null),
        ("PATCH", String::new(), json!({ "name": "mine" })),
        ("DELETE", String::new(), Value::Null),
        ("POST", "/archive".into(), Value::Null),
        ("POST", "/restore".into(), Value::Null),
        ("POST", "/join".into(), Value::Null),
        ("POST", "/leave".into(), Value::Null),
        ("GET", "/members".into(), Value::Null),
        ("POST", "/members".into(), json!({ "user_ids": [stranger] })),
        ("PATCH", format!("/members/{one}"), json!({ "is_owner": false })),
        ("DELETE", format!("/members/{one}"), Value::Null),
        ("POST", "/messages".into(), json!({ "content": "hi" })),
        ("GET", "/messages".into(), Value::Null),
        ("GET", format!("/messages/{id}"), Value::Null),
        ("PATCH", format!("/messages/{id}"), json!({ "content": "mine" })),
        ("DELETE", format!("/messages/{id}"), Value::Null),
        ("GET", format!("/messages/{id}/history"), Value::Null),
        ("GET", "/changes".into(), Value::Null),
        ("POST", "/read".into(), json!({ "seq": 1 })),
        ("POST", "/typing".into(), json!({})),
    ] {
        let ask = async |group: &str| {
            let path = format!("{group}{rest}");
            let mut answer = world.ask_in(world.elsewhere, stranger, method, &path, body.clone()).await;
            answer.1["error"]["request_id"] = Value::Null;
            answer
        };
        let foreign = ask(&group).await;
        assert_eq!(foreign.0, 404, "{method} {rest}: {foreign:?}");
        assert_eq!(foreign, ask(&random).await, "{method} {rest}");
    }
    assert_eq!(world.must(one, "GET", &group, Value::Null).await["name"], "a group");
    assert_eq!(
        world.must(one, "GET", &format!("{group}/messages/{id}"), Value::Null).await["content"],
        "secret"
    );
}

async fn a_public_group_is_read_and_joined_by_members_and_hidden_from_guests(world: World) {
    let admin = world.join(world.workspace, Role::Admin).await;
    let [one, ..] = world.people().await;
    let guest = world.join(world.workspace, Role::Guest).await;
    let body = json!({ "kind": "group", "name": "all", "visibility": "public" });
    let group = world.must(admin, "POST", "/groups", body).await;
    let group = format!("/groups/{}", group["id"].as_str().unwrap());
    world.say(admin, &group, "hello").await;
    assert_eq!(refusal(&world.ask(guest, "GET", &group, Value::Null).await), (404, "group.not_found"));
    let page = world.must(one, "GET", &format!("{group}/messages"), Value::Null).await;
    assert_eq!(page["items"][0]["content"], "hello");
    let post = world.ask(one, "POST", &format!("{group}/messages"), json!({ "content": "hi" })).await;
    assert_eq!(refusal(&post), (403, "group.read_only"));
    world.must(one, "POST", &format!("{group}/join"), Value::Null).await;
    world.say(one, &group, "hi").await;
    world.must(admin, "PATCH", &group, json!({ "visibility": "private" })).await;
    world.must(one, "POST", &format!("{group}/leave"), Value::Null).await;
    assert_eq!(refusal(&world.ask(one, "GET", &group, Value::Null).await), (404, "group.not_found"));
}

async fn an_archived_group_takes_no_messages_until_it_is_restored(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    assert_eq!(
        refusal(&world.ask(two, "POST", &format!("{group}/archive"), Value::Null).await),
        (403, "group.not_admin")
    );
    assert_eq!(world.must(one, "POST", &format!("{group}/archive"), Value::Null).await["archived"], true);
    let post = world.ask(two, "POST", &format!("{group}/messages"), json!({ "content": "hi" })).await;
    assert_eq!(refusal(&post).1, "group.archived");
    world.must(one, "POST", &format!("{group}/restore"), Value::Null).await;
    world.say(two, &group, "hi").await;
}

async fn a_deleted_group_is_gone_for_everybody(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    assert_eq!(refusal(&world.ask(two, "DELETE", &group, Value::Null).await), (403, "group.not_owner"));
    world.must(one, "DELETE", &group, Value::Null).await;
    for user in [one, two] {
        assert_eq!(refusal(&world.ask(user, "GET", &group, Value::Null).await), (404, "group.not_found"));
        assert_eq!(world.must(user, "GET", "/groups", Value::Null).await["items"], json!([]));
    }
}

async fn the_list_has_the_newest_activity_first_and_pages_to_its_end(world: World) {
    let [one, two, _] = world.people().await;
    let mut groups = Vec::new();
    for _ in 0..5 {
        groups.push(world.group("group", one, &[two]).await);
    }
    world.say(two, &groups[1], "newest").await;
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = world.must(one, "GET", &format!("/groups?limit=2{after}"), Value::Null).await;
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|group| format!("/groups/{}", group["id"].as_str().unwrap())),
        );
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(seen.first(), groups.get(1));
    seen.sort();
    groups.sort();
    assert_eq!(seen, groups);
}

async fn a_member_pins_and_mutes_a_group_for_themselves(world: World) {
    let [one, two, three] = world.people().await;
    let mut groups = Vec::new();
    for _ in 0..4 {
        groups.push(world.group("group", one, &[two]).await);
    }
    let until = "2031-05-01T12:00:00.000Z";
    let mine = format!("{}/me", groups[1]);
    let preferences = world.must(two, "PATCH", &mine, json!({ "pinned": true })).await;
    assert_eq!(preferences, json!({ "pinned": true, "muted_until": null, "folder_id": null }));
    let offset = json!({ "muted_until": "2031-05-01T14:00:00+02:00" });
    let preferences = world.must(two, "PATCH", &mine, offset).await;
    assert_eq!(preferences, json!({ "pinned": true, "muted_until": until, "folder_id": null }));
    // The same again is no news.
    world.must(two, "PATCH", &mine, json!({ "pinned": true, "muted_until": until })).await;

    // Pinned ones come first, on every page, and for nobody else.
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = world.must(two, "GET", &format!("/groups?limit=1{after}"), Value::Null).await;
        let group = &page["items"][0];
        seen.push((format!("/groups/{}", group["id"].as_str().unwrap()), group["pinned"] == true));
        assert_eq!(group["muted_until"], if seen.len() == 1 { json!(until) } else { Value::Null });
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    let newest_first = [1, 3, 2, 0].map(|at| (groups[at].clone(), at == 1));
    assert_eq!(seen, newest_first);
    let others = world.must(one, "GET", "/groups", Value::Null).await;
    assert!(others["items"].as_array().unwrap().iter().all(|group| group["pinned"] == false));

    world.must(two, "PATCH", &mine, json!({ "muted_until": null })).await;
    let body = json!({ "cursors": { two.to_string(): 0 } });
    let own = world.must(two, "POST", "/changes", body).await["streams"][two.to_string()].clone();
    let told = own["entries"].as_array().unwrap().iter().filter(|entry| entry["type"] == "settings.updated");
    let told: Vec<_> = told.map(|entry| entry["data"].clone()).collect();
    let id = groups[1].trim_start_matches("/groups/");
    assert_eq!(
        told,
        [
            json!({ "group_id": id, "pinned": true }),
            json!({ "group_id": id, "muted_until": until }),
            json!({ "group_id": id, "muted_until": null }),
        ]
    );
    // Whoever goes and comes again has it as it was at first.
    let quiet = json!({ "pinned": true, "muted_until": until });
    world.must(two, "PATCH", &mine, quiet).await;
    world.must(two, "POST", &format!("{}/leave", groups[1]), Value::Null).await;
    world.must(one, "POST", &format!("{}/members", groups[1]), json!({ "user_ids": [two] })).await;
    let again = world.must(two, "PATCH", &mine, json!({})).await;
    assert_eq!(again, json!({ "pinned": false, "muted_until": null, "folder_id": null }));
    for (who, body, expected) in [
        (three, json!({ "pinned": true }), (404, "group.not_found")),
        (two, json!({ "muted_until": "soon" }), (422, "request.invalid")),
        (two, json!({ "muted_until": 5 }), (422, "request.invalid")),
        (two, json!({ "pinned": "yes" }), (422, "request.invalid")),
        (two, json!({ "surprise": 1 }), (422, "request.unknown_field")),
    ] {
        assert_eq!(refusal(&world.ask(who, "PATCH", &mine, body.clone()).await), expected, "{body}");
    }
}
