//! `Store::system()` and `Store::snapshot()` reach past every workspace, so the files that name them are few and listed here.
//!
//! Only what ships is bound; tests may look at everything.

use crate::{code, tree::File};

/// Folders (ending in `/`) and files. A folder must hold a file and a file must name one of them, else the entry goes.
const ALLOWED: [&str; 11] = [
    "crates/auth/src/auth.rs",
    "crates/gateway/src/admin/office.rs",
    "crates/gateway/src/check.rs",
    "crates/gateway/src/compose.rs",
    "crates/gateway/src/parts.rs",
    "crates/gateway/src/transfer/export.rs",
    "crates/gateway/src/transfer/import.rs",
    "crates/license/src/gate.rs",
    "crates/store/src/",
    "crates/workspace/src/check.rs",
    "crates/workspace/src/workspaces.rs",
];

fn violations(allowed: &[&str], files: &[File]) -> Result<Vec<String>, String> {
    let lines = files.iter().map(line_naming_system).collect::<Result<Vec<_>, _>>()?;
    let found: Vec<(&str, Option<usize>)> = files.iter().map(|file| file.path.as_str()).zip(lines).collect();

    let unlisted = found.iter().filter(|(path, _)| !allowed.iter().any(|entry| covers(entry, path)));
    let past = unlisted.filter_map(|(path, line)| {
        line.map(|line| {
            format!("{path}:{line} names Store::system() or snapshot() and is not listed in {}", file!())
        })
    });
    let stale = allowed.iter().filter(|entry| !found.iter().any(|(path, line)| needs(entry, path, *line)));
    let left_over = stale.map(|entry| {
        format!("{entry} is listed but names neither Store::system() nor snapshot(): take it off")
    });
    Ok(past.chain(left_over).collect())
}

/// The first line that ships and reads `.system(` or `Store::system`, or the same of `snapshot`.
fn line_naming_system(file: &File) -> Result<Option<usize>, String> {
    let tokens = code::tokens(&File::new(&file.path, file.production()))?;
    let named = (0..tokens.len()).find(|&index| {
        let text = |steps| code::text(&tokens, index, steps);
        ["system", "snapshot"].contains(&text(0))
            && ((text(-1) == "." && text(1) == "(") || (text(-1) == "::" && text(-2) == "Store"))
    });
    Ok(named.and_then(|index| tokens.get(index)).map(|token| token.line))
}

fn covers(entry: &str, path: &str) -> bool {
    path == entry || (entry.ends_with('/') && path.starts_with(entry))
}

/// Whether the file is a reason to keep the entry.
fn needs(entry: &str, path: &str, line: Option<usize>) -> bool {
    covers(entry, path) && (entry.ends_with('/') || line.is_some())
}

#[test]
fn only_listed_files_name_the_system_scope() {
    crate::assert_none(&violations(&ALLOWED, &crate::tree::rust_files().unwrap()).unwrap());
}

fn found(allowed: &[&str], path: &str, text: &str) -> Result<usize, String> {
    Ok(violations(allowed, &[File::new(path, text)])?.len())
}

const CALL: &str = "fn f(store: &Store) {\n    store\n        .system()\n        .get();\n}\n";

#[test]
fn a_file_outside_the_list_that_names_it_is_found() {
    for text in [CALL, "fn f() { scopes.map(Store::system) }", "fn f() { store.snapshot().await }"] {
        assert_eq!(found(&[], "crates/chat/src/invite/issue.rs", text), Ok(1), "{text}");
    }
    let sentence = violations(&[], &[File::new("crates/chat/src/invite/issue.rs", CALL)]).unwrap().join("");
    assert!(sentence.starts_with("crates/chat/src/invite/issue.rs:3 "), "{sentence}");
}

#[test]
fn a_listed_file_and_one_that_only_sounds_alike_are_fine() {
    assert_eq!(found(&["crates/store/src/"], "crates/store/src/jobs.rs", CALL), Ok(0));
    assert_eq!(found(&["crates/auth/src/user.rs"], "crates/auth/src/user.rs", CALL), Ok(0));
    let alike = "// store.system()\nfn f() { Author::system(); g(\".system()\"); it.system }";
    assert_eq!(found(&[], "crates/chat/src/message/send.rs", alike), Ok(0));
}

#[test]
fn tests_may_name_it_anywhere() {
    assert_eq!(found(&[], "crates/chat/tests/invite.rs", CALL), Ok(0));
    let module = format!("//! Invites.\n\n#[cfg(test)]\nmod tests {{\n{CALL}}}\n");
    assert_eq!(found(&[], "crates/chat/src/invite.rs", &module), Ok(0));
}

#[test]
fn a_listed_path_that_matches_nothing_is_found() {
    let path = "crates/store/src/jobs.rs";
    assert_eq!(found(&["crates/gone/src/", path], path, CALL), Ok(1));
    assert_eq!(found(&[path], path, "fn f() {}"), Ok(1));
}
