//! Which core does what: the server and whatever stands in for it on the first, the load on the second.
//!
//! A process runs where the thread was allowed to run that started it, so a server is pinned by starting it from there: it
//! then also counts one core, and has as many threads as it would have on such a machine.

use rustix::{
    thread::{CpuSet, sched_setaffinity},
    time::{ClockId, clock_gettime},
};

use crate::text;

/// The core of the server.
pub(crate) const SERVER: usize = 0;

/// The core of the load.
pub(crate) const LOAD: usize = 1;

/// Moves this thread, and all that it starts from now on, to the core.
pub(crate) fn to(core: usize) -> Result<(), String> {
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores).map_err(|error| format!("core {core} cannot be had: {error}"))
}

/// Lets this thread, and all that it starts from now on, run on any core again.
pub(crate) fn nowhere() -> Result<(), String> {
    let mut cores = CpuSet::new();
    (0..CpuSet::MAX_CPU).for_each(|core| cores.set(core));
    sched_setaffinity(None, &cores).map_err(text)
}

/// How long this thread has been computing, in seconds.
pub(crate) fn computed() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    #[expect(clippy::cast_precision_loss, reason = "seconds and nanoseconds of a run")]
    let (seconds, nanoseconds) = (time.tv_sec as f64, time.tv_nsec as f64);
    seconds + nanoseconds / 1e9
}
