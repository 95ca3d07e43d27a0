//! Embedded users: logins, what they are, and how they end.

use futures::future::join_all;
use parlance_base::{Grant, Role, Scope};
use parlance_license::Gate;
use serde_json::{Value, json};

use super::shop::{Shop, acting_as, caller, log_in};
use crate::{
    node::Answer,
    support::{World, on_both},
};

on_both! {
    an_embedded_user_is_a_member_without_address_and_seat,
    each_login_replaces_the_key_and_the_name,
    fifty_logins_at_once_on_two_nodes_leave_one_key_and_one_user,
    a_key_reaches_as_far_as_the_login_says,
    logging_out_ends_the_key,
    an_embedded_user_who_is_removed_loses_the_key_for_good,
    an_embedded_user_is_a_member_and_no_more,
    the_same_name_in_another_workspace_is_another_user,
    what_no_embedded_user_can_be_is_refused,
}

async fn an_embedded_user_is_a_member_without_address_and_seat(world: World) {
    let node = world.node();
    let shop = Shop::open(&world, &node, "ann").await;
    let master = shop.master(&node).await;
    let gate = Gate::open(&world.store, world.clock.clone()).await.unwrap();
    let seats = gate.seats().await.unwrap().used;
    let (id, text) = log_in(&node, &master.text, "crm/42", "Uma Ude").await;
    assert_eq!(gate.seats().await.unwrap().used, seats);
    let by_key = caller(&node, &text, None).await.unwrap();
    assert_eq!((by_key.user, by_key.workspace, by_key.role), (id, shop.id, Role::Member));
    let scopes = [Scope::ChatRead, Scope::ChatSend].into_iter().collect();
    assert_eq!((by_key.grant, by_key.email), (Grant::Scoped(scopes), None));
    let me = node.me(&text).await.is(200).body;
    let expected = json!({
        "id": id, "email": null, "full_name": "Uma Ude", "handle": "uma-ude", "email_verified": false,
        "is_installation_admin": false, "dnd": false, "avatar": null, "created_at": "2026-11-21T09:30:00.000Z",
    });
    assert_eq!(me, expected);
    let owner = shop.caller(&node).await;
    let members = world.workspaces.members(&owner, None, 10).await.unwrap();
    let listed = members.iter().find(|listed| listed.member.id == id).unwrap();
    assert_eq!((listed.email.as_deref(), listed.member.display_name.as_str()), (None, "Uma Ude"));
    assert!(listed.member.embedded && world.workspaces.people().get(id).await.unwrap().is_none());
    world.workspaces.remove(&owner, id).await.unwrap();
    assert_eq!(gate.seats().await.unwrap().used, seats);
}

async fn each_login_replaces_the_key_and_the_name(world: World) {
    let (here, elsewhere) = (world.node(), world.node());
    let shop = Shop::open(&world, &here, "ann").await;
    let master = shop.master(&here).await;
    let (id, first) = log_in(&here, &master.text, "u1", "Uma").await;
    let (handle, known) =
        (here.me(&first).await.is(200).body["handle"].take(), caller(&elsewhere, &first, None));
    known.await.unwrap();
    let (same, second) = log_in(&here, &master.text, "u1", "Uma U.").await;
    assert_eq!(same, id);
    here.me(&first).await.fails(401, "key.invalid");
    let me = here.me(&second).await.is(200).body;
    assert_eq!((&me["full_name"], &me["handle"]), (&json!("Uma U."), &handle));
    world.pass(3);
    elsewhere.me(&first).await.fails(401, "key.invalid");
    elsewhere.me(&second).await.is(200);
}

async fn fifty_logins_at_once_on_two_nodes_leave_one_key_and_one_user(world: World) {
    let nodes = [world.node(), world.node_apart().await];
    let shop = Shop::open(&world, &nodes[0], "ann").await;
    let master = shop.master(&nodes[0]).await;
    let login = |at: usize| {
        let body =
            json!({"external_id": "u1", "display_name": if at.is_multiple_of(3) { "Uma" } else { "Ugo" }});
        nodes[at % 2].ask("POST", "/keys/login").bearer(&master.text).json(body)
    };
    let answers: Vec<Answer> = join_all((0..50).map(login)).await;
    let (done, put_off): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    // Whoever has to wait for longer than five seconds is told to come back.
    assert!(put_off.iter().all(|answer| answer.status == 503), "{put_off:?}");
    assert!(done.len() > 25, "{} of 50", done.len());
    assert!(done.iter().all(|answer| answer.body["user"]["id"] == done[0].body["user"]["id"]));
    world.pass(3);
    for node in &nodes {
        let tried = done.iter().map(|answer| node.me(answer.body["api_key"].as_str().unwrap()));
        let tried = join_all(tried).await;
        assert_eq!(tried.iter().filter(|answer| answer.status == 200).count(), 1);
        assert!(tried.iter().all(|answer| [200, 401].contains(&answer.status)));
    }
    let members = world.workspaces.members(&shop.caller(&nodes[0]).await, None, 100).await.unwrap();
    assert_eq!(members.iter().filter(|listed| listed.member.embedded).count(), 1);
}

async fn a_key_reaches_as_far_as_the_login_says(world: World) {
    let node = world.node();
    let shop = Shop::open(&world, &node, "ann").await;
    let master = shop.master(&node).await;
    let login = |scopes: Value| {
        let body = json!({"external_id": "u1", "display_name": "Uma", "scopes": scopes});
        node.ask("POST", "/keys/login").bearer(&master.text).json(body)
    };
    let answer = login(json!(["chat.read", "groups.manage"])).await.is(200);
    let by_key = caller(&node, answer.body["api_key"].as_str().unwrap(), None).await.unwrap();
    let scopes = [Scope::ChatRead, Scope::GroupsManage].into_iter().collect();
    assert_eq!(by_key.grant, Grant::Scoped(scopes));
    login(json!([])).await.fails(422, "key.scopes");
    login(json!(["chat.read", "admin"])).await.fails(422, "key.scopes");
    // What is refused replaces nothing.
    node.me(answer.body["api_key"].as_str().unwrap()).await.is(200);
}

async fn logging_out_ends_the_key(world: World) {
    let node = world.node();
    let shop = Shop::open(&world, &node, "ann").await;
    let master = shop.master(&node).await;
    let (id, text) = log_in(&node, &master.text, "u1", "Uma").await;
    let logout = |external_id: &str| {
        let body = json!({"external_id": external_id});
        node.ask("POST", "/keys/logout").bearer(&master.text).json(body)
    };
    logout("u1").await.is(204);
    node.me(&text).await.fails(401, "key.invalid");
    logout("u1").await.is(204);
    logout("nobody").await.fails(404, "user.not_found");
    // They are a member as before, whom the application can act as and log in again.
    assert_eq!(acting_as(&node, &master.text, "u1").await.unwrap().user, id);
    let (same, again) = log_in(&node, &master.text, "u1", "Uma").await;
    assert_eq!(caller(&node, &again, None).await.unwrap().user, same);
    node.me(&text).await.fails(401, "key.invalid");
}

async fn an_embedded_user_who_is_removed_loses_the_key_for_good(world: World) {
    let node = world.node();
    let shop = Shop::open(&world, &node, "ann").await;
    let master = shop.master(&node).await;
    let (id, first) = log_in(&node, &master.text, "u1", "Uma").await;
    world.workspaces.remove(&shop.caller(&node).await, id).await.unwrap();
    node.me(&first).await.fails(401, "key.invalid");
    assert_eq!(acting_as(&node, &master.text, "u1").await, Err("user.not_found"));
    // The application may bring them back: as who they were, with a key of their own.
    let (same, second) = log_in(&node, &master.text, "u1", "Uma").await;
    assert_eq!(same, id);
    node.me(&first).await.fails(401, "key.invalid");
    node.me(&second).await.is(200);
}

async fn an_embedded_user_is_a_member_and_no_more(world: World) {
    let node = world.node();
    let shop = Shop::open(&world, &node, "ann").await;
    let master = shop.master(&node).await;
    let (id, text) = log_in(&node, &master.text, "u1", "Uma").await;
    let owner = shop.caller(&node).await;
    for role in [Role::Admin, Role::Owner] {
        let refused = world.workspaces.set_role(&owner, id, role).await.unwrap_err();
        assert_eq!(refused.code(), "member.is_embedded");
    }
    assert_eq!(caller(&node, &text, None).await.unwrap().role, Role::Member);
    world.workspaces.set_role(&owner, id, Role::Guest).await.unwrap();
    assert_eq!(caller(&node, &text, None).await.unwrap().role, Role::Guest);
    world.workspaces.set_role(&owner, id, Role::Member).await.unwrap();
}

async fn the_same_name_in_another_workspace_is_another_user(world: World) {
    let node = world.node();
    let (shop, other) = (Shop::open(&world, &node, "ann").await, Shop::open(&world, &node, "ben").await);
    let (master, others) = (shop.master(&node).await, other.master(&node).await);
    let (here, text) = log_in(&node, &master.text, "u1", "Uma").await;
    let (there, _) = log_in(&node, &others.text, "u1", "Ugo").await;
    assert_ne!(here, there);
    let body = json!({"external_id": "u1"});
    node.ask("POST", "/keys/logout").bearer(&others.text).json(body).await.is(204);
    assert_eq!(node.me(&text).await.is(200).body["full_name"], "Uma");
    let elsewhere = node.ask("POST", "/keys/login").bearer(&master.text);
    let body = json!({"external_id": "u1", "display_name": "Uma"});
    elsewhere.header("parlance-workspace", "ben").json(body).await.fails(404, "workspace.not_found");
}

async fn what_no_embedded_user_can_be_is_refused(world: World) {
    let node = world.node();
    let shop = Shop::open(&world, &node, "ann").await;
    let master = shop.master(&node).await;
    let long = "x".repeat(129);
    for (external_id, name, code) in [
        ("", "Uma", "user.invalid_external_id"),
        (long.as_str(), "Uma", "user.invalid_external_id"),
        (" u1", "Uma", "user.invalid_external_id"),
        ("u\n1", "Uma", "user.invalid_external_id"),
        ("u1", "", "name.invalid"),
        ("u1", "a\nb", "name.invalid"),
    ] {
        let body = json!({"external_id": external_id, "display_name": name});
        node.ask("POST", "/keys/login").bearer(&master.text).json(body).await.fails(422, code);
    }
    let body = json!({"external_id": "u1", "display_name": "Uma", "role": "admin"});
    let refused = node.ask("POST", "/keys/login").bearer(&master.text).json(body).await;
    refused.fails(422, "request.unknown_field");
    let members = world.workspaces.members(&shop.caller(&node).await, None, 10).await.unwrap();
    assert_eq!(members.len(), 1);
}
