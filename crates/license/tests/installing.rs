//! Installing keys: who may, what counts then, and that all nodes learn of it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::http::StatusCode;
use parlance_base::Clock as _;
use parlance_license::{Feature, Gate, Installer, Issuer, Key, Outcome, Plan, State, Trust, Warning};
use parlance_store::fault::{Fault, Faults};
use parlance_trial::eventually;
use serde_json::json;
use tokio::{task::JoinSet, time::timeout};

use crate::support::{DAY, World, key, on_both, signed};

on_both! {
    an_admin_installs_a_key_and_nobody_else_does,
    what_cannot_be_installed_is_told_why_and_changes_nothing,
    the_last_key_counts_and_installing_it_again_changes_nothing,
    a_key_counts_on_every_node_without_a_restart_or_a_signal,
    keys_that_are_installed_at_once_leave_one_that_counts_everywhere,
    a_node_whose_build_trusts_another_issuer_says_so_and_goes_on,
    a_key_is_there_after_a_restart,
    an_outcome_that_is_unknown_is_looked_up,
    a_store_that_is_out_of_reach_takes_nothing_away,
}

/// What goes wrong with every commit and read, from now on.
#[derive(Debug)]
struct Broken(Mutex<(Vec<Fault>, bool)>);

impl Faults for Broken {
    fn commit(&self) -> Fault {
        self.0.lock().unwrap().0.pop().unwrap_or(Fault::None)
    }

    fn read(&self) -> bool {
        self.0.lock().unwrap().1
    }
}

/// Waits until the gate answers so, well within the five seconds that are promised and without asking it to look.
async fn until(gate: &Gate, holds: impl Fn(&Gate) -> bool) {
    let waiting = eventually("the gate answers so", async || holds(gate));
    timeout(Duration::from_secs(5), waiting).await.expect("within five seconds");
}

async fn an_admin_installs_a_key_and_nobody_else_does(world: World) {
    let gate = world.gate().await;
    let text = signed(&key("lic-1", Plan::Business, world.clock.now()));
    for (who, status, code) in [
        ("user", StatusCode::FORBIDDEN, "license.not_admin"),
        ("key", StatusCode::FORBIDDEN, "license.not_admin"),
        ("stranger", StatusCode::UNAUTHORIZED, "auth.required"),
    ] {
        let (answered, body) = world.install(&gate, who, &text).await;
        assert_eq!((answered, &body["error"]["code"]), (status, &json!(code)), "{who}");
    }
    assert_eq!(gate.license().state, State::Trial);
    let (status, body) = world.install(&gate, "admin", &text).await;
    assert_eq!((status, &body["outcome"]), (StatusCode::OK, &json!("installed")), "{body}");
    assert_eq!((&body["license"]["plan"], &body["replaced"]), (&json!("business"), &json!(null)));
    assert_eq!(gate.license().plan, Plan::Business, "at once on this node");
}

async fn what_cannot_be_installed_is_told_why_and_changes_nothing(world: World) {
    let gate = world.gate().await;
    let now = world.clock.now();
    let good = key("lic-1", Plan::Team, now);
    let later = Key { valid_from: now.after(DAY), ..good.clone() };
    let ended = key("lic-0", Plan::Team, now.before(30 * DAY));
    for (text, code) in [
        ("".to_owned(), "license.key_malformed"),
        ("\u{0}\u{feff}ü".to_owned(), "license.key_malformed"),
        ("x".repeat(100_000), "license.key_malformed"),
        (Issuer::from_seed(&[7; 32]).issue(&good).unwrap(), "license.key_untrusted"),
        (signed(&later), "license.key_not_yet_valid"),
        (signed(&ended), "license.key_expired"),
    ] {
        let (status, body) = world.install(&gate, "admin", &text).await;
        assert_eq!((status, &body["error"]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(code)));
        assert!(text.is_empty() || !body.to_string().contains(&text), "{code} does not repeat the key");
    }
    for body in [json!({}), json!({ "key": 1 }), json!({ "key": "x", "trust": "me" })] {
        let (status, _) = world.send(&gate, "admin", "POST", "/api/license", Some(body.clone())).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
    gate.refresh().await.unwrap();
    assert_eq!((gate.license().state, gate.key()), (State::Trial, None));
}

async fn the_last_key_counts_and_installing_it_again_changes_nothing(world: World) {
    let gate = world.gate().await;
    let now = world.clock.now();
    let first = key("lic-1", Plan::Team, now.before(2 * DAY));
    let second = key("lic-2", Plan::Enterprise, now.before(DAY));
    for (key, outcome, replaced) in [
        (&first, Outcome::Installed, None),
        (&first, Outcome::Unchanged, None),
        (&second, Outcome::Installed, Some("lic-1")),
        (&second, Outcome::Unchanged, None),
        (&first, Outcome::InstalledOlder, Some("lic-2")),
        (&first, Outcome::Unchanged, None),
        (&second, Outcome::Installed, Some("lic-1")),
    ] {
        let installed = gate.install(&format!(" {}\n", signed(key)), Installer::CommandLine).await.unwrap();
        assert_eq!((installed.outcome, installed.replaced.as_deref()), (outcome, replaced), "{}", key.lid);
        assert_eq!(gate.key().as_ref(), Some(key));
    }
    world.clock.advance(60 * DAY);
    let again = gate.install(&signed(&second), Installer::CommandLine).await.unwrap();
    assert_eq!(again.outcome, Outcome::Unchanged, "an ended key that counts already is no error");
    let ended = gate.install(&signed(&first), Installer::CommandLine).await.unwrap_err();
    assert_eq!(ended.code(), "license.key_expired");
}

async fn a_key_counts_on_every_node_without_a_restart_or_a_signal(world: World) {
    let other = world.other_store().await;
    let trust = crate::support::issuer().trust();
    let (here, there) =
        (world.gate().await, Gate::open_trusting(&other, world.clock.clone(), trust).await.unwrap());
    let now = world.clock.now();
    here.install(&signed(&key("lic-1", Plan::Team, now)), Installer::CommandLine).await.unwrap();
    assert!(here.require(Feature::Sso).is_err());
    until(&there, |gate| gate.license().plan == Plan::Team).await;
    there.install(&signed(&key("lic-2", Plan::Enterprise, now)), Installer::CommandLine).await.unwrap();
    assert!(there.require(Feature::Sso).is_ok());
    until(&here, |gate| gate.require(Feature::Sso).is_ok()).await;
}

async fn keys_that_are_installed_at_once_leave_one_that_counts_everywhere(world: World) {
    let (here, there) = (world.gate().await, world.gate().await);
    let now = world.clock.now();
    let mut installs = JoinSet::new();
    for number in 0..10 {
        let gate = if number % 2 == 0 { here.clone() } else { there.clone() };
        let text = signed(&key(&format!("lic-{number}"), Plan::Team, now));
        installs.spawn(async move { gate.install(&text, Installer::CommandLine).await });
    }
    for installed in installs.join_all().await {
        assert!(
            installed.is_ok() || installed.as_ref().unwrap_err().code() == "license.contested",
            "{installed:?}"
        );
    }
    here.refresh().await.unwrap();
    there.refresh().await.unwrap();
    assert!(here.key().is_some() && here.key() == there.key());
}

async fn a_node_whose_build_trusts_another_issuer_says_so_and_goes_on(world: World) {
    let gate = world.gate().await;
    gate.install(&signed(&key("lic-1", Plan::Team, world.clock.now())), Installer::CommandLine)
        .await
        .unwrap();
    let other = Issuer::from_seed(&[7; 32]).trust();
    for trust in [other, Trust::built_in()] {
        let gate = Gate::open_trusting(&world.store, world.clock.clone(), trust).await.unwrap();
        assert_eq!((gate.license().state, gate.key()), (State::Trial, None));
        assert_eq!(gate.warnings(0), [Warning::KeyNotAccepted]);
    }
}

async fn a_key_is_there_after_a_restart(world: World) {
    let text = signed(&key("lic-1", Plan::Team, world.clock.now()));
    world.gate().await.install(&text, Installer::CommandLine).await.unwrap();
    let gate = world.gate().await;
    assert_eq!((gate.license().plan, gate.license().seats), (Plan::Team, Some(10)));
    // No thread of the store's is kept by gates that are gone.
    drop(gate);
    world.store.close().await;
}

async fn an_outcome_that_is_unknown_is_looked_up(world: World) {
    let broken = Arc::new(Broken(Mutex::default()));
    let store = world.store.with_faults(broken.clone());
    let trust = crate::support::issuer().trust();
    let gate = Gate::open_trusting(&store, world.clock.clone(), trust).await.unwrap();
    for (lid, fault, replaced) in [
        ("lic-1", Fault::AnswerLost, None),
        ("lic-2", Fault::RequestLost, Some("lic-1")),
        ("lic-3", Fault::AnswerLost, Some("lic-2")),
    ] {
        broken.0.lock().unwrap().0.push(fault);
        let text = signed(&key(lid, Plan::Team, world.clock.now()));
        let installed = gate.install(&text, Installer::CommandLine).await.unwrap();
        assert_eq!((installed.outcome, installed.replaced.as_deref()), (Outcome::Installed, replaced));
        assert_eq!(world.gate().await.key(), Some(installed.key));
    }
}

async fn a_store_that_is_out_of_reach_takes_nothing_away(world: World) {
    let broken = Arc::new(Broken(Mutex::default()));
    let store = world.store.with_faults(broken.clone());
    let trust = crate::support::issuer().trust();
    let gate = Gate::open_trusting(&store, world.clock.clone(), trust).await.unwrap();
    let text = signed(&key("lic-1", Plan::Team, world.clock.now()));
    gate.install(&text, Installer::CommandLine).await.unwrap();
    broken.0.lock().unwrap().1 = true;
    assert_eq!(gate.refresh().await.unwrap_err().code(), "store.unavailable");
    let other = signed(&key("lic-2", Plan::Team, world.clock.now()));
    assert_eq!(gate.install(&other, Installer::CommandLine).await.unwrap_err().code(), "store.unavailable");
    assert_eq!(gate.license().plan, Plan::Team);
    assert!(gate.require(Feature::Agents).is_ok());
}
