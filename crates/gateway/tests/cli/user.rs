//! `parlance user`: without a server, beside one on the embedded store, and beside one on MongoDB.

use std::{path::Path, time::Duration};

use parlance_base::Ids;
use parlance_client::{AddMember, Client, SocketOptions, Whom};
use parlance_gateway::{Config, Once, Server, config::Hidden};
use serde_json::Value;
use tokio::time::timeout;

use crate::run::{config, done, refused, server};

const PASSWORD: &str = "correct horse battery";

/// How long after the command others may let the user in.
const WITHIN: Duration = Duration::from_secs(5);

fn user(folder: &Path, arguments: &[&str]) -> String {
    done(folder, &[&["user", "--data", "data"], arguments].concat())
}

fn user_refused(folder: &Path, arguments: &[&str]) -> String {
    refused(folder, &[&["user", "--data", "data"], arguments].concat())
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&user(folder, &[arguments, &["--json"]].concat())).unwrap()
}

fn client(server: &Server) -> Client {
    Client::new(&format!("http://{}", server.address())).unwrap()
}

/// The secret in the link that the command prints.
fn token(printed: &str) -> &str {
    printed.lines().next().unwrap().split_once("#token=").unwrap().1
}

/// Has the user have this password, by the link that the command prints.
async fn give_password(folder: &Path, server: &Server, email: &str) {
    let link = user(folder, &["reset-link", email]);
    client(server).reset_password(token(&link), PASSWORD).await.unwrap();
}

/// Whether the user is let in, as the commands of this test change it.
async fn comes_and_goes(folder: &Path, server: &Server) {
    user(folder, &["create", "ann@example.org", "--name", "Ann"]);
    user(folder, &["create", "ben@example.org", "--name", "Ben", "--admin"]);
    for email in ["ann@example.org", "ben@example.org"] {
        give_password(folder, server, email).await;
    }
    let (ann, ben) = (client(server), client(server));
    ann.login("ann@example.org", PASSWORD).await.unwrap();
    ben.login("ben@example.org", PASSWORD).await.unwrap();
    assert!(ben.me().await.unwrap().is_installation_admin);
    let verify = user(folder, &["verify-link", "ben@example.org"]);
    ben.verify_email(token(&verify)).await.unwrap();

    let acme = ann.create_workspace("Acme", "acme").await.unwrap().slug;
    let ben_id = ben.me().await.unwrap().id;
    ann.in_workspace(&acme).add_workspace_member(&AddMember::new(Whom::UserId(ben_id))).await.unwrap();
    let mut socket = ben.in_workspace(&acme).connect(SocketOptions::default()).await.unwrap();
    socket.ready(WITHIN).await.unwrap();

    user(folder, &["deactivate", "ben@example.org"]);
    timeout(WITHIN, async { while socket.next().await.is_ok() {} }).await.unwrap();
    assert_eq!(socket.close_code(), Some(4010));
    timeout(WITHIN, async { while ben.me().await.is_ok() {} }).await.unwrap();
    let again = client(server);
    assert_eq!(
        again.login("ben@example.org", PASSWORD).await.unwrap_err().code(),
        Some("auth.invalid_credentials")
    );
    assert!(user_refused(folder, &["revoke-admin", "ann@example.org"]).contains("user.last_admin"));
    assert!(user(folder, &["list"]).contains("ben@example.org  Ben  [admin]  [deactivated]"));

    user(folder, &["reactivate", "ben@example.org"]);
    again.login("ben@example.org", PASSWORD).await.unwrap();
    user(folder, &["revoke-admin", "ann@example.org"]);
    user(folder, &["reset-second-factor", "ann@example.org"]);
    assert!(!ann.me().await.unwrap().is_installation_admin);
    user(folder, &["grant-admin", "ann@example.org"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_made_before_there_is_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let made = user(here, &["create", "Ann@Example.org", "--name", "Ann"]);
    assert!(made.contains("ann@example.org  Ann  [admin]") && made.contains("reset-link"), "{made}");
    let link = user(here, &["reset-link", "ann@example.org"]);
    assert!(link.starts_with("http://127.0.0.1:8080/reset-password#token="), "{link}");
    let server = server(&config(here), Once::default()).await;
    let ann = client(&server);
    ann.reset_password(token(&link), PASSWORD).await.unwrap();
    ann.login("ann@example.org", PASSWORD).await.unwrap();
    assert!(ann.me().await.unwrap().is_installation_admin);
    server.shutdown().await;
    assert_eq!(user(here, &["list"]).lines().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_runs_does_what_is_asked_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(&config(folder.path()), Once::default()).await;
    comes_and_goes(folder.path(), &server).await;
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_on_mongodb_finds_out() {
    let folder = tempfile::tempdir().unwrap();
    let ids = Ids::new(std::sync::Arc::new(parlance_base::SystemClock)).unwrap();
    let (uri, database) = (parlance_trial::mongodb(), parlance_trial::database(&ids));
    let file = format!("mongodb = {uri:?}\nmongodb_database = {database:?}\n");
    std::fs::write(folder.path().join("parlance.toml"), file).unwrap();
    let config = Config { mongodb: Some(Hidden(uri)), mongodb_database: database, ..config(folder.path()) };
    let server = server(&config, Once::default()).await;
    comes_and_goes(folder.path(), &server).await;
    assert!(!config.data.join("admin.sock").exists());
    server.shutdown().await;
}

#[test]
fn users_are_listed_page_by_page_for_programs_too() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let ids: Vec<_> = (0..3)
        .map(|n| {
            json(here, &["create", &format!("user{n}@example.org"), "--name", "User"])["user"]["id"].clone()
        })
        .collect();
    let first = json(here, &["list", "--limit", "2"]);
    let listed: Vec<_> =
        first["users"]["items"].as_array().unwrap().iter().map(|user| user["id"].clone()).collect();
    assert_eq!((listed, &first["users"]["next"]), (ids[..2].to_vec(), &ids[1]));
    let rest = json(here, &["list", "--limit", "2", "--after", ids[1].as_str().unwrap()]);
    assert_eq!((&rest["users"]["items"][0]["id"], &rest["users"]["next"]), (&ids[2], &Value::Null));
    assert_eq!(rest["users"]["items"][0]["state"], "active");
}

#[test]
fn what_cannot_be_done_is_said_in_a_sentence_with_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    user(here, &["create", "ann@example.org", "--name", "Ann"]);
    for (arguments, part) in [
        (vec!["create", "ann@example.org", "--name", "Ann"], "(user.email_taken)"),
        (vec!["create", "nobody", "--name", "Ann"], "(user.invalid_email)"),
        (vec!["create", "ben@example.org", "--name", ""], "(name.invalid)"),
        (vec!["create", "ben@example.org"], "--name"),
        (vec!["reset-link", "ben@example.org"], "(user.not_found)"),
        (vec!["verify-link", "ben@example.org"], "(user.not_found)"),
        (vec!["grant-admin", "ben@example.org"], "(user.not_found)"),
        (vec!["reset-second-factor", "ben@example.org"], "(user.not_found)"),
        (vec!["reactivate", "ben@example.org"], "(user.not_found)"),
        (vec!["deactivate", "ann@example.org"], "(user.last_admin)"),
        (vec!["list", "--after", "ann"], "an id is a UUID"),
        (vec!["list", "--limit", "0"], "--limit"),
        (vec!["list", "--limit", "1001"], "--limit"),
    ] {
        let error = user_refused(here, &arguments);
        assert!(error.contains(part), "{arguments:?}: {error}");
    }
    user(here, &["create", "ben@example.org", "--name", "Ben"]);
    user(here, &["deactivate", "ben@example.org"]);
    for link in ["reset-link", "verify-link"] {
        assert!(user_refused(here, &[link, "ben@example.org"]).contains("(user.deactivated)"));
    }
}
