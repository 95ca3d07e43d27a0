//! What the system says of a core and of a process.

use std::{
    fs::read_to_string,
    ops::{Add, Sub},
};

/// How many ticks a second has; the same on every Linux that we know.
const TICKS: f64 = 100.0;

/// What a core did since the machine was started, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Core {
    /// What programs computed on it, not counting what the system did for them or for itself.
    pub(crate) user: f64,
    /// What the machine beneath this one took of it.
    pub(crate) stolen: f64,
    pub(crate) busy: f64,
    pub(crate) idle: f64,
}

/// What a process computed since it was started, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Computed {
    pub(crate) user: f64,
    /// What the system did for it.
    pub(crate) system: f64,
}

/// The core of this number.
pub(crate) fn core(number: usize) -> Result<Core, String> {
    let all = read_to_string("/proc/stat").map_err(|error| format!("/proc/stat: {error}"))?;
    parse_core(&all, number).ok_or_else(|| format!("/proc/stat says nothing of core {number}"))
}

/// What the process has computed.
pub(crate) fn computed(process: u32) -> Result<Computed, String> {
    let path = format!("/proc/{process}/stat");
    let stat = read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    parse_computed(&stat).ok_or_else(|| format!("{path} is not what it used to be"))
}

impl Computed {
    pub(crate) fn all(self) -> f64 {
        self.user + self.system
    }
}

impl Add for Computed {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { user: self.user + other.user, system: self.system + other.system }
    }
}

impl Sub for Computed {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { user: self.user - other.user, system: self.system - other.system }
    }
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
    let [user, stolen, busy, idle] = [user + nice, steal, busy, idle + iowait].map(|ticks| ticks / TICKS);
    Some(Core { user, stolen, busy, idle })
}

/// The name of the program, which may hold anything, ends with the last bracket.
fn parse_computed(stat: &str) -> Option<Computed> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(Computed { user: user / TICKS, system: system / TICKS })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cores_line_is_read_to_the_end() {
        let all =
            "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 100 200 300 1000 500 10 20 70 0 0\ncpu1 1 1 1 1 1 1 1 1 0 0\n";
        let core = parse_core(all, 0).unwrap();
        let Core { user, stolen, busy, idle } = core;
        assert_eq!([user, stolen, busy, idle].map(|time| (time * 10.0).round()), [30.0, 7.0, 70.0, 150.0]);
        assert!(parse_core(all, 2).is_none());
    }

    #[test]
    fn a_programs_name_may_hold_anything() {
        let stat = "7 (a) b) c) S 1 7 7 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 4 0 5 6 7";
        assert_eq!(parse_computed(stat).map(|time| (time.user, time.system)), Some((1.5, 0.5)));
        assert_eq!(parse_computed("7 (a"), None);
    }

    #[test]
    fn this_process_holds_memory_and_has_computed() {
        let this = std::process::id();
        assert!(resident(this).unwrap() > 100 && computed(this).is_ok() && core(0).is_ok());
    }
}
