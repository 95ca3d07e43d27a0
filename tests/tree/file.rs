//! What every Rust file keeps to: a length that one can take in, and a first paragraph that says what it is.

use crate::tree::File;

/// Lines of production code that no file exceeds.
const LIMIT: usize = 400;

fn too_long(files: &[File]) -> Vec<String> {
    let lengths = files.iter().map(|file| (&file.path, file.production().lines().count()));
    let long = lengths.filter(|(_, lines)| *lines > LIMIT);
    long.map(|(path, lines)| format!("{path} has {lines} lines before its tests, over {LIMIT}: split it"))
        .collect()
}

fn without_opening(files: &[File]) -> Vec<String> {
    let opens = |file: &File| {
        file.text.lines().next().is_some_and(|line| line.len() > "//! ".len() && line.starts_with("//! "))
    };
    let bare = files.iter().filter(|file| !opens(file));
    bare.map(|file| format!("{} does not begin with a `//!` paragraph: say what it is and why", file.path))
        .collect()
}

#[test]
fn every_file_is_short_enough_to_read() {
    crate::assert_none(&too_long(&crate::tree::rust_files().unwrap()));
}

#[test]
fn every_file_says_first_what_it_is() {
    crate::assert_none(&without_opening(&crate::tree::rust_files().unwrap()));
}

fn long(path: &str, text: &str) -> bool {
    !too_long(&[File::new(path, text)]).is_empty()
}

#[test]
fn a_file_over_the_limit_is_found() {
    let path = "crates/chat/src/message/send.rs";
    assert!(!long(path, &"x\n".repeat(LIMIT)));
    assert!(long(path, &"x\n".repeat(LIMIT + 1)));
}

#[test]
fn tests_do_not_count() {
    let body = "x\n".repeat(LIMIT);
    let module = format!("{body}#[cfg(test)]\n#[expect(\n    dead_code,\n)]\nmod tests {{\n{body}}}\n");
    assert!(!long("crates/chat/src/message/send.rs", &module));
    for path in
        ["crates/chat/tests/send.rs", "crates/chat/src/tests/send.rs", "crates/chat/src/message/tests.rs"]
    {
        assert!(!long(path, &"x\n".repeat(LIMIT + 1)), "{path}");
    }
}

#[test]
fn code_after_a_lesser_use_of_cfg_test_does_count() {
    let body = "x\n".repeat(LIMIT);
    for item in ["#[cfg(test)]\nuse std::fmt;", "#[cfg(test)]\nmod tests;", "    #[cfg(test)]\n    fn f() {}"]
    {
        let text = format!("x\n{item}\n{body}}}\n\n#[cfg(test)]\nmod tests {{\n}}\n");
        assert!(long("crates/chat/src/message/send.rs", &text), "{item}");
    }
}

#[test]
fn a_file_that_does_not_say_what_it_is_is_found() {
    let found = |text: &str| without_opening(&[File::new("crates/chat/src/lib.rs", text)]).len();
    for text in
        ["", "use std::fmt;\n", "// Chat.\n", "//!\n//! Chat.\n", "//! \n", "\n//! Chat.\n", "/// Chat.\n"]
    {
        assert_eq!(found(text), 1, "{text:?}");
    }
    assert_eq!(found("//! Chat.\n"), 0);
}
