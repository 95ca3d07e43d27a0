//! Who inside a crate may know HTTP or a database; whether the crate may at all is `dependency.rs`'s to say.
//!
//! Only the sources below `crates/*/src` are bound: the tests beside them may look behind the port.

use crate::{
    code::{self, Token},
    tree::File,
};

/// The crates of the domain, where HTTP stays at the door. The gateway is all door.
const DOMAIN: [&str; 5] = ["auth", "chat", "license", "notify", "workspace"];

/// What is kept in its layer, as code names it.
const RESERVED: [&str; 6] = ["axum", "axum_extra", "bson", "mongodb", "rusqlite", "tower_http"];

fn violations(files: &[File]) -> Result<Vec<String>, String> {
    let mut violations = Vec::new();
    for file in files {
        let Some((owner, path)) = source(&file.path) else { continue };
        let tokens = code::tokens(file)?;
        for index in 0..tokens.len() {
            let named = RESERVED.iter().find(|name| code::names_crate(&tokens, index, name));
            let refused =
                named.filter(|name| !may_name(owner, path, name) && !in_router(path, &tokens, index));
            violations.extend(refused.map(|name| sentence(&file.path, &tokens, index, name)));
        }
    }
    Ok(violations)
}

/// The crate's folder and the path below its `src`.
fn source(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("crates/")?.split_once("/src/")
}

fn may_name(owner: &str, path: &str, name: &str) -> bool {
    match (owner, name) {
        ("store", "rusqlite") => path.starts_with("sqlite"),
        ("store", "mongodb" | "bson") => path.starts_with("mongo"),
        (_, "axum" | "axum_extra" | "tower_http" | "hyper" | "hyper_util" | "tokio_tungstenite")
            if DOMAIN.contains(&owner) =>
        {
            path == "http.rs" || path.starts_with("http/") || path.starts_with("realtime/socket")
        }
        _ => true,
    }
}

/// `lib.rs` exports the router, so that one function may say what it returns.
fn in_router(path: &str, tokens: &[Token], index: usize) -> bool {
    path == "lib.rs" && code::function(tokens, "router").is_some_and(|router| router.contains(&index))
}

fn sentence(path: &str, tokens: &[Token], index: usize, name: &str) -> String {
    let line = tokens.get(index).map_or(0, |token| token.line);
    let place = match name {
        "rusqlite" => "store/src/sqlite*",
        "mongodb" | "bson" => "store/src/mongo*",
        _ => "http/, realtime/socket* and lib.rs's fn router",
    };
    format!("{path}:{line} names {name}, which only {place} may")
}

#[test]
fn http_and_databases_stay_in_their_layer() {
    crate::assert_none(&violations(&crate::tree::rust_files().unwrap()).unwrap());
}

fn found(path: &str, text: &str) -> Result<usize, String> {
    Ok(violations(&[File::new(path, text)])?.len())
}

#[test]
fn the_layers_own_files_may_name_what_they_are_for() {
    for (path, text) in [
        ("crates/chat/src/http/groups.rs", "use axum::Router;"),
        ("crates/auth/src/http.rs", "use axum_extra::TypedHeader;"),
        ("crates/chat/src/realtime/socket.rs", "use axum::extract::State;"),
        ("crates/chat/src/realtime/socket/upgrade.rs", "use hyper::upgrade::OnUpgrade;"),
        ("crates/chat/src/lib.rs", "pub fn router(chat: Chat) -> axum::Router { axum::Router::new() }"),
        ("crates/gateway/src/server.rs", "use axum::Router; use tower_http::trace::TraceLayer;"),
        ("crates/store/src/sqlite/writer.rs", "use rusqlite::Connection;"),
        ("crates/store/src/mongo.rs", "use mongodb::Client; use bson::doc;"),
        ("crates/store/tests/contract.rs", "use mongodb::Client;"),
        ("crates/chat/src/realtime/bus/mongodb.rs", "use super::mongodb; mod mongodb {}"),
    ] {
        assert_eq!(found(path, text), Ok(0), "{path}: {text}");
    }
}

#[test]
fn http_or_a_database_out_of_its_layer_is_found() {
    for (path, text) in [
        ("crates/chat/src/message/send.rs", "use axum::Json;"),
        ("crates/chat/src/realtime/hub.rs", "fn f() -> axum::Router {}"),
        ("crates/notify/src/https.rs", "use tower_http::trace::TraceLayer;"),
        ("crates/chat/src/lib.rs", "pub fn router() -> axum::Router { g() }\nuse axum::Json;"),
        ("crates/store/src/scope.rs", "use rusqlite::Connection;"),
        ("crates/store/src/sqlite.rs", "use bson::doc;"),
        ("crates/store/src/mongo/commit.rs", "fn f(c: rusqlite::Connection) {}"),
        ("crates/store/src/lib.rs", "#[cfg(test)] mod tests { use mongodb::Client; }"),
    ] {
        assert_eq!(found(path, text), Ok(1), "{path}: {text}");
    }
}

#[test]
fn a_violation_names_its_line() {
    let text = "//! Scopes.\n\nfn f() {\n    let c: rusqlite::Connection;\n}\n";
    let found = violations(&[File::new("crates/store/src/scope.rs", text)]).unwrap().join("");
    assert!(found.starts_with("crates/store/src/scope.rs:4 "), "{found}");
}
