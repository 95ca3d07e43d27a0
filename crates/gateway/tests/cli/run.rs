//! Running the program, and what it is run beside.

use std::{
    fs::Permissions,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use parlance_base::SystemClock;
use parlance_gateway::{Config, Once, Server};

/// Runs `parlance` in this folder; whether it succeeded, what it printed, and what it said was wrong.
pub(crate) fn parlance(folder: &Path, arguments: &[&str], input: &str) -> (bool, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlance"));
    command.args(arguments).current_dir(folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    // Who does not read its input ends before it was written.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    let done = process.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (done.status.success(), text(done.stdout), text(done.stderr))
}

/// What it printed.
pub(crate) fn done(folder: &Path, arguments: &[&str]) -> String {
    let (succeeded, out, error) = parlance(folder, arguments, "");
    assert!(succeeded, "{arguments:?}: {error}");
    out
}

/// What it said was wrong.
pub(crate) fn refused(folder: &Path, arguments: &[&str]) -> String {
    let (succeeded, out, error) = parlance(folder, arguments, "");
    assert!(!succeeded, "{arguments:?}: {out}");
    assert!(error.starts_with("parlance: ") || error.starts_with("error: "), "{error}");
    error
}

/// What a server that does not start said, its log with it.
pub(crate) fn unstarted(folder: &Path) -> String {
    unstarted_with(folder, &[])
}

/// The same, started with these flags.
pub(crate) fn unstarted_with(folder: &Path, flags: &[&str]) -> String {
    let (succeeded, out, error) = parlance(folder, &[&["serve"], flags].concat(), "");
    assert!(!succeeded && error.lines().last().unwrap().starts_with("parlance: "), "{out}{error}");
    error
}

/// Has the file be its owner's and its group's alone, or everybody's to read.
pub(crate) fn set_mode(file: &Path, mode: u32) {
    std::fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
}

/// The configuration of a server with its data in `data` in this folder.
pub(crate) fn config(folder: &Path) -> Config {
    let mut config = Config { data: folder.join("data"), ..Config::default() };
    config.listen.set_port(0);
    config
}

pub(crate) async fn server(config: &Config, once: Once) -> Server {
    Server::start(config, Arc::new(SystemClock), once).await.unwrap()
}
