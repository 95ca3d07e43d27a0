//! Groups as those find them who are not in them.

use parlance_base::{Role, UserId};
use serde_json::{Value, json};

use super::support::{World, on_both, refusal};

on_both! {
    public_groups_are_found_by_everybody_but_guests,
    whoever_runs_the_workspace_lists_every_group_and_nobody_else_does,
}

async fn public_groups_are_found_by_everybody_but_guests(world: World) {
    let admin = world.join(world.workspace, Role::Admin).await;
    let guest = world.join(world.workspace, Role::Guest).await;
    let [one, ..] = world.people().await;
    let mut public = Vec::new();
    for number in 0..5 {
        let name = format!("open {number}");
        let body = json!({ "kind": "channel", "name": name, "visibility": "public" });
        public.push(world.must(admin, "POST", "/groups", body).await["id"].as_str().unwrap().to_owned());
    }
    world.group("group", one, &[]).await;
    world.must(admin, "POST", &format!("/direct/{one}"), Value::Null).await;
    world.must(one, "POST", &format!("/groups/{}/join", public[1]), Value::Null).await;
    let elsewhere = world.join(world.elsewhere, Role::Owner).await;
    let theirs = json!({ "kind": "group", "name": "theirs", "visibility": "public" });
    assert_eq!(world.ask_in(world.elsewhere, elsewhere, "POST", "/groups", theirs).await.0, 201);

    let found = listed(&world, one, "/groups/discover?limit=2").await;
    assert_eq!(ids(&found), public);
    let joined: Vec<_> = found.iter().map(|group| group["joined"] == true).collect();
    assert_eq!(joined, [false, true, false, false, false]);

    // What is archived, private or gone is not found.
    world.must(admin, "POST", &format!("/groups/{}/archive", public[0]), Value::Null).await;
    world.must(admin, "PATCH", &format!("/groups/{}", public[2]), json!({ "visibility": "private" })).await;
    world.must(admin, "DELETE", &format!("/groups/{}", public[3]), Value::Null).await;
    assert_eq!(ids(&listed(&world, one, "/groups/discover?limit=2").await), [&*public[1], &*public[4]]);
    let refused = world.ask(guest, "GET", "/groups/discover", Value::Null).await;
    assert_eq!(refusal(&refused), (403, "workspace.insufficient_role"));
}

async fn whoever_runs_the_workspace_lists_every_group_and_nobody_else_does(world: World) {
    let admin = world.join(world.workspace, Role::Admin).await;
    let [one, two, _] = world.people().await;
    let mut all = Vec::new();
    for kind in ["group", "channel", "group"] {
        all.push(world.group(kind, one, &[]).await);
    }
    let direct = world.must(one, "POST", &format!("/direct/{two}"), Value::Null).await;
    all.push(format!("/groups/{}", direct["id"].as_str().unwrap()));
    world.must(one, "POST", &format!("{}/archive", all[0]), Value::Null).await;
    let gone = world.group("group", one, &[]).await;
    world.must(one, "DELETE", &gone, Value::Null).await;

    let paths = async |query: &str| {
        let found = listed(&world, admin, &format!("/groups/all?limit=2{query}")).await;
        let mut paths: Vec<_> = ids(&found).iter().map(|id| format!("/groups/{id}")).collect();
        paths.sort();
        paths
    };
    let sorted = |which: &[usize]| {
        let mut paths: Vec<_> = which.iter().map(|at| all[*at].clone()).collect();
        paths.sort();
        paths
    };
    assert_eq!(paths("").await, sorted(&[0, 1, 2, 3]));
    assert_eq!(paths("&kind=group").await, sorted(&[0, 2]));
    assert_eq!(paths("&active=false").await, sorted(&[0]));
    assert_eq!(paths("&kind=group&active=true").await, sorted(&[2]));
    assert_eq!(paths("&kind=direct").await, sorted(&[3]));
    for who in [one, world.join(world.workspace, Role::Guest).await] {
        let refused = world.ask(who, "GET", "/groups/all", Value::Null).await;
        assert_eq!(refusal(&refused), (403, "workspace.insufficient_role"));
    }
    // To know that there is a group is not to read it.
    assert_eq!(refusal(&world.ask(admin, "GET", &all[2], Value::Null).await), (404, "group.not_found"));
    for query in ["kind=party", "active=maybe", "limit=0", "after=x", "surprise=1"] {
        let (status, _) = world.ask(admin, "GET", &format!("/groups/all?{query}"), Value::Null).await;
        assert_eq!(status, 422, "{query}");
    }
}

/// All items of the list, page after page.
async fn listed(world: &World, user: UserId, path: &str) -> Vec<Value> {
    let (mut items, mut after) = (Vec::new(), String::new());
    loop {
        let page = world.must(user, "GET", &format!("{path}{after}"), Value::Null).await;
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next"].as_str() else { return items };
        after = format!("&after={next}");
    }
}

fn ids(groups: &[Value]) -> Vec<String> {
    groups.iter().map(|group| group["id"].as_str().unwrap().to_owned()).collect()
}
