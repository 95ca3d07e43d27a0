//! Whatever is sent, the answer has the one shape and says what is wrong, and the server goes on.

use http::{Method, Request, Response};
use serde_json::{Value, json};

use crate::{
    raw::Raw,
    world::{World, on_both},
};

on_both! {
    a_request_that_cannot_be_read_is_told_why,
    a_frame_that_cannot_be_read_is_told_why,
}

fn refusal(response: &Response<Vec<u8>>) -> (u16, String) {
    let text = String::from_utf8_lossy(response.body());
    let body: Value = serde_json::from_slice(response.body()).unwrap_or_else(|_| panic!("no JSON: {text}"));
    let error = body["error"].as_object().unwrap_or_else(|| panic!("no error: {text}"));
    assert_eq!(error.len(), 3, "{text}");
    assert!(!error["message"].as_str().unwrap().is_empty(), "{text}");
    let id = response.headers()["x-request-id"].to_str().unwrap();
    assert_eq!(error["request_id"], id, "{text}");
    (response.status().as_u16(), error["code"].as_str().unwrap().to_owned())
}

async fn a_request_that_cannot_be_read_is_told_why(world: World) {
    let ann = world.founder("ann", "acme").await;
    let group = ann.here.create_group(&parlance_client::NewGroup::named("General")).await.unwrap().id;
    let token = ann.here.client().access_token().await.unwrap().unwrap();
    let messages = format!("/api/chat/groups/{group}/messages");
    let long = json!({ "content": "x".repeat(300 * 1_024) }).to_string();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let json = "application/json";
    for (method, path, kind, body, expected) in [
        ("POST", messages.as_str(), json, "", (400, "request.malformed")),
        ("POST", &messages, json, "{", (400, "request.malformed")),
        ("POST", &messages, json, "\u{feff}{}", (400, "request.malformed")),
        ("POST", &messages, json, "[]", (422, "request.invalid")),
        ("POST", &messages, json, "null", (422, "request.invalid")),
        ("POST", &messages, json, "{}", (422, "request.invalid")),
        ("POST", &messages, json, &deep, (422, "request.invalid")),
        ("POST", &messages, json, r#"{"content":1}"#, (422, "request.invalid")),
        ("POST", &messages, json, r#"{"content":"a","colour":1}"#, (422, "request.unknown_field")),
        ("POST", &messages, json, r#"{"content":"a","content":"b"}"#, (422, "request.invalid")),
        ("POST", &messages, json, r#"{"content":"\ud800"}"#, (400, "request.malformed")),
        ("POST", &messages, json, &long, (413, "request.too_large")),
        ("POST", &messages, "text/plain", "{}", (400, "request.malformed")),
        ("GET", "/api/chat/groups/nonsense", json, "", (400, "request.malformed_id")),
        ("GET", "/api/chat/groups/%ff", json, "", (400, "request.malformed_id")),
        ("GET", &format!("{messages}?limit=0"), json, "", (422, "request.invalid")),
        ("GET", &format!("{messages}?limit=101"), json, "", (422, "request.invalid")),
        ("GET", &format!("{messages}?limit=x"), json, "", (422, "request.invalid")),
        ("GET", &format!("{messages}?before=1&after=1"), json, "", (422, "request.invalid")),
        ("GET", &format!("{messages}?befor=1"), json, "", (422, "request.unknown_field")),
        ("GET", "/api/chat/groups?after=nonsense", json, "", (422, "request.invalid_cursor")),
        ("GET", "/api/chat/nothing", json, "", (404, "route.not_found")),
        ("PUT", &messages, json, "", (405, "route.wrong_method")),
        ("GET", "/api/chat/ws", json, "", (400, "socket.upgrade_required")),
    ] {
        let request = Request::builder().method(method).uri(path).header("content-type", kind);
        let request = request.header("authorization", format!("Bearer {token}"));
        let request = request.body(body.as_bytes().to_vec()).unwrap();
        let response = world.client().exchange(request).await.unwrap();
        let said = String::from_utf8_lossy(response.body()).into_owned();
        assert!(response.status().as_u16() >= 400, "{method} {path}: {said}");
        let (status, code) = refusal(&response);
        let body: String = body.chars().take(50).collect();
        assert_eq!((status, code.as_str()), expected, "{method} {path} {body}");
    }
    for (header, value, expected) in [
        ("authorization", "Bearer", 401),
        ("authorization", "Basic YTpi", 401),
        ("authorization", "Bearer a.b.c", 401),
        ("parlance-workspace", "", 401),
    ] {
        let request = Request::builder().method("GET").uri("/api/chat/groups").header(header, value);
        let response = world.client().exchange(request.body(Vec::new()).unwrap()).await.unwrap();
        assert_eq!(refusal(&response).0, expected, "{header}: {value}");
    }
    let (status, _, _) = ann.here.request(Method::GET, &messages, None).await.unwrap();
    assert_eq!(status, 200);
}

async fn a_frame_that_cannot_be_read_is_told_why(world: World) {
    let ann = world.founder("ann", "acme").await;
    let group = ann.here.create_group(&parlance_client::NewGroup::named("General")).await.unwrap().id;
    let token = ann.here.client().access_token().await.unwrap().unwrap();
    let mut socket = Raw::open(&world, &format!("?token={token}"), &[]).await.unwrap();
    socket.until("ready").await;
    let send = |data: Value| json!({ "type": "message.send", "id": "1", "data": data }).to_string();
    for (text, code) in [
        ("{".to_owned(), "frame.malformed"),
        (r#"{"type":"fly","id":"1"}"#.to_owned(), "frame.unknown_type"),
        (send(Value::Null), "request.invalid"),
        (send(json!({ "group_id": group })), "request.invalid"),
        (send(json!({ "group_id": "x", "content": "a" })), "request.invalid"),
        (send(json!({ "group_id": group, "content": "" })), "message.empty"),
        (send(json!({ "group_id": group, "content": "x".repeat(10_001) })), "message.too_long"),
        (send(json!({ "group_id": group, "content": "a", "colour": 1 })), "request.unknown_field"),
        (json!({ "type": "auth", "id": "1", "data": { "token": token } }).to_string(), "auth.repeated"),
    ] {
        socket.say(&text).await;
        let answer = socket.until("error").await;
        assert_eq!(answer["error"]["code"], code, "{} {answer}", &text[..text.len().min(80)]);
    }
    socket.send(json!({ "type": "ping", "id": "still here" })).await;
    assert_eq!(socket.until("ok").await["id"], "still here");
}
