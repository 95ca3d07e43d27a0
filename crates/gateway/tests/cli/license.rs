//! `parlance license`, from making a key pair to a store that has the license.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use parlance_client::{Client, NewUser};
use parlance_gateway::Once;
use parlance_license::{Issuer, Key, Plan, Trust};

use crate::run;

fn done(folder: &Path, arguments: &[&str]) -> String {
    run::done(folder, &[&["license"], arguments].concat())
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    run::refused(folder, &[&["license"], arguments].concat())
}

const ISSUE: [&str; 9] =
    ["issue", "--private-key", "vendor.pem", "--org", "Acme", "--plan", "business", "--seats", "40"];

#[test]
fn a_key_pair_is_made_once_for_its_owner_only_and_issues_keys() {
    let folder = tempfile::tempdir().unwrap();
    let (here, file) = (folder.path(), folder.path().join("vendor.pem"));
    let made = done(here, &["keypair", "vendor.pem"]);
    let pem = fs::read(&file).unwrap();
    let issuer = Issuer::read(&pem).unwrap();
    assert!(made.contains(&format!("PARLANCE_LICENSE_PUBLIC_KEY={}", issuer.trust().public_key().unwrap())));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(refused(here, &["keypair", "vendor.pem"]).contains("vendor.pem"));
    assert_eq!(fs::read(&file).unwrap(), pem, "one that is there is left alone");

    let text = done(here, &[&ISSUE[..], &["--feature", "sso", "--lid", "lic-1", "--days", "30"]].concat());
    let key = Key::verify(&text, &issuer.trust()).unwrap();
    assert_eq!((key.lid.as_str(), key.org.as_str(), key.plan), ("lic-1", "Acme", Plan::Business));
    assert_eq!((key.seats, key.features.as_slice()), (Some(40), ["sso".to_owned()].as_slice()));
    assert_eq!(key.valid_until.since(key.valid_from).as_secs(), 30 * 86_400);
    assert!(key.check_at(key.valid_from).is_ok());

    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(refused(here, &[&ISSUE[..], &["--days", "30"]].concat()).contains("chmod 600"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&file, "no key").unwrap();
    assert!(refused(here, &[&ISSUE[..], &["--days", "30"]].concat()).contains("is no private key"));
}

#[test]
fn what_no_key_can_say_is_not_issued() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["keypair", "vendor.pem"]);
    for (more, part) in [
        (vec![], "--days"),
        (vec!["--days", "1", "--until", "2030-01-01T00:00:00Z"], "cannot be used with"),
        (vec!["--until", "tomorrow"], "2026-11-21T00:00:00Z"),
        (vec!["--until", "2000-01-01T00:00:00Z"], "the claim exp"),
        (vec!["--days", "0"], "the claim exp"),
        (vec!["--days", "1", "--feature", "teleportation"], "one of agents"),
        (vec!["--days", "1", "--lid", "a b"], "the claim lid"),
    ] {
        let error = refused(folder.path(), &[&ISSUE[..], &more].concat());
        assert!(error.contains(part), "{more:?}: {error}");
    }
}

#[test]
fn a_key_is_inspected_from_an_argument_a_file_and_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    done(here, &["keypair", "vendor.pem"]);
    let key = done(here, &[&ISSUE[..], &["--days", "30"]].concat());
    fs::write(here.join("key.txt"), &key).unwrap();
    for (arguments, input) in [
        (vec!["inspect", key.trim()], ""),
        (vec!["inspect", "--file", "key.txt"], ""),
        (vec!["inspect"], key.as_str()),
    ] {
        let (taken, out, error) = run::parlance(here, &[&["license"], &arguments[..]].concat(), input);
        assert!(out.contains("issued to    Acme\nplan         business\nseats        40\n"), "{out}");
        // Whoever builds the program trusts somebody else than a key of a moment ago.
        assert!(!taken && error.contains("this build would not take it"), "{error}");
    }
    assert!(refused(here, &["inspect", "nonsense"]).contains("no license key"));
    assert!(refused(here, &["inspect", "--file", "none"]).contains("none"));
}

#[test]
fn what_this_build_does_not_take_is_not_installed() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["keypair", "vendor.pem"]);
    let key = done(folder.path(), &[&ISSUE[..], &["--days", "30"]].concat());
    let error = refused(folder.path(), &["install", "--data", "data", key.trim()]);
    let expected = match Trust::built_in().public_key() {
        None => "built without the public key",
        Some(_) => "not issued by whom this server trusts",
    };
    assert!(error.contains(expected), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_runs_has_a_license_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    done(here, &["keypair", "vendor.pem"]);
    let issuer = Issuer::read(&fs::read(here.join("vendor.pem")).unwrap()).unwrap();
    let server = run::server(&run::config(here), Once { trust: issuer.trust(), ..Once::default() }).await;
    let keys =
        ["lic-1", "lic-2"].map(|lid| done(here, &[&ISSUE[..], &["--lid", lid, "--days", "30"]].concat()));
    let ann = Client::new(&format!("http://{}", server.address())).unwrap();
    let password = "correct horse battery".to_owned();
    let new = NewUser { email: "ann@example.org".into(), password, full_name: "Ann".into(), handle: None };
    ann.register(&new).await.unwrap();
    ann.login(&new.email, &new.password).await.unwrap();
    assert!(ann.license().await.unwrap().trial);
    for (key, expected) in [
        (&keys[0], "The license lic-1 (plan business, "),
        (&keys[0], " was installed already."),
        (&keys[1], " is installed, in the place of lic-1."),
    ] {
        let told = done(here, &["install", "--data", "data", key.trim()]);
        assert!(told.contains(expected), "{told}");
        assert_eq!(ann.license().await.unwrap().plan, "business");
    }
    server.shutdown().await;
}
