//! Seats: who takes one, who gives it back, and what happens at the last.

use futures::future::join_all;
use parlance_license::TRIAL;
use serde_json::json;

use crate::support::{World, on_both};

on_both! {
    a_user_has_one_seat_in_however_many_workspaces,
    guests_are_free_until_they_become_more,
    the_twenty_sixth_user_is_refused_however_many_come_at_once,
    over_the_limit_nobody_is_locked_out,
}

async fn used(world: &World) -> i64 {
    world.gate.seats().await.unwrap().used
}

async fn a_user_has_one_seat_in_however_many_workspaces(world: World) {
    let ana = world.person("ana").await;
    let first = world.workspace(ana, "first").await;
    let second = world.workspace(ana, "second").await;
    assert_eq!(used(&world).await, 1);
    let ben = world.member(ana, first, "ben", "member").await;
    world.post(ana, &format!("/{second}/members"), json!({ "user_id": ben })).await.with(201);
    assert_eq!(used(&world).await, 2);
    world.delete(ana, &format!("/{first}/members/{ben}")).await.with(204);
    assert_eq!(used(&world).await, 2);
    world.delete(ana, &format!("/{second}/members/{ben}")).await.with(204);
    assert_eq!(used(&world).await, 1);
}

async fn guests_are_free_until_they_become_more(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let ben = world.member(ana, id, "ben", "guest").await;
    let path = format!("/{id}/members/{ben}");
    assert_eq!(used(&world).await, 1);
    for (role, seats) in [("member", 2), ("admin", 2), ("guest", 1), ("member", 2)] {
        world.patch(ana, &path, json!({ "role": role })).await.with(200);
        assert_eq!(used(&world).await, seats, "{role}");
    }
    world.patch(ana, &path, json!({ "role": "guest" })).await.with(200);
    world.delete(ana, &path).await.with(204);
    assert_eq!(used(&world).await, 1);
}

async fn the_twenty_sixth_user_is_refused_however_many_come_at_once(world: World) {
    let nodes = [world.workspaces.clone(), world.other_node()];
    world.clock.advance(TRIAL);
    let ana = world.person("ana").await;
    let made = [world.workspace(ana, "first").await, world.workspace(ana, "second").await];
    let mut people = Vec::new();
    for number in 0..30 {
        people.push(world.person(&format!("person{number}")).await);
    }
    let adds = people.iter().enumerate().map(|(at, user)| {
        let (path, body) = (format!("/{}/members", made[at / 2 % 2]), json!({ "user_id": user }).to_string());
        let (world, node, who) = (&world, &nodes[at % 2], ana.to_string());
        async move { world.call_node(node, &who, "POST", &path, Some(body)).await }
    });
    let answers = join_all(adds).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 24, "{answers:?}");
    let refused = |answer: &&crate::client::Answer| answer.refusal() == (402, "license.seat_limit");
    assert_eq!(answers.iter().filter(refused).count(), 6);
    assert_eq!(used(&world).await, 25);
    // One who has a seat is added to another workspace without taking one, a guest takes none, and one who goes makes room.
    let seated = people.iter().zip(&answers).enumerate().find(|(_, (_, answer))| answer.status == 201);
    let (at, (user, _)) = seated.unwrap();
    let elsewhere = format!("/{}/members", made[1 - at / 2 % 2]);
    world.post(ana, &elsewhere, json!({ "user_id": user })).await.with(201);
    let standing = people.iter().zip(&answers).find(|(_, answer)| answer.status == 402).unwrap().0;
    let as_guest = json!({ "user_id": standing, "role": "guest" });
    world.post(ana, &elsewhere, as_guest).await.with(201);
    let promoted = world.patch(ana, &format!("{elsewhere}/{standing}"), json!({ "role": "member" })).await;
    assert_eq!(promoted.refusal(), (402, "license.seat_limit"));
    for workspace in made {
        world.delete(ana, &format!("/{workspace}/members/{user}")).await.with(204);
    }
    world.patch(ana, &format!("{elsewhere}/{standing}"), json!({ "role": "member" })).await.with(200);
    assert_eq!(used(&world).await, 25);
}

async fn over_the_limit_nobody_is_locked_out(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let mut people = Vec::new();
    for number in 0..27 {
        people.push(world.member(ana, id, &format!("person{number}"), "member").await);
    }
    world.clock.advance(TRIAL);
    for user in &people {
        assert_eq!(world.get(*user, "/acme").await.with(200)["role"], "member");
    }
    let path = format!("/{id}/members");
    world.post(ana, &path, json!({ "user_id": people[0] })).await.with(200);
    world.patch(ana, &format!("{path}/{}", people[0]), json!({ "role": "admin" })).await.with(200);
    let new = world.person("new").await;
    assert_eq!(
        world.post(ana, &path, json!({ "user_id": new })).await.refusal(),
        (402, "license.seat_limit")
    );
    let made = world.post(new, "", json!({ "name": "New", "slug": "new-one" })).await;
    assert_eq!(made.refusal(), (402, "license.seat_limit"));
    world.delete(ana, &format!("{path}/{}", people[1])).await.with(204);
    assert_eq!(used(&world).await, 27);
}
