//! What the system says of a core and of a process.

use std::fs::read_to_string;

/// How many ticks a second has; the same on every Linux that we know.
const TICKS: f64 = 100.0;

/// What a core did since the machine was started, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Core {
    pub(crate) busy: f64,
    pub(crate) idle: f64,
}

/// The core of this number.
pub(crate) fn core(number: usize) -> Result<Core, String> {
    let all = read_to_string("/proc/stat").map_err(|error| format!("/proc/stat: {error}"))?;
    parse_core(&all, number).ok_or_else(|| format!("/proc/stat says nothing of core {number}"))
}

/// How long the process has been computing, in seconds.
pub(crate) fn computed(process: u32) -> Result<f64, String> {
    let path = format!("/proc/{process}/stat");
    let stat = read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    parse_computed(&stat).ok_or_else(|| format!("{path} is not what it used to be"))
}

/// How much memory of its own the process holds, in KiB.
pub(crate) fn resident(process: u32) -> Result<u64, String> {
    let path = format!("/proc/{process}/smaps_rollup");
    let rollup = read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Rss:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.ok_or_else(|| format!("{path} is not what it used to be"))
}

fn parse_core(all: &str, number: usize) -> Option<Core> {
    let name = format!("cpu{number} ");
    let line = all.lines().find_map(|line| line.strip_prefix(&name))?;
    let ticks: Vec<f64> = line.split_whitespace().filter_map(|field| field.parse().ok()).collect();
    // user, nice, system, idle, iowait, irq, softirq, steal; what follows is part of user and nice.
    let [user, nice, system, idle, iowait, irq, softirq, steal, ..] = *ticks else { return None };
    let busy = user + nice + system + irq + softirq + steal;
    Some(Core { busy: busy / TICKS, idle: (idle + iowait) / TICKS })
}

/// The name of the program, which may hold anything, ends with the last bracket.
fn parse_computed(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cores_line_is_read_to_the_end() {
        let all =
            "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 100 200 300 1000 500 10 20 70 0 0\ncpu1 1 1 1 1 1 1 1 1 0 0\n";
        let core = parse_core(all, 0).unwrap();
        assert_eq!([core.busy * 10.0, core.idle * 10.0].map(f64::round), [70.0, 150.0]);
        assert!(parse_core(all, 2).is_none());
    }

    #[test]
    fn a_programs_name_may_hold_anything() {
        let stat = "7 (a) b) c) S 1 7 7 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 4 0 5 6 7";
        assert_eq!(parse_computed(stat).map(f64::round), Some(2.0));
        assert_eq!(parse_computed("7 (a"), None);
    }

    #[test]
    fn this_process_holds_memory_and_has_computed() {
        let this = std::process::id();
        assert!(resident(this).unwrap() > 100 && computed(this).is_ok() && core(0).is_ok());
    }
}
