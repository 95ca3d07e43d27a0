//! The program `parlance`.

use std::process::ExitCode;

/// Gives back what is freed: a password's hash takes 19 MiB for a moment, and the system's own allocator would keep that
/// for every thread that ever computed one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    parlance_gateway::cli::run()
}
