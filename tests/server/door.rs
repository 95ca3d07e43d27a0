//! Who is let in to the socket, and what ends it, with the sign-ins and memberships of the real server.

use futures::future::join_all;
use http::{Method, Request, header};
use parlance_client::Client;
use serde_json::json;

use crate::{
    raw::Raw,
    world::{PASSWORD, Person, World, on_both},
};

on_both! {
    every_way_of_proving_who_one_is_opens_a_socket,
    a_ticket_opens_one_socket_however_many_try,
    a_cookie_writes_only_with_its_token_and_opens_a_socket_only_from_here,
    what_ends_a_sign_in_or_a_membership_closes_its_sockets,
    a_copied_refresh_token_and_another_password_close_the_sockets,
    a_server_that_shuts_down_says_so,
}

async fn token(person: &Person) -> String {
    person.here.client().access_token().await.unwrap().unwrap()
}

async fn every_way_of_proving_who_one_is_opens_a_socket(world: World) {
    let ann = world.founder("ann", "acme").await;
    let token = token(&ann).await;
    let bearer = format!("Bearer {token}");
    for (query, headers) in [
        (String::new(), vec![("authorization", bearer.as_str())]),
        (format!("?token={token}"), vec![]),
        (format!("?token={token}&workspace=acme"), vec![]),
        (String::new(), vec![("authorization", bearer.as_str()), ("parlance-workspace", "acme")]),
    ] {
        let mut socket = Raw::open(&world, &query, &headers).await.unwrap();
        assert_eq!(socket.until("ready").await["data"]["user"]["id"], json!(ann.id));
    }
    let mut socket = Raw::open(&world, "", &[]).await.unwrap();
    socket.send(json!({ "type": "auth", "id": "1", "data": { "token": token, "workspace": "acme" } })).await;
    assert_eq!(socket.until("ready").await["data"]["user"]["id"], json!(ann.id));

    assert_eq!(Raw::open(&world, "", &[("authorization", "Bearer nonsense")]).await.err(), Some(401));
    let mut socket = Raw::open(&world, "?token=nonsense", &[]).await.unwrap();
    assert_eq!(socket.closed().await, 4001);
    let mut socket = Raw::open(&world, &format!("?token={token}&workspace=other"), &[]).await.unwrap();
    assert_eq!(socket.closed().await, 4003);
}

async fn a_ticket_opens_one_socket_however_many_try(world: World) {
    let ann = world.founder("ann", "acme").await;
    let ticket = ann.here.ticket().await.unwrap().ticket;
    let query = format!("?ticket={ticket}");
    let opened = join_all((0..50).map(|_| Raw::open(&world, &query, &[]))).await;
    let mut sockets: Vec<_> = opened.into_iter().map(|socket| socket.ok().unwrap()).collect();
    let first = join_all(sockets.iter_mut().map(Raw::next)).await;
    let frames: Vec<_> = first.into_iter().map(Result::unwrap).collect();
    let (ready, refused): (Vec<_>, Vec<_>) = frames.iter().partition(|frame| frame["type"] == "ready");
    assert_eq!((ready.len(), refused.len()), (1, 49));
    assert!(refused.iter().all(|frame| frame["error"]["code"] == "ticket.invalid"), "{refused:?}");
    let winner = frames.iter().position(|frame| frame["type"] == "ready").unwrap();
    let mut socket = sockets.swap_remove(winner);
    ann.here.client().logout().await.unwrap();
    assert_eq!(socket.closed().await, 4010, "it lives as long as the sign-in");
}

/// Signs in as a browser does: what comes back are the cookie and its token.
async fn browser(client: &Client, person: &Person) -> (String, String) {
    let body = json!({ "email": person.email, "password": PASSWORD });
    let (_, headers, _) = client.request(Method::POST, "/api/auth/login", Some(&body)).await.unwrap();
    let set: Vec<_> = headers.get_all(header::SET_COOKIE).iter().map(|set| set.to_str().unwrap()).collect();
    let value = |name: &str| {
        let set = set.iter().find_map(|set| set.strip_prefix(name)).unwrap();
        set.split(';').next().unwrap().to_owned()
    };
    (value("parlance_session="), value("parlance_csrf="))
}

async fn a_cookie_writes_only_with_its_token_and_opens_a_socket_only_from_here(world: World) {
    let ann = world.founder("ann", "acme").await;
    let client = world.client();
    let (session, csrf) = browser(&client, &ann).await;
    let cookie = format!("parlance_session={session}; parlance_csrf={csrf}");
    let create = |csrf: Option<&str>| {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri("/api/chat/groups")
            .header("cookie", &cookie)
            .header("content-type", "application/json");
        if let Some(csrf) = csrf {
            request = request.header("x-csrf-token", csrf);
        }
        client.exchange(request.body(br#"{"kind":"group","name":"General"}"#.to_vec()).unwrap())
    };
    assert_eq!(create(None).await.unwrap().status(), 403);
    assert_eq!(create(Some("nonsense")).await.unwrap().status(), 403);
    assert_eq!(create(Some(&csrf)).await.unwrap().status(), 201);

    let here = world.url();
    let mut socket = Raw::open(&world, "", &[("cookie", &cookie), ("origin", &here)]).await.unwrap();
    socket.until("ready").await;
    let evil = [("cookie", cookie.as_str()), ("origin", "https://evil.example")];
    let mut socket = Raw::open(&world, "", &evil).await.unwrap();
    socket.send(json!({ "type": "ping", "id": "1" })).await;
    assert_eq!(socket.next().await.unwrap()["error"]["code"], "auth.required", "not let in by the cookie");
}

async fn what_ends_a_sign_in_or_a_membership_closes_its_sockets(world: World) {
    let ann = world.founder("ann", "acme").await;
    let bob = world.colleague(&ann, "bob").await;
    let open = async |person: &Person| {
        let query = format!("?token={}&workspace={}", token(person).await, person.here.named());
        let mut socket = Raw::open(&world, &query, &[]).await.unwrap();
        socket.until("ready").await;
        socket
    };
    let (mut anns, mut bobs) = (open(&ann).await, open(&bob).await);
    bob.here.client().logout().await.unwrap();
    assert_eq!(bobs.closed().await, 4010);
    bob.here.client().login(&bob.email, PASSWORD).await.unwrap();
    let mut bobs = open(&bob).await;
    ann.here.remove_workspace_member(bob.id).await.unwrap();
    assert_eq!(bobs.closed().await, 4003);
    anns.send(json!({ "type": "ping", "id": "1" })).await;
    assert_eq!(anns.until("ok").await["id"], "1", "nobody else's is closed");
}

async fn a_copied_refresh_token_and_another_password_close_the_sockets(world: World) {
    let ann = world.founder("ann", "acme").await;
    let client = ann.here.client();
    let open = async |person: &Person| {
        let query = format!("?ticket={}", person.here.ticket().await.unwrap().ticket);
        let mut socket = Raw::open(&world, &query, &[]).await.unwrap();
        socket.until("ready").await;
        socket
    };
    let mut socket = open(&ann).await;
    let first = client.tokens().unwrap();
    client.refresh().await.unwrap();
    client.refresh().await.unwrap();
    let body = json!({ "refresh_token": first.refresh_token });
    let (status, _, body) =
        world.client().request(Method::POST, "/api/auth/refresh", Some(&body)).await.unwrap();
    assert_eq!((status.as_u16(), &body["error"]["code"]), (401, &json!("auth.refresh_reused")));
    assert_eq!(socket.closed().await, 4010);

    client.login(&ann.email, PASSWORD).await.unwrap();
    let phone = world.client();
    phone.login(&ann.email, PASSWORD).await.unwrap();
    let phone = Person { id: ann.id, email: ann.email.clone(), here: phone.in_workspace("acme") };
    let (mut here, mut there) = (open(&ann).await, open(&phone).await);
    client.change_password(PASSWORD, "staple horse battery").await.unwrap();
    assert_eq!(there.closed().await, 4010);
    here.send(json!({ "type": "ping", "id": "1" })).await;
    assert_eq!(here.until("ok").await["id"], "1", "the one that asked lives on");
    let only = client.sign_ins().await.unwrap();
    assert!(only.len() == 1 && only[0].current, "{only:?}");
    client.end_sign_in(only[0].id).await.unwrap();
    assert_eq!(here.closed().await, 4010);
}

async fn a_server_that_shuts_down_says_so(mut world: World) {
    let ann = world.founder("ann", "acme").await;
    let mut socket = Raw::open(&world, &format!("?token={}", token(&ann).await), &[]).await.unwrap();
    socket.until("ready").await;
    let stopping = world.stop();
    let told = async {
        let told = socket.until("server.shutdown").await;
        assert!(told["data"]["reconnect_after_ms"].as_u64().is_some(), "{told}");
        assert_eq!(socket.closed().await, 4011);
    };
    tokio::join!(stopping, told);
}
