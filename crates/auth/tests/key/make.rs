//! Making and listing keys.

use futures::future::join_all;
use parlance_base::{Grant, Role};
use serde_json::{Value, json};

use super::shop::{Shop, caller, log_in, made, master, scoped, user};
use crate::{
    authenticator::enrol,
    support::{PASSWORD, World, on_both},
};

on_both! {
    who_runs_the_workspace_makes_keys_and_nobody_sees_their_secrets_again,
    whoever_does_not_run_the_workspace_makes_lists_and_deletes_none,
    a_name_is_given_once_however_many_want_it,
    a_workspace_has_two_hundred_keys_and_no_more_however_many_are_made_at_once,
    a_key_makes_none_that_reaches_further_than_itself,
    keys_are_listed_in_pages_by_name,
    what_no_key_can_be_is_refused,
    a_key_that_runs_the_workspace_takes_the_password_and_the_second_factor,
}

async fn who_runs_the_workspace_makes_keys_and_nobody_sees_their_secrets_again(world: World) {
    let node = world.node();
    let shop = Shop::open(&world, &node, "ann").await;
    let new =
        shop.ask(&node, "POST", "/keys").json(scoped("reader", &["chat.read", "chat.read"])).await.is(201);
    let (owner, text) = (user(&shop.owner), new.body["api_key"].as_str().unwrap().to_owned());
    assert_eq!((&text[..40], text.len()), (format!("key_{}", shop.id).as_str(), 84));
    let mut shown = new.body.clone();
    shown.as_object_mut().unwrap().remove("api_key");
    let expected = json!({
        "id": shown["id"], "kind": "scoped", "name": "reader", "user_id": owner, "scopes": ["chat.read"],
        "created_by": owner, "created_at": "2026-11-21T09:30:00.000Z",
    });
    assert_eq!(shown, expected);
    assert_eq!(new.headers["cache-control"], "no-store");
    let admin = shop.join(&world, &node, "ben", Role::Admin).await;
    for who in [&shop.owner, &admin] {
        let listed = shop.ask_as(&node, who, "GET", "/keys").send().await.is(200).body;
        assert_eq!(listed, json!({"items": [expected], "next": null}));
    }
    let by_key = caller(&node, &text, None).await.unwrap();
    assert_eq!((by_key.user, by_key.workspace, by_key.role), (owner, shop.id, Role::Owner));
    let master = shop.ask_as(&node, &admin, "POST", "/keys").json(master("app")).await;
    let by_master = caller(&node, &made(master).text, None).await.unwrap();
    assert_eq!((by_master.user, by_master.grant, by_master.role), (user(&admin), Grant::Master, Role::Admin));
}

async fn whoever_does_not_run_the_workspace_makes_lists_and_deletes_none(world: World) {
    let node = world.node();
    let shop = Shop::open(&world, &node, "ann").await;
    let key = shop.scoped(&node, "reader", &["chat.read"]).await;
    let member = shop.join(&world, &node, "ben", Role::Member).await;
    let outsider = node.signed_in("eve@example.org").await;
    let delete = format!("/keys/{}", key.id);
    for (who, status, code) in
        [(&member, 403, "workspace.insufficient_role"), (&outsider, 404, "workspace.not_found")]
    {
        shop.ask_as(&node, who, "POST", "/keys")
            .json(scoped("mine", &["chat.read"]))
            .await
            .fails(status, code);
        shop.ask_as(&node, who, "GET", "/keys").send().await.fails(status, code);
        shop.ask_as(&node, who, "DELETE", &delete).send().await.fails(status, code);
    }
    // Another workspace's owner finds nothing there, by the key's id or otherwise.
    let other = Shop::open(&world, &node, "zoe").await;
    other.ask(&node, "DELETE", &delete).send().await.fails(404, "key.not_found");
    assert_eq!(other.ask(&node, "GET", "/keys").send().await.is(200).body["items"], json!([]));
    let scopes = ["chat.read", "chat.send", "groups.manage", "members.invite"];
    let weak = shop.scoped(&node, "weak", &scopes).await;
    for method in ["GET", "POST"] {
        let answer = node.ask(method, "/keys").bearer(&weak.text).json(scoped("x", &["chat.read"])).await;
        let refused = answer.fails(403, "key.missing_scope");
        assert!(refused.body["error"]["message"].as_str().unwrap().ends_with("admin"));
    }
    node.ask("DELETE", &delete).bearer(&weak.text).send().await.fails(403, "key.missing_scope");
    caller(&node, &key.text, None).await.unwrap();
}

async fn a_name_is_given_once_however_many_want_it(world: World) {
    let nodes = [world.node(), world.node_apart().await];
    let shop = Shop::open(&world, &nodes[0], "ann").await;
    let makes =
        (0..20).map(|at| shop.ask(&nodes[at % 2], "POST", "/keys").json(scoped("one", &["chat.read"])));
    let (new, refused): (Vec<_>, Vec<_>) =
        join_all(makes).await.into_iter().partition(|answer| answer.status == 201);
    assert_eq!(new.len(), 1);
    let id = new[0].body["id"].as_str().unwrap();
    for answer in refused {
        let refused = answer.fails(409, "key.name_taken");
        assert!(refused.body["error"]["message"].as_str().unwrap().contains(id), "names the one that exists");
    }
    shop.ask(&nodes[0], "DELETE", &format!("/keys/{id}")).send().await.is(204);
    shop.scoped(&nodes[1], "one", &["chat.read"]).await;
}

async fn a_workspace_has_two_hundred_keys_and_no_more_however_many_are_made_at_once(world: World) {
    let nodes = [world.node(), world.node_apart().await];
    let shop = Shop::open(&world, &nodes[0], "ann").await;
    let make = |at: usize| {
        shop.ask(&nodes[at % 2], "POST", "/keys").json(scoped(&format!("key {at:03}"), &["chat.read"]))
    };
    for from in (0..220).step_by(20) {
        let answers = join_all((from..from + 20).map(make)).await;
        for answer in answers {
            if from < 200 {
                answer.is(201)
            } else {
                answer.fails(409, "key.too_many")
            };
        }
    }
    let caller = shop.caller(&nodes[0]).await;
    let all = nodes[0].auth.keys(&caller, None, 1_000).await.unwrap();
    assert_eq!(all.len(), 200);
    nodes[0].auth.delete_key(&caller, all[7].id).await.unwrap();
    let answers = join_all((300..310).map(make)).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert_eq!(nodes[1].auth.keys(&caller, None, 1_000).await.unwrap().len(), 200);
}

async fn a_key_makes_none_that_reaches_further_than_itself(world: World) {
    let node = world.node();
    let shop = Shop::open(&world, &node, "ann").await;
    let by = |text: &str, body: Value| node.ask("POST", "/keys").bearer(text).json(body);
    let admin = shop.scoped(&node, "admin", &["admin", "chat.read"]).await;
    let within = made(by(&admin.text, scoped("within", &["chat.read"])).await);
    assert_eq!(caller(&node, &within.text, None).await.unwrap().user, user(&shop.owner));
    by(&admin.text, scoped("beyond", &["chat.read", "chat.send"])).await.fails(403, "key.beyond_own");
    let application = shop.master(&node).await;
    made(by(&application.text, scoped("by the application", &["admin", "chat.send"])).await);
    for text in [&admin.text, &application.text] {
        by(text, master("another")).await.fails(403, "auth.sign_in_required");
    }
}

async fn keys_are_listed_in_pages_by_name(world: World) {
    let node = world.node();
    let shop = Shop::open(&world, &node, "ann").await;
    let mut names = ["b", "a", "Ä b&c", "c/d"];
    for name in names {
        shop.scoped(&node, name, &["chat.read"]).await;
    }
    names.sort_unstable();
    // Keys of embedded users are not among them.
    let master = shop.master(&node).await;
    log_in(&node, &master.text, "u1", "Uma").await;
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let page = shop.ask(&node, "GET", &format!("/keys?limit=2{after}")).send().await.is(200).body;
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|key| key["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        let next: String = next.bytes().map(|byte| format!("%{byte:02X}")).collect();
        after = format!("&after={next}");
    }
    seen.retain(|name| name != "the application");
    assert_eq!(seen, names);
    shop.ask(&node, "GET", "/keys?limit=0").send().await.fails(422, "request.invalid");
}

async fn what_no_key_can_be_is_refused(world: World) {
    let node = world.node();
    let shop = Shop::open(&world, &node, "ann").await;
    for (body, code) in [
        (scoped("x", &[]), "key.scopes"),
        (json!({"kind": "master", "name": "x", "scopes": ["admin"]}), "key.scopes"),
        (scoped("", &["admin"]), "name.invalid"),
        (scoped(&"x".repeat(81), &["admin"]), "name.invalid"),
        (scoped("x", &["everything"]), "request.invalid"),
        (json!({"kind": "golden", "name": "x"}), "request.invalid"),
        (json!({"kind": "master", "name": "x", "user_id": shop.id}), "request.unknown_field"),
    ] {
        shop.ask(&node, "POST", "/keys").json(body).await.fails(422, code);
    }
    assert_eq!(shop.ask(&node, "GET", "/keys").send().await.is(200).body["items"], json!([]));
    shop.ask(&node, "DELETE", "/keys/nonsense").send().await.fails(400, "request.malformed_id");
}

async fn a_key_that_runs_the_workspace_takes_the_password_and_the_second_factor(world: World) {
    let node = world.node();
    let shop = Shop::open(&world, &node, "ann").await;
    let make = |body: &Value| shop.ask(&node, "POST", "/keys").json(body.clone());
    let bodies = [
        json!({"kind": "master", "name": "app"}),
        json!({"kind": "scoped", "name": "runs it", "scopes": ["chat.read", "admin"]}),
    ];
    for body in &bodies {
        make(body).await.fails(403, "password.required");
        let mut wrong = body.clone();
        wrong["password"] = json!("battery horse correct");
        make(&wrong).await.fails(403, "password.wrong");
    }
    // What does less takes the sign-in alone.
    let reader = json!({"kind": "scoped", "name": "reader", "scopes": ["chat.read"]});
    made(make(&reader).await);
    let (app, _) = enrol(&world, &node, &shop.owner).await;
    let mut last = None;
    for mut body in bodies {
        body["password"] = json!(PASSWORD);
        make(&body).await.fails(401, "auth.second_factor_required");
        body["code"] = json!("000000");
        make(&body).await.fails(401, "auth.invalid_code");
        world.pass(30);
        body["code"] = json!(app.code(&world, 0));
        last = Some(made(make(&body).await));
    }
    // A key has no password: it hands on what it has itself.
    let another = json!({"kind": "scoped", "name": "another", "scopes": ["admin"]});
    made(node.ask("POST", "/keys").bearer(&last.unwrap().text).json(another).await);
    let listed = shop.ask(&node, "GET", "/keys").send().await.is(200).body;
    assert_eq!(listed["items"].as_array().unwrap().len(), 4);
}
