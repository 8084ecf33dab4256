//! `tribute demo`.

use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::render;
use crate::demo::demo;
use std::process::ExitCode;

const AFTER_HELP: &str = "\
Needs no file and no network. A small digits model with 8 contributors is committed, one query is proven and
verified, and four forgeries of the proof are refused. The SRS is a development one, made on the spot.

Example:
  tribute demo";

/// Arguments of `tribute demo`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {}

impl Args {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let story = demo(console)?;
        console.outcome(|| render::demo::json(&story), || render::demo::text(&story))?;
        Ok(ExitCode::SUCCESS)
    }
}
