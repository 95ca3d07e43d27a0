//! The client against a server of a few lines: tokens, refusals, sending until it is settled, bounds.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use http::Method;
use parlance_base::{EntryId, StreamId};
use serde_json::{Value, json};

use crate::{
    Error, NewMessage,
    fake::{self, Server, answer, refusal, tokens},
};

fn user() -> Value {
    json!({ "id": StreamId::derived(&["ann"]), "email": "ann@acme.example", "full_name": "Ann", "handle": null,
        "created_at": "2026-11-21T09:30:00.000Z" })
}

#[tokio::test]
async fn an_expired_token_is_replaced_once_for_all_who_wait() {
    let refreshes = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&refreshes);
    let server = Server::start(move |asked| match asked.line.as_str() {
        "POST /api/auth/refresh" => {
            counted.fetch_add(1, Ordering::SeqCst);
            assert_eq!(asked.body, json!({ "refresh_token": "after first" }));
            answer(200, &json!(tokens("second")))
        }
        _ if asked.head.contains("Bearer second") => answer(200, &user()),
        _ => refusal(401, "auth.token_expired"),
    })
    .await;
    let client = server.client();
    for me in join_all((0..10).map(|_| client.me())).await {
        assert_eq!(me.unwrap().full_name, "Ann");
    }
    assert_eq!(refreshes.load(Ordering::SeqCst), 1);
    assert_eq!(client.tokens().unwrap(), tokens("second"));
}

#[tokio::test]
async fn a_token_that_is_about_to_expire_is_replaced_before_it_is_used() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "POST /api/auth/refresh" => answer(200, &json!(tokens("second"))),
        _ if asked.head.contains("Bearer second") => answer(200, &user()),
        _ => refusal(500, "server.internal"),
    })
    .await;
    let client = server.client();
    client.set_tokens(Some(crate::Tokens { expires_in: 0, ..tokens("first") }));
    assert!(client.me().await.is_ok());
}

#[tokio::test]
async fn a_sign_in_that_has_ended_is_forgotten() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "POST /api/auth/refresh" => refusal(401, "auth.sign_in_ended"),
        _ => refusal(401, "auth.token_expired"),
    })
    .await;
    let client = server.client();
    assert_eq!(client.me().await.unwrap_err().code(), Some("auth.sign_in_ended"));
    assert_eq!(client.tokens(), None);
    assert!(matches!(client.refresh().await, Err(Error::SignedOut)));
}

#[tokio::test]
async fn a_message_is_sent_under_one_name_until_it_is_settled() {
    let names = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&names);
    let id = EntryId::derived(&["m"]);
    let server = Server::start(move |asked| {
        let mut names = heard.lock().unwrap();
        names.push(asked.body["client_id"].as_str().unwrap().to_owned());
        match names.len() {
            1 => refusal(503, "store.unavailable"),
            // The connection ends without an answer.
            2 => None,
            3 => refusal(429, "rate.limited"),
            _ => answer(201, &json!({ "id": id, "seq": 7 })),
        }
    })
    .await;
    let (workspace, group) = (server.workspace(), StreamId::derived(&["g"]));
    let sending = workspace.send_until_settled(group, NewMessage::text("hi"), Duration::from_secs(60));
    assert_eq!(sending.await.unwrap().seq(), 7);
    let names = names.lock().unwrap();
    assert!(names.len() == 4 && names.iter().all(|name| *name == names[0] && !name.is_empty()), "{names:?}");
}

#[tokio::test]
async fn a_refusal_that_stays_ends_sending() {
    let server = Server::start(|_| refusal(403, "group.read_only")).await;
    let group = StreamId::derived(&["g"]);
    let workspace = server.workspace();
    let sent = workspace.send_until_settled(group, NewMessage::text("hi"), Duration::from_secs(60));
    assert_eq!(sent.await.unwrap_err().code(), Some("group.read_only"));
}

#[tokio::test]
async fn sending_ends_with_its_time() {
    let server = Server::start(|_| Some((503, "retry-after: 60\r\n".to_owned(), b"{}".to_vec()))).await;
    let group = StreamId::derived(&["g"]);
    let workspace = server.workspace();
    let sent = workspace.send_until_settled(group, NewMessage::text("hi"), Duration::from_secs(50));
    let error = sent.await.unwrap_err();
    assert_eq!((error.status(), error.retry_after()), (Some(503), Some(Duration::from_secs(60))));
}

#[tokio::test]
async fn an_answer_is_read_no_further_than_its_bound() {
    let server = Server::start(|_| Some((200, String::new(), vec![b' '; (16 << 20) + 1]))).await;
    assert!(matches!(server.client().me().await, Err(Error::Unreadable(_))));
}

#[tokio::test]
async fn a_raw_request_answers_whatever_came() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "GET /metrics" => Some((200, "x-more: 1\r\n".to_owned(), b"up 1".to_vec())),
        "POST /api/x" if asked.head.to_ascii_lowercase().contains("parlance-workspace: acme") => {
            answer(418, &asked.body)
        }
        _ => Some((302, "location: /elsewhere\r\n".to_owned(), Vec::new())),
    })
    .await;
    let (status, headers, body) = server.client().request(Method::GET, "/metrics", None).await.unwrap();
    assert_eq!((status.as_u16(), headers["x-more"].as_bytes(), body), (200, &b"1"[..], json!("up 1")));
    let sent = json!({ "a": [1] });
    let (status, _, body) = server.workspace().request(Method::POST, "/api/x", Some(&sent)).await.unwrap();
    assert_eq!((status.as_u16(), body), (418, sent));
    // Nobody is sent elsewhere.
    let (status, _, body) = server.client().request(Method::GET, "/other", None).await.unwrap();
    assert_eq!((status.as_u16(), body), (302, Value::Null));
}

#[tokio::test]
async fn a_verbatim_request_has_neither_token_nor_workspace() {
    let server = Server::start(|asked| {
        assert!(!asked.head.to_ascii_lowercase().contains("authorization"), "{}", asked.head);
        Some((400, String::new(), b"not json".to_vec()))
    })
    .await;
    let request = http::Request::post("/api/auth/login?x=1").body(b"{".to_vec()).unwrap();
    let response = server.client().exchange(request).await.unwrap();
    assert_eq!((response.status().as_u16(), response.body().as_slice()), (400, &b"not json"[..]));
}

#[tokio::test]
async fn a_clone_shares_the_sign_in_and_another_client_does_not() {
    let server = Server::start(fake::only_sockets).await;
    let client = server.client();
    let (clone, other) = (client.clone(), client.signed_out());
    client.set_tokens(Some(tokens("second")));
    assert_eq!((clone.tokens(), other.tokens()), (Some(tokens("second")), None));
}

#[tokio::test]
async fn what_names_no_workspace_is_not_sent() {
    let server = Server::start(fake::only_sockets).await;
    for named in ["", "..", "a/b", "a b", "a\n"] {
        let workspace = server.client().in_workspace(named);
        assert!(matches!(workspace.workspace().await, Err(Error::Unsendable(_))), "{named}");
    }
}
