//! Pages of other origins.

use http::{HeaderMap, Method, Request, StatusCode, header};
use parlance_client::Client;
use parlance_gateway::{Config, Once, Server};

use crate::run::{config, server};

const OURS: &str = "https://app.example.org";

async fn asked(server: &Server, method: Method, path: &str, origin: &str) -> (StatusCode, HeaderMap) {
    let url = format!("http://{}", server.address());
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::ORIGIN, origin)
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "PATCH")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization, parlance-workspace")
        .body(Vec::new())
        .unwrap();
    let answer = Client::new(&url).unwrap().exchange(request).await.unwrap();
    (answer.status(), answer.headers().clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_configured_origins_may_ask_and_others_may_not() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { allowed_origins: vec![OURS.to_owned()], ..config(folder.path()) };
    let server = server(&config, Once::default()).await;
    let (status, headers) = asked(&server, Method::OPTIONS, "/api/auth/me", OURS).await;
    assert_eq!(status, StatusCode::OK);
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, OURS),
        (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, parlance-workspace"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET,POST,PUT,PATCH,DELETE"),
    ] {
        assert_eq!(headers.get(&name).unwrap(), value, "{name}");
    }
    // A refusal, too, is the page's to read.
    let (status, headers) = asked(&server, Method::GET, "/api/auth/me", OURS).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], OURS);
    assert!(headers[header::ACCESS_CONTROL_EXPOSE_HEADERS].to_str().unwrap().contains("x-request-id"));
    assert!(headers.contains_key(header::VARY) && headers.contains_key("x-request-id"));
    for (method, path) in [(Method::OPTIONS, "/api/auth/me"), (Method::GET, "/api/auth/me")] {
        let (_, headers) = asked(&server, method, path, "https://other.example.org").await;
        assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
    }
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_such_origins_nothing_is_said_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(&config(folder.path()), Once::default()).await;
    let (_, headers) = asked(&server, Method::OPTIONS, "/api/auth/me", OURS).await;
    assert!(headers.keys().all(|name| !name.as_str().starts_with("access-control-")));
    server.shutdown().await;
}
