//! What whoever runs the installation asks of users and does to them.

use futures::future::join_all;
use parlance_auth::{Policy, Profile, State};
use serde_json::json;

use crate::{
    membership::id_of,
    support::{World, on_both},
};

on_both! {
    users_are_listed_by_id_and_found_by_address,
    a_user_who_is_made_has_no_password_and_the_first_one_runs_the_installation,
    there_is_always_an_admin,
    of_two_admins_who_step_down_at_once_one_stays,
}

fn profile(name: &str) -> Profile {
    Profile { full_name: name.to_owned(), handle: None }
}

async fn users_are_listed_by_id_and_found_by_address(world: World) {
    let auth = world.node().auth;
    let mut made = Vec::new();
    for name in ["ann", "ben", "cat", "dan", "eve"] {
        made.push(auth.create_user(&format!("{name}@example.org"), profile(name)).await.unwrap());
    }
    made.sort_by_key(|user| user.id);
    let mut seen = Vec::new();
    loop {
        let page = auth.users(seen.last().map(|user: &parlance_auth::UserView| user.id), 2).await.unwrap();
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    assert_eq!(seen, made);
    let ben = auth.user_by_email(" Ben@example.ORG").await.unwrap();
    assert_eq!((ben.full_name.as_str(), ben.state), ("ben", State::Active));
    assert_eq!(auth.user_by_email("nobody@example.org").await.unwrap_err().code(), "user.not_found");
}

async fn a_user_who_is_made_has_no_password_and_the_first_one_runs_the_installation(world: World) {
    let node = world.node_with(|config| config.policy = Policy::Closed);
    let answers = join_all((0..10).map(|at| {
        let auth = node.auth.clone();
        async move { auth.create_user(&format!("user{at}@example.org"), profile("User")).await.unwrap() }
    }));
    let made = answers.await;
    assert_eq!(made.iter().filter(|user| user.is_installation_admin).count(), 1);
    for password in ["", "correct horse battery"] {
        let body = json!({"email": "user1@example.org", "password": password});
        node.post("/login", body).await.fails(401, "auth.invalid_credentials");
    }
    let again = node.auth.create_user("USER1@example.org", profile("Another")).await.unwrap_err();
    assert_eq!(again.code(), "user.email_taken");
    assert_eq!(node.auth.create_user("nobody", profile("X")).await.unwrap_err().code(), "user.invalid_email");
}

async fn there_is_always_an_admin(world: World) {
    let node = world.node();
    let (ann, ben) = (node.signed_in("ann@example.org").await, node.signed_in("ben@example.org").await);
    let (auth, admin) = (&node.auth, id_of(&ann));
    let code = |outcome: parlance_base::Result<()>| outcome.map_err(|error| error.code());
    assert_eq!(code(auth.set_installation_admin(admin, false).await), Err("user.last_admin"));
    assert_eq!(code(auth.deactivate(admin).await), Err("user.last_admin"));
    assert_eq!(code(auth.erase(admin).await), Err("user.last_admin"));
    node.me(ann.access_token()).await.is(200);
    for _ in 0..2 {
        auth.set_installation_admin(id_of(&ben), true).await.unwrap();
    }
    assert_eq!(node.me(ben.access_token()).await.is(200).body["is_installation_admin"], true);
    assert!(world.workspaces.people().get(id_of(&ben)).await.unwrap().unwrap().is_installation_admin);
    auth.deactivate(admin).await.unwrap();
    assert_eq!(code(auth.deactivate(id_of(&ben)).await), Err("user.last_admin"));
    assert_eq!(code(auth.set_installation_admin(admin, false).await), Err("user.not_found"));
    // Back, they run it again, and so the other one may go.
    auth.reactivate(admin).await.unwrap();
    auth.set_installation_admin(id_of(&ben), false).await.unwrap();
    assert_eq!(code(auth.deactivate(admin).await), Err("user.last_admin"));
    let nobody = world.ids.next();
    assert_eq!(code(auth.set_installation_admin(nobody, true).await), Err("user.not_found"));
}

async fn of_two_admins_who_step_down_at_once_one_stays(world: World) {
    let nodes = [world.node(), world.node()];
    let first = id_of(&nodes[0].signed_in("ann@example.org").await);
    let second = id_of(&nodes[0].signed_in("ben@example.org").await);
    nodes[0].auth.set_installation_admin(second, true).await.unwrap();
    for round in 0..6 {
        let goes = |at: usize, user| {
            let auth = nodes[at].auth.clone();
            async move {
                match round % 2 {
                    0 => auth.deactivate(user).await,
                    _ => auth.set_installation_admin(user, false).await,
                }
            }
        };
        let outcomes = futures::join!(goes(0, first), goes(1, second));
        let [one, other] = [&outcomes.0, &outcomes.1].map(|outcome| outcome.as_ref().err().map(|e| e.code()));
        let last = Some("user.last_admin");
        assert!((one == last && other.is_none()) || (other == last && one.is_none()), "{outcomes:?}");
        let listed = nodes[0].auth.users(None, 10).await.unwrap();
        let admins = listed.iter().filter(|user| user.is_installation_admin && user.state == State::Active);
        assert_eq!(admins.count(), 1);
        for user in [first, second] {
            nodes[0].auth.reactivate(user).await.unwrap();
            nodes[0].auth.set_installation_admin(user, true).await.unwrap();
        }
    }
}
