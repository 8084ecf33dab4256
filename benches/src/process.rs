//! Whole processes: wall-clock time and peak memory.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What a process took.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// From start to end.
    pub seconds: f64,
    /// The largest resident size.
    pub mebibytes: u64,
}

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.2} s, {} MiB", self.seconds, self.mebibytes)
    }
}

/// Runs a program to its end.
///
/// # Errors
/// Fails if it doesn't start, or doesn't succeed.
pub fn run<A: AsRef<OsStr>>(program: &Path, arguments: &[A]) -> io::Result<Usage> {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.env("TRIBUTE_HOME", home());
    watch(command.spawn()?)
}

/// Where measured commands keep the pins of what they make, apart from those of whoever measures.
#[must_use]
pub fn home() -> std::path::PathBuf {
    std::env::temp_dir().join("tribute-benches-home")
}

/// Runs a command to its end. What it writes to standard error goes to a file.
///
/// # Errors
/// Fails if it doesn't start, or doesn't succeed: with the last line that it wrote.
pub fn run_logged(command: &mut Command, log: &Path) -> io::Result<Usage> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(fs::File::create(log)?);
    watch(command.spawn()?).map_err(|error| {
        let text = fs::read_to_string(log).unwrap_or_default();
        let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
        io::Error::other(format!("{error}: {}", last.trim()))
    })
}

/// The usage with the median of the seconds, and the largest peak of all; nothing for no runs.
#[must_use]
pub fn median(runs: &[Usage]) -> Option<Usage> {
    let mut sorted = runs.to_vec();
    sorted.sort_by(|left, right| left.seconds.total_cmp(&right.seconds));
    let mebibytes = runs.iter().map(|usage| usage.mebibytes).max()?;
    Some(Usage { mebibytes, ..*sorted.get(runs.len() / 2)? })
}

/// Waits for a process and reads its peak memory while it lives.
fn watch(mut child: Child) -> io::Result<Usage> {
    let start = Instant::now();
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak = 0;
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line
            .and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
            .unwrap_or(0)
            .max(peak);
        if let Some(code) = child.try_wait()? {
            let seconds = start.elapsed().as_secs_f64();
            return if code.success() {
                Ok(Usage { seconds, mebibytes: peak / 1024 })
            } else {
                Err(io::Error::other(format!("a process ended with {code}")))
            };
        }
        sleep(Duration::from_millis(2));
    }
}
