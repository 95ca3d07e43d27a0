//! What must show nowhere: not in what is logged, not in what is stored.

use std::{
    io,
    path::Path,
    sync::{Mutex, Once, PoisonError},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use parlance_auth::{SECOND_FACTORS, SIGN_INS, USERS};
use parlance_base::{Authenticate, Credentials};
use parlance_workspace::{DisplayName, Slug};
use serde_json::json;
use tracing_subscriber::{filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    authenticator::{enrol, login},
    node::Node,
    one_time,
    resetting::token,
    support::{PASSWORD, ROOT, World, on_both},
    tokens::claims,
};

on_both! {
    no_password_token_or_secret_is_logged_or_stored,
    no_secret_or_code_of_a_second_factor_is_logged_or_stored,
}

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Keeps what all tests log.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let targets = [
            "parlance_auth",
            "parlance_base",
            "parlance_edge",
            "parlance_store",
            "jsonwebtoken",
            "axum",
            "tower",
        ];
        let targets = Targets::new().with_targets(targets.map(|target| (target, tracing::Level::TRACE)));
        tracing_subscriber::registry()
            .with(fmt::layer().with_ansi(false).with_writer(|| Log))
            .with(targets)
            .init();
    });
}

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn no_password_token_or_secret_is_logged_or_stored(world: World) {
    let node = world.node();
    let password = format!("a password: {}", BASE64.encode(world.ids.random::<16>()));
    let email = format!("{}@example.org", BASE64.encode(world.ids.random::<16>()).to_lowercase());
    let body = json!({"email": email, "password": password, "full_name": "Ann"});
    node.post("/register", body.clone()).await.is(201);
    node.post("/register", body).await.is(409);
    node.post("/login", json!({"email": email, "password": format!("{password}!")})).await.is(401);
    let login = node.post("/login", json!({"email": email, "password": password})).await.is(200);
    let next = node.refresh(login.refresh_token()).await.is(200);
    node.me(&format!("{}x", next.access_token())).await.is(401);
    node.refresh(&format!("{}x", next.refresh_token())).await.is(401);
    let (session, csrf) =
        (login.cookie_value("__Host-parlance_session"), login.cookie_value("parlance_csrf"));
    node.ask("PATCH", "/me")
        .header("cookie", format!("__Host-parlance_session={session}"))
        .header("x-csrf-token", &csrf)
        .json(json!({"full_name": "Ann"}))
        .await
        .is(200);
    let ask = || node.ask("POST", "/tickets").bearer(next.access_token()).send();
    let (ticket, used) = (ask().await.is(201).body, ask().await.is(201).body);
    let [ticket, used] = [&ticket, &used].map(|made| made["ticket"].as_str().unwrap().to_owned());
    let (request, ()) = http::Request::new(()).into_parts();
    node.auth.authenticate(Credentials::Ticket(&used), None, &request).await.unwrap_err();
    let reset = node.auth.reset_link(&email).await.unwrap();
    let verify = node.auth.verify_link(&email).await.unwrap();
    assert!(!format!("{reset:?}{verify:?}").contains('#'));
    let (reset, verify) = (token(&reset, "reset-password"), token(&verify, "verify-email"));
    node.post("/password/reset", json!({"token": verify, "new": password})).await.is(422);
    node.post("/email/verify", json!({"token": reset})).await.is(422);
    node.post("/password/forgot", json!({"email": email})).await.is(202);
    let new = BASE64.encode(world.ids.random::<16>());
    let wrong = json!({"current": format!("{password}?"), "new": new});
    node.ask("POST", "/password").bearer(next.access_token()).json(wrong).await.is(403);
    let claims = claims(login.access_token());
    let (key, embedded) = keys(&world, &node, &claims, (next.access_token(), &password)).await;
    let stored = documents(&world, &claims).await;
    let secrets = [
        &password,
        login.access_token(),
        login.refresh_token(),
        next.access_token(),
        next.refresh_token(),
        &session,
        &csrf,
        &ticket,
        &used,
        &reset,
        &verify,
        &new,
        &key,
        &key[41..],
        &embedded,
        &embedded[41..],
    ];
    let parts = secrets.iter().flat_map(|secret| [secret, secret.rsplit('.').next().unwrap()]);
    let root = BASE64.encode(ROOT);
    let secrets: Vec<_> = parts.chain([root.as_str()]).map(ToOwned::to_owned).collect();
    world.pass(60);
    node.refresh(login.refresh_token()).await.is(401);
    let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains("a replaced refresh token was used") && log.contains(claims["sid"].as_str().unwrap())
    );
    assert!(!log.contains(&email), "an address is logged");
    assert!(stored.contains("$argon2id$") && stored.contains(&email));
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret} is logged");
        assert!(!stored.contains(&secret), "{secret} is stored");
        assert!(!holds(world.folder.path(), secret.as_bytes()), "{secret} is in a file");
    }
}

async fn no_secret_or_code_of_a_second_factor_is_logged_or_stored(world: World) {
    let node = world.node();
    let ann = node.signed_in("ann@example.org").await;
    let (app, recovery) = enrol(&world, &node, &ann).await;
    world.pass(30);
    for code in [&app.code(&world, 0), &recovery[0], &recovery[1]] {
        login(&node, "ann@example.org", PASSWORD, Some(code)).await.is(200);
        login(&node, "ann@example.org", PASSWORD, Some(code)).await.is(401);
    }
    let id = claims(ann.access_token())["sub"].as_str().unwrap().to_owned();
    let stored = world.store.system().get_documents(&SECOND_FACTORS, vec![id.clone()]).await.unwrap();
    assert_eq!(stored[0]["recovery"].as_array().unwrap().len(), 8);
    let stored = serde_json::to_string(&stored).unwrap();
    let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    assert!(log.contains("a second factor was switched on") && log.contains(&id));
    let plain = recovery.iter().map(|code| code.replace('-', "")).collect::<Vec<_>>();
    for secret in recovery.iter().chain(&plain).chain(&app.spellings()) {
        for secret in [secret.clone(), secret.to_lowercase()] {
            assert!(!log.contains(&secret), "{secret} is logged");
            assert!(!stored.contains(&secret), "{secret} is stored");
            assert!(!holds(world.folder.path(), secret.as_bytes()), "{secret} is in a file");
        }
    }
}

/// A master key of the user, and that of an embedded user.
async fn keys(
    world: &World,
    node: &Node,
    claims: &serde_json::Value,
    (token, password): (&str, &str),
) -> (String, String) {
    let owner = claims["sub"].as_str().unwrap().parse().unwrap();
    let (name, slug) = (DisplayName::parse("Acme").unwrap(), Slug::parse("acme").unwrap());
    world.workspaces.create(owner, name, slug).await.unwrap();
    let body = json!({"kind": "master", "name": "app", "password": password});
    let key = node.ask("POST", "/keys").bearer(token).json(body).await.is(201).body;
    let key = key["api_key"].as_str().unwrap().to_owned();
    let body = json!({"external_id": "u1", "display_name": "Uma"});
    let login = node.ask("POST", "/keys/login").bearer(&key).json(body).await.is(200).body;
    node.me(&format!("{key}x")).await.is(401);
    node.me(&key[..83]).await.is(401);
    (key, login["api_key"].as_str().unwrap().to_owned())
}

/// All that is stored of the user and the sign-in.
async fn documents(world: &World, claims: &serde_json::Value) -> String {
    let mut all = Vec::new();
    for (collection, claim) in [(&USERS, "sub"), (&SIGN_INS, "sid")] {
        let id = claims[claim].as_str().unwrap().to_owned();
        all.extend(world.store.system().get_documents(collection, vec![id]).await.unwrap());
    }
    assert_eq!(all.len(), 2);
    let secrets = one_time::of(world, claims["sub"].as_str().unwrap()).await;
    assert_eq!(secrets.len(), 3);
    format!("{}{}", serde_json::to_string(&all).unwrap(), serde_json::to_string(&secrets).unwrap())
}

/// Whether a file of the store has these bytes.
fn holds(folder: &Path, bytes: &[u8]) -> bool {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.is_file())
        .any(|path| std::fs::read(path).unwrap().windows(bytes.len()).any(|part| part == bytes))
}
