//! What the system says of a core and of a process.

use std::{
    collections::HashMap,
    fs::{read_dir, read_to_string},
};

/// How many ticks a second has; the same on every Linux that we know.
const TICKS: f64 = 100.0;

/// The flag of threads that are the system's own.
const OF_THE_SYSTEM: u64 = 0x20_0000;

/// What threads have computed, in seconds, by their id.
pub(crate) type Threads = HashMap<u32, f64>;

/// What the system says of a process.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Process {
    id: u32,
    flags: u64,
    /// With what the system did for it, in seconds.
    computed: f64,
    /// Where it ran last.
    core: usize,
}

/// How long the core of this number had nothing to do since the machine was started, in seconds. That is measured; what a core
/// spent on whom is counted by looking at it at every tick, and says little of a second or two.
pub(crate) fn idle(number: usize) -> Result<f64, String> {
    let all = read_to_string("/proc/stat").map_err(|error| format!("/proc/stat: {error}"))?;
    parse_idle(&all, number).ok_or_else(|| format!("/proc/stat says nothing of core {number}"))
}

/// What the process has computed since it was started, with what the system did for it, in seconds.
pub(crate) fn computed(process: u32) -> Result<f64, String> {
    let path = format!("/proc/{process}/stat");
    let stat = read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let process = parse_process(&stat).ok_or_else(|| format!("{path} is not what it used to be"))?;
    Ok(process.computed)
}

/// What each of the system's own threads that was last on this core has computed since the machine was started, in seconds.
pub(crate) fn kernel(core: usize) -> Result<Threads, String> {
    let processes = read_dir("/proc").map_err(|error| format!("/proc: {error}"))?;
    let stats = processes.filter_map(|process| read_to_string(process.ok()?.path().join("stat")).ok());
    let threads = stats.filter_map(|stat| parse_process(&stat));
    let here = threads.filter(|thread| thread.flags & OF_THE_SYSTEM != 0 && thread.core == core);
    Ok(here.map(|thread| (thread.id, thread.computed)).collect())
}

/// How much memory of its own the process holds, in KiB.
pub(crate) fn resident(process: u32) -> Result<u64, String> {
    let path = format!("/proc/{process}/smaps_rollup");
    let rollup = read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Rss:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.ok_or_else(|| format!("{path} is not what it used to be"))
}

fn parse_idle(all: &str, number: usize) -> Option<f64> {
    let name = format!("cpu{number} ");
    let line = all.lines().find_map(|line| line.strip_prefix(&name))?;
    let ticks: Vec<f64> = line.split_whitespace().filter_map(|field| field.parse().ok()).collect();
    let [_user, _nice, _system, idle, iowait, ..] = *ticks else { return None };
    Some((idle + iowait) / TICKS)
}

/// The name of the program, which may hold anything, ends with the last bracket.
fn parse_process(stat: &str) -> Option<Process> {
    let (id, rest) = stat.split_once(' ')?;
    let fields: Vec<&str> = rest.rsplit_once(") ")?.1.split_whitespace().collect();
    let field = |at: usize| fields.get(at)?.parse::<u64>().ok();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some(Process {
        id: id.parse().ok()?,
        flags: field(6)?,
        computed: (ticks(11)? + ticks(12)?) / TICKS,
        core: usize::try_from(field(36)?).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_core_is_idle_also_while_it_waits_for_a_disk() {
        let all =
            "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 100 200 300 1000 500 10 20 70 0 0\ncpu1 1 1 1 1 1 1 1 1 0 0\n";
        assert_eq!(parse_idle(all, 0), Some(15.0));
        assert_eq!(parse_idle(all, 2), None);
    }

    #[test]
    fn a_programs_name_may_hold_anything() {
        let stat = "7 (a) b) c) S 1 7 7 0 -1 2097152 1 0 0 0 150 50 0 0 20 0 4 0 5 6 7 8 0 0 0 0 0 0 0 0 0 0 0 0 17 3 0 0 0";
        let process = Process { id: 7, flags: OF_THE_SYSTEM, computed: 2.0, core: 3 };
        assert_eq!(parse_process(stat), Some(process));
        assert_eq!(parse_process("7 (a"), None);
    }

    #[test]
    fn this_process_holds_memory_and_has_computed() {
        let this = std::process::id();
        assert!(resident(this).unwrap() > 100 && computed(this).is_ok());
        assert!(idle(0).is_ok() && kernel(0).is_ok());
    }
}
