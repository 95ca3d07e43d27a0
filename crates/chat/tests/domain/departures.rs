//! Who goes from the workspace goes from its groups.

use futures::future::join_all;
use parlance_base::{Role, UserId};
use parlance_trial::eventually;
use parlance_workspace::{DisplayName, Ending, NewMember};
use serde_json::{Value, json};

use super::support::{World, on_both, refusal};

on_both! {
    the_groups_that_they_alone_owned_pass_to_those_who_run_the_workspace,
    a_direct_group_stays_with_the_other_and_is_both_theirs_again_after_a_return,
    any_number_of_groups_is_left_and_who_comes_back_has_only_new_ones,
    nobody_is_left_in_a_group_that_they_were_being_added_to,
    nobody_who_is_not_of_the_workspace_is_added,
    groups_call_a_member_what_the_workspace_calls_them,
}

/// The members of the group and whether each owns it, as somebody sees them.
async fn members(world: &World, sees: UserId, group: &str) -> Vec<(String, bool)> {
    let page = world.must(sees, "GET", &format!("{group}/members?limit=100"), Value::Null).await;
    let of = |member: &Value| {
        (member["user_id"].as_str().unwrap().to_owned(), member["rights"]["is_owner"] == true)
    };
    page["items"].as_array().unwrap().iter().map(of).collect()
}

/// Waits until the user is in none of these groups.
async fn gone(world: &World, user: UserId, sees: UserId, groups: &[String]) {
    for group in groups {
        let is_out =
            async || members(world, sees, group).await.iter().all(|(member, _)| *member != user.to_string());
        eventually(&format!("{user} is out of {group}"), is_out).await;
    }
}

async fn the_groups_that_they_alone_owned_pass_to_those_who_run_the_workspace(world: World) {
    let [one, two, three] = world.people().await;
    let admins =
        [world.join(world.workspace, Role::Admin).await, world.join(world.workspace, Role::Admin).await];
    let with_admins = world.group("group", one, &[two, admins[1], admins[0]]).await;
    let without = world.group("channel", one, &[two]).await;
    let shared = world.group("group", one, &[two]).await;
    world.must(one, "PATCH", &format!("{shared}/members/{two}"), json!({ "is_owner": true })).await;
    let of_another = world.group("group", three, &[one, two]).await;
    world.remove(one).await;
    assert_eq!(refusal(&world.ask(one, "GET", &shared, Value::Null).await), (404, "workspace.not_found"));
    let groups = [with_admins, without, shared, of_another];
    gone(&world, one, two, &groups).await;
    let owners = async |group: &str| {
        let members = members(&world, two, group).await;
        members.into_iter().filter_map(|(user, owns)| owns.then_some(user)).collect::<Vec<_>>()
    };
    assert_eq!(owners(&groups[0]).await, [admins[0].to_string()], "the longest-standing admin who is in it");
    assert_eq!(owners(&groups[1]).await, [world.owner().to_string()], "else the workspace's owner");
    assert_eq!(owners(&groups[2]).await, [two.to_string()]);
    assert_eq!(owners(&groups[3]).await, [three.to_string()]);
    let group = world.must(world.owner(), "GET", &groups[1], Value::Null).await;
    assert_eq!(group["member_count"], 2);
    let changes = world.must(two, "GET", &format!("{}/changes", groups[1]), Value::Null).await;
    let told: Vec<_> =
        changes["entries"].as_array().unwrap().iter().map(|entry| entry["type"].clone()).collect();
    assert_eq!(told, ["member.added", "member.added", "member.removed"]);
    assert_eq!(changes["entries"][1]["data"]["members"][0]["user_id"], world.owner().to_string());
    assert_eq!(changes["entries"][1]["author"]["kind"], "system");
}

async fn a_direct_group_stays_with_the_other_and_is_both_theirs_again_after_a_return(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.must(one, "POST", &format!("/direct/{two}"), Value::Null).await;
    let direct = format!("/groups/{}", group["id"].as_str().unwrap());
    world.say(one, &direct, "before I go").await;
    world.remove(one).await;
    gone(&world, one, two, std::slice::from_ref(&direct)).await;
    let page = world.must(two, "GET", &format!("{direct}/messages"), Value::Null).await;
    assert_eq!(page["items"][0]["content"], "before I go");
    let mine = world.must(two, "GET", "/groups", Value::Null).await;
    assert_eq!(mine["items"][0]["with"]["user_id"], one.to_string());
    world.back(one).await;
    assert_eq!(refusal(&world.ask(one, "GET", &direct, Value::Null).await), (404, "group.not_found"));
    let again = world.must(two, "POST", &format!("/direct/{one}"), Value::Null).await;
    assert_eq!((&again["id"], &again["member_count"]), (&group["id"], &json!(2)));
    world.say(one, &direct, "I am back").await;
}

async fn any_number_of_groups_is_left_and_who_comes_back_has_only_new_ones(world: World) {
    let [one, two, _] = world.people().await;
    let with = [one];
    let made = join_all((0..120).map(|_| world.group("group", two, &with))).await;
    world.remove(one).await;
    world.back(one).await;
    // They may ask in before the job has come to what they had.
    let new = world.group("group", one, &[two]).await;
    let joined = made[60].clone();
    world.must(two, "POST", &format!("{joined}/members"), json!({ "user_ids": [one] })).await;
    let left: Vec<String> = made.into_iter().filter(|group| *group != joined).collect();
    gone(&world, one, two, &left).await;
    for group in [&new, &joined] {
        world.say(one, group, "I am here").await;
    }
}

async fn nobody_is_left_in_a_group_that_they_were_being_added_to(world: World) {
    let [one, two, _] = world.people().await;
    let other = world.node_beside().await;
    let groups = join_all((0..30).map(|_| world.group("group", two, &[]))).await;
    let adds = groups.iter().enumerate().map(|(at, group)| {
        let (node, world) = (if at % 2 == 0 { &world.node } else { &other }, &world);
        let (path, body) = (format!("{group}/members"), json!({ "user_ids": [one] }));
        async move { world.ask_node(node, two, "POST", &path, body).await }
    });
    let (answers, ()) = tokio::join!(join_all(adds), world.remove(one));
    for answer in &answers {
        assert!(answer.0 == 204 || refusal(answer) == (404, "user.not_found"), "{answer:?}");
    }
    gone(&world, one, two, &groups).await;
}

async fn nobody_who_is_not_of_the_workspace_is_added(world: World) {
    let [one, two, _] = world.people().await;
    world.remove(one).await;
    let group = world.group("group", two, &[]).await;
    let unknown = (404, "user.not_found");
    let added = world.ask(two, "POST", &format!("{group}/members"), json!({ "user_ids": [one] })).await;
    assert_eq!(refusal(&added), unknown);
    assert_eq!(refusal(&world.ask(two, "POST", &format!("/direct/{one}"), Value::Null).await), unknown);
    let body = json!({ "kind": "group", "name": "x", "member_ids": [one] });
    assert_eq!(refusal(&world.ask(two, "POST", "/groups", body).await), unknown);
}

impl World {
    /// Makes somebody who was of the workspace a member of it again.
    pub(super) async fn back(&self, user: UserId) {
        let person = self.workspaces.people().get(user).await.unwrap();
        let name = DisplayName::parse("Back").unwrap();
        let new = NewMember { role: Role::Member, handle: None, display_name: Some(name) };
        self.workspaces.add(&self.caller(self.owner(), Role::Owner), person, new).await.unwrap();
    }
}

async fn groups_call_a_member_what_the_workspace_calls_them(world: World) {
    let [one, two, _] = world.people().await;
    let groups = join_all([world.group("group", two, &[one]), world.group("channel", two, &[one])]).await;
    let name = DisplayName::parse("Other Name").unwrap();
    world.workspaces.rename(&world.caller(one, Role::Member), Some(name), None).await.unwrap();
    called(&world, two, one, &groups, "Other Name").await;
    assert_eq!(world.say(one, &groups[0], "it is me").await["author"]["name"], "Other Name");
    // Also where they are no member any more.
    let direct = world.must(one, "POST", &format!("/direct/{two}"), Value::Null).await;
    world.workspaces.end_memberships(one, Ending::Erased).await.unwrap();
    world.workspaces.anonymise(one).await.unwrap();
    let is_anonymous = async || {
        let mine = world.must(two, "GET", "/groups", Value::Null).await;
        let groups = mine["items"].as_array().unwrap();
        let found = groups.iter().find(|group| group["id"] == direct["id"]).unwrap();
        found["with"]["name"] == "deleted user"
    };
    eventually("the direct group is with nobody of a name", is_anonymous).await;
}

/// Waits until the groups call the user this.
async fn called(world: &World, sees: UserId, user: UserId, groups: &[String], name: &str) {
    for group in groups {
        let is_called = async || {
            let page = world.must(sees, "GET", &format!("{group}/members"), Value::Null).await;
            let items = page["items"].as_array().unwrap();
            items.iter().any(|member| member["user_id"] == user.to_string() && member["name"] == name)
        };
        eventually(&format!("{user} is {name} in {group}"), is_called).await;
    }
}
