//! What is meant to be run can be run.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use crate::tree::{ROOT, paths};

/// Violations among paths with their Unix modes.
fn violations(files: &[(String, u32)]) -> Vec<String> {
    let bound = files.iter().filter(|(path, _)| path.starts_with("scripts/") || path == ".ci/run");
    // Git keeps one executable bit for all; the owner's stands for it.
    let fixed = bound.filter(|(_, mode)| mode & 0o100 == 0);
    fixed.map(|(path, _)| format!("{path} is not executable: run chmod +x {path}")).collect()
}

#[test]
fn every_script_is_executable() {
    let with_mode = |path: String| {
        let mode = fs::metadata(Path::new(ROOT).join(&path)).unwrap().permissions().mode();
        (path, mode)
    };
    crate::assert_none(&violations(&paths().unwrap().into_iter().map(with_mode).collect::<Vec<_>>()));
}

#[test]
fn a_script_that_is_not_executable_is_found() {
    let found = |path: &str, mode| violations(&[(path.to_owned(), mode)]).len();
    assert_eq!([found("scripts/test", 0o100_644), found(".ci/run", 0o100_644)], [1, 1]);
    assert_eq!([found("scripts/test", 0o100_755), found("docs/guide.md", 0o100_644)], [0, 0]);
}
