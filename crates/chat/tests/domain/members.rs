//! Coming, going, and rights.

use futures::future::join_all;
use parlance_base::Role;
use serde_json::{Value, json};

use super::support::{World, on_both, refusal};

on_both! {
    rights_are_what_they_were_given_and_act_at_once,
    a_removed_member_is_out_at_once_and_can_come_back,
    who_comes_back_has_the_rights_of_somebody_new,
    a_group_keeps_an_owner_under_races,
    a_group_is_handed_over_in_one_step,
    members_are_listed_once_each,
}

async fn rights_are_what_they_were_given_and_act_at_once(world: World) {
    let [one, two, three] = world.people().await;
    let channel = world.group("channel", one, &[two]).await;
    let messages = format!("{channel}/messages");
    let post = || world.ask(two, "POST", &messages, json!({ "content": "hi" }));
    assert_eq!(refusal(&post().await), (403, "group.read_only"));
    let member = format!("{channel}/members/{two}");
    assert_eq!(
        refusal(&world.ask(two, "PATCH", &member, json!({ "can_write": true })).await),
        (403, "group.not_admin")
    );
    world.must(one, "PATCH", &member, json!({ "can_write": true })).await;
    assert_eq!(post().await.0, 201);
    let add = json!({ "user_ids": [three] });
    let refused = world.ask(two, "POST", &format!("{channel}/members"), add.clone()).await;
    assert_eq!(refusal(&refused), (403, "group.missing_right"));
    world.must(one, "PATCH", &member, json!({ "can_invite": true, "is_admin": true })).await;
    world.must(two, "POST", &format!("{channel}/members"), add).await;
    let owner = world.ask(two, "PATCH", &member, json!({ "is_owner": true })).await;
    assert_eq!(refusal(&owner), (403, "group.not_owner"), "an admin does not make owners");
    world.must(one, "PATCH", &member, json!({ "can_read": false })).await;
    assert_eq!(refusal(&post().await), (404, "group.not_found"));
}

async fn a_removed_member_is_out_at_once_and_can_come_back(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    world.say(two, &group, "before").await;
    world.must(one, "DELETE", &format!("{group}/members/{two}"), Value::Null).await;
    world.must(one, "DELETE", &format!("{group}/members/{two}"), Value::Null).await;
    assert_eq!(refusal(&world.ask(two, "GET", &group, Value::Null).await), (404, "group.not_found"));
    let again = json!({ "user_ids": [two, two] });
    world.must(one, "POST", &format!("{group}/members"), again.clone()).await;
    world.must(one, "POST", &format!("{group}/members"), again).await;
    world.say(two, &group, "after").await;
    let changes = world.must(two, "GET", &format!("{group}/changes"), Value::Null).await;
    let kinds: Vec<_> =
        changes["entries"].as_array().unwrap().iter().map(|entry| entry["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["member.added", "message.new", "member.removed", "member.added", "message.new"]);
    assert_eq!(world.must(one, "GET", &group, Value::Null).await["member_count"], 2);
}

async fn who_comes_back_has_the_rights_of_somebody_new(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let member = format!("{group}/members/{two}");
    let more = json!({ "is_admin": true, "can_invite": true, "can_attach": false });
    world.must(one, "PATCH", &member, more).await;
    world.must(two, "PATCH", &group, json!({ "name": "run by two" })).await;
    world.must(one, "DELETE", &member, Value::Null).await;
    world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": [two] })).await;
    let refused = world.ask(two, "PATCH", &group, json!({ "name": "still" })).await;
    assert_eq!(refusal(&refused), (403, "group.not_admin"));
    let listed = world.must(one, "GET", &format!("{group}/members"), Value::Null).await;
    let theirs = listed["items"].as_array().unwrap().iter().find(|member| member["user_id"] == json!(two));
    let rights = &theirs.unwrap()["rights"];
    let expected = ["is_admin", "can_invite", "can_attach", "can_write"].map(|right| rights[right].clone());
    assert_eq!(expected, [false, false, true, true].map(|is| json!(is)));
}

async fn a_group_keeps_an_owner_under_races(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    assert_eq!(
        refusal(&world.ask(one, "POST", &format!("{group}/leave"), Value::Null).await),
        (409, "group.last_owner")
    );
    world.must(one, "PATCH", &format!("{group}/members/{two}"), json!({ "is_owner": true })).await;
    let leave = format!("{group}/leave");
    let left = join_all([one, two].map(|user| world.ask(user, "POST", &leave, Value::Null))).await;
    let mut statuses: Vec<_> = left.iter().map(|(status, _)| *status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409], "{left:?}");
}

async fn a_group_is_handed_over_in_one_step(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two, three]).await;
    let transfer = format!("{group}/transfer");
    let to = |user| json!({ "user_id": user });
    assert_eq!(refusal(&world.ask(two, "POST", &transfer, to(two)).await), (403, "group.not_owner"));
    let outsider = world.join(world.workspace, Role::Member).await;
    assert_eq!(refusal(&world.ask(one, "POST", &transfer, to(outsider)).await), (404, "member.not_found"));
    world.must(one, "POST", &transfer, to(one)).await;
    // Two who are given it at the same moment do not both get it from one owner.
    let given = join_all([two, three].map(|user| world.ask(one, "POST", &transfer, to(user)))).await;
    let mut statuses: Vec<_> = given.iter().map(|(status, _)| *status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 403], "{given:?}");
    let owners = async || {
        let members = world.must(one, "GET", &format!("{group}/members"), Value::Null).await;
        let members = members["items"].as_array().unwrap().clone();
        let rights = |member: &Value, right: &str| member["rights"][right] == true;
        let admin = members.iter().find(|member| member["user_id"] == one.to_string()).unwrap();
        assert!(rights(admin, "is_admin") && !rights(admin, "is_owner"), "{admin}");
        members.iter().filter(|member| rights(member, "is_owner")).count()
    };
    assert_eq!(owners().await, 1);
    // An owner of the workspace, who is not in the group, makes one more.
    let heir = if given[0].0 == 200 { three } else { two };
    world.must(world.owner(), "POST", &transfer, to(heir)).await;
    assert_eq!(owners().await, 2);
    let leave = format!("{group}/leave");
    let left = join_all([two, three].map(|user| world.ask(user, "POST", &leave, Value::Null))).await;
    let mut statuses: Vec<_> = left.iter().map(|(status, _)| *status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409], "{left:?}");
    let direct = world.must(one, "POST", &format!("/direct/{two}"), Value::Null).await;
    let direct = format!("/groups/{}/transfer", direct["id"].as_str().unwrap());
    assert_eq!(refusal(&world.ask(one, "POST", &direct, to(two)).await), (403, "group.not_owner"));
    assert_eq!(refusal(&world.ask(world.owner(), "POST", &direct, to(two)).await), (422, "group.is_direct"));
}

async fn members_are_listed_once_each(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two, three]).await;
    let first = world.must(three, "GET", &format!("{group}/members?limit=2"), Value::Null).await;
    let next = first["next"].as_str().unwrap();
    let rest = world.must(three, "GET", &format!("{group}/members?limit=2&after={next}"), Value::Null).await;
    let items = [first["items"].as_array().unwrap().as_slice(), rest["items"].as_array().unwrap()].concat();
    let mut users: Vec<_> =
        items.iter().map(|member| member["user_id"].as_str().unwrap().to_owned()).collect();
    users.sort();
    let mut expected = [one, two, three].map(|user| user.to_string());
    expected.sort();
    assert_eq!(users, expected);
    assert_eq!(rest["next"], Value::Null);
}
