//! What this machine has.

use std::fs;

/// Where a control group says how much memory its processes may take.
#[cfg(target_os = "linux")]
const GROUPS: [&str; 2] =
    ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

/// Bytes of memory that this process may hope for: the machine's, or its control group's where that is less. Nothing
/// where the system does not say.
#[cfg(target_os = "linux")]
#[must_use]
pub fn memory() -> Option<u64> {
    let system = rustix::system::sysinfo();
    let machine = system.totalram.checked_mul(u64::from(system.mem_unit))?;
    let groups = GROUPS.into_iter().filter_map(|path| group_limit(&fs::read_to_string(path).ok()?));
    groups.chain([machine]).min()
}

/// Bytes of memory that this process may hope for: not known here.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn memory() -> Option<u64> {
    None
}

/// Reads the limit of a control group; nothing where it is `max`.
#[cfg(target_os = "linux")]
fn group_limit(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// Processes that want to run, averaged over the last minute; nothing where the system does not say.
#[must_use]
pub fn load() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn memory_is_that_of_this_machine() {
        let bytes = memory().unwrap();
        let text = fs::read_to_string("/proc/meminfo").unwrap();
        let line = text.lines().find(|line| line.starts_with("MemTotal:")).unwrap();
        let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        assert!(bytes > 64 << 20 && bytes / 1024 <= kilobytes, "{bytes} of {kilobytes} kB");
        assert!(load().unwrap() >= 0.0);
    }

    #[test]
    fn a_group_without_a_limit_says_max() {
        assert_eq!(group_limit("max\n"), None);
        assert_eq!(group_limit("1073741824\n"), Some(1 << 30));
    }
}
