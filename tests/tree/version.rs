//! Versions are named once, in the root manifest; a member says only which of them it uses.

use toml::{Table, Value};

use crate::tree::{File, files};

/// The tables of a manifest that name dependencies, also below `[target.'…']`.
const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Violations among the members' manifests.
fn violations(manifests: &[File]) -> Result<Vec<String>, String> {
    let mut violations = Vec::new();
    for File { path, text } in manifests {
        let manifest: Table = text.parse().map_err(|error| format!("{path} is not TOML: {error}"))?;
        let own = dependencies(&manifest).filter(|(_, entry)| !comes_from_workspace(entry));
        violations.extend(own.map(|(name, _)| {
            format!("{path}: {name} does not say workspace = true: put its version into the root manifest")
        }));
    }
    Ok(violations)
}

fn dependencies(manifest: &Table) -> impl Iterator<Item = (&String, &Value)> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let tables = std::iter::once(manifest)
        .chain(targets.into_iter().flat_map(Table::values).filter_map(Value::as_table));
    tables.flat_map(|table| KINDS.iter().filter_map(|kind| table.get(*kind)?.as_table())).flatten()
}

fn comes_from_workspace(entry: &Value) -> bool {
    entry.get("workspace").and_then(Value::as_bool) == Some(true)
}

#[test]
fn members_take_every_version_from_the_root_manifest() {
    let manifests = files(|path| path.ends_with("/Cargo.toml")).unwrap();
    crate::assert_none(&violations(&manifests).unwrap());
}

fn found(text: &str) -> Result<usize, String> {
    Ok(violations(&[File::new("crates/chat/Cargo.toml", text)])?.len())
}

#[test]
fn a_dependency_of_the_workspace_is_fine_in_every_form() {
    let text = "[dependencies]\na.workspace = true\nb = { workspace = true, features = [\"x\"] }\n\
        [dev-dependencies.c]\nworkspace = true\n[target.'cfg(unix)'.dependencies]\nd.workspace = true\n";
    assert_eq!(found(text), Ok(0));
}

#[test]
fn a_version_or_path_of_a_members_own_is_found() {
    for text in [
        "[dependencies]\na = \"1\"",
        "[dependencies]\na = { version = \"1\", features = [\"x\"] }",
        "[dependencies.a]\npath = \"../a\"",
        "[dev-dependencies]\na = { git = \"https://example.com/a\" }",
        "[build-dependencies]\na.version = \"1\"",
        "[target.'cfg(unix)'.dependencies]\na = \"1\"",
        "[dependencies]\na.workspace = false\nb.workspace = true",
    ] {
        assert_eq!(found(text), Ok(1), "{text}");
    }
}
