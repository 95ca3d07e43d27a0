//! The command line.

mod before;

use std::{
    io::Write as _, net::SocketAddr, num::NonZero, path::PathBuf, process::ExitCode,
    thread::available_parallelism,
};

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use clap_complete::Shell;
use tokio::runtime::{Builder, Runtime};
use tracing::warn;

use crate::{
    command,
    config::{Flags, Found},
    demo, logs, serve,
    server::Once,
    traces::Traces,
};

/// A chat server that loses nothing
#[derive(Debug, Parser)]
#[command(name = "parlance", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve, until told to stop: what happens without a command, too
    Serve(Serve),
    /// Tell a true story: a server, people who talk, a crash, and nothing lost
    Demo {
        /// End with the story, instead of serving until told to stop
        #[arg(long)]
        exit: bool,
    },
    /// Issue, inspect and install license keys
    License {
        #[command(subcommand)]
        command: command::License,
    },
    User(command::User),
    Workspace(command::Workspace),
    Jobs(command::Jobs),
    Backup(command::Backup),
    Restore(command::Restore),
    Export(command::Export),
    Import(command::Import),
    Check(command::Check),
    Config(command::ShowConfig),
    /// Print what a shell needs to complete these commands, as for bash: source <(parlance completions bash)
    Completions {
        /// The shell
        shell: Shell,
    },
    LogLevel(command::LogLevel),
}

#[derive(Args, Debug, Default)]
struct Serve {
    /// The configuration file; without it the one that PARLANCE_CONFIG names, or parlance.toml, if it is there
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// The folder for everything that is kept on this machine [default: parlance-data]
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Take the secret that is there for the right one from now on: ends every sign-in
    #[arg(long)]
    replace_secret: bool,
}

/// Runs the program with this process's arguments, to its end.
#[must_use]
pub fn run() -> ExitCode {
    parsed().and_then(run_command).map_or_else(failed, |()| ExitCode::SUCCESS)
}

/// What was asked for, with what was said before the command.
fn parsed() -> Result<Cli, String> {
    let matches = Cli::command().get_matches();
    let mut cli = Cli::from_arg_matches(&matches).map_err(|error| error.to_string())?;
    if let (Some(command), Some(name)) = (&mut cli.command, matches.subcommand_name()) {
        std::mem::take(&mut cli.serve).pass_on(command, name)?;
    }
    Ok(cli)
}

fn run_command(cli: Cli) -> Result<(), String> {
    match cli.command {
        None => serve(cli.serve),
        Some(Command::Serve(arguments)) => serve(arguments),
        Some(Command::Demo { exit }) => run_to_end(demo::demo(exit)),
        Some(Command::License { command }) => run_to_end(command.run()),
        Some(Command::User(user)) => run_to_end(user.run()),
        Some(Command::Workspace(workspace)) => run_to_end(workspace.run()),
        Some(Command::Jobs(jobs)) => run_to_end(jobs.run()),
        Some(Command::Backup(backup)) => run_to_end(backup.run()),
        Some(Command::Restore(restore)) => run_to_end(restore.run()),
        Some(Command::Export(export)) => run_to_end(export.run()),
        Some(Command::Import(import)) => run_to_end(import.run()),
        Some(Command::Check(check)) => run_to_end(check.run()),
        Some(Command::Config(config)) => config.run(),
        Some(Command::LogLevel(level)) => run_to_end(level.run()),
        Some(Command::Completions { shell }) => complete_in(shell),
    }
}

fn serve(arguments: Serve) -> Result<(), String> {
    let flags = Flags { listen: arguments.listen, data: arguments.data };
    let found = Found::new(arguments.config.as_deref(), &flags).map_err(|error| error.to_string())?;
    let config = found.config().map_err(|error| error.to_string())?;
    let traces = Traces::open(&config)?;
    logs::start(&config, traces.as_ref())?;
    if let Err(exposed) = found.keeps_secrets() {
        warn!("{exposed}");
    }
    let once = Once { replace_secret: arguments.replace_secret, ..Once::default() };
    let runtime = runtime()?;
    let served = runtime.block_on(serve::serve(&config, once, traces));
    // Whoever ends a start that takes long does not wait for it.
    runtime.shutdown_background();
    served.map_err(|error| error.to_string())
}

fn complete_in(shell: Shell) -> Result<(), String> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "parlance", &mut script);
    let mut out = std::io::stdout().lock();
    out.write_all(&script).and_then(|()| out.flush()).map_err(|error| error.to_string())
}

/// Runs it to its end.
fn run_to_end(command: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    runtime()?.block_on(command)
}

/// On one core a scheduler for one thread does: it hands nothing over between threads.
fn runtime() -> Result<Runtime, String> {
    let cores = available_parallelism().map_or(1, NonZero::get);
    let mut builder = if cores == 1 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    builder.enable_all().build().map_err(|error| error.to_string())
}

fn failed(reason: String) -> ExitCode {
    // Where standard error is closed, there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "parlance: {reason}");
    ExitCode::FAILURE
}
