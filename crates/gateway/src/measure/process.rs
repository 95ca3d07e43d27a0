//! What the system knows of this process.

/// Its resident memory in bytes; nothing where the system does not say so as Linux does.
pub(super) fn resident_bytes() -> Option<f64> {
    resident_in(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn resident_in(status: &str) -> Option<f64> {
    let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = kibibytes.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1_024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_found_among_the_rest() {
        assert_eq!(resident_in("Name:\tparlance\nVmRSS:\t   12 kB\nThreads:\t3\n"), Some(12_288.0));
        for other in ["", "VmRSS:\n", "VmRSS:\tmuch kB\n", "VmSize: 12 kB\n"] {
            assert_eq!(resident_in(other), None, "{other}");
        }
    }
}
