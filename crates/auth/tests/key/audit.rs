//! What the audit log says of keys.

use parlance_base::Role;
use parlance_store::{Find, ID};
use parlance_workspace::AuditEntry;

use super::shop::{Shop, log_in, made, master, scoped, user};
use crate::support::{World, on_both};

on_both! {
    who_makes_and_ends_keys_is_in_the_audit_log,
}

async fn who_makes_and_ends_keys_is_in_the_audit_log(world: World) {
    let node = world.node();
    node.signed_in("admin@example.org").await;
    let shop = Shop::open(&world, &node, "ann").await;
    let admin = shop.join(&world, &node, "ben", Role::Admin).await;
    let application = made(shop.ask_as(&node, &admin, "POST", "/keys").json(master("app")).await);
    let runs_it = shop.scoped(&node, "runs it", &["chat.read", "admin"]).await;
    let by_key = node.ask("POST", "/keys").bearer(&runs_it.text).json(scoped("reader", &["chat.read"]));
    let reader = made(by_key.await);
    // Neither what is refused nor the logins of embedded users are noted as keys that were made.
    shop.ask(&node, "POST", "/keys")
        .json(scoped("reader", &["chat.read"]))
        .await
        .fails(409, "key.name_taken");
    log_in(&node, &application.text, "u1", "Uma").await;
    shop.ask(&node, "DELETE", &format!("/keys/{}", application.id)).send().await.is(204);
    shop.ask(&node, "DELETE", &format!("/keys/{}", application.id)).send().await.fails(404, "key.not_found");
    // Who is alone is not put out: their keys are ended for them.
    world.workspaces.remove(&shop.caller(&node).await, user(&admin)).await.unwrap();
    node.auth.deactivate(user(&shop.owner)).await.unwrap();

    let all = Find::new([]).ascending(ID).limit(1_000);
    let log = world.store.workspace(shop.id).find::<AuditEntry>(all).await.unwrap();
    let mut told: Vec<_> = log
        .into_iter()
        .filter(|entry| entry.action.starts_with("key."))
        .map(|entry| {
            let AuditEntry { action, target, actor_id, credential_kind, detail, .. } = entry;
            [Some(action), target, Some(actor_id), credential_kind, detail]
        })
        .collect();
    let (ann, ben) = (user(&shop.owner).to_string(), user(&admin).to_string());
    let [app, runs, reads] = [application.id, runs_it.id, reader.id].map(|id| id.to_string());
    let mut expected = [
        ("key.made", &app, ben.as_str(), Some("sign_in"), Some("master")),
        ("key.made", &runs, &ann, Some("sign_in"), Some("scoped: chat.read, admin")),
        ("key.made", &reads, &ann, Some("key"), Some("scoped: chat.read")),
        ("key.deleted", &app, &ann, Some("sign_in"), None),
        ("key.deleted", &runs, "system", None, None),
        ("key.deleted", &reads, "system", None, None),
    ]
    .map(|(action, target, by, with, detail)| {
        [Some(action), Some(target.as_str()), Some(by), with, detail].map(|text| text.map(str::to_owned))
    });
    // The clock stands still, and with it the order.
    told.sort();
    expected.sort();
    assert_eq!(told, expected);
}
