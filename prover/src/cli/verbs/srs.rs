//! `tribute srs`.

use crate::cli::arguments::ForceArgs;
use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::render;
use crate::files::refuse_existing;
use crate::progress::Observer as _;
use crate::srs::ptau::{self, CeremonyDigest};
use std::path::PathBuf;
use std::process::ExitCode;

const AFTER_HELP: &str = "\
Takes the powers from a .ptau file of snarkjs after checking lengths, curve, subgroup, structure, contributions and
the digest of the file. Equations show that these are powers of one secret, never that nobody knows it: pin the
digest that the ceremony published (BLAKE2b-512, as b2sum prints it; params/MANIFEST lists known files).

Example:
  tribute srs import powersOfTau28_hez_final_14.ptau --k 14 --digest eeefbcf7.. --out ceremony-14.srs";

/// What `tribute srs` can do.
#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Verb {
    /// Take powers from a ceremony file
    Import(ImportArgs),
}

impl Verb {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        match self {
            Self::Import(args) => args.run(console),
        }
    }
}

/// Arguments of `tribute srs import`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct ImportArgs {
    /// The ceremony file, .ptau
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Take 2^K powers
    #[arg(long, value_name = "K")]
    k: u32,
    /// BLAKE2b-512 digest of the file, 128 hex digits
    #[arg(long, value_name = "DIGEST")]
    digest: CeremonyDigest,
    /// SRS file to write; the name of the ceremony file with the ending .srs where it is not given
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    force: ForceArgs,
}

impl ImportArgs {
    fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let out = self.out.unwrap_or_else(|| self.file.with_extension("srs"));
        let existing = self.force.existing();
        refuse_existing(&out, existing)?;
        console.stage("checking the ceremony");
        let imported = ptau::import(&self.file, self.k, &self.digest)?;
        imported.srs.write(&out, existing)?;
        console.outcome(
            || render::srs::json(&imported, &self.digest, &out),
            || render::srs::text(&imported, &self.digest, &out),
        )?;
        Ok(ExitCode::SUCCESS)
    }
}
