//! `scripts/crash`: servers that are killed in the middle of everything, again and again. Each run has a store of its own,
//! people who send, edit, delete, join and leave over HTTP and sockets, and readers that follow; at a random moment a
//! server is killed with signal 9 and started again. In the end nothing that was acknowledged may be missing or doubled,
//! and all readers must have been told one order.

mod change;
mod join;
mod run;
mod send;
mod stage;

use std::{io::Write as _, path::PathBuf, process::ExitCode};

use clap::{Parser, ValueEnum};

/// Kills servers in the middle of everything, and audits what is left
#[derive(Debug, Parser)]
struct Arguments {
    /// How often
    #[arg(long, default_value_t = 30)]
    runs: usize,
    /// On which engine: mongodb has two servers, of which one is killed
    #[arg(long, value_enum, default_value_t = Engine::Sqlite)]
    store: Engine,
    /// The program `parlance`; without it, the one beside this program
    #[arg(long)]
    server: Option<PathBuf>,
    /// A MongoDB replica set's connection string
    #[arg(long, env = "PARLANCE_TEST_MONGODB")]
    mongodb: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Engine {
    Sqlite,
    Mongodb,
}

/// What every run begins with.
#[derive(Clone, Debug)]
struct Plan {
    program: PathBuf,
    /// Where MongoDB is; none for the embedded store.
    mongodb: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match all(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            say(&format!("crash: {reason}"));
            ExitCode::FAILURE
        }
    }
}

async fn all(arguments: &Arguments) -> Result<(), String> {
    let plan = plan(arguments)?;
    let mut acknowledged = 0;
    for number in 1..=arguments.runs {
        let told = run::run(&plan).await.map_err(|reason| format!("run {number}: {reason}"))?;
        acknowledged += told.acknowledged;
        say(&format!("run {number:>3}: {told}"));
    }
    say(&format!(
        "{} runs: all {acknowledged} acknowledged messages are there, once, in one order",
        arguments.runs
    ));
    Ok(())
}

fn plan(arguments: &Arguments) -> Result<Plan, String> {
    let beside = || Some(std::env::current_exe().ok()?.with_file_name("parlance"));
    let program = arguments.server.clone().or_else(beside).filter(|program| program.is_file());
    let program = program.ok_or("there is no program `parlance` here: build it, or name it with --server")?;
    let mongodb = match arguments.store {
        Engine::Sqlite => None,
        Engine::Mongodb => {
            let missing = "name a MongoDB replica set with --mongodb or PARLANCE_TEST_MONGODB";
            Some(arguments.mongodb.clone().ok_or(missing)?)
        }
    };
    Ok(Plan { program, mongodb })
}

fn say(line: &str) {
    // Where standard output is closed, there is nobody to tell.
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// An error, for whoever watches.
fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
