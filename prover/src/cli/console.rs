//! Where output goes: outcomes to standard output, everything else to standard error.

use super::error::CliError;
use super::words;
use crate::progress::Observer;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How much is said on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verbosity {
    /// Errors alone.
    Quiet,
    /// Progress on a terminal, and notices.
    Normal,
    /// A line for each stage.
    Stages,
    /// The same with the time it took.
    Timings,
}

impl Verbosity {
    pub(super) fn new(verbose: u8, quiet: bool) -> Self {
        match (quiet, verbose) {
            (true, _) => Self::Quiet,
            (false, 0) => Self::Normal,
            (false, 1) => Self::Stages,
            (false, _) => Self::Timings,
        }
    }
}

/// The user's terminal, or the pipe in its place.
#[derive(Debug)]
pub(super) struct Console {
    json: bool,
    verbosity: Verbosity,
    bar: ProgressBar,
    stage: Mutex<Option<(String, Instant)>>,
}

impl Console {
    pub(super) fn new(json: bool, verbosity: Verbosity) -> Self {
        let target = if verbosity == Verbosity::Normal && io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self {
            json,
            verbosity,
            bar: ProgressBar::with_draw_target(None, target),
            stage: Mutex::new(None),
        }
    }

    /// Whether text may be colored.
    pub(super) fn colored(&self) -> bool {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        !self.json && !refused && io::stdout().is_terminal()
    }

    /// Prints text on standard output.
    pub(super) fn text(&self, text: &str) -> Result<(), CliError> {
        self.settle();
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())
            .and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") })
            .and_then(|()| out.flush())
            .map_err(CliError::Output)
    }

    /// Prints an outcome: the JSON value for programs, the text for people.
    pub(super) fn outcome(
        &self,
        value: impl FnOnce() -> Value,
        text: impl FnOnce() -> String,
    ) -> Result<(), CliError> {
        if self.json { self.text(&value().to_string()) } else { self.text(&text()) }
    }

    /// Says something on standard error that is no error.
    pub(super) fn notice(&self, text: &str) {
        if self.verbosity >= Verbosity::Normal && !self.json {
            self.settle();
            let _ = writeln!(io::stderr().lock(), "note: {}", words::one_line(text));
        }
    }

    /// Warns on standard error of what ends badly later.
    pub(super) fn warning(&self, text: &str) {
        if self.verbosity >= Verbosity::Normal && !self.json {
            self.settle();
            let _ = writeln!(io::stderr().lock(), "warning: {}", words::one_line(text));
        }
    }

    /// Prints an error and returns the status of the process.
    pub(super) fn fail(&self, error: &CliError) -> ExitCode {
        self.settle();
        let status = error.status();
        if matches!(error, CliError::Output(source) if source.kind() == io::ErrorKind::BrokenPipe) {
            // Whoever read the output has seen enough.
            return ExitCode::SUCCESS;
        }
        let line = words::one_line(&error.to_string());
        if self.json {
            let value = json!({ "error": { "message": line, "status": status } });
            let _ = writeln!(io::stdout().lock(), "{value}");
        }
        let _ = writeln!(io::stderr().lock(), "error: {line}");
        ExitCode::from(status)
    }

    /// Takes the progress bar away and ends the stage.
    fn settle(&self) {
        self.bar.finish_and_clear();
        if let Some((words, start)) = self.lock().take()
            && self.verbosity >= Verbosity::Stages
        {
            let time = match self.verbosity {
                Verbosity::Timings => format!(" ({:.2} s)", start.elapsed().as_secs_f64()),
                _ => String::new(),
            };
            let _ = writeln!(io::stderr().lock(), "{words}{time}");
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(String, Instant)>> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Console {
    fn stage(&self, words: &str) {
        self.settle();
        *self.lock() = Some((words.to_owned(), Instant::now()));
        self.bar.reset();
        self.bar.unset_length();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            self.bar.set_style(style);
        }
        self.bar.set_message(words.to_owned());
        self.bar.enable_steady_tick(Duration::from_millis(100));
    }

    fn steps(&self, done: usize, of: usize) {
        if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len} {elapsed}") {
            self.bar.set_style(style);
        }
        self.bar.set_length(of as u64);
        self.bar.set_position(done as u64);
    }
}
