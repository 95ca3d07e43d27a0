//! What a server says in its log and on its page of metrics, however much it is told to say.

use http::{Method, StatusCode};
use parlance_client::{Client, InWorkspace, NewGroup, NewKey, NewMessage, Proof, SocketOptions};
use parlance_gateway::rehearsal::{Child, registered};
use parlance_trial::On;
use serde_json::{Value, json};

use crate::{
    metrics::{Page, settings},
    run::done,
};

const PASSWORD: &str = "correct horse battery";
const OTHER_PASSWORD: &str = "staple horse battery";

/// Who asks through the proxy, and who does so with a wrong password.
const FROM: &str = "203.0.113.77";
const REFUSED_FROM: &str = "203.0.113.99";

/// Asks as a browser behind a proxy would.
async fn ask(
    client: &Client,
    (method, path): (Method, &str),
    (token, from): (Option<&str>, &str),
    body: Value,
) -> (StatusCode, Value) {
    let request = http::Request::builder().method(method).uri(path);
    let request = request.header("content-type", "application/json").header("x-forwarded-for", from);
    let request = match token {
        Some(token) => request.header("authorization", format!("Bearer {token}")),
        None => request,
    };
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let answer = client.exchange(request.body(body).unwrap()).await.unwrap();
    (answer.status(), serde_json::from_slice(answer.body()).unwrap_or_default())
}

/// Everything that proves who somebody is, made and used: what no log may hold.
async fn proofs(client: &Client, ann: &Client, here: &InWorkspace, token: &str) -> Vec<String> {
    let post = |path| (Method::POST, path);
    let first = ann.tokens().unwrap();
    let key = here.make_key(&NewKey::master("app").with_password(PASSWORD)).await.unwrap().api_key;
    let login = json!({ "external_id": "customer-7", "display_name": "Uma" });
    let (status, embedded) = ask(client, post("/api/auth/keys/login"), (Some(&key), FROM), login).await;
    assert_eq!(status, 200, "{embedded}");
    let used = here.ticket().await.unwrap().ticket;
    let (status, _) = ask(
        client,
        (Method::GET, &format!("/api/chat/groups?token={token}&ticket={used}")),
        (Some(token), FROM),
        Value::Null,
    )
    .await;
    assert!(status.is_client_error(), "no such parameters");
    let wrong = json!({ "email": "ann@example.com", "password": OTHER_PASSWORD });
    let (status, _) = ask(client, post("/api/auth/login"), (None, REFUSED_FROM), wrong).await;
    assert_eq!(status, 401);
    let forgot = json!({ "email": "ann@example.com" });
    ask(client, post("/api/auth/password/forgot"), (None, FROM), forgot).await;
    let begin = json!({ "password": PASSWORD });
    let (status, totp) = ask(client, post("/api/auth/totp"), (Some(token), FROM), begin).await;
    assert_eq!(status, 200, "{totp}");
    ask(client, post("/api/auth/totp/confirm"), (Some(token), FROM), json!({ "code": "918273" })).await;
    let second = ann.refresh().await.unwrap();
    let texts =
        [&first.access_token, &first.refresh_token, &second.access_token, &second.refresh_token, &key, &used];
    let answered = [&embedded["api_key"], &totp["secret"], &totp["uri"]].map(|text| text.as_str().unwrap());
    texts.into_iter().map(String::as_str).chain(answered).map(ToOwned::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_holds_no_secret_and_no_content_even_where_it_holds_everything_else_on_sqlite() {
    it_holds_no_secret_and_no_content(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_holds_no_secret_and_no_content_even_where_it_holds_everything_else_on_mongodb() {
    it_holds_no_secret_and_no_content(On::Mongo).await;
}

async fn it_holds_no_secret_and_no_content(on: On) {
    let folder = tempfile::tempdir().unwrap();
    let (mut settings, metrics) = settings(folder.path(), on);
    settings.variables.push(("PARLANCE_LOG", "trace".to_owned()));
    settings.variables.push(("PARLANCE_TRUSTED_PROXIES", "[\"127.0.0.1\"]".to_owned()));
    let (url, log) = (settings.url(), settings.log());
    let child = Child::start(settings).await.unwrap();
    let client = Client::new(&url).unwrap();
    let (_, ann) = registered(&url, "ann", PASSWORD).await.unwrap();
    let acme = ann.create_workspace("Acme", "acme").await.unwrap();
    let here = ann.in_workspace(&acme.slug);
    let group = here.create_group(&NewGroup::named("General secrets")).await.unwrap().id;
    let by_frame = SocketOptions { proof: Proof::FirstFrame, ..SocketOptions::default() };
    let mut socket = here.connect(by_frame).await.unwrap();
    socket.ready(by_frame.within).await.unwrap();
    let message = here.send(group, NewMessage::text("between us alone")).await.unwrap().id();
    while !format!("{:?}", socket.next().await.unwrap()).contains("between us alone") {}
    here.edit(group, message, "between us two").await.unwrap();
    here.send(group, NewMessage::text("")).await.unwrap_err();
    let malformed = "{\"content\":\"between broken braces\"";
    let path = format!("/api/chat/groups/{group}/messages");
    let token = ann.access_token().await.unwrap().unwrap();
    ask(&client, (Method::POST, &path), (Some(&token), FROM), json!(malformed)).await;
    let mut secrets = proofs(&client, &ann, &here, &token).await;
    if on == On::Sqlite {
        let link = done(folder.path(), &["user", "reset-link", "ann@example.com", "--data", "data"]);
        let link = link.lines().next().unwrap().split_once("#token=").unwrap().1;
        let reset = json!({ "token": link, "new": OTHER_PASSWORD });
        let (status, _) = ask(&client, (Method::POST, "/api/auth/password/reset"), (None, FROM), reset).await;
        assert!(status.is_success(), "{status}");
        secrets.push(link.to_owned());
    }
    socket.close().await;
    let page = Page::read(&metrics).await.0;
    child.stop().await.unwrap();

    let said = std::fs::read_to_string(log).unwrap();
    assert!(said.contains("DEBUG") && said.contains("/messages"), "it was told to say everything");
    assert!(page.contains("/messages"));
    let written = ["between us", "between broken", "General secrets", "ann@example.com", "Uma", "918273"];
    let written = written.into_iter().chain([PASSWORD, OTHER_PASSWORD, FROM]);
    for secret in written.chain(secrets.iter().map(String::as_str)) {
        assert!(!said.contains(secret), "{secret} is logged");
        assert!(!page.contains(secret), "{secret} is in the metrics");
    }
    // Where guesses come from is what its operator wants to see, and nothing else.
    let named: Vec<_> = said.lines().filter(|line| line.contains(REFUSED_FROM)).collect();
    assert!(named.len() == 1 && named[0].contains("a password was refused"), "{named:?}");
    assert!(!page.contains(REFUSED_FROM));
}
