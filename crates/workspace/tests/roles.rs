//! Roles: who may change what, and who must stay.

use serde_json::json;

use crate::support::{World, on_both};

on_both! {
    each_route_takes_the_role_of_its_row,
    nobody_reaches_above_their_own_role,
    the_last_owner_stays,
    ownership_can_be_shared_and_given_up,
    one_who_lost_their_role_cannot_use_it,
}

async fn each_route_takes_the_role_of_its_row(world: World) {
    let owner = world.person("owner").await;
    let id = world.workspace(owner, "acme").await;
    let [guest, member, admin] = [
        world.member(owner, id, "guest", "guest").await,
        world.member(owner, id, "member", "member").await,
        world.member(owner, id, "admin", "admin").await,
    ];
    let refused = (403, "workspace.insufficient_role");
    let members = format!("/{id}/members");
    let someone = format!("{members}/{guest}");
    for (who, sees, runs) in
        [(guest, false, false), (member, true, false), (admin, true, true), (owner, true, true)]
    {
        for answer in [world.get(who, "/acme").await, world.get(who, &members).await] {
            assert_eq!(answer.refusal(), if sees { (200, "") } else { refused });
        }
        let added = world.person(&format!("added-by-{who}")).await;
        for answer in [
            world.patch(who, "/acme", json!({ "name": "Acme" })).await,
            world.patch(who, &someone, json!({ "role": "guest" })).await,
        ] {
            assert_eq!(answer.refusal(), if runs { (200, "") } else { refused });
        }
        let answer = world.post(who, &members, json!({ "user_id": added })).await;
        assert_eq!(answer.refusal(), if runs { (201, "") } else { refused });
        let answer = world.post(who, &members, json!({ "email": "nobody@example.org" })).await;
        assert_eq!(
            answer.refusal(),
            if runs { (404, "person.not_found") } else { refused },
            "who may not add learns nothing"
        );
        let answer = world.delete(who, &format!("{members}/{added}")).await;
        assert_eq!(answer.refusal(), if runs { (204, "") } else { refused });
    }
}

async fn nobody_reaches_above_their_own_role(world: World) {
    let owner = world.person("owner").await;
    let id = world.workspace(owner, "acme").await;
    let admin = world.member(owner, id, "admin", "admin").await;
    let other = world.member(owner, id, "other", "owner").await;
    let (new, members) = (world.person("new").await, format!("/{id}/members"));
    for answer in [
        world.post(admin, &members, json!({ "user_id": new, "role": "owner" })).await,
        world.patch(admin, &format!("{members}/{admin}"), json!({ "role": "owner" })).await,
        world.patch(admin, &format!("{members}/{other}"), json!({ "role": "member" })).await,
        world.delete(admin, &format!("{members}/{other}")).await,
    ] {
        assert_eq!(answer.refusal(), (403, "workspace.insufficient_role"));
    }
    world.post(admin, &members, json!({ "user_id": new, "role": "admin" })).await.with(201);
}

async fn the_last_owner_stays(world: World) {
    let owner = world.person("owner").await;
    let id = world.workspace(owner, "acme").await;
    let path = format!("/{id}/members/{owner}");
    assert_eq!(
        world.patch(owner, &path, json!({ "role": "admin" })).await.refusal(),
        (409, "workspace.last_owner")
    );
    assert_eq!(world.delete(owner, &path).await.refusal(), (409, "workspace.last_owner"));
    assert_eq!(world.patch(owner, &path, json!({ "role": "owner" })).await.with(200)["role"], "owner");
}

async fn ownership_can_be_shared_and_given_up(world: World) {
    let owner = world.person("owner").await;
    let id = world.workspace(owner, "acme").await;
    let heir = world.member(owner, id, "heir", "member").await;
    let path = |user| format!("/{id}/members/{user}");
    world.patch(owner, &path(heir), json!({ "role": "owner" })).await.with(200);
    world.patch(owner, &path(owner), json!({ "role": "member" })).await.with(200);
    assert_eq!(world.delete(heir, &path(heir)).await.refusal(), (409, "workspace.last_owner"));
    world.delete(heir, &path(owner)).await.with(204);
}

async fn one_who_lost_their_role_cannot_use_it(world: World) {
    let owner = world.person("owner").await;
    let id = world.workspace(owner, "acme").await;
    let admin = world.member(owner, id, "admin", "admin").await;
    let before = caller(&world, id, admin).await;
    world.patch(owner, &format!("/{id}/members/{admin}"), json!({ "role": "member" })).await.with(200);
    // A caller whom the host still takes for an admin is looked at again in the step that changes something.
    let refused = world.workspaces.remove(&before, owner).await.unwrap_err();
    assert_eq!(refused.code(), "workspace.insufficient_role");
    world.delete(owner, &format!("/{id}/members/{admin}")).await.with(204);
    let refused = world.workspaces.remove(&before, owner).await.unwrap_err();
    assert_eq!(refused.code(), "workspace.not_found");
}

async fn caller(
    world: &World,
    workspace: parlance_base::WorkspaceId,
    user: parlance_base::UserId,
) -> parlance_base::Caller {
    let role = world.workspaces.role_of(workspace, user).await.unwrap();
    let credential = parlance_base::Credential::SignIn(world.ids.next());
    parlance_base::Caller {
        workspace,
        user,
        credential,
        grant: parlance_base::Grant::Full,
        role,
        email: None,
        backer: None,
    }
}
