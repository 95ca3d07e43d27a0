//! Acting as an embedded user.

use parlance_base::{Backer, Credential, Grant, Role};
use serde_json::json;

use super::shop::{Shop, acting_as, caller, log_in, user};
use crate::support::{World, on_both};

on_both! {
    a_master_key_acts_as_an_embedded_user_and_may_what_they_may,
    nothing_but_a_master_key_acts_as_anybody,
    whoever_is_no_embedded_user_of_the_workspace_is_not_there,
}

async fn a_master_key_acts_as_an_embedded_user_and_may_what_they_may(world: World) {
    let node = world.node();
    let shop = Shop::open(&world, &node, "ann").await;
    let master = shop.master(&node).await;
    for external_id in ["u1", "crm/42", "ünal@example.org", &"x".repeat(128)] {
        let (id, _) = log_in(&node, &master.text, external_id, "Uma").await;
        let acting = acting_as(&node, &master.text, external_id).await.unwrap();
        assert_eq!((acting.user, acting.workspace, acting.email), (id, shop.id, None));
        assert_eq!((acting.role, acting.grant), (Role::Member, Grant::Full));
        let backer = Backer { key: master.id, user: user(&shop.owner) };
        assert_eq!((acting.credential, acting.backer), (Credential::Key(master.id), Some(backer)));
    }
    let acting = |method, path| node.ask(method, path).bearer(&master.text).header("parlance-act-as", "u1");
    let me = acting("GET", "/me").send().await.is(200).body;
    assert_eq!((&me["full_name"], &me["email"]), (&json!("Uma"), &json!(null)));
    // What only the key itself may, one who acts as a member may not.
    acting("GET", "/keys").send().await.fails(403, "workspace.insufficient_role");
    let body = json!({"external_id": "u2", "display_name": "Ugo"});
    acting("POST", "/keys/login").json(body).await.fails(403, "key.not_master");
    acting("POST", "/keys/logout").json(json!({"external_id": "u1"})).await.fails(403, "key.not_master");
}

async fn nothing_but_a_master_key_acts_as_anybody(world: World) {
    let node = world.node();
    let shop = Shop::open(&world, &node, "ann").await;
    let master = shop.master(&node).await;
    let scopes = ["chat.read", "chat.send", "groups.manage", "members.invite", "admin"];
    let all = shop.scoped(&node, "all", &scopes).await;
    let (_, embedded) = log_in(&node, &master.text, "u1", "Uma").await;
    for text in [all.text.as_str(), &embedded, shop.owner.access_token()] {
        assert_eq!(acting_as(&node, text, "u1").await, Err("key.not_master"));
        let ask = node.ask("GET", "/me").bearer(text).header("parlance-act-as", "u1");
        ask.send().await.fails(403, "key.not_master");
    }
    let session = shop.owner.cookie_value("__Host-parlance_session");
    let ask = node.ask("GET", "/me").header("cookie", format!("__Host-parlance_session={session}"));
    ask.header("parlance-act-as", "u1").send().await.fails(403, "key.not_master");
    // A proof that does not hold is not even that.
    assert_eq!(acting_as(&node, "key_", "u1").await, Err("key.invalid"));
    for text in [&all.text, &embedded] {
        let body = json!({"external_id": "u1", "display_name": "Uma"});
        node.ask("POST", "/keys/login").bearer(text).json(body).await.fails(403, "key.not_master");
    }
    let body = json!({"external_id": "u1"});
    shop.ask(&node, "POST", "/keys/logout").json(body).await.fails(403, "key.not_master");
    caller(&node, &embedded, None).await.unwrap();
}

async fn whoever_is_no_embedded_user_of_the_workspace_is_not_there(world: World) {
    let node = world.node();
    let (shop, other) = (Shop::open(&world, &node, "ann").await, Shop::open(&world, &node, "ben").await);
    let (master, others) = (shop.master(&node).await, other.master(&node).await);
    let (gone, _) = log_in(&node, &master.text, "gone", "Gus").await;
    world.workspaces.remove(&shop.caller(&node).await, gone).await.unwrap();
    log_in(&node, &others.text, "theirs", "Tim").await;
    let owner = user(&shop.owner).to_string();
    for external_id in ["", "nobody", "gone", "theirs", "u1 ", &owner, "ann@example.org"] {
        assert_eq!(acting_as(&node, &master.text, external_id).await, Err("user.not_found"), "{external_id}");
    }
    let twice = node.ask("GET", "/me").bearer(&master.text).header("parlance-act-as", "a");
    twice.header("parlance-act-as", "b").send().await.fails(400, "request.malformed");
    let bytes = node.ask("GET", "/me").bearer(&master.text).header("parlance-act-as", [0xff, 0xfe]);
    bytes.send().await.fails(404, "user.not_found");
}
