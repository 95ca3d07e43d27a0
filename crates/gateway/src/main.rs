//! The program `parlance`.

use std::process::ExitCode;

fn main() -> ExitCode {
    parlance_gateway::cli::run()
}
