//! `parlance-bench`: what a real server does under load, as ratios to what was measured beside it in the same run.

mod load;
mod login;
mod samples;
mod server;

use std::{
    io::{Write as _, stdout},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};

/// Measures a real server
#[derive(Debug, Parser)]
struct Arguments {
    /// The program `parlance`; without it, the one beside this program
    #[arg(long, global = true)]
    server: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum What {
    /// What logins, which compute password hashes, do to the sends of others
    Login {
        /// Logins a second
        #[arg(long, default_value_t = 50)]
        logins: u32,
        /// Sends a second
        #[arg(long, default_value_t = 200)]
        sends: u32,
        /// How long each of the four phases takes, in seconds
        #[arg(long, default_value_t = 10)]
        seconds: u32,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            // Where standard error is closed, there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "parlance-bench: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let program = server::program(arguments.server)?;
    match arguments.what {
        What::Login { logins, sends, seconds } => {
            login::login(&program, login::Plan { logins, sends, seconds }).await
        }
    }
}

fn say(line: &str) -> Result<(), String> {
    writeln!(stdout(), "{line}").map_err(|error| error.to_string())
}
