//! What a server says at its start, and what it says in the way of one.

use std::{
    fs,
    net::TcpStream,
    os::unix::fs::{MetadataExt as _, chown},
    path::Path,
    process::Command,
};

use parlance_gateway::rehearsal::{Child, Settings};
use parlance_trial::eventually;

use crate::run::{done, refused, set_mode, unstarted, unstarted_with};

/// A server with its data in `data` in the folder, and with these settings.
async fn started(folder: &Path, variables: &[(&'static str, &str)]) -> Child {
    let mut settings = Settings::new(Path::new(env!("CARGO_BIN_EXE_parlance")), folder).unwrap();
    settings.variables.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
    Child::start(settings).await.unwrap()
}

fn log(folder: &Path) -> String {
    fs::read_to_string(folder.join("server.log")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_installation_is_said_to_be_one_and_one_that_is_there_is_not() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        started(folder.path(), &[]).await.kill().await.unwrap();
        assert_eq!(log(folder.path()).matches("a new installation was made").count(), 1);
    }
}

#[test]
fn a_folder_of_another_user_is_nothing_for_root_and_for_no_command() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    done(here, &["user", "create", "ann@example.org", "--name", "Ann", "--data", "data"]);
    let is_root = fs::metadata(here.join("data")).unwrap().uid() == 0;
    // Only root can give a folder away; for anybody else, root's is another's.
    let data = if is_root { here.join("data") } else { Path::new("/usr").to_owned() };
    if is_root {
        chown(&data, Some(12_345), None).unwrap();
        let started = unstarted_with(here, &["--data", "data", "--listen", "127.0.0.1:0"]);
        assert!(started.contains("belongs to the user with the id 12345"), "{started}");
        assert!(started.contains("`sudo -u '#12345' parlance`"), "{started}");
    }
    let data = data.to_str().unwrap();
    for command in
        [&["import", "lines"][..], &["restore", "copy"], &["user", "create", "a@b.c", "--name", "A"]]
    {
        let told = refused(here, &[command, &["--data", data]].concat());
        assert!(told.contains("belongs to the user with the id"), "{told}");
    }
}

#[test]
fn a_database_that_is_out_of_reach_is_told_in_a_line_without_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let uri = "mongodb://me:password@127.0.0.1:1,127.0.0.1:2/?replicaSet=rs0&serverSelectionTimeoutMS=200";
    fs::write(folder.path().join("parlance.toml"), format!("listen = \"127.0.0.1:0\"\nmongodb = {uri:?}\n"))
        .unwrap();
    for told in [unstarted(folder.path()), refused(folder.path(), &["check"])] {
        let told = told.lines().last().unwrap();
        assert!(told.starts_with("parlance: MongoDB cannot be used at 127.0.0.1:1, 127.0.0.1:2: "), "{told}");
        assert!(told.contains("127.0.0.1:2: Connection refused") && told.contains("bindIp"), "{told}");
        assert!(!told.contains("password") && !told.contains("Topology"), "{told}");
    }
}

/// What a server says until it listens, started with these flags and this variable; it is ended then.
async fn said(folder: &Path, flags: &[&str], variable: (&str, &str)) -> String {
    let out = || fs::File::options().create(true).append(true).open(folder.join("said")).unwrap();
    fs::write(folder.join("said"), "").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlance"));
    command.args(["--data", "data", "--listen", "127.0.0.1:0"]).args(flags).current_dir(folder);
    let mut server = command.env(variable.0, variable.1).stdout(out()).stderr(out()).spawn().unwrap();
    let text = || fs::read_to_string(folder.join("said")).unwrap();
    eventually("it listens", async || text().contains("/docs")).await;
    server.kill().unwrap();
    server.wait().unwrap();
    text()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_replaced_is_in_the_log_with_what_that_means() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    done(here, &["user", "create", "ann@example.org", "--name", "Ann", "--data", "data"]);
    let log = ("PARLANCE_LOG_FORMAT", "text");
    assert!(said(here, &["--replace-secret"], log).await.contains("--replace-secret changed nothing"));
    fs::write(here.join("data/secret"), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
    let told = said(here, &["--replace-secret"], log).await;
    assert!(told.contains("WARN") && told.contains("every sign-in has ended"), "{told}");
    assert!(!said(here, &[], log).await.contains("sign-in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_with_a_slash_at_its_end_has_one_slash_before_what_follows() {
    let folder = tempfile::tempdir().unwrap();
    let told = said(folder.path(), &[], ("PARLANCE_PUBLIC_URL", "https://chat.example.com/")).await;
    assert!(told.contains("https://chat.example.com/docs"), "{told}");
    assert!(told.contains("https://chat.example.com/api/auth/register"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_everybody_can_read_are_warned_of_where_a_secret_is_in_them() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("parlance.toml");
    fs::write(&settings, "secret = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"").unwrap();
    for (mode, is_warned) in [(0o644, true), (0o640, false)] {
        set_mode(&settings, mode);
        let told = said(folder.path(), &[], ("PARLANCE_LOG", "warn")).await;
        assert_eq!(told.contains("parlance.toml can be read by everybody"), is_warned, "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_have_to_wait_are_told_of_once() {
    let folder = tempfile::tempdir().unwrap();
    let child = started(folder.path(), &[("PARLANCE_MAX_CONNECTIONS", "2")]).await;
    let address = child.settings().listen;
    let open: Vec<_> = (0..6).map(|_| TcpStream::connect(address).unwrap()).collect();
    eventually("it is in the log", async || log(folder.path()).contains("all connections are taken")).await;
    drop(open);
    eventually("the server answers again", async || {
        let client = parlance_client::Client::new(&child.settings().url()).unwrap();
        client.request(http::Method::GET, "/health/live", None).await.is_ok()
    })
    .await;
    child.stop().await.unwrap();
    assert_eq!(log(folder.path()).matches("all connections are taken").count(), 1);
}

#[test]
fn flags_before_a_command_are_those_of_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    done(here, &["--data", "there", "user", "create", "ann@example.org", "--name", "Ann"]);
    assert!(done(here, &["--data", "there", "check"]).contains("nothing is wrong"));
    assert!(
        done(here, &["--data", "nowhere", "user", "list", "--data", "there"]).contains("ann@example.org")
    );
    assert!(done(here, &["--listen", "127.0.0.1:81", "config"]).contains("127.0.0.1:81"));
    fs::write(here.join("other.toml"), "data = \"there\"").unwrap();
    assert!(done(here, &["--config", "other.toml", "user", "list"]).contains("ann@example.org"));
    for (arguments, part) in [
        (&["--listen", "127.0.0.1:81", "check"][..], "--listen is not for `parlance check`"),
        (&["--replace-secret", "check"], "--replace-secret is not for `parlance check`"),
        (&["--data", "there", "completions", "bash"], "--data is not for `parlance completions`"),
        (&["--config", "x", "license", "inspect", "x"], "--config is not for `parlance license`"),
    ] {
        assert!(refused(here, arguments).contains(part), "{arguments:?}");
    }
}
