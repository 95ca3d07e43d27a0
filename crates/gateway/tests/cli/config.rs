//! `parlance config`.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use crate::run::{refused, unstarted};

/// What it shows in this folder, with these variables.
fn shown(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlance"));
    command.arg("config").args(arguments).current_dir(folder).envs(variables.iter().copied());
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn each_setting_names_the_place_that_it_comes_from_and_no_secret_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("parlance.toml"),
        "send_burst = 7\nlog = \"warn\"\nsecret = \"of the file\"\n",
    )
    .unwrap();
    let variables = [
        ("PARLANCE_LOG", "debug"),
        ("PARLANCE_MONGODB", "mongodb://me:password@here/"),
        ("PARLANCE_OTLP_HEADERS", "authorization=password"),
        ("PARLANCE_OTLP_SAMPLE", "0.25"),
    ];
    let all: Value =
        serde_json::from_str(&shown(folder.path(), &["--data", "x", "--json"], &variables)).unwrap();
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
        ("listen", json!("127.0.0.1:8080"), "default"),
        ("public_url", Value::Null, "default"),
    ] {
        assert_eq!(setting(name), json!({ "name": name, "value": value, "source": source }));
    }
    let text = shown(folder.path(), &[], &variables);
    assert!(!text.contains("password") && !text.contains("of the file"), "{text}");
    assert!(text.contains("# public_url is not set\n"), "{text}");
}

#[test]
fn what_it_shows_is_a_file_that_says_the_same() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = shown(folder.path(), &[], &[("PARLANCE_ALLOWED_ORIGINS", "[\"https://a.example\"]")]);
    fs::write(other.path().join("parlance.toml"), &first).unwrap();
    let values =
        |text: &str| text.lines().map(|line| line.split('#').next().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(values(&shown(other.path(), &[], &[])), values(&first));
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
fn secrets_are_read_from_files_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("uri"), "mongodb://me:password@127.0.0.1:1/?serverSelectionTimeoutMS=100\n").unwrap();
    let settings = "mongodb_file = \"uri\"\nsecret_file = \"nothing\"\n";
    fs::write(here.join("parlance.toml"), settings).unwrap();
    let text = shown(here, &[], &[]);
    assert!(text.contains("mongodb_file = \"uri\"") && !text.contains("password"), "{text}");
    assert!(unstarted(here).contains("secret_file: nothing: "));
    fs::write(here.join("nothing"), "\n").unwrap();
    assert!(unstarted(here).contains("secret_file: nothing is empty"));
    fs::write(here.join("nothing"), "short").unwrap();
    let reached = unstarted(here);
    assert!(!reached.contains("password"), "{reached}");
    fs::write(here.join("parlance.toml"), format!("{settings}secret = \"short\"\n")).unwrap();
    assert!(unstarted(here).contains("secret and secret_file are both set"));
    fs::write(here.join("parlance.toml"), "otlp_headers_file = \"nothing\"\n").unwrap();
    let refused = unstarted(here);
    assert!(refused.contains("otlp_headers: number 1 is not like name=value") && !refused.contains("short"));
    // Without MongoDB, which is not there, the secret itself is looked at.
    fs::write(here.join("parlance.toml"), "secret_file = \"nothing\"\n").unwrap();
    assert!(unstarted(here).contains("the secret in the configuration is not 32 bytes"));
}
