//! Sign-ins that end while they are used.

use futures::future::join_all;

use crate::{
    support::{World, on_both},
    tokens::claims,
};

on_both! {
    an_ended_sign_in_is_out_here_at_once_and_elsewhere_within_three_seconds,
    requests_in_flight_cannot_bring_an_ended_sign_in_back,
    ending_twice_changes_nothing,
    a_refresh_that_races_with_the_end_loses,
}

async fn an_ended_sign_in_is_out_here_at_once_and_elsewhere_within_three_seconds(world: World) {
    let (here, elsewhere) = (world.node(), world.node());
    let login = here.signed_in("ann@example.org").await;
    here.me(login.access_token()).await.is(200);
    elsewhere.me(login.access_token()).await.is(200);
    here.ask("POST", "/logout").bearer(login.access_token()).send().await.is(204);
    here.me(login.access_token()).await.fails(401, "auth.sign_in_ended");
    world.pass(3);
    elsewhere.me(login.access_token()).await.fails(401, "auth.sign_in_ended");
}

async fn requests_in_flight_cannot_bring_an_ended_sign_in_back(world: World) {
    let node = world.node();
    node.register("ann@example.org").await.is(201);
    for _ in 0..10 {
        let login = node.login("ann@example.org").await.is(200);
        let id = claims(login.access_token())["sid"].as_str().unwrap().parse().unwrap();
        let asking = join_all((0..20).map(|_| node.me(login.access_token())));
        let ending = async {
            tokio::task::yield_now().await;
            node.auth.revoke_sign_in(id).await.unwrap();
            // What was answered before the end is remembered by nobody after it.
            node.me(login.access_token()).await.fails(401, "auth.sign_in_ended");
        };
        let (answers, ()) = futures::join!(asking, ending);
        assert!(answers.iter().all(|answer| [200, 401].contains(&answer.status)), "{answers:?}");
        node.me(login.access_token()).await.fails(401, "auth.sign_in_ended");
    }
}

async fn ending_twice_changes_nothing(world: World) {
    let node = world.node();
    let login = node.signed_in("ann@example.org").await;
    let id = claims(login.access_token())["sid"].as_str().unwrap().parse().unwrap();
    node.auth.revoke_sign_in(id).await.unwrap();
    node.auth.revoke_sign_in(id).await.unwrap();
    node.me(login.access_token()).await.fails(401, "auth.sign_in_ended");
}

async fn a_refresh_that_races_with_the_end_loses(world: World) {
    let (here, elsewhere) = (world.node(), world.node());
    here.register("ann@example.org").await.is(201);
    for _ in 0..10 {
        let login = here.login("ann@example.org").await.is(200);
        let id = claims(login.access_token())["sid"].as_str().unwrap().parse().unwrap();
        let (refreshed, ended) =
            futures::join!(elsewhere.refresh(login.refresh_token()), here.auth.revoke_sign_in(id));
        ended.unwrap();
        assert!([200, 401].contains(&refreshed.status), "{refreshed:?}");
        here.refresh(login.refresh_token()).await.fails(401, "auth.sign_in_ended");
    }
}
