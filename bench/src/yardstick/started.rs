//! A yardstick that was started, and what it says.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{pin, procfs, say, text, wire::Sockets};

/// Runs until it is dropped.
pub(crate) struct Started {
    process: Child,
    out: BufReader<std::process::ChildStdout>,
}

impl Started {
    /// Starts this program as a yardstick, on the core of the server.
    pub(crate) fn start(arguments: &[&str]) -> Result<Self, String> {
        let mut command = Command::new(std::env::current_exe().map_err(text)?);
        command.arg("yardstick").args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        pin::to(pin::SERVER)?;
        let process = command.spawn();
        pin::to(pin::LOAD)?;
        let mut process = process.map_err(|error| format!("a yardstick cannot be started: {error}"))?;
        let out = process.stdout.take().ok_or("a yardstick says nothing")?;
        Ok(Self { process, out: BufReader::new(out) })
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// The next line that it says.
    pub(crate) fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        self.out.read_line(&mut line).map_err(text)?;
        if line.is_empty() { Err("a yardstick ended early".to_owned()) } else { Ok(line.trim().to_owned()) }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // One that has ended is not there to be killed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A server that only writes, and so many sockets of it.
pub(crate) fn raw_sockets(
    count: usize,
    writes: &str,
    bytes: usize,
    folder: &Path,
) -> Result<(Sockets, Started), String> {
    let (log, bytes) = (folder.join("log"), bytes.to_string());
    let log = log.to_str().ok_or("the temporary folder has no name")?;
    let mut raw = Started::start(&["raw", "--writes", writes, "--bytes", &bytes, "--log", log])?;
    let address = raw.line()?.parse().map_err(text)?;
    let mut sockets = Sockets::none()?;
    for _ in 0..count {
        sockets.open(address, &[])?;
    }
    Ok((sockets, raw))
}

/// What a yardstick that only counts says in the end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Counted {
    pub(crate) per_second: f64,
    pub(crate) computed: f64,
}

impl Counted {
    /// Says it, in the yardstick's own process.
    pub(super) fn say(count: f64, lasted: Duration) -> Result<(), String> {
        let computed = procfs::computed(std::process::id())?;
        say(&format!("{} {computed}", count / lasted.as_secs_f64()))
    }

    /// Hears it, in the process that started it.
    pub(crate) fn hear(mut started: Started) -> Result<Self, String> {
        let line = started.line()?;
        let numbers: Result<Vec<f64>, _> = line.split(' ').map(str::parse).collect();
        match numbers.as_deref() {
            Ok(&[per_second, computed]) => Ok(Self { per_second, computed }),
            _ => Err(format!("a yardstick said {line:?}")),
        }
    }
}
