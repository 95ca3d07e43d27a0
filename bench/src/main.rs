//! `parlance-bench`: what a real server does under load, as ratios to what was measured beside it in the same run.

mod arrive;
mod asking;
mod broadcast;
mod command;
mod crowd;
mod descriptors;
mod disk;
mod fanout;
mod filled;
mod idle;
mod interval;
mod listeners;
mod load;
mod login;
mod message;
mod mine;
mod mongod;
mod order;
mod pages;
mod pairs;
mod people;
mod pin;
mod procfs;
mod ready;
mod resume;
mod returning;
mod run;
mod samples;
mod send;
mod senders;
mod server;
mod size;
mod start;
mod table;
mod watch;
mod wire;
mod yardstick;

use std::{
    io::{Write as _, stdout},
    process::ExitCode,
};

use clap::Parser as _;

use crate::{command::Arguments, table::Verdict};

/// The status of a run whose noise lets nothing be said.
const INCONCLUSIVE: u8 = 2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match command::run(Arguments::parse()).await {
        Ok(Verdict::Told | Verdict::Held) => ExitCode::SUCCESS,
        Ok(Verdict::Missed) => ExitCode::FAILURE,
        Ok(Verdict::Inconclusive) => ExitCode::from(INCONCLUSIVE),
        Err(reason) => {
            // Where standard error is closed, there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "parlance-bench: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn say(line: &str) -> Result<(), String> {
    let mut out = stdout();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(text)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
