//! Starting: what stands in the way is said, and nothing is broken by trying.

use std::{fs, os::unix::fs::PermissionsExt as _, sync::Arc};

use parlance_base::SystemClock;
use parlance_gateway::{Config, Once, Server, StartError, config::Hidden};

use crate::world::{On, World, config, on_both};

on_both! {
    a_server_knows_the_secret_that_it_began_with,
    nodes_without_the_secret_are_told_where_to_put_it,
}

async fn try_start(config: &Config) -> StartError {
    Server::start(config, Arc::new(SystemClock), Once::default()).await.expect_err("this must not start")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_for_its_owner_only() {
    let world = World::new(On::Sqlite).await;
    let mode = |path: &str| fs::metadata(world.config.data.join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(""), mode("secret"), mode("store")), (0o700, 0o600, 0o700));
}

async fn a_server_knows_the_secret_that_it_began_with(mut world: World) {
    let ann = world.founder("ann", "acme").await;
    world.stop().await;
    let file = world.config.data.join("secret");
    let right = fs::read(&file).unwrap();

    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(try_start(&world.config).await, StartError::Readable(_)));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&file, "too short").unwrap();
    assert!(matches!(try_start(&world.config).await, StartError::NoSecret(_)));
    fs::write(&file, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
    assert!(matches!(try_start(&world.config).await, StartError::OtherSecret(_)));
    fs::write(&file, right).unwrap();
    world.start().await;
    ann.here.client().me().await.unwrap();

    world.stop().await;
    fs::remove_file(&file).unwrap();
    let replace = Once { replace_secret: true, ..Once::default() };
    Server::start(&world.config, Arc::new(SystemClock), replace).await.unwrap().shutdown().await;
    world.start().await;
    assert_eq!(ann.here.client().me().await.unwrap_err().status(), Some(401));
}

async fn nodes_without_the_secret_are_told_where_to_put_it(mut world: World) {
    world.stop().await;
    let secret = fs::read_to_string(world.config.data.join("secret")).unwrap();
    fs::remove_file(world.config.data.join("secret")).unwrap();
    let error = try_start(&world.config).await;
    assert!(matches!(error, StartError::LostSecret(_)), "{error}");
    assert!(!error.to_string().contains(secret.trim()));
    world.config.secret = Some(Hidden(secret.clone()));
    assert!(!format!("{:?}", world.config).contains(secret.trim()));
    world.start().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_or_a_store_that_is_taken_is_said_to_be() {
    let world = World::new(On::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = Config { listen: world.config.listen, ..config(On::Sqlite, folder.path()) };
    let error = try_start(&elsewhere).await.to_string();
    assert!(error.contains("cannot listen on") && error.contains("--listen"), "{error}");
    let mut same = world.config.clone();
    same.listen.set_port(0);
    let error = try_start(&same).await.to_string();
    assert!(error.contains("in use by another process"), "{error}");
}

#[tokio::test]
async fn settings_come_from_a_file_and_flags_and_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("parlance.toml");
    let load = |text: &str, flags| {
        fs::write(&file, text).unwrap();
        Config::load(Some(&file), &flags).map_err(|error| error.to_string())
    };
    let none = parlance_gateway::config::Flags::default;
    let config = load("listen = \"0.0.0.0:99\"\ndurability = \"process\"\nsend_burst = 7", none()).unwrap();
    assert_eq!((config.listen.port(), config.send_burst, config.sends_per_second), (99, 7, 10));
    for text in ["bus = \"local\"", "bus = \"mongodb\"\nmongodb = \"mongodb://localhost/\""] {
        assert!(load(text, none()).unwrap().bus.is_some());
    }
    let flags = parlance_gateway::config::Flags { listen: "127.0.0.1:98".parse().ok(), data: None };
    assert_eq!(load("listen = \"0.0.0.0:99\"", flags).unwrap().listen.port(), 98);
    for (text, part) in [
        ("listn = 1", "listn"),
        ("listen = 1", "listen"),
        ("durability = \"maybe\"", "durability"),
        ("max_connections = 0", "max_connections"),
        ("send_burst = 0", "send_burst"),
        ("bus = \"pigeon\"", "bus"),
        ("bus = \"mongodb\"", "no MongoDB is configured"),
        ("=", "TOML"),
        ("secret = \"hush", "TOML"),
    ] {
        let error = load(text, none()).unwrap_err();
        assert!(error.contains(part) && !error.contains("hush"), "{text}: {error}");
    }
    assert!(Config::load(Some(&folder.path().join("none.toml")), &none()).is_err());
}
