//! Which crate may name which dependency: the direction between our own crates, and who may know a database or HTTP.
//!
//! What tests alone need (dev-dependencies) is free.

use crate::tree::{Dependency, Package};

/// What each crate builds on, as ARCHITECTURE.md draws it; a crate may skip levels downwards.
const DIRECTION: [(&str, &[&str]); 11] = [
    ("parlance-gateway", &["parlance-notify", "parlance-auth", "parlance-client"]),
    ("parlance-notify", &["parlance-chat"]),
    ("parlance-chat", &["parlance-workspace"]),
    ("parlance-auth", &["parlance-workspace"]),
    ("parlance-workspace", &["parlance-stream", "parlance-license"]),
    ("parlance-stream", &["parlance-store"]),
    ("parlance-license", &["parlance-store", "parlance-edge"]),
    ("parlance-store", &["parlance-base"]),
    ("parlance-edge", &["parlance-base"]),
    ("parlance-client", &["parlance-base"]),
    ("parlance-base", &[]),
];

/// Packages outside that drawing: nothing builds on them, and they may use any of our crates.
const TOOLS: [&str; 3] = ["e2e", "parlance-bench", "parlance-trial"];

/// The crates that may know a database: the store, and the load tool, which measures ours against a bare one.
const STORE: &[&str] = &["parlance-store", "parlance-bench"];

/// The crate that may know how documents are written down.
const DOCUMENTS: &[&str] = &["parlance-store"];

/// The crates that may know HTTP.
const WEB: &[&str] = &[
    "parlance-edge",
    "parlance-auth",
    "parlance-workspace",
    "parlance-chat",
    "parlance-notify",
    "parlance-license",
    "parlance-gateway",
];

/// What only some may name, and who they are.
const RESERVED: [(&str, &[&str]); 6] = [
    ("rusqlite", STORE),
    ("mongodb", STORE),
    ("bson", DOCUMENTS),
    ("axum", WEB),
    ("axum-extra", WEB),
    ("tower-http", WEB),
];

fn violations(packages: &[Package]) -> Vec<String> {
    packages.iter().flat_map(violations_of).collect()
}

fn violations_of(package: &Package) -> Vec<String> {
    let name = &package.name;
    let drawn = DIRECTION.iter().any(|(crate_name, _)| crate_name == name);
    if !drawn && !TOOLS.contains(&name.as_str()) {
        return vec![format!("{name} has no place in the dependency direction: give it one in {}", file!())];
    }
    let shipped = package.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"));
    shipped.filter_map(|dependency| objection(name, dependency)).collect()
}

fn objection(package: &str, Dependency { name, .. }: &Dependency) -> Option<String> {
    if let Some((_, allowed)) = RESERVED.iter().find(|(reserved, _)| reserved == name) {
        let refused = !allowed.contains(&package);
        return refused
            .then(|| format!("{package} depends on {name}, which only {} may", allowed.join(", ")));
    }
    let ours = DIRECTION.iter().any(|(crate_name, _)| crate_name == name) || TOOLS.contains(&name.as_str());
    let allowed = builds_on(package, name) || (TOOLS.contains(&package) && !TOOLS.contains(&name.as_str()));
    (ours && !allowed).then(|| format!("{package} depends on {name}, against the dependency direction"))
}

fn builds_on(package: &str, other: &str) -> bool {
    let below =
        DIRECTION.iter().find(|(name, _)| *name == package).map_or::<&[&str], _>(&[], |(_, below)| below);
    below.iter().any(|name| *name == other || builds_on(name, other))
}

#[test]
fn every_crate_depends_only_on_what_it_may() {
    crate::assert_none(&violations(&crate::tree::packages().unwrap()));
}

fn found(package: &str, dependency: &str, kind: Option<&str>) -> usize {
    let dependency = Dependency { name: dependency.to_owned(), kind: kind.map(str::to_owned) };
    violations(&[Package { name: package.to_owned(), dependencies: vec![dependency] }]).len()
}

#[test]
fn a_crate_may_use_those_below_it_and_skip_levels() {
    for (package, dependency) in [
        ("parlance-gateway", "parlance-base"),
        ("parlance-gateway", "parlance-auth"),
        ("parlance-notify", "parlance-stream"),
        ("parlance-workspace", "parlance-license"),
        ("parlance-client", "parlance-base"),
        ("parlance-store", "mongodb"),
        ("parlance-license", "axum"),
        ("parlance-base", "serde"),
        ("e2e", "parlance-client"),
        ("parlance-bench", "rusqlite"),
    ] {
        assert_eq!(found(package, dependency, None), 0, "{package} -> {dependency}");
    }
}

#[test]
fn a_dependency_upwards_or_sideways_is_found() {
    for (package, dependency) in [
        ("parlance-base", "parlance-store"),
        ("parlance-store", "parlance-stream"),
        ("parlance-stream", "parlance-license"),
        ("parlance-chat", "parlance-auth"),
        ("parlance-chat", "parlance-notify"),
        ("parlance-auth", "parlance-chat"),
        ("parlance-client", "parlance-store"),
        ("parlance-chat", "parlance-client"),
        ("parlance-gateway", "parlance-bench"),
        ("parlance-bench", "e2e"),
    ] {
        assert_eq!(found(package, dependency, None), 1, "{package} -> {dependency}");
    }
}

#[test]
fn a_database_or_http_where_it_does_not_belong_is_found() {
    for (package, dependency) in [
        ("parlance-stream", "rusqlite"),
        ("parlance-chat", "mongodb"),
        ("parlance-gateway", "bson"),
        ("parlance-base", "axum"),
        ("parlance-store", "tower-http"),
        ("parlance-stream", "axum-extra"),
        ("parlance-client", "axum"),
    ] {
        assert_eq!(found(package, dependency, None), 1, "{package} -> {dependency}");
        assert_eq!(found(package, dependency, Some("build")), 1, "{package} -> {dependency}, to build");
        assert_eq!(found(package, dependency, Some("dev")), 0, "{package} -> {dependency}, in tests");
    }
}

#[test]
fn a_crate_without_a_place_is_found() {
    assert_eq!(found("parlance-extras", "serde", None), 1);
}
