//! Groups about objects of another application, and who runs the workspace as a reader of groups they are not in.

use futures::{FutureExt as _, future::join_all};
use parlance_base::{Role, Scope, UserId};
use parlance_store::{Find, ID};
use parlance_workspace::AuditEntry;
use serde_json::{Value, json};

use super::support::{World, on_both, refusal};

on_both! {
    a_record_has_one_group_however_many_ask_for_it,
    a_record_whose_group_was_deleted_has_another_one,
    what_names_no_record_is_refused,
    whoever_runs_the_workspace_reads_records_and_support_and_the_audit_log_says_so,
}

const DEAL: &str = "/records/deal/42";

async fn a_record_has_one_group_however_many_ask_for_it(world: World) {
    let [one, two, three] = world.people().await;
    let node = world.node_beside().await;
    let asked = (0..20).map(|at| {
        let (world, node) = (&world, &node);
        async move {
            let body = json!({ "member_ids": [two], "name": format!("asked {at}") });
            if at % 2 == 0 {
                world.ask(one, "PUT", DEAL, body).await
            } else {
                world.ask_node(node, one, "PUT", DEAL, body).await
            }
        }
        .boxed()
    });
    let answers = join_all(asked).await;
    let made: Vec<_> = answers.iter().filter(|(status, _)| *status == 201).collect();
    assert_eq!(made.len(), 1, "{answers:?}");
    let group = &made[0].1;
    assert!(answers.iter().all(|(_, other)| other["id"] == group["id"]));
    assert_eq!([&group["kind"], &group["record_type"], &group["record_id"]], ["record", "deal", "42"]);
    assert_eq!(group["member_count"], 2);

    // By the other door it is the same; what is asked for it now changes nothing.
    let by_groups = json!({ "kind": "record", "record_type": "deal", "record_id": "42", "name": "again" });
    let (status, same) = world.ask(two, "POST", "/groups", by_groups).await;
    assert_eq!((status, &same["id"], &same["name"]), (200, &group["id"], &group["name"]));
    let path = format!("/groups/{}", group["id"].as_str().unwrap());
    world.say(two, &path, "about the deal").await;
    // Who is not in it is told that there is none, and cannot make another.
    assert_eq!(refusal(&world.ask(three, "PUT", DEAL, json!({})).await), (404, "group.not_found"));
    let guest = world.join(world.workspace, Role::Guest).await;
    assert_eq!(
        refusal(&world.ask(guest, "PUT", DEAL, json!({})).await),
        (403, "workspace.insufficient_role")
    );

    // Another record, another type and another workspace have groups of their own.
    let elsewhere = world.join(world.elsewhere, Role::Member).await;
    let other = world.must(one, "PUT", "/records/deal/43", json!({})).await;
    let typed = world.must(one, "PUT", "/records/lead/42", json!({})).await;
    let (_, theirs) = world.ask_in(world.elsewhere, elsewhere, "PUT", DEAL, json!({})).await;
    let ids = [group, &other, &typed, &theirs].map(|group| group["id"].as_str().unwrap());
    assert!((1..4).all(|at| !ids[..at].contains(&ids[at])), "{ids:?}");
    assert_eq!(other["name"], "deal 43", "named by what it is about");
}

async fn a_record_whose_group_was_deleted_has_another_one(world: World) {
    let [one, ..] = world.people().await;
    let mut before = Vec::new();
    for _ in 0..3 {
        let (status, group) = world.ask(one, "PUT", DEAL, json!({})).await;
        assert_eq!(status, 201);
        assert!(!before.contains(&group["id"]));
        let path = format!("/groups/{}", group["id"].as_str().unwrap());
        world.say(one, &path, "hello").await;
        assert_eq!(world.ask(one, "PUT", DEAL, json!({})).await.0, 200);
        world.must(one, "DELETE", &path, Value::Null).await;
        before.push(group["id"].clone());
    }
}

async fn what_names_no_record_is_refused(world: World) {
    let [one, ..] = world.people().await;
    for body in [
        json!({ "kind": "record", "name": "x" }),
        json!({ "kind": "record", "name": "x", "record_type": "deal" }),
        json!({ "kind": "record", "name": "x", "record_type": "deal", "record_id": "" }),
        json!({ "kind": "record", "name": "x", "record_type": "deal", "record_id": "\u{200b}" }),
        json!({ "kind": "record", "name": "x", "record_type": "deal", "record_id": "1", "client_id": "c" }),
        json!({ "kind": "group", "name": "x", "record_type": "deal", "record_id": "1" }),
        json!({ "kind": "record", "name": "x", "record_type": "d".repeat(65), "record_id": "1" }),
    ] {
        assert_eq!(
            refusal(&world.ask(one, "POST", "/groups", body.clone()).await),
            (422, "group.record"),
            "{body}"
        );
    }
    let long = format!("/records/deal/{}", "7".repeat(129));
    assert_eq!(refusal(&world.ask(one, "PUT", &long, json!({})).await), (422, "group.record"));
    let most = format!("/records/deal/{}", "7".repeat(128));
    assert_eq!(world.must(one, "PUT", &most, json!({})).await["name"].as_str().unwrap().len(), 80);
    assert_eq!(
        refusal(&world.ask(one, "PUT", DEAL, json!({ "surprise": 1 })).await),
        (422, "request.unknown_field")
    );
}

async fn whoever_runs_the_workspace_reads_records_and_support_and_the_audit_log_says_so(world: World) {
    let [one, two, _] = world.people().await;
    let admin = world.join(world.workspace, Role::Admin).await;
    let group = world.must(one, "PUT", DEAL, json!({})).await;
    let record = format!("/groups/{}", group["id"].as_str().unwrap());
    let support = world.group("support", one, &[]).await;
    let private = world.group("group", one, &[]).await;
    let reads = ["", "/members", "/messages", "/changes?since=0", "/pins"];
    for group in [&record, &support] {
        let said = world.say(one, group, "hello").await;
        let message = format!("{group}/messages/{}", said["id"].as_str().unwrap());
        for read in reads {
            let path = format!("{group}{read}");
            world.must(admin, "GET", &path, Value::Null).await;
            assert_eq!(refusal(&world.ask(two, "GET", &path, Value::Null).await), (404, "group.not_found"));
        }
        assert_eq!(world.must(admin, "GET", &message, Value::Null).await["content"], "hello");
        // To read it is not to be in it.
        for (method, path, body) in [
            ("POST", format!("{group}/messages"), json!({ "content": "me too" })),
            ("POST", format!("{group}/read"), json!({ "seq": 1 })),
            ("POST", format!("{group}/join"), Value::Null),
            ("PATCH", group.clone(), json!({ "name": "mine" })),
        ] {
            let refused = world.ask(admin, method, &path, body).await;
            assert_eq!(refusal(&refused), (404, "group.not_found"), "{method} {path}");
        }
    }
    assert_eq!(world.must(admin, "PUT", DEAL, json!({})).await["id"], group["id"]);
    assert_eq!(refusal(&world.ask(admin, "GET", &private, Value::Null).await), (404, "group.not_found"));
    // A key reads them where it runs the workspace, and not only where its user does.
    let path = format!("{record}/messages");
    let refused = world.ask_by_key(admin, &[Scope::ChatRead], "GET", &path, Value::Null).await;
    assert_eq!(refusal(&refused), (404, "group.not_found"));
    let read = world.ask_by_key(admin, &[Scope::ChatRead, Scope::Admin], "GET", &path, Value::Null).await;
    assert_eq!(read.0, 200);

    let log = audited(&world, admin).await;
    let mut of: Vec<_> = log.iter().map(|entry| entry.target.clone().unwrap()).collect();
    of.sort();
    of.dedup();
    let mut expected = [&record, &support].map(|path| path.trim_start_matches("/groups/").to_owned());
    expected.sort();
    assert_eq!(of, expected);
    // One entry stands for a while of reads of one group.
    assert_eq!(log.len(), 2, "{log:?}");
    assert_eq!(audited(&world, one).await, [], "members read as such");
}

async fn audited(world: &World, by: UserId) -> Vec<AuditEntry> {
    let all = Find::new([]).ascending(ID).limit(1_000);
    let mut log = world.node.store.workspace(world.workspace).find::<AuditEntry>(all).await.unwrap();
    log.retain(|entry| entry.actor_id == by.to_string() && entry.action == "group.read_any");
    log
}
