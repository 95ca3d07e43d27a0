//! Handing a workspace over.

use serde_json::json;

use crate::support::{World, on_both};

on_both! {
    the_other_owns_it_and_the_caller_is_an_admin_in_one_step,
    only_owners_hand_over_and_not_to_themselves,
    a_guest_who_becomes_the_owner_takes_a_seat,
    who_hands_over_and_leaves_at_once_leaves_an_owner,
    who_is_demoted_and_who_leaves_at_once_leave_an_owner,
}

async fn the_other_owns_it_and_the_caller_is_an_admin_in_one_step(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let ben = world.member(ana, id, "ben", "member").await;
    let transfer = format!("/{id}/transfer");
    let handed = world.post(ana, &transfer, json!({ "user_id": ben })).await.with(200);
    assert_eq!(handed["role"], "admin");
    assert_eq!(world.get(ben, "/acme").await.with(200)["role"], "owner");
    assert_eq!(world.get(ana, "/acme").await.with(200)["role"], "admin");
    let slice = world.streams.read(id, id.uuid().into(), 2, 100).await.unwrap().unwrap();
    let told: Vec<_> = slice.entries.iter().map(|entry| (entry.kind.as_str(), &entry.data)).collect();
    assert_eq!(told, [("workspace.transferred", &json!({ "user_id": ben, "previous_id": ana }))]);
    assert_eq!(world.call(ben, "POST", &format!("/{id}/leave"), None).await.status, 409);
    world.call(ana, "POST", &format!("/{id}/leave"), None).await.with(204);
}

async fn only_owners_hand_over_and_not_to_themselves(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let admin = world.member(ana, id, "admin", "admin").await;
    let transfer = format!("/{id}/transfer");
    let by_admin = world.post(admin, &transfer, json!({ "user_id": admin })).await;
    assert_eq!(by_admin.refusal(), (403, "workspace.insufficient_role"));
    let to_self = world.post(ana, &transfer, json!({ "user_id": ana })).await;
    assert_eq!(to_self.refusal(), (422, "member.is_self"));
    let stranger = world.person("stranger").await;
    let to_stranger = world.post(ana, &transfer, json!({ "user_id": stranger })).await;
    assert_eq!(to_stranger.refusal(), (404, "member.not_found"));
    assert_eq!(world.get(ana, "/acme").await.with(200)["role"], "owner");
}

async fn a_guest_who_becomes_the_owner_takes_a_seat(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let guest = world.member(ana, id, "guest", "guest").await;
    world.post(ana, &format!("/{id}/transfer"), json!({ "user_id": guest })).await.with(200);
    assert_eq!(world.gate.seats().await.unwrap().used, 2);
}

async fn who_hands_over_and_leaves_at_once_leaves_an_owner(world: World) {
    let nodes = [world.workspaces.clone(), world.other_node()];
    for round in 0..5 {
        let ana = world.person(&format!("ana{round}")).await;
        let id = world.workspace(ana, &format!("ws-{round}")).await;
        let ben = world.member(ana, id, &format!("ben{round}"), "member").await;
        let body = Some(json!({ "user_id": ben }).to_string());
        let (who, world) = (ana.to_string(), &world);
        let path = format!("/{id}/transfer");
        let transfer = world.call_node(&nodes[0], &who, "POST", &path, body);
        let path = format!("/{id}/leave");
        let leave = world.call_node(&nodes[1], &who, "POST", &path, None);
        let (transfer, leave) = tokio::join!(transfer, leave);
        // She leaves after handing over, or is refused before and stays.
        assert_eq!(transfer.status, 200, "{transfer:?}");
        assert!([204, 409].contains(&leave.status), "{leave:?}");
        assert_eq!(world.get(ben, &format!("/{id}")).await.with(200)["role"], "owner");
    }
}

async fn who_is_demoted_and_who_leaves_at_once_leave_an_owner(world: World) {
    let nodes = [world.workspaces.clone(), world.other_node()];
    for round in 0..5 {
        let ana = world.person(&format!("ana{round}")).await;
        let id = world.workspace(ana, &format!("ws-{round}")).await;
        let ben = world.member(ana, id, &format!("ben{round}"), "owner").await;
        let (demote, leave) = (format!("/{id}/members/{ana}"), format!("/{id}/leave"));
        let body = Some(json!({ "role": "member" }).to_string());
        let ben = ben.to_string();
        let demote = world.call_node(&nodes[0], &ben, "PATCH", &demote, body);
        let leave = world.call_node(&nodes[1], &ben, "POST", &leave, None);
        let (demote, leave) = tokio::join!(demote, leave);
        // One of them comes first, and the other finds the last owner in its way.
        match (demote.status, leave.status) {
            (200, 409) => {}
            (404, 204) => assert_eq!(world.get(ana, &format!("/{id}")).await.with(200)["role"], "owner"),
            _ => panic!("{demote:?} {leave:?}"),
        }
    }
}
