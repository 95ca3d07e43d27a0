//! What a key is good for, and for how long.

use std::net::IpAddr;

use parlance_auth::{ClientAddress, Rate};
use parlance_base::{Authenticate, CallerRef, Check, Credentials, Role, WorkspaceId};
use serde_json::json;

use super::shop::{Shop, acting_as, caller, log_in, made, master, scoped, user};
use crate::{
    node::{Answer, Node},
    support::{World, on_both},
};

on_both! {
    a_key_is_good_for_its_workspace_alone,
    a_key_follows_its_user_at_once,
    a_member_who_comes_back_comes_without_their_keys,
    what_is_no_key_is_refused_alike_and_tells_nothing,
    what_is_a_persons_own_takes_no_key,
    whoever_tries_keys_is_slowed_and_whoever_has_one_is_not,
    connections_by_keys_are_looked_at_again,
    a_ticket_by_a_key_opens_what_the_key_would_and_ends_with_it,
}

async fn a_key_is_good_for_its_workspace_alone(world: World) {
    let node = world.node();
    let shop = Shop::open(&world, &node, "ann").await;
    let key = shop.scoped(&node, "reader", &["chat.read"]).await;
    // Its user is in another workspace too, which the key knows nothing of.
    let other = Shop::open(&world, &node, "ben").await;
    other.add(&world, &node, user(&shop.owner), Role::Admin).await;
    for named in [None, Some("ann"), Some(shop.id.to_string().as_str())] {
        assert_eq!(caller(&node, &key.text, named).await.unwrap().workspace, shop.id, "{named:?}");
    }
    let nowhere = world.ids.next::<WorkspaceId>().to_string();
    for named in ["ben", &other.id.to_string(), &nowhere, "nowhere", "", "\0"] {
        assert_eq!(caller(&node, &key.text, Some(named)).await, Err("workspace.not_found"), "{named:?}");
    }
    let me = node.me(&key.text).await.is(200).body;
    assert_eq!(&me["id"], &json!(user(&shop.owner)));
    // The secret under another workspace's name is another key, which nobody has.
    let moved = key.text.replace(&shop.id.to_string(), &other.id.to_string());
    assert_eq!(caller(&node, &moved, None).await, Err("key.invalid"));
}

async fn a_key_follows_its_user_at_once(world: World) {
    let node = world.node();
    let shop = Shop::open(&world, &node, "ann").await;
    let admin = shop.join(&world, &node, "ben", Role::Admin).await;
    let make = |body| shop.ask_as(&node, &admin, "POST", "/keys").json(body);
    let partial = made(make(scoped("partial", &["admin"])).await);
    let master = made(make(master("master")).await);
    let (_, embedded) = log_in(&node, &master.text, "u1", "Uma").await;
    let owner = shop.caller(&node).await;
    assert_eq!(caller(&node, &partial.text, None).await.unwrap().role, Role::Admin);
    world.workspaces.set_role(&owner, user(&admin), Role::Member).await.unwrap();
    // Nothing has passed, so that what is remembered of the keys still counts.
    assert_eq!(caller(&node, &partial.text, None).await.unwrap().role, Role::Member);
    node.ask("GET", "/keys").bearer(&partial.text).send().await.fails(403, "workspace.insufficient_role");
    assert_eq!(caller(&node, &master.text, None).await, Err("key.invalid"));
    assert_eq!(acting_as(&node, &master.text, "u1").await, Err("key.invalid"));
    assert_eq!(caller(&node, &embedded, None).await, Err("key.invalid"));
    world.workspaces.set_role(&owner, user(&admin), Role::Admin).await.unwrap();
    caller(&node, &master.text, None).await.unwrap();
    caller(&node, &embedded, None).await.unwrap();
    world.workspaces.remove(&owner, user(&admin)).await.unwrap();
    for text in [&partial.text, &master.text, &embedded] {
        assert_eq!(caller(&node, text, None).await, Err("key.invalid"));
        node.me(text).await.fails(401, "key.invalid");
    }
}

async fn a_member_who_comes_back_comes_without_their_keys(world: World) {
    let node = world.node();
    let shop = Shop::open(&world, &node, "ann").await;
    let admin = shop.join(&world, &node, "ben", Role::Admin).await;
    let make = |name: &str| shop.ask_as(&node, &admin, "POST", "/keys").json(scoped(name, &["chat.read"]));
    let before = made(make("before").await);
    let owner = shop.caller(&node).await;
    world.workspaces.remove(&owner, user(&admin)).await.unwrap();
    shop.add(&world, &node, user(&admin), Role::Admin).await;
    assert_eq!(caller(&node, &before.text, None).await, Err("key.invalid"));
    let after = made(make("after").await);
    caller(&node, &after.text, None).await.unwrap();
    shop.ask(&node, "DELETE", &format!("/keys/{}", before.id)).send().await.is(204);
}

async fn what_is_no_key_is_refused_alike_and_tells_nothing(world: World) {
    let node = world.node();
    let shop = Shop::open(&world, &node, "ann").await;
    let key = shop.scoped(&node, "reader", &["chat.read"]).await;
    let deleted = shop.scoped(&node, "deleted", &["chat.read"]).await;
    shop.ask(&node, "DELETE", &format!("/keys/{}", deleted.id)).send().await.is(204);
    let changed = |at: usize| {
        let with = if &key.text[at..=at] == "A" { "B" } else { "A" };
        format!("{}{with}{}", &key.text[..at], &key.text[at + 1..])
    };
    let nowhere = key.text.replace(&shop.id.to_string(), &world.ids.next::<WorkspaceId>().to_string());
    let mut answers = Vec::new();
    for text in [
        "key_".to_owned(),
        changed(45),
        changed(80),
        key.text[..83].to_owned(),
        format!("{}A", key.text),
        nowhere,
        deleted.text,
        format!("key_{}_{}", shop.id, "/".repeat(43)),
    ] {
        let mut refused = node.me(&text).await.fails(401, "key.invalid").body;
        let _ = refused["error"]["request_id"].take();
        answers.push(refused);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    // A cookie holds no key.
    let cookie = format!("__Host-parlance_session={}", key.text);
    node.ask("GET", "/me").header("cookie", cookie).send().await.fails(401, "auth.invalid_session");
}

async fn what_is_a_persons_own_takes_no_key(world: World) {
    let node = world.node();
    let shop = Shop::open(&world, &node, "ann").await;
    let scopes = ["chat.read", "chat.send", "groups.manage", "members.invite", "admin"];
    let (all, master) = (shop.scoped(&node, "all", &scopes).await, shop.master(&node).await);
    log_in(&node, &master.text, "u1", "Uma").await;
    for text in [&all.text, &master.text] {
        let change = node.ask("PATCH", "/me").bearer(text).json(json!({"full_name": "Eve"})).await;
        change.fails(403, "auth.sign_in_required");
        node.ask("POST", "/logout").bearer(text).send().await.fails(403, "auth.sign_in_required");
    }
    // Nor does one who acts as somebody, though they may all that these may.
    let acting = |method, path| node.ask(method, path).bearer(&master.text).header("parlance-act-as", "u1");
    acting("POST", "/logout").send().await.fails(403, "auth.sign_in_required");
    acting("PATCH", "/me").json(json!({"full_name": "Eve"})).await.fails(403, "auth.sign_in_required");
    assert_eq!(node.me(shop.owner.access_token()).await.is(200).body["full_name"], "Ann Lee");
}

async fn me_from(node: &Node, text: &str, host: u8) -> Answer {
    let from = ClientAddress(IpAddr::from([192, 0, 2, host]));
    node.ask("GET", "/me").bearer(text).extension(from).send().await
}

async fn whoever_tries_keys_is_slowed_and_whoever_has_one_is_not(world: World) {
    let limited = || {
        let every = std::time::Duration::from_secs(20);
        world.node_with(|config| config.limits.address = Rate { burst: 3, every })
    };
    let (shop_node, node) = (world.node(), limited());
    let shop = Shop::open(&world, &shop_node, "ann").await;
    let key = shop.scoped(&shop_node, "known", &["chat.read"]).await;
    let new = shop.scoped(&shop_node, "new here", &["chat.read"]).await;
    me_from(&node, &key.text, 1).await.is(200);
    for at in 0..3 {
        let wrong = format!("key_{}_{}", shop.id, ["B", "C", "D"][at].repeat(42) + "A");
        me_from(&node, &wrong, 1).await.fails(401, "key.invalid");
        me_from(&node, "key_of another form", 1).await.fails(401, "key.invalid");
    }
    let wrong = format!("key_{}_{}", shop.id, "A".repeat(43));
    let refused = me_from(&node, &wrong, 1).await.fails(429, "auth.too_many_attempts");
    assert_eq!(refused.headers["retry-after"], "20");
    // Not even the right one, where nothing tells it from a guess; but one that was good, however long ago it was asked for.
    me_from(&node, &new.text, 1).await.fails(429, "auth.too_many_attempts");
    me_from(&node, &new.text, 2).await.is(200);
    world.pass(10);
    me_from(&node, &key.text, 1).await.is(200);
    // Whoever goes on with a key that was deleted is told so, and slows nobody.
    let deleted = format!("/keys/{}", key.id);
    shop.ask(&shop_node, "DELETE", &deleted).send().await.is(204);
    world.pass(10);
    for _ in 0..10 {
        me_from(&node, &key.text, 1).await.fails(401, "key.invalid");
    }
    me_from(&node, &wrong, 1).await.fails(401, "key.invalid");
    me_from(&node, &wrong, 1).await.fails(429, "auth.too_many_attempts");
}

async fn connections_by_keys_are_looked_at_again(world: World) {
    let (here, elsewhere) = (world.node(), world.node());
    let shop = Shop::open(&world, &here, "ann").await;
    let admin = shop.join(&world, &here, "ben", Role::Admin).await;
    let master = made(shop.ask_as(&here, &admin, "POST", "/keys").json(master("ben's")).await);
    let key = shop.scoped(&here, "reader", &["chat.read"]).await;
    let (_, embedded) = log_in(&here, &master.text, "u1", "Uma").await;
    let mut asked = vec![
        caller(&here, &key.text, None).await.unwrap().reference(),
        caller(&here, &master.text, None).await.unwrap().reference(),
        caller(&here, &embedded, None).await.unwrap().reference(),
        acting_as(&here, &master.text, "u1").await.unwrap().reference(),
        shop.caller(&here).await.reference(),
    ];
    // One that poses as another's, and one of another workspace.
    asked.push(CallerRef { user: user(&admin), ..asked[0] });
    asked.push(CallerRef { workspace: world.ids.next(), ..asked[0] });
    let (good, revoked) = (Check::Good, Check::Revoked);
    let check = async |expected: [Check; 7]| {
        for node in [&here, &elsewhere] {
            let many: Vec<_> = asked.iter().copied().cycle().take(2_100).collect();
            let checks = node.auth.revalidate(&many).await.unwrap();
            assert!(checks.chunks(7).all(|checks| checks == expected), "{:?}", &checks[..7]);
        }
    };
    check([good, good, good, good, good, revoked, revoked]).await;
    let owner = shop.caller(&here).await;
    // A master key's user who runs the workspace no more ends what is done by others and in their name, too.
    world.workspaces.set_role(&owner, user(&admin), Role::Member).await.unwrap();
    check([good, revoked, revoked, revoked, good, revoked, revoked]).await;
    world.workspaces.set_role(&owner, user(&admin), Role::Admin).await.unwrap();
    check([good, good, good, good, good, revoked, revoked]).await;
    world.workspaces.remove(&owner, asked[2].user).await.unwrap();
    check([good, good, revoked, revoked, good, revoked, revoked]).await;
    here.auth.delete_key(&owner, key.id).await.unwrap();
    check([revoked, good, revoked, revoked, good, revoked, revoked]).await;
}

async fn ticket(node: &Node, text: &str, act_as: Option<&str>) -> String {
    let mut ask = node.ask("POST", "/tickets").bearer(text);
    if let Some(external_id) = act_as {
        ask = ask.header("parlance-act-as", external_id);
    }
    ask.send().await.is(201).body["ticket"].as_str().unwrap().to_owned()
}

async fn a_ticket_by_a_key_opens_what_the_key_would_and_ends_with_it(world: World) {
    let (here, elsewhere) = (world.node(), world.node());
    let shop = Shop::open(&world, &here, "ann").await;
    let other = Shop::open(&world, &here, "ben").await;
    other.add(&world, &here, user(&shop.owner), Role::Admin).await;
    let (key, master) = (shop.scoped(&here, "reader", &["chat.read"]).await, shop.master(&here).await);
    let (_, embedded) = log_in(&here, &master.text, "u1", "Uma").await;
    let use_up = async |ticket: &str, named: Option<&str>| {
        let (parts, ()) = http::Request::new(()).into_parts();
        let caller = elsewhere.auth.authenticate(Credentials::Ticket(ticket), named, &parts).await;
        caller.map_err(|error| error.code())
    };
    for (text, act_as) in
        [(&key.text, None), (&master.text, None), (&embedded, None), (&master.text, Some("u1"))]
    {
        let expected = match act_as {
            Some(external_id) => acting_as(&here, text, external_id).await,
            None => caller(&here, text, None).await,
        };
        let one = ticket(&here, text, act_as).await;
        assert_eq!(use_up(&one, None).await, expected);
        assert_eq!(use_up(&one, None).await, Err("ticket.invalid"));
        // It is for the key's workspace, as the key is.
        let one = ticket(&here, text, act_as).await;
        assert_eq!(use_up(&one, Some("ben")).await, Err("workspace.not_found"));
    }
    let (read, acts) = (ticket(&here, &key.text, None).await, ticket(&here, &master.text, Some("u1")).await);
    let owner = shop.caller(&here).await;
    for id in [key.id, master.id] {
        here.auth.delete_key(&owner, id).await.unwrap();
    }
    world.pass(3);
    for one in [read, acts] {
        assert_eq!(use_up(&one, None).await, Err("key.invalid"));
    }
}
