//! `parlance config`.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use crate::run::{refused, set_mode, unstarted};

/// What is 32 bytes in base64, and no installation's secret.
const SECRET: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// What it shows in this folder, with these variables, and what it says is wrong.
fn checked(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (String, Option<String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlance"));
    command.arg("config").args(arguments).current_dir(folder).envs(variables.iter().copied());
    let done = command.output().unwrap();
    let wrong = (!done.status.success()).then(|| String::from_utf8(done.stderr).unwrap());
    (String::from_utf8(done.stdout).unwrap(), wrong)
}

/// What it shows where nothing is wrong.
fn shown(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let (shown, wrong) = checked(folder, arguments, variables);
    assert_eq!(wrong, None);
    shown
}

#[test]
fn each_setting_names_the_place_that_it_comes_from_and_no_secret_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("parlance.toml"),
        format!("send_burst = 7\nlog = \"warn\"\nsecret = \"{SECRET}\"\n"),
    )
    .unwrap();
    const FLAGS: [&str; 5] = ["--data", "x", "--listen", "127.0.0.1:81", "--json"];
    let variables = [
        ("PARLANCE_LOG", "debug"),
        ("PARLANCE_MONGODB", "mongodb://me:password@here/"),
        ("PARLANCE_OTLP_HEADERS", "authorization=password"),
        ("PARLANCE_OTLP_SAMPLE", "0.25"),
    ];
    let all: Value = serde_json::from_str(&shown(folder.path(), &FLAGS, &variables)).unwrap();
    let setting =
        |name: &str| all.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone();
    for (name, value, source) in [
        ("send_burst", json!(7), "parlance.toml"),
        ("secret", json!("(hidden)"), "parlance.toml"),
        ("log", json!("debug"), "PARLANCE_LOG"),
        ("mongodb", json!("(hidden)"), "PARLANCE_MONGODB"),
        ("otlp_headers", json!("(hidden)"), "PARLANCE_OTLP_HEADERS"),
        ("otlp_sample", json!(0.25), "PARLANCE_OTLP_SAMPLE"),
        ("data", json!("x"), "--data"),
        ("listen", json!("127.0.0.1:81"), "--listen"),
        ("durability", json!("power"), "default"),
        ("public_url", Value::Null, "default"),
    ] {
        assert_eq!(setting(name), json!({ "name": name, "value": value, "source": source }));
    }
    let text = shown(folder.path(), &[], &variables);
    assert!(!text.contains("password") && !text.contains(SECRET), "{text}");
    assert!(text.contains("# public_url is not set\n"), "{text}");
}

#[test]
fn what_it_shows_is_a_file_that_says_the_same() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let variables = [("PARLANCE_ALLOWED_ORIGINS", "[\"https://a.example\"]"), ("PARLANCE_SECRET", SECRET)];
    let first = shown(folder.path(), &[], &variables);
    assert!(first.contains("# secret = \"(hidden)\""), "{first}");
    fs::write(other.path().join("parlance.toml"), &first).unwrap();
    let values =
        |text: &str| text.lines().map(|line| line.split('#').next().unwrap().to_owned()).collect::<Vec<_>>();
    // But for what is hidden, and is to be said anew.
    let again = shown(other.path(), &[], &[]);
    assert!(again.contains("# secret is not set\n"), "{again}");
    assert_eq!(values(&again), values(&first));
}

#[test]
fn what_cannot_be_used_is_named_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    for (file, parts) in [
        ("otlp_sample = 1.5", ["otlp_sample", "from 0 to 1"]),
        ("otlp_endpoint = \"127.0.0.1:4318\"", ["otlp_endpoint", "http://"]),
        ("sent_burst = 7", ["sent_burst", "parlance.toml"]),
        ("send_burst = \"many\"", ["send_burst", "parlance.toml"]),
        ("send_burst = 0", ["send_burst", "at least 1"]),
    ] {
        fs::write(folder.path().join("parlance.toml"), file).unwrap();
        let error = refused(folder.path(), &["config"]);
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
}

#[test]
fn what_a_start_would_refuse_it_names_with_its_place_and_so_does_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("key.pem"), "nothing").unwrap();
    set_mode(&here.join("key.pem"), 0o600);
    for (setting, parts) in [
        ("public_url = \"chat.example.com\"", ["public_url: chat.example.com is no http", "public_url from"]),
        ("allowed_origins = [\"ftp://a\"]", ["allowed_origins: ftp://a is no http", "allowed_origins from"]),
        ("secret = \"hush\"", ["the secret in the configuration is not 32 bytes", "(secret from"]),
        ("log = \"loud\"", ["log: \"loud\" is no level", "(log from"]),
        ("bus = \"mongodb\"", ["no MongoDB is configured", "(bus from"]),
        ("mongodb = \"db1:hush@here\"", ["mongodb is no connection string", "(mongodb from"]),
        (
            "mongodb = \"mongodb+srv://me:hush@here\"",
            ["mongodb+srv, which is not looked up", "(mongodb from"],
        ),
        (
            "mongodb = \"mongodb://db1\"\nmongodb_database = \"a.b\"",
            ["mongodb_database is no name", "(mongodb_database from"],
        ),
        ("tls_key = \"key.pem\"", ["tls_certificate and tls_key go together", "(tls_key from"]),
        (
            "tls_certificate = \"none.pem\"\ntls_key = \"key.pem\"",
            ["cannot use none.pem for TLS", "tls_certificate from"],
        ),
    ] {
        fs::write(here.join("parlance.toml"), setting).unwrap();
        let (shown, wrong) = checked(here, &[], &[]);
        let wrong = wrong.unwrap();
        assert!(parts.iter().all(|part| wrong.contains(part)), "{setting}: {wrong}");
        assert!(wrong.contains("parlance.toml)") || wrong.contains("parlance.toml,"), "{wrong}");
        assert!(shown.contains("durability = \"power\"") && !format!("{shown}{wrong}").contains("hush"));
        assert!(unstarted(here).contains(parts[0]), "{setting}");
    }
    fs::remove_file(here.join("parlance.toml")).unwrap();
    let (_, wrong) = checked(here, &[], &[("PARLANCE_MAX_CONNECTIONS", "0")]);
    assert!(wrong.unwrap().contains("(max_connections from PARLANCE_MAX_CONNECTIONS)"));
}

#[test]
fn secrets_are_read_from_files_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("uri"), "mongodb://me:password@127.0.0.1:1/?serverSelectionTimeoutMS=100\n").unwrap();
    set_mode(&here.join("uri"), 0o600);
    let settings = "mongodb_file = \"uri\"\nsecret_file = \"nothing\"\n";
    fs::write(here.join("parlance.toml"), settings).unwrap();
    let (text, wrong) = checked(here, &[], &[]);
    assert!(wrong.unwrap().contains("secret_file: nothing: "));
    assert!(text.contains("mongodb_file = \"uri\"") && !text.contains("password"), "{text}");
    assert!(unstarted(here).contains("secret_file: nothing: "));
    fs::write(here.join("nothing"), "\n").unwrap();
    set_mode(&here.join("nothing"), 0o640);
    assert!(unstarted(here).contains("secret_file: nothing is empty"));
    fs::write(here.join("nothing"), SECRET).unwrap();
    let reached = unstarted(here);
    assert!(!reached.contains("password"), "{reached}");
    fs::write(here.join("nothing"), "short").unwrap();
    fs::write(here.join("parlance.toml"), format!("{settings}secret = \"{SECRET}\"\n")).unwrap();
    assert!(unstarted(here).contains("secret and secret_file are both set"));
    fs::write(here.join("parlance.toml"), "otlp_headers_file = \"nothing\"\n").unwrap();
    let refused = unstarted(here);
    assert!(refused.contains("otlp_headers: number 1 is not like name=value") && !refused.contains("short"));
    // Without MongoDB, which is not there, the secret itself is looked at.
    fs::write(here.join("parlance.toml"), "secret_file = \"nothing\"\n").unwrap();
    assert!(unstarted(here).contains("the secret in the configuration is not 32 bytes"));
}

#[test]
fn a_variable_that_is_no_setting_is_refused_with_the_one_that_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value, parts) in [
        ("PARLANCE_LISTNE", "0.0.0.0:80", ["PARLANCE_LISTNE is no setting", "did you mean PARLANCE_LISTEN?"]),
        ("PARLANCE_SECRETFILE", "x", ["PARLANCE_SECRETFILE is no setting", "PARLANCE_SECRET_FILE?"]),
        ("PARLANCE_PORT", "8080", ["PARLANCE_PORT is no setting", ""]),
    ] {
        let (shown, wrong) = checked(folder.path(), &[], &[(name, value)]);
        let wrong = wrong.unwrap();
        assert!(shown.is_empty() && parts.iter().all(|part| wrong.contains(part)), "{wrong}");
    }
    // What building and testing go by, and what Kubernetes says of a service that is called so.
    let others = [
        ("PARLANCE_MONGOD", "/usr/bin/mongod"),
        ("PARLANCE_NODE", "/usr/bin/node"),
        ("PARLANCE_SEED", "7"),
        ("PARLANCE_PORT", "tcp://10.0.0.1:8080"),
        ("PARLANCE_SERVICE_PORT_HTTP", "8080"),
        ("PARLANCE_PORT_8080_TCP_ADDR", "10.0.0.1"),
    ];
    shown(folder.path(), &[], &others);
}

#[test]
fn a_secret_that_everybody_can_read_is_refused_in_a_file_of_its_own_and_told_of_in_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("secret"), SECRET).unwrap();
    fs::write(here.join("uri"), "mongodb://me:password@127.0.0.1:1/").unwrap();
    for (setting, file) in [("secret_file", "secret"), ("mongodb_file", "uri")] {
        fs::write(here.join("parlance.toml"), format!("{setting} = {file:?}")).unwrap();
        set_mode(&here.join(file), 0o644);
        for wrong in [checked(here, &[], &[]).1.unwrap(), unstarted(here)] {
            let advice = format!("{setting}: {file} can be read by everybody: run `chmod o= {file}`");
            assert!(wrong.contains(&advice), "{wrong}");
        }
        set_mode(&here.join(file), 0o640);
        shown(here, &[], &[]);
    }
    let settings = here.join("parlance.toml");
    for (setting, is_secret) in [
        (format!("secret = {SECRET:?}"), true),
        ("mongodb = \"mongodb://me:password@127.0.0.1:1\"".to_owned(), true),
        ("mongodb = \"mongodb://127.0.0.1:1\"".to_owned(), false),
    ] {
        fs::write(&settings, &setting).unwrap();
        set_mode(&settings, 0o644);
        let told = shown(here, &[], &[]);
        assert_eq!(told.contains("# beware: parlance.toml can be read by everybody"), is_secret, "{told}");
        set_mode(&settings, 0o640);
        assert!(!shown(here, &[], &[]).contains("beware"));
    }
}
