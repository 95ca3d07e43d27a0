//! Callers in workspaces, as the routers of the other crates see them.

use parlance_base::{
    Authenticate, Caller, CallerRef, Check, Credential, Credentials, KeyId, Result, Role, UserId, WorkspaceId,
};
use parlance_workspace::{DisplayName, Made, NewMember, Slug};
use serde_json::json;

use crate::{
    node::{Answer, Node},
    support::{World, on_both},
    tokens::claims,
};

on_both! {
    a_caller_is_of_the_workspace_named_or_of_their_only_one,
    a_workspace_that_is_not_the_callers_is_not_there,
    the_directory_knows_who_registered_and_what_they_change,
    callers_are_looked_at_again_in_the_order_asked,
    a_look_again_asks_the_store_and_not_what_is_remembered,
}

pub(crate) fn id_of(login: &Answer) -> UserId {
    claims(login.access_token())["sub"].as_str().unwrap().parse().unwrap()
}

pub(crate) async fn workspace(world: &World, owner: &Answer, slug: &str) -> WorkspaceId {
    let (name, slug) = (DisplayName::parse(slug).unwrap(), Slug::parse(slug).unwrap());
    let Made::New(made) = world.workspaces.create(id_of(owner), name, slug).await.unwrap() else {
        panic!("it was there")
    };
    made.id
}

pub(crate) async fn caller(
    node: &Node,
    login: &Answer,
    workspace: Option<&str>,
) -> Result<Caller, &'static str> {
    let (request, ()) = http::Request::new(()).into_parts();
    let caller = node.auth.authenticate(Credentials::Token(login.access_token()), workspace, &request).await;
    caller.map_err(|error| error.code())
}

async fn a_caller_is_of_the_workspace_named_or_of_their_only_one(world: World) {
    let node = world.node();
    let (ann, ben) = (node.signed_in("ann@example.org").await, node.signed_in("ben@example.org").await);
    assert_eq!(caller(&node, &ann, None).await, Err("workspace.required"));
    let acme = workspace(&world, &ann, "acme").await;
    let owner = caller(&node, &ann, None).await.unwrap();
    assert_eq!(
        (owner.workspace, owner.user, owner.role, owner.email.clone()),
        (acme, id_of(&ann), Role::Owner, None)
    );
    assert_eq!(caller(&node, &ann, Some("acme")).await.unwrap(), owner);
    assert_eq!(caller(&node, &ann, Some(&acme.to_string())).await.unwrap(), owner);
    let person = world.workspaces.people().by_email("BEN@example.org").await.unwrap();
    let guest = NewMember { role: Role::Guest, handle: None, display_name: None };
    world.workspaces.add(&owner, person, guest).await.unwrap();
    assert_eq!(caller(&node, &ben, None).await.unwrap().role, Role::Guest);
    let other = workspace(&world, &ben, "other").await;
    assert_eq!(caller(&node, &ben, None).await, Err("workspace.required"));
    assert_eq!(caller(&node, &ben, Some("other")).await.unwrap().workspace, other);
}

async fn a_workspace_that_is_not_the_callers_is_not_there(world: World) {
    let node = world.node();
    let (ann, ben) = (node.signed_in("ann@example.org").await, node.signed_in("ben@example.org").await);
    let acme = workspace(&world, &ann, "acme").await;
    for named in
        ["acme", &acme.to_string(), "nowhere", "", "\0", &world.ids.next::<WorkspaceId>().to_string()]
    {
        assert_eq!(caller(&node, &ben, Some(named)).await, Err("workspace.not_found"), "{named:?}");
    }
    node.auth.revoke_sign_in(caller_ref(&ann, acme).1).await.unwrap();
    assert_eq!(caller(&node, &ann, Some("acme")).await, Err("auth.sign_in_ended"));
}

async fn the_directory_knows_who_registered_and_what_they_change(world: World) {
    let node = world.node();
    let ann = node.signed_in("ann@example.org").await;
    let person = || async { world.workspaces.people().get(id_of(&ann)).await.unwrap().unwrap() };
    let known = person().await;
    assert_eq!(
        (known.email.as_str(), known.full_name.as_str(), known.handle_wish),
        ("ann@example.org", "Ann Lee", None)
    );
    assert!(known.is_installation_admin);
    let changes = (0..8).map(|at| {
        let body = if at % 2 == 0 {
            json!({"full_name": format!("Ann {at}")})
        } else {
            json!({"handle": format!("ann{at}")})
        };
        node.ask("PATCH", "/me").bearer(ann.access_token()).json(body)
    });
    for answer in futures::future::join_all(changes).await {
        assert!([200, 503].contains(&answer.status), "{answer:?}");
    }
    node.ask("PATCH", "/me").bearer(ann.access_token()).json(json!({})).await.is(200);
    let (me, known) = (node.me(ann.access_token()).await.is(200).body, person().await);
    assert_eq!((&me["full_name"], &me["handle"]), (&json!(known.full_name), &json!(known.handle_wish)));
}

pub(crate) fn caller_ref(login: &Answer, workspace: WorkspaceId) -> (CallerRef, parlance_base::SignInId) {
    let id = claims(login.access_token())["sid"].as_str().unwrap().parse().unwrap();
    let credential = Credential::SignIn(id);
    (CallerRef { workspace, user: id_of(login), credential, role: Role::Owner, backer: None }, id)
}

async fn callers_are_looked_at_again_in_the_order_asked(world: World) {
    let node = world.node();
    let (ann, ben) = (node.signed_in("ann@example.org").await, node.signed_in("ben@example.org").await);
    let gone = node.login("ann@example.org").await.is(200);
    let acme = workspace(&world, &ann, "acme").await;
    let (good, outsider) = (caller_ref(&ann, acme).0, caller_ref(&ben, acme).0);
    let (ended, ended_id) = caller_ref(&gone, acme);
    node.auth.revoke_sign_in(ended_id).await.unwrap();
    let key = CallerRef { credential: Credential::Key(world.ids.next::<KeyId>()), ..good };
    let posing = CallerRef { user: good.user, ..outsider };
    let elsewhere = CallerRef { workspace: world.ids.next(), ..good };
    let other = CallerRef { role: Role::Guest, ..good };
    let asked = [outsider, good, ended, key, posing, elsewhere, other];
    let (good, revoked, not_allowed) = (Check::Good, Check::Revoked, Check::NotAllowed);
    let expected = [not_allowed, good, revoked, revoked, revoked, not_allowed, Check::Changed];
    assert_eq!(node.auth.revalidate(&asked).await.unwrap(), expected);
    assert_eq!(node.auth.revalidate(&[]).await.unwrap(), []);
    let many: Vec<_> = asked.iter().copied().cycle().take(7_000).collect();
    let checks = node.auth.revalidate(&many).await.unwrap();
    assert!(checks.chunks(7).all(|checks| checks == expected));
    world.pass(30 * 24 * 3_600);
    assert_eq!(node.auth.revalidate(&asked[1..2]).await.unwrap(), [Check::Revoked]);
}

async fn a_look_again_asks_the_store_and_not_what_is_remembered(world: World) {
    let (here, elsewhere) = (world.node(), world.node());
    let ann = here.signed_in("ann@example.org").await;
    let (caller, id) = caller_ref(&ann, workspace(&world, &ann, "acme").await);
    elsewhere.me(ann.access_token()).await.is(200);
    here.auth.revoke_sign_in(id).await.unwrap();
    assert_eq!(elsewhere.auth.revalidate(&[caller]).await.unwrap(), [Check::Revoked]);
    elsewhere.me(ann.access_token()).await.fails(401, "auth.sign_in_ended");
}
