//! Who may register, as whom, and what races bring.

use futures::future::join_all;
use parlance_auth::{FOUNDERS, Policy};
use serde_json::json;

use crate::support::{PASSWORD, World, on_both};

on_both! {
    the_first_user_runs_the_installation_and_the_next_does_not,
    of_many_first_registrations_exactly_one_wins,
    of_fifty_registrations_of_one_address_one_succeeds,
    a_closed_installation_takes_its_first_user_only,
    a_closed_installation_takes_one_of_many_first_users,
    an_installation_by_invitation_says_so,
    an_invitation_that_nobody_made_is_refused,
    what_cannot_be_a_user_is_refused_and_not_stored,
}

async fn the_first_user_runs_the_installation_and_the_next_does_not(world: World) {
    let node = world.node();
    let body = json!({"email": " Ann@Example.org ", "password": PASSWORD, "full_name": " Ann Lee ", "handle": "@Ann"});
    let ann = node.post("/register", body).await.is(201).body;
    let id = ann["id"].as_str().unwrap();
    let expected = json!({
        "id": id, "email": "ann@example.org", "full_name": "Ann Lee", "handle": "ann", "email_verified": false,
        "is_installation_admin": true, "dnd": false, "avatar": null, "created_at": "2026-11-21T09:30:00.000Z",
    });
    assert_eq!(ann, expected);
    let ben = node.register("ben@example.org").await.is(201).body;
    assert_eq!((&ben["is_installation_admin"], &ben["handle"]), (&json!(false), &json!(null)));
}

async fn of_many_first_registrations_exactly_one_wins(world: World) {
    let nodes = [world.node(), world.node()];
    let emails: Vec<_> = (0..20).map(|number| format!("user{number}@example.org")).collect();
    let answers = join_all(emails.iter().enumerate().map(|(at, email)| nodes[at % 2].register(email))).await;
    let admins: Vec<_> =
        answers.iter().filter(|answer| answer.body["is_installation_admin"] == json!(true)).collect();
    assert!(answers.iter().all(|answer| answer.status == 201), "{answers:?}");
    assert_eq!(admins.len(), 1);
    let founder = world.store.system().get_documents(&FOUNDERS, vec!["founder".to_owned()]).await.unwrap();
    assert_eq!(founder[0]["user_id"], admins[0].body["id"]);
}

async fn of_fifty_registrations_of_one_address_one_succeeds(world: World) {
    let nodes = [world.node(), world.node()];
    nodes[0].register("first@example.org").await.is(201);
    let spelled = |at: usize| ["ann@example.org", "Ann@Example.ORG"][at / 2 % 2];
    let answers = join_all((0..50).map(|at| nodes[at % 2].register(spelled(at)))).await;
    let (made, taken): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!((made.len(), taken.len()), (1, 49));
    for answer in taken {
        answer.fails(409, "user.email_taken");
    }
    nodes[1].login("ann@example.org").await.is(200);
}

async fn a_closed_installation_takes_its_first_user_only(world: World) {
    let node = world.node_with(|config| config.policy = Policy::Closed);
    node.register("ann@example.org").await.is(201);
    node.register("ben@example.org").await.fails(403, "registration.closed");
    // Whether an address is known is none of the caller's business here.
    node.register("ann@example.org").await.fails(403, "registration.closed");
}

async fn a_closed_installation_takes_one_of_many_first_users(world: World) {
    let node = world.node_with(|config| config.policy = Policy::Closed);
    let emails: Vec<_> = (0..20).map(|number| format!("user{number}@example.org")).collect();
    let answers = join_all(emails.iter().map(|email| node.register(email))).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!(made.len(), 1);
    for answer in refused {
        answer.fails(403, "registration.closed");
    }
}

async fn an_installation_by_invitation_says_so(world: World) {
    world.node().register("ann@example.org").await.is(201);
    let node = world.node_with(|config| config.policy = Policy::Invite);
    node.register("ben@example.org").await.fails(403, "registration.invite_only");
}

async fn an_invitation_that_nobody_made_is_refused(world: World) {
    let ben = json!({"email": "ben@example.org", "password": PASSWORD, "full_name": "Ben", "invite_token": "inv_x_y"});
    let open = world.node();
    open.post("/register", ben.clone()).await.fails(404, "invite.not_found");
    open.register("ann@example.org").await.is(201);
    for (policy, status, code) in [
        (Policy::Open, 404, "invite.not_found"),
        (Policy::Invite, 404, "invite.not_found"),
        (Policy::Closed, 403, "registration.closed"),
    ] {
        let node = world.node_with(|config| config.policy = policy);
        node.post("/register", ben.clone()).await.fails(status, code);
    }
    open.login("ben@example.org").await.fails(401, "auth.invalid_credentials");
}

async fn what_cannot_be_a_user_is_refused_and_not_stored(world: World) {
    let node = world.node();
    let mut ann =
        json!({"email": "ann@example.org", "password": PASSWORD, "full_name": "Ann", "handle": "ann"});
    let long = "x".repeat(257);
    for (field, value, code) in [
        ("email", "nobody", "user.invalid_email"),
        ("password", "elevenchars", "password.too_short"),
        ("password", &long, "password.too_long"),
        ("password", " ANN@example.org", "password.is_email"),
        ("full_name", "  ", "name.invalid"),
        ("handle", "a b", "handle.invalid"),
    ] {
        let mut body = ann.clone();
        body[field] = json!(value);
        node.post("/register", body).await.fails(422, code);
    }
    ann["handle"] = json!(null);
    node.post("/register", ann).await.is(201);
}
