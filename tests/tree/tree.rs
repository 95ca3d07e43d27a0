//! The checkout as data: its files, its manifests, and what Cargo says about its packages.

use std::{error::Error, fs, io, path::Path, process::Command};

use serde::Deserialize;

/// The folder of the root manifest.
pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The folders of the root in which our own files are.
const OURS: [&str; 6] = [".ci", "bench", "crates", "docs", "scripts", "tests"];

/// A text and where it is, from the root on, with `/` between folders.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// The part of a Rust file that ships: what stands before its test module, and nothing of a file of tests.
    pub(crate) fn production(&self) -> &str {
        if self.path.split('/').any(|part| part == "tests" || part == "tests.rs") {
            return "";
        }
        let mut marks = self.text.match_indices("\n#[cfg(test)]\n");
        let parts =
            marks.find_map(|(at, _)| self.text.split_at_checked(at).filter(|(_, rest)| begins_module(rest)));
        parts.map_or(&self.text, |(before, _)| before)
    }
}

/// What `cargo metadata` says.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// A member of the workspace.
#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) dependencies: Vec<Dependency>,
}

/// What a package asks for, by its published name, however it is renamed.
#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `None` for a normal dependency, else `dev` or `build`.
    pub(crate) kind: Option<String>,
}

/// The members of the workspace.
pub(crate) fn packages() -> Result<Vec<Package>, Box<dyn Error>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(ROOT)
        .output()?;
    if !output.status.success() {
        return Err(format!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(serde_json::from_slice::<Metadata>(&output.stdout)?.packages)
}

/// The path of every file of ours.
pub(crate) fn paths() -> io::Result<Vec<String>> {
    let mut paths = Vec::new();
    for folder in OURS.into_iter().filter(|folder| Path::new(ROOT).join(folder).exists()) {
        collect(folder, &mut paths)?;
    }
    paths.sort();
    Ok(paths)
}

/// Our files whose path fits, with their texts.
pub(crate) fn files(fits: impl Fn(&str) -> bool) -> io::Result<Vec<File>> {
    let fitting = paths()?.into_iter().filter(|path| fits(path));
    fitting.map(|path| Ok(File::new(&path, fs::read_to_string(Path::new(ROOT).join(&path))?))).collect()
}

/// Our Rust files, with their texts.
pub(crate) fn rust_files() -> io::Result<Vec<File>> {
    files(|path| path.ends_with(".rs"))
}

/// Whether the item below these attributes is a module with its body: its line is the first that begins with a word.
fn begins_module(text: &str) -> bool {
    let item = text.lines().find(|line| line.starts_with(char::is_alphabetic));
    item.is_some_and(|item| item.starts_with("mod ") && item.ends_with('{'))
}

fn collect(folder: &str, paths: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(Path::new(ROOT).join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{folder}/{name}");
        // What is hidden or built is not ours.
        if name.starts_with('.') || name == "target" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&path, paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

#[test]
fn the_tree_is_read_from_its_root_down() {
    let paths = paths().unwrap();
    for path in
        [".ci/run", "crates/base/Cargo.toml", "crates/base/src/lib.rs", "scripts/test", "tests/tree/tree.rs"]
    {
        assert!(paths.iter().any(|found| found == path), "{path} is missing from {paths:?}");
    }
    let files = rust_files().unwrap();
    assert!(
        files.iter().any(|file| file.path == "tests/tree/tree.rs" && file.text.contains("fn rust_files"))
    );
}

#[test]
fn cargo_names_the_members_and_their_dependencies() {
    let packages = packages().unwrap();
    let base = packages.iter().find(|package| package.name == "parlance-base").unwrap();
    assert!(
        base.dependencies.iter().any(|dependency| dependency.name == "serde" && dependency.kind.is_none())
    );
    let e2e = packages.iter().find(|package| package.name == "e2e").unwrap();
    assert!(e2e.dependencies.iter().any(|dependency| dependency.kind.as_deref() == Some("dev")));
}
